// Package x simulates the lookups of posts and users of the X API v2 in their wire format. Each field has to be asked
// for, and authors come in a list of their own. A post or user that is not shown is an error next to the others. Texts
// have &, < and > escaped. Every answer tells the state of the rate limit, whose window begins with its first
// request. The posts of a month may be capped.
//
// Package catalog describes the control API. A fault marked inside may have the code "partial" (every second post is
// left out), "spoilt_counts" (the first post's counts make no sense), "spoilt_reactions" (its likes and replies make
// none, next to a good count of impressions), or for a user "stale_profile" (the text before the latest change).
package x

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	platform           = "x"
	idsPerRequestMax   = 100
	requestsPerWindow  = 3_500
	windowLength       = 15 * time.Minute
	postsPerMonthUsual = 2_000_000
)

// Options are the settings of the simulator.
type Options struct {
	catalog.Options
	// Token is the only accepted bearer token; when it is empty, any token but an empty one is accepted.
	Token string
	// RequestsPerWindow is how many requests are answered in 15 minutes; zero means 3,500.
	RequestsPerWindow int
	// PostsPerMonth is how many posts are shown in a calendar month; zero means two million.
	PostsPerMonth int
}

// Simulator has the control methods of catalog.Simulator.
type Simulator struct {
	*catalog.Simulator
	options Options

	mu            sync.Mutex
	windowEnds    time.Time
	requestsCount int
	month         string
	postsCount    int
}

// NewDefault returns a simulator with no posts that accepts any token, for a development stack.
func NewDefault(options catalog.Options) *catalog.Simulator {
	return New(Options{Options: options}).Simulator
}

// New returns a simulator with no posts.
func New(options Options) *Simulator {
	if options.RequestsPerWindow == 0 {
		options.RequestsPerWindow = requestsPerWindow
	}
	if options.PostsPerMonth == 0 {
		options.PostsPerMonth = postsPerMonthUsual
	}
	s := &Simulator{options: options}
	s.Simulator = catalog.New(options.Options, []string{platform}, answerFault, func(*catalog.Simulator) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /2/tweets", s.admitted(s.servePosts))
		mux.HandleFunc("GET /2/users/by/username/{username}", s.admitted(s.serveUser))
		return mux
	})
	return s
}

// admitted answers only requests with the token and within the rate limit.
func (s *Simulator) admitted(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if token == "" || s.options.Token != "" && token != s.options.Token {
			writeProblem(w, unauthorized)
			return
		}
		if !s.spendRequest(w.Header()) {
			writeProblem(w, tooManyRequests)
			return
		}
		next(w, r)
	}
}

// spendRequest counts a request against the window, and writes the state of the limit into the header.
func (s *Simulator) spendRequest(header http.Header) bool {
	now := s.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !now.Before(s.windowEnds) {
		s.windowEnds, s.requestsCount = now.Add(windowLength), 0
	}
	s.requestsCount++
	header.Set("x-rate-limit-limit", strconv.Itoa(s.options.RequestsPerWindow))
	header.Set("x-rate-limit-remaining", strconv.Itoa(max(0, s.options.RequestsPerWindow-s.requestsCount)))
	header.Set("x-rate-limit-reset", strconv.FormatInt(s.windowEnds.Unix(), 10))
	return s.requestsCount <= s.options.RequestsPerWindow
}

// spendPosts counts posts against the month's cap, and returns false if it is used up.
func (s *Simulator) spendPosts(count int) bool {
	month := s.Clock.Now().UTC().Format("2006-01")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.month != month {
		s.month, s.postsCount = month, 0
	}
	if s.postsCount >= s.options.PostsPerMonth {
		return false
	}
	s.postsCount += count
	return true
}

var (
	postIDForm   = regexp.MustCompile(`^[0-9]{1,19}$`)
	usernameForm = regexp.MustCompile(`^[A-Za-z0-9_]{1,15}$`)
)

func (s *Simulator) servePosts(w http.ResponseWriter, r *http.Request) {
	ids := splitList(r.URL.Query().Get("ids"))
	if len(ids) == 0 || len(ids) > idsPerRequestMax || !allMatch(ids, postIDForm) {
		writeProblem(w, invalidRequest("ids", r.URL.Query().Get("ids")))
		return
	}
	list := s.postList(r, ids)
	if !s.spendPosts(len(list.Data)) {
		writeProblem(w, usageCapExceeded)
		return
	}
	catalog.WriteJSON(w, http.StatusOK, list)
}

func (s *Simulator) serveUser(w http.ResponseWriter, r *http.Request) {
	username := r.PathValue("username")
	if !usernameForm.MatchString(username) {
		writeProblem(w, invalidRequest("username", username))
		return
	}
	shown, ok := s.ServeProfile(platform, username, insideFault(r) == "stale_profile")
	if !ok {
		catalog.WriteJSON(w, http.StatusOK, map[string]any{"errors": []resourceProblem{userNotFound(username)}})
		return
	}
	catalog.WriteJSON(w, http.StatusOK, map[string]any{"data": renderUser(shown.AuthorID, &shown.Text, fieldsOf(r, "user.fields"))})
}

func allMatch(values []string, form *regexp.Regexp) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !form.MatchString(value) })
}

func splitList(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

func fieldsOf(r *http.Request, parameter string) []string {
	return splitList(r.URL.Query().Get(parameter))
}

// insideFault returns the code of a fault that the script leaves to the handler.
func insideFault(r *http.Request) string {
	rule, _ := faults.Inside(r.Context())
	return rule.Code
}
