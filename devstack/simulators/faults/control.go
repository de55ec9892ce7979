package faults

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Control serves the script and the journal below prefix (such as "/_sim"):
//
//	GET    {prefix}/faults                 the rules with their counts
//	POST   {prefix}/faults                 add one rule, or {"rules":[…]}
//	DELETE {prefix}/faults[/{id}]          delete one rule or all, and release what they hold
//	POST   {prefix}/faults/release[?id=]   release held requests
//	GET    {prefix}/journal[?after=&kind=] lines above a sequence number, of these kinds
//
// Mount it outside Middleware, so that no rule applies to the control API.
func Control(prefix string, script *Script, journal *Journal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"rules": script.Rules()})
	})
	mux.HandleFunc("POST "+prefix+"/faults", script.serveAdd)
	mux.HandleFunc("DELETE "+prefix+"/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"removed": script.Remove("")})
	})
	mux.HandleFunc("DELETE "+prefix+"/faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"removed": script.Remove(r.PathValue("id"))})
	})
	mux.HandleFunc("POST "+prefix+"/faults/release", func(w http.ResponseWriter, r *http.Request) {
		script.Release(r.URL.Query().Get("id"))
		writeJSON(w, http.StatusOK, map[string]any{"released": true})
	})
	mux.HandleFunc("GET "+prefix+"/journal", journal.serve)
	return mux
}

func (s *Script) serveAdd(w http.ResponseWriter, r *http.Request) {
	var input struct {
		Rule
		Rules []Rule `json:"rules"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	if input.Rules == nil {
		input.Rules = []Rule{input.Rule}
	}
	for _, rule := range input.Rules {
		if err := rule.check(); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
	}
	added := make([]Rule, 0, len(input.Rules))
	for _, rule := range input.Rules {
		rule, err := s.Add(rule)
		if err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		added = append(added, rule)
	}
	writeJSON(w, http.StatusCreated, map[string]any{"rules": added})
}

func (j *Journal) serve(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil && r.URL.Query().Get("after") != "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "after is not a number"})
		return
	}
	entries := j.Entries(after, r.URL.Query()["kind"]...)
	j.mu.Lock()
	last, dropped := j.last, j.dropped
	j.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"entries": entries, "last_seq": last, "dropped": dropped})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
