package catalog

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// Kinds of the journal lines about clips. ObjectID is "platform/external_id". The details of a
// line about served counts are views, likes, comments, shares and observed_at, the time on
// the simulator's clock.
const (
	KindCountServed = "count.served"
	KindClipMissing = "clip.missing"
)

// Options are the settings that every provider's simulator takes.
type Options struct {
	// Clock is the simulator's time; nil means real time.
	Clock *Clock
	// Recordings are the clips that a recorded curve may name.
	Recordings curves.Recordings
	// AnyClip gives an unknown id a clip with a generated curve instead of "not found".
	AnyClip bool
	// Births are shared by simulators that show the same platforms, so that a generated clip is as old in each of them.
	// Nil is for a simulator by itself.
	Births *Births
}

// Simulator is the simulator of one provider without its wire format.
type Simulator struct {
	Clips   *Catalog
	Clock   *Clock
	Faults  *faults.Script
	Journal *faults.Journal

	mux *http.ServeMux
	// closers stop what a simulator has added.
	closers []func()

	mu     sync.Mutex
	server *http.Server
}

// New returns a simulator of the named platforms. The answer writes scripted faults in the
// provider's own format. api returns the provider's handler, around which faults are played;
// it may use the simulator that it is given.
func New(options Options, platforms []string, answer faults.Answer, api func(*Simulator) http.Handler) *Simulator {
	clock := options.Clock
	if clock == nil {
		clock = NewClock(time.Now(), 1)
	}
	s := &Simulator{
		Clips:   newCatalog(clock, options, platforms),
		Clock:   clock,
		Faults:  faults.NewScript(answer),
		Journal: faults.NewJournal(clock.Now),
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/clips", s.serveClips)
	mux.HandleFunc("PUT /_sim/clips", s.servePutClip)
	mux.HandleFunc("DELETE /_sim/clips/{platform}/{external_id}", s.serveDeleteClip)
	mux.HandleFunc("PUT /_sim/profiles", s.servePutProfile)
	mux.HandleFunc("DELETE /_sim/profiles/{platform}/{author_id}", s.serveDeleteProfile)
	mux.HandleFunc("GET /_sim/clock", s.serveClock)
	mux.HandleFunc("POST /_sim/clock", s.serveMoveClock)
	mux.Handle("/_sim/", faults.Control("/_sim", s.Faults, s.Journal))
	mux.Handle("/", s.Faults.Middleware(s.Journal, api(s)))
	s.mux = mux
	return s
}

// Handler returns the provider's API and the control API.
func (s *Simulator) Handler() http.Handler { return s.mux }

// Control adds a request to the control API. It must be called before Start.
func (s *Simulator) Control(pattern string, serve http.HandlerFunc) { s.mux.HandleFunc(pattern, serve) }

// OnClose adds what Close does before it stops the server. It must be called before Start.
func (s *Simulator) OnClose(stop func()) { s.closers = append(s.closers, stop) }

// Start listens on addr ("127.0.0.1:0" picks a free port) and returns the base URL to
// give to a client. It fails if the address is taken or the simulator was started before.
func (s *Simulator) Start(addr string) (baseURL string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return "", errors.New("the simulator was already started")
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("listen for the simulator: %w", err)
	}
	server := &http.Server{Handler: s.mux, ReadHeaderTimeout: 10 * time.Second}
	s.server = server
	// Serve returns ErrServerClosed when Close is called, and not before.
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// Close releases the requests that a fault holds, and stops the server at once.
func (s *Simulator) Close() error {
	s.Faults.Remove("")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stop := range s.closers {
		stop()
	}
	s.closers = nil
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Serve looks a clip up for an answer, and records in the journal what the answer will show.
// adjust changes the counts of a platform that does not show exact ones; it may be nil.
func (s *Simulator) Serve(platform, externalID string, adjust func(curves.Counts) curves.Counts) (Shown, bool) {
	shown, ok := s.Clips.Show(platform, externalID)
	if adjust != nil {
		shown.Counts = adjust(shown.Counts)
	}
	line := faults.Entry{Kind: KindClipMissing, ObjectID: platform + "/" + externalID}
	if ok {
		line.Kind = KindCountServed
		line.Details = map[string]any{
			"views": shown.Counts.Views, "likes": shown.Counts.Likes,
			"comments": shown.Counts.Comments, "shares": shown.Counts.Shares,
			"observed_at": s.Clock.Now().UTC(),
		}
	}
	s.Journal.Append(line)
	return shown, ok
}
