// Package rapidapi simulates three scrapers behind RapidAPI in their wire formats: tiktok-scraper7, instagram-looter2
// and twitter-api45. The host in a header says which one is asked. RapidAPI checks the key, the subscription and the
// limits of each host, and tells their state with every answer.
//
// Package catalog describes the control API. A fault marked inside may have the code "partial" (the answer has no
// post), "spoilt_counts" (the counts make no sense), "spoilt_reactions" (likes and comments make none, next to a good
// count of views), or for a profile "stale_profile" (the text before the latest change).
package rapidapi

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	tiktok    = "tiktok"
	instagram = "instagram"
	x         = "x"

	requestsPerMonth  = 1_000_000
	requestsPerMinute = 6_000
	planLength        = 30 * 24 * time.Hour
	windowLength      = time.Minute
)

// The hosts of the APIs.
const (
	TikTokHost    = "tiktok-scraper7.p.rapidapi.com"
	InstagramHost = "instagram-looter2.p.rapidapi.com"
	XHost         = "twitter-api45.p.rapidapi.com"
)

// Options are the settings of the simulator.
type Options struct {
	catalog.Options
	// Key is the only accepted key; when it is empty, any key but an empty one is accepted.
	Key string
	// RequestsPerMonth is how many requests of each API the plan includes; zero means a million.
	RequestsPerMonth int
	// RequestsPerMinute is the limit of each API's window; zero means 6,000.
	RequestsPerMinute int
	// Unsubscribed are the hosts of APIs that the account has no plan for.
	Unsubscribed []string
}

// Simulator has the control methods of catalog.Simulator.
type Simulator struct {
	*catalog.Simulator
	options Options
	apis    map[string]http.Handler

	mu     sync.Mutex
	limits map[string]*limits
}

// limits are those of one API.
type limits struct{ plan, window limit }

// limit counts requests until it is renewed.
type limit struct {
	renewedAt time.Time
	used      int
}

func (l *limit) spend(now time.Time, length time.Duration) {
	if !now.Before(l.renewedAt) {
		*l = limit{renewedAt: now.Add(length)}
	}
	l.used++
}

// NewDefault returns a simulator with no posts that accepts any key, for a development stack.
func NewDefault(options catalog.Options) *catalog.Simulator {
	return New(Options{Options: options}).Simulator
}

// New returns a simulator with no posts.
func New(options Options) *Simulator {
	options.RequestsPerMonth = cmp.Or(options.RequestsPerMonth, requestsPerMonth)
	options.RequestsPerMinute = cmp.Or(options.RequestsPerMinute, requestsPerMinute)
	s := &Simulator{options: options, limits: map[string]*limits{}}
	s.apis = map[string]http.Handler{TikTokHost: s.tiktokAPI(), InstagramHost: s.instagramAPI(), XHost: s.xAPI()}
	s.Simulator = catalog.New(options.Options, []string{tiktok, instagram, x}, answerFault, func(*catalog.Simulator) http.Handler {
		return http.HandlerFunc(s.serve)
	})
	return s
}

// serve is RapidAPI's part. What it answers itself has a header that says so.
func (s *Simulator) serve(w http.ResponseWriter, r *http.Request) {
	key, host := r.Header.Get("X-RapidAPI-Key"), r.Header.Get("X-RapidAPI-Host")
	api, known := s.apis[host]
	switch {
	case key == "":
		refuse(w, http.StatusUnauthorized, "Invalid API key. Go to https://docs.rapidapi.com/docs/keys for more info.")
	case !known:
		refuse(w, http.StatusNotFound, "API doesn't exists")
	case s.options.Key != "" && key != s.options.Key, slices.Contains(s.options.Unsubscribed, host):
		refuse(w, http.StatusForbidden, "You are not subscribed to this API.")
	default:
		if problem := s.spend(host, w.Header()); problem != "" {
			refuse(w, http.StatusTooManyRequests, problem)
			return
		}
		api.ServeHTTP(w, r)
	}
}

// spend counts a request, writes the state of the limits into the header, and returns the problem if one is used up.
func (s *Simulator) spend(host string, header http.Header) (problem string) {
	now := s.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits[host] == nil {
		s.limits[host] = &limits{}
	}
	each := s.limits[host]
	each.plan.spend(now, planLength)
	each.window.spend(now, windowLength)
	s.tell(header, "x-ratelimit-requests", s.options.RequestsPerMonth, each.plan, now)
	s.tell(header, "x-ratelimit", s.options.RequestsPerMinute, each.window, now)
	switch {
	case each.plan.used > s.options.RequestsPerMonth:
		return "You have exceeded the MONTHLY quota for Requests on your current plan, BASIC. Upgrade your plan at https://rapidapi.com"
	case each.window.used > s.options.RequestsPerMinute:
		return "You have exceeded the rate limit per minute for your plan, BASIC, by the API provider"
	}
	return ""
}

func (s *Simulator) tell(header http.Header, prefix string, most int, state limit, now time.Time) {
	header.Set(prefix+"-limit", strconv.Itoa(most))
	header.Set(prefix+"-remaining", strconv.Itoa(max(0, most-state.used)))
	header.Set(prefix+"-reset", strconv.FormatInt(int64(state.renewedAt.Sub(now)/time.Second), 10))
}

// refuse answers in the name of RapidAPI.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("X-RapidAPI-Proxy-Response", "true")
	catalog.WriteJSON(w, status, map[string]string{"message": message})
}

// answerFault writes a scripted fault in RapidAPI's format.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	refuse(w, rule.AnswerStatus(), cmp.Or(rule.Message, rule.Code, rule.Type, "A scripted fault"))
}

// insideFault returns the code of a fault that the script leaves to the handler.
func insideFault(r *http.Request) string {
	rule, _ := faults.Inside(r.Context())
	return rule.Code
}

// item is an answer or a part of it.
type item = map[string]any

// post finds a post for an answer, unless a fault leaves it out.
func (s *Simulator) post(r *http.Request, platform, externalID string) (shown catalog.Shown, leftOut, ok bool) {
	if insideFault(r) == "partial" {
		return catalog.Shown{}, true, true
	}
	shown, ok = s.Serve(platform, externalID, nil)
	return shown, false, ok
}

func (s *Simulator) profile(r *http.Request, platform, handle string) (catalog.Profile, bool) {
	return s.ServeProfile(platform, handle, insideFault(r) == "stale_profile")
}

// spoil replaces counts as a fault asks for.
func spoil(r *http.Request, post item, viewsField string, reactions ...func(value any)) {
	switch insideFault(r) {
	case "spoilt_counts":
		post[viewsField] = -17
	case "spoilt_reactions":
		for i, set := range reactions {
			set([]any{"12K", -1}[i%2])
		}
	}
}

// endpoints answers for one API, and as RapidAPI does for a path that the API does not have.
func endpoints(routes map[string]http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, found := routes[r.URL.Path]
		if !found || r.Method != http.MethodGet {
			refuse(w, http.StatusNotFound, "Endpoint '"+r.URL.Path+"' does not exist")
			return
		}
		route(w, r)
	})
}
