package catalog

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const controlBodyBytesMax = 1 << 20

func (s *Simulator) serveClips(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{"clips": s.Clips.List()})
}

func (s *Simulator) servePutClip(w http.ResponseWriter, r *http.Request) {
	var clip Clip
	if !readJSON(w, r, &clip) {
		return
	}
	if err := s.Clips.Put(clip); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	WriteJSON(w, http.StatusOK, clip)
}

func (s *Simulator) serveDeleteClip(w http.ResponseWriter, r *http.Request) {
	if !s.Clips.Delete(r.PathValue("platform"), r.PathValue("external_id")) {
		refuse(w, http.StatusNotFound, "there is no such clip")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) serveClock(w http.ResponseWriter, _ *http.Request) {
	WriteJSON(w, http.StatusOK, map[string]any{"now": s.Clock.Now().UTC(), "factor": s.Clock.Factor()})
}

func (s *Simulator) serveMoveClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		AdvanceSeconds int64    `json:"advance_seconds"`
		Factor         *float64 `json:"factor"`
	}
	if !readJSON(w, r, &move) {
		return
	}
	if move.AdvanceSeconds < 0 || move.AdvanceSeconds > advanceSecondsMax {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("advance_seconds %d: use 0 to %d", move.AdvanceSeconds, advanceSecondsMax))
		return
	}
	if move.Factor != nil {
		if err := s.Clock.SetFactor(*move.Factor); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	s.Clock.Advance(time.Duration(move.AdvanceSeconds) * time.Second)
	s.serveClock(w, r)
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, controlBodyBytesMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

func refuse(w http.ResponseWriter, status int, message string) {
	WriteJSON(w, status, map[string]string{"error": message})
}

// WriteJSON answers with status and body as JSON.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// An error means that the client has disconnected.
	_ = json.NewEncoder(w).Encode(body)
}
