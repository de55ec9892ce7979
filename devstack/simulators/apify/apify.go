// Package apify simulates Apify's synchronous actor runs of the scrapers of TikTok, Instagram
// and YouTube in their wire format. Results are in any order, a clip that does not exist becomes an item
// with an error, or is left out on YouTube, and every item is billed.
//
// Package catalog describes the control API. A run that outlives the connection is
// scripted as the fault {"action": "refuse", "status": 408, "after_effect": true}. A
// fault marked inside may have the code "partial" (every second clip is left out),
// "spoilt_counts" (the first clip's counts make no sense), "spoilt_reactions" (its likes and
// comments make none, next to a good count of views), or for a profile "stale_profile" (the text before
// the latest change).
package apify

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	tiktok    = "tiktok"
	instagram = "instagram"
	youtube   = "youtube"

	bodyBytesMax  = 9 << 20
	urlsPerRunMax = 1000
)

// Options are the settings of the simulator.
type Options struct {
	catalog.Options
	// Token is the only accepted token; when it is empty, any token but an empty one is accepted.
	Token string
	// RoundTikTokFrom makes TikTok show only the first three digits of counts from this number
	// on, as its public pages do; zero shows every count exactly.
	RoundTikTokFrom int64
	// ShuffleSeed varies the order of the results.
	ShuffleSeed uint64
}

// Simulator has the control methods of catalog.Simulator.
type Simulator struct {
	*catalog.Simulator
	options Options
}

// item is one entry of an actor's dataset.
type item = map[string]any

// actor is a scraper: the input field with the addresses, how an address identifies a clip, and
// the form of a result. An address that is not a clip's has an empty id.
type actor struct {
	platform  string
	urlsField string
	clipID    func(address string) string
	found     func(shown catalog.Shown, address string) item
	// missing is nil if the actor leaves out what it does not find.
	missing func(address string) item
	spoil   func(result item)
	// mark shows what kind of a clip the result is.
	mark func(result item, kind string) item
	// reactions are the fields with likes and comments.
	reactions [2]string
}

var actors = map[string]actor{
	"clockworks~tiktok-scraper": {
		platform: tiktok, urlsField: "postURLs", clipID: tiktokID,
		found: tiktokItem, missing: tiktokMissing, spoil: func(result item) { result["playCount"] = -17 },
		mark: markTikTok, reactions: [2]string{"diggCount", "commentCount"},
	},
	"apify~instagram-scraper": {
		platform: instagram, urlsField: "directUrls", clipID: instagramCode,
		found: instagramItem, missing: instagramMissing, spoil: func(result item) { result["videoPlayCount"] = "plenty" },
		mark: markInstagram, reactions: [2]string{"likesCount", "commentsCount"},
	},
	"streamers~youtube-scraper": {
		platform: youtube, urlsField: "startUrls", clipID: youtubeID,
		found: youtubeItem, spoil: func(result item) { result["viewCount"] = "1.2M" },
		mark: markYouTube, reactions: [2]string{"likes", "commentsCount"},
	},
}

// NewDefault returns a simulator with no clips that accepts any token, for a development stack.
func NewDefault(options catalog.Options) *catalog.Simulator {
	return New(Options{Options: options}).Simulator
}

// New returns a simulator with no clips.
func New(options Options) *Simulator {
	s := &Simulator{options: options}
	s.Simulator = catalog.New(options.Options, []string{tiktok, instagram, youtube}, answerFault, func(*catalog.Simulator) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /v2/acts/{actor}/run-sync-get-dataset-items", s.serveRun)
		return mux
	})
	return s
}

func (s *Simulator) serveRun(w http.ResponseWriter, r *http.Request) {
	token := requestToken(r)
	if token == "" {
		writeError(w, http.StatusUnauthorized, "token-not-provided", "Authentication token was not provided")
		return
	}
	if s.options.Token != "" && token != s.options.Token {
		writeError(w, http.StatusUnauthorized, "user-or-token-not-found", "User was not found or authentication token is not valid")
		return
	}
	run, scrapesPosts := actors[r.PathValue("actor")]
	visit, scrapesProfiles := profileActors[r.PathValue("actor")]
	if !scrapesPosts && !scrapesProfiles {
		writeError(w, http.StatusNotFound, "record-not-found", "Actor was not found")
		return
	}
	input, problem := readInput(w, r)
	if problem == "" && scrapesProfiles && visit.asked(input) {
		s.serveProfiles(w, r, visit, input)
		return
	}
	addresses := []string{}
	if problem == "" {
		addresses, problem = input.list(run.urlsField)
	}
	if problem != "" {
		writeError(w, http.StatusBadRequest, "invalid-input", problem)
		return
	}
	catalog.WriteJSON(w, http.StatusCreated, s.scrape(run, addresses, insideFault(r)))
}

func requestToken(r *http.Request) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return bearer
	}
	return r.URL.Query().Get("token")
}

// input is what an actor is given.
type input map[string]json.RawMessage

// readInput returns the input, or its problem.
func readInput(w http.ResponseWriter, r *http.Request) (given input, problem string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	if err != nil {
		return nil, "The input is too large"
	}
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, "The input JSON could not be parsed"
	}
	return given, ""
}

// list returns what is to be scraped, or the problem of the input.
func (i input) list(field string) (values []string, problem string) {
	var pages []struct {
		URL string `json:"url"`
	}
	switch {
	case json.Unmarshal(i[field], &values) == nil:
	case json.Unmarshal(i[field], &pages) == nil:
		values = nil
		for _, page := range pages {
			values = append(values, page.URL)
		}
	default:
		return nil, "Input is not valid: Field input." + field + " must be array of strings"
	}
	if len(values) == 0 || len(values) > urlsPerRunMax {
		return nil, "Input is not valid: Field input." + field + " must have 1 to 1000 items"
	}
	return values, ""
}

// scrape runs an actor: it returns an item for each address, in a shuffled order.
func (s *Simulator) scrape(run actor, addresses []string, fault string) []item {
	results := []item{}
	for i, address := range addresses {
		if fault == "partial" && i%2 == 1 {
			continue
		}
		if result := s.visit(run, address); result != nil {
			results = append(results, result)
		}
	}
	if len(results) > 0 {
		switch fault {
		case "spoilt_counts":
			run.spoil(results[0])
		case "spoilt_reactions":
			results[0][run.reactions[0]], results[0][run.reactions[1]] = "12K", -1
		}
	}
	order := rand.New(rand.NewPCG(s.options.ShuffleSeed, uint64(len(results))))
	order.Shuffle(len(results), func(i, j int) { results[i], results[j] = results[j], results[i] })
	return results
}

// visit returns the item for an address, or nil if the actor leaves it out.
func (s *Simulator) visit(run actor, address string) item {
	if id := run.clipID(address); id != "" {
		if shown, ok := s.Serve(run.platform, id, s.rounding(run.platform)); ok {
			return run.mark(run.found(shown, address), shown.Kind)
		}
	}
	if run.missing == nil {
		return nil
	}
	return run.missing(address)
}

func (s *Simulator) rounding(platform string) func(curves.Counts) curves.Counts {
	if platform != tiktok || s.options.RoundTikTokFrom == 0 {
		return nil
	}
	return func(counts curves.Counts) curves.Counts {
		counts.Views = s.rounded(counts.Views)
		counts.Likes = s.rounded(counts.Likes)
		counts.Comments = s.rounded(counts.Comments)
		counts.Shares = s.rounded(counts.Shares)
		return counts
	}
}

func (s *Simulator) rounded(count int64) int64 {
	if count < s.options.RoundTikTokFrom {
		return count
	}
	unit := int64(1)
	for count/unit >= 1000 {
		unit *= 10
	}
	return count / unit * unit
}

// insideFault returns the code of a fault that the script leaves to the handler.
func insideFault(r *http.Request) string {
	rule, _ := faults.Inside(r.Context())
	return rule.Code
}

func writeError(w http.ResponseWriter, status int, kind, message string) {
	catalog.WriteJSON(w, status, map[string]any{"error": map[string]string{"type": kind, "message": message}})
}

// answerFault writes a scripted fault in Apify's format. The rule's type, or else its code, is
// the error's type; without either the type follows from the status.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	kind := rule.Type
	if kind == "" {
		kind = rule.Code
	}
	if kind == "" {
		kind = usualType(rule.AnswerStatus())
	}
	message := rule.Message
	if message == "" {
		message = "A scripted fault"
	}
	writeError(w, rule.AnswerStatus(), kind, message)
}

func usualType(status int) string {
	switch {
	case status == http.StatusRequestTimeout:
		return "run-timeout-exceeded"
	case status == http.StatusTooManyRequests:
		return "rate-limit-exceeded"
	case status == http.StatusPaymentRequired:
		return "not-enough-usage-to-run-paid-actor"
	case status == http.StatusUnauthorized:
		return "user-or-token-not-found"
	case status == http.StatusForbidden:
		return "insufficient-permissions"
	case status >= http.StatusInternalServerError:
		return "internal-server-error"
	default:
		return "invalid-request"
	}
}
