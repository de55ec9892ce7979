// Package brightdata simulates Bright Data's scrapers of TikTok and Instagram in their wire format: answers at once
// (scrape), and snapshots (trigger, progress, snapshot) that are ready after a time on the simulator's clock and send a
// notification then. Records are in any order, a clip that does not exist becomes a record with an error, and every record
// is billed.
//
// Package catalog describes the control API. This simulator adds
//
//	GET /_sim/jobs   the snapshots, oldest first (see Job)
//	PUT /_sim/jobs   how snapshots behave from now on (see Behaviour)
//
// A fault marked inside may have the code "partial" (every second clip is left out), "spoilt_counts" (the first clip's
// counts make no sense), "spoilt_reactions" (its likes and comments make none, next to a good count of views), or for a
// profile "stale_profile" (the text before the latest change). At a trigger it spoils the snapshot.
package brightdata

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	tiktok    = "tiktok"
	instagram = "instagram"

	bodyBytesMax = 9 << 20
	// scrapedMax is how many addresses one synchronous request may have.
	scrapedMax  = 20
	snapshotMax = 5000
)

// Options are the settings of the simulator.
type Options struct {
	catalog.Options
	// Token is the only accepted token; when it is empty, any token but an empty one is accepted.
	Token string
	// Behaviour is how snapshots behave at the beginning.
	Behaviour Behaviour
	// ShuffleSeed varies the order of the records.
	ShuffleSeed uint64
}

// Simulator has the control methods of catalog.Simulator.
type Simulator struct {
	*catalog.Simulator
	options Options

	mu        sync.Mutex
	behaviour Behaviour
	jobs      []*job
	watching  bool
	closed    chan struct{}
	sending   sync.WaitGroup
}

// record is one entry of an answer.
type record = map[string]any

// NewDefault returns a simulator with no clips that accepts any token, for a development stack.
func NewDefault(options catalog.Options) *catalog.Simulator {
	return New(Options{Options: options, Behaviour: Behaviour{DelaySeconds: 2}}).Simulator
}

// New returns a simulator with no clips.
func New(options Options) *Simulator {
	s := &Simulator{options: options, behaviour: options.Behaviour, closed: make(chan struct{})}
	s.Simulator = catalog.New(options.Options, []string{tiktok, instagram}, answerFault, func(*catalog.Simulator) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("POST /datasets/v3/scrape", s.authenticated(s.serveScrape))
		mux.HandleFunc("POST /datasets/v3/trigger", s.authenticated(s.serveTrigger))
		mux.HandleFunc("GET /datasets/v3/progress/{id}", s.authenticated(s.serveProgress))
		mux.HandleFunc("GET /datasets/v3/snapshot/{id}", s.authenticated(s.serveSnapshot))
		return mux
	})
	s.Control("GET /_sim/jobs", s.serveJobs)
	s.Control("PUT /_sim/jobs", s.serveBehaviour)
	s.OnClose(func() {
		close(s.closed)
		s.sending.Wait()
	})
	return s
}

func (s *Simulator) authenticated(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !bearer || token == "" || s.options.Token != "" && token != s.options.Token {
			writeText(w, http.StatusUnauthorized, "Unauthorized")
			return
		}
		serve(w, r)
	}
}

// asked is what a request wants to have read.
type asked struct {
	set       dataset
	addresses []string
}

// readAsked returns what is asked for, or answers with the problem.
func readAsked(w http.ResponseWriter, r *http.Request, addressesMax int) (asked, bool) {
	set, known := datasets[r.URL.Query().Get("dataset_id")]
	if !known {
		writeError(w, http.StatusNotFound, "Dataset not found")
		return asked{}, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	var inputs []struct {
		URL string `json:"url"`
	}
	if err != nil || json.Unmarshal(body, &inputs) != nil || len(inputs) == 0 || len(inputs) > addressesMax {
		catalog.WriteJSON(w, http.StatusBadRequest, map[string]any{"validation_errors": []string{fmt.Sprintf("Invalid input provided: use 1 to %d inputs", addressesMax)}})
		return asked{}, false
	}
	found := asked{set: set}
	for _, input := range inputs {
		found.addresses = append(found.addresses, input.URL)
	}
	return found, true
}

func (s *Simulator) serveScrape(w http.ResponseWriter, r *http.Request) {
	if asked, ok := readAsked(w, r, scrapedMax); ok {
		catalog.WriteJSON(w, http.StatusOK, s.scrape(asked, insideFault(r)))
	}
}

// scrape returns one record for each address, in a shuffled order.
func (s *Simulator) scrape(asked asked, fault string) []record {
	records := []record{}
	for i, address := range asked.addresses {
		if fault == "partial" && i%2 == 1 {
			continue
		}
		result := asked.set.read(s, address, fault)
		result["timestamp"] = s.Clock.Now().UTC().Format(timeForm)
		result["input"] = record{"url": address}
		records = append(records, result)
	}
	if len(records) > 0 && asked.set.spoil != nil {
		asked.set.spoil(records[0], fault)
	}
	order := rand.New(rand.NewPCG(s.options.ShuffleSeed, uint64(len(records))))
	order.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	return records
}

// insideFault returns the code of a fault that the script leaves to the handler.
func insideFault(r *http.Request) string {
	rule, _ := faults.Inside(r.Context())
	return rule.Code
}

func writeError(w http.ResponseWriter, status int, message string) {
	catalog.WriteJSON(w, status, map[string]string{"error": message})
}

func writeText(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, message) // an error means that the client has disconnected
}

// answerFault writes a scripted fault in Bright Data's format.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	message := rule.Message
	if message == "" {
		message = "A scripted fault"
	}
	writeError(w, rule.AnswerStatus(), message)
}
