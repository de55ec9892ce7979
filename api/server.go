package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/getkin/kin-openapi/routers"
	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/payout"
)

const (
	readHeaderTimeout = 5 * time.Second
	idleTimeout       = 2 * time.Minute
	headerBytesMax    = 32 << 10
)

// Config has the dependencies of the API. Fields without a default are required.
type Config struct {
	Store         *books.Books
	Engine        Engine
	Payments      Payments
	Onboarding    Onboarding
	Links         Links
	Files         Files
	VerifyWebhook VerifyWebhook
	RouteWebhook  RouteWebhook
	// ProviderWebhooks are the view providers that may notify us, by name. Others are refused.
	ProviderWebhooks map[string]ProviderWebhook
	Keys             Keys
	// PayoutMinimums are the smallest amounts that a payout run pays. The preview of a run uses them.
	PayoutMinimums payout.Minimums
	// CampaignPolicy is what the platform decides for the terms of new campaigns.
	CampaignPolicy campaign.Policy
	// PaymentMax is the highest amount of one payment of a brand. The zero value has the defaults.
	PaymentMax funding.PaymentMax
	// InstantTerms are what creators can be paid at once, within the limits above which a payout needs an
	// approval. The zero value offers none.
	InstantTerms payout.InstantTerms
	// Logger defaults to slog.Default.
	Logger *slog.Logger
	// PublicURL is the server in the published document. Empty keeps the document's own.
	PublicURL string
	// AccountReturnHosts are the hosts, besides that of PublicURL, to which a creator can be sent after
	// the onboarding at the payment rail.
	AccountReturnHosts []string
	// AccountCoolingOff is how long another account of a creator waits after its approval.
	AccountCoolingOff time.Duration
	// Timeouts have defaults.
	Timeouts Timeouts
	// Now defaults to time.Now.
	Now func() time.Time
	// AfterInboxInsert, if not nil, is called after a webhook is stored and before it is
	// delivered. Tests use it to crash the process there.
	AfterInboxInsert func()
}

// Server is the HTTP API as one handler.
type Server struct {
	config   Config
	timeouts Timeouts
	echo     *echo.Echo
	logger   *slog.Logger
	now      func() time.Time
	parser   *jwt.Parser
	routes   map[string]*routers.Route
	files    map[string]fileOperation
	// deliveries passes stored webhooks on to workflows.
	deliveries *deliveries
}

// New returns the API. Stop ends what it does in the background. It returns fault.Invalid "keys_malformed" for keys that cannot sign.
func New(config Config) (*Server, error) {
	if err := config.Keys.validate(); err != nil {
		return nil, err
	}
	loaded, asJSON, err := loadDocument(config.PublicURL)
	if err != nil {
		return nil, err
	}
	s := &Server{config: config, timeouts: config.Timeouts.orDefaults(), echo: echo.New(), logger: config.Logger, now: config.Now, routes: routesOf(loaded), files: fileOperations()}
	if s.logger == nil {
		s.logger = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.deliveries = newDeliveries(config.Store, config.Engine, s.logger, s.now)
	s.parser = newTokenParser(s.now)
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.Use(s.observe, recoverPanic, secure, s.limitTime)
	s.serveResources()
	s.echo.POST("/v1/webhooks/stripe", s.receiveStripeWebhook)
	s.echo.POST("/v1/webhooks/brightdata", s.receiveNotification("brightdata"))
	s.serveHealth()
	s.serveDocs(asJSON)
	return s, nil
}

// serveResources adds the same checks to every operation of the document that is not
// public. They belong to the routes, so that an unknown address is answered with 404.
func (s *Server) serveResources() {
	checks := []echo.MiddlewareFunc{s.authenticate, s.limitFiles, s.validate, s.idempotent}
	checked := map[string][]echo.MiddlewareFunc{}
	for _, route := range s.routes {
		checked[route.Operation.OperationID] = checks
	}
	handlers := openapi.NewStrictHandler(&resources{
		store: s.config.Store, engine: s.config.Engine, payments: s.config.Payments, links: s.config.Links, files: s.config.Files, now: s.now,
		onboarding: s.config.Onboarding, returns: returnHosts{s.config.PublicURL, s.config.AccountReturnHosts}, coolingOff: s.config.AccountCoolingOff,
		payoutMinimums: s.config.PayoutMinimums, campaignPolicy: s.config.CampaignPolicy, paymentMax: s.config.PaymentMax, instantTerms: s.config.InstantTerms,
	}, nil)
	openapi.RegisterHandlersWithOptions(s.echo, handlers, openapi.RegisterHandlersOptions{OperationMiddlewares: checked})
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Stop delivers the webhooks that were received, until ctx ends. What is left then is delivered by
// the next sweep of the inbox. Call it after the HTTP server was shut down.
func (s *Server) Stop(ctx context.Context) { s.deliveries.stop(ctx) }

// HTTPServer returns a server for the API with a timeout for each step of a request. The
// caller starts it and shuts it down.
func (s *Server) HTTPServer(address string) *http.Server {
	return &http.Server{
		Addr:              address,
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       s.timeouts.Read,
		WriteTimeout:      s.timeouts.Request + s.timeouts.Send,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytesMax,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

// resources implements the operations of the document, with one file per resource.
type resources struct {
	store    *books.Books
	engine   Engine
	payments Payments
	links    Links
	files    Files
	now      func() time.Time

	onboarding     Onboarding
	returns        returnHosts
	coolingOff     time.Duration
	campaignPolicy campaign.Policy
	paymentMax     funding.PaymentMax
	payoutMinimums payout.Minimums
	instantTerms   payout.InstantTerms
}

var _ openapi.StrictServerInterface = (*resources)(nil)
