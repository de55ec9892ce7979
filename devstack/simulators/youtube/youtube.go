// Package youtube simulates the lists of videos and channels of the YouTube Data API v3 in their wire format.
// Counts are strings. A clip that is not public is left out of the answer. A request costs a
// unit of a quota that is renewed at midnight Pacific time. Errors have Google's envelope. Items
// are in order of id, independent of the order in the request.
//
// Package catalog describes the control API. A fault marked inside may have the code
// "partial" (every second clip is left out), "spoilt_counts" (the first clip's counts make
// no sense), "spoilt_reactions" (its likes and comments make none, next to a good count of views), or for a
// channel "stale_profile" (the text before the latest change).
package youtube

import (
	"net/http"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the quota's day must be right on machines without a zone database

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	platform          = "youtube"
	idsPerRequestMax  = 50
	quotaUnitsDefault = 10_000
)

// Options are the settings of the simulator.
type Options struct {
	catalog.Options
	// APIKey is the only accepted key; when it is empty, any key but an empty one is accepted.
	APIKey string
	// QuotaUnitsPerDay is how many requests a day are answered; zero means 10,000.
	QuotaUnitsPerDay int
}

// Simulator has the control methods of catalog.Simulator.
type Simulator struct {
	*catalog.Simulator
	options Options

	mu        sync.Mutex
	quotaDay  string
	unitsUsed int
}

// NewDefault returns a simulator with no clips that accepts any key, for a development stack.
func NewDefault(options catalog.Options) *catalog.Simulator {
	return New(Options{Options: options}).Simulator
}

// New returns a simulator with no clips.
func New(options Options) *Simulator {
	if options.QuotaUnitsPerDay == 0 {
		options.QuotaUnitsPerDay = quotaUnitsDefault
	}
	s := &Simulator{options: options}
	s.Simulator = catalog.New(options.Options, []string{platform}, answerFault, func(*catalog.Simulator) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /youtube/v3/videos", s.serveVideos)
		mux.HandleFunc("GET /youtube/v3/channels", s.serveChannels)
		return mux
	})
	return s
}

func (s *Simulator) serveVideos(w http.ResponseWriter, r *http.Request) {
	if parts, ids, ok := s.admit(w, r); ok {
		catalog.WriteJSON(w, http.StatusOK, s.videoList(r, parts, ids))
	}
}

func (s *Simulator) serveChannels(w http.ResponseWriter, r *http.Request) {
	if parts, ids, ok := s.admit(w, r); ok {
		catalog.WriteJSON(w, http.StatusOK, s.channelList(r, parts, ids))
	}
}

// admit checks the key, the quota and the parameters of a list, or answers with the problem.
func (s *Simulator) admit(w http.ResponseWriter, r *http.Request) (parts, ids []string, ok bool) {
	query := r.URL.Query()
	key := query.Get("key")
	if key == "" {
		key = r.Header.Get("X-Goog-Api-Key")
	}
	switch {
	case key == "":
		writeError(w, keyMissing)
		return nil, nil, false
	case s.options.APIKey != "" && key != s.options.APIKey:
		writeError(w, keyInvalid)
		return nil, nil, false
	case !s.spendUnit():
		writeError(w, quotaExceeded)
		return nil, nil, false
	}
	parts, ids = splitList(query["part"]), splitList(query["id"])
	if problem := checkRequest(parts, ids); problem != nil {
		writeError(w, *problem)
		return nil, nil, false
	}
	return parts, ids, true
}

// spendUnit counts the request against today's quota, and returns false once the quota is used
// up. Invalid requests cost a unit too, as they do on the real platform.
func (s *Simulator) spendUnit() bool {
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic("the embedded zone database has no America/Los_Angeles")
	}
	today := s.Clock.Now().In(pacific).Format(time.DateOnly)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quotaDay != today {
		s.quotaDay, s.unitsUsed = today, 0
	}
	if s.unitsUsed >= s.options.QuotaUnitsPerDay {
		return false
	}
	s.unitsUsed++
	return true
}

func checkRequest(parts, ids []string) *apiError {
	switch {
	case len(parts) == 0:
		return missingParameter("part")
	case len(ids) == 0:
		return missingParameter("id")
	case len(ids) > idsPerRequestMax:
		return &tooManyIDs
	}
	for _, part := range parts {
		switch part {
		case "statistics", "snippet", "status", "contentDetails", "id":
		default:
			return unknownPart(part)
		}
	}
	return nil
}

// splitList joins repeated parameters and comma-separated values into one list.
func splitList(values []string) []string {
	var list []string
	for _, value := range strings.Split(strings.Join(values, ","), ",") {
		if value = strings.TrimSpace(value); value != "" {
			list = append(list, value)
		}
	}
	return list
}

// insideFault returns the code of a fault that the script leaves to the handler.
func insideFault(r *http.Request) string {
	rule, _ := faults.Inside(r.Context())
	return rule.Code
}
