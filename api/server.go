package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/getkin/kin-openapi/routers"
	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/books"
)

const (
	requestTimeout    = 30 * time.Second
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	writeTimeout      = requestTimeout + 15*time.Second
	idleTimeout       = 2 * time.Minute
	headerBytesMax    = 32 << 10
)

// Config is everything that the API is wired to. All fields without a default are needed.
type Config struct {
	Store         *books.Books
	Engine        Engine
	Payments      Payments
	Links         Links
	VerifyWebhook VerifyWebhook
	Keys          Keys
	// Logger is slog's default if nil.
	Logger *slog.Logger
	// PublicURL is named as the server in the published document, if it is not empty.
	PublicURL string
	// Now is time.Now if nil.
	Now func() time.Time
	// AfterInboxInsert, if not nil, is called between the storing of a webhook and the
	// waking of the inbox, where a crash must lose nothing.
	AfterInboxInsert func()
}

// Server is the HTTP API as one handler.
type Server struct {
	config Config
	echo   *echo.Echo
	logger *slog.Logger
	now    func() time.Time
	parser *jwt.Parser
	routes map[string]*routers.Route
}

// New wires the API. It returns fault.Invalid "keys_malformed" for a ring that cannot sign.
func New(config Config) (*Server, error) {
	if err := config.Keys.validate(); err != nil {
		return nil, err
	}
	loaded, asJSON, err := loadDocument(config.PublicURL)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, echo: echo.New(), logger: config.Logger, now: config.Now, routes: routesOf(loaded)}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.parser = newTokenParser(s.now)
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.Use(s.observe, recoverPanic, secure, limitTime)
	s.serveResources()
	s.echo.POST("/v1/webhooks/stripe", s.receiveStripeWebhook)
	s.serveHealth()
	s.serveDocs(asJSON)
	return s, nil
}

// serveResources puts the same three guards before every operation of the document that is
// not public. They sit on the routes, so that an unknown address is answered as one.
func (s *Server) serveResources() {
	guards := []echo.MiddlewareFunc{s.authenticate, s.validate, s.idempotent}
	guarded := map[string][]echo.MiddlewareFunc{}
	for _, route := range s.routes {
		guarded[route.Operation.OperationID] = guards
	}
	handlers := openapi.NewStrictHandler(&resources{
		store: s.config.Store, engine: s.config.Engine, payments: s.config.Payments, links: s.config.Links, now: s.now,
	}, nil)
	openapi.RegisterHandlersWithOptions(s.echo, handlers, openapi.RegisterHandlersOptions{OperationMiddlewares: guarded})
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Echo gives access to the router, for routes that belong to the process and not to the API.
func (s *Server) Echo() *echo.Echo { return s.echo }

// HTTPServer returns a server for the API with limits on everything a client could draw
// out. The caller starts it and shuts it down.
func (s *Server) HTTPServer(address string) *http.Server {
	return &http.Server{
		Addr:              address,
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

// resources implements the operations of the document, one file a resource.
type resources struct {
	store    *books.Books
	engine   Engine
	payments Payments
	links    Links
	now      func() time.Time
}

var _ openapi.StrictServerInterface = (*resources)(nil)
