package stripe

import (
	"net/http"
	"time"
)

const (
	maxKeyChars = 255
	keyLifetime = 24 * time.Hour
	// sweepFrom is how many keys are kept before expired ones are removed for the first time.
	sweepFrom = 10_000
)

// savedAnswer is the state of an idempotency key.
type savedAnswer struct {
	Fingerprint string
	RequestID   string
	ClaimedAt   time.Time
	Status      int // 0 while the first request is in flight
	Body        []byte
}

// serveOnce executes the request unless its key was used in the last 24 hours. Then
// it replays the answer, or refuses other parameters and concurrent use.
func (c *call) serveOnce(w http.ResponseWriter, run endpoint) {
	saved, refusal := c.claimKey()
	if refusal != nil {
		write(w, answer{refusal.status, refusal.body(c.requestID)})
		return
	}
	if saved != nil {
		w.Header().Set("Idempotent-Replayed", "true")
		w.Header().Set("Original-Request", saved.RequestID)
		write(w, answer{saved.Status, saved.Body})
		return
	}
	result := c.execute(run)
	w.Header().Set("Original-Request", c.requestID)
	write(w, result)
}

// claimKey reserves the key for this request, or returns the answer saved under it.
func (c *call) claimKey() (*savedAnswer, *apiError) {
	s := c.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.now()
	found, ok := s.st.Idempotency[c.scopedKey()]
	if ok && (found.Status == 0 || now.Sub(found.ClaimedAt) < keyLifetime) {
		return found, c.compare(found)
	}
	if len(s.st.Idempotency) >= s.st.sweepAt {
		s.sweepKeysLocked(now)
	}
	c.claim = &savedAnswer{Fingerprint: c.fingerprint(), RequestID: c.requestID, ClaimedAt: now}
	s.st.Idempotency[c.scopedKey()] = c.claim
	return nil, nil
}

func (c *call) compare(found *savedAnswer) *apiError {
	if found.Fingerprint != c.fingerprint() {
		return &apiError{
			status: http.StatusBadRequest, kind: typeIdempotency,
			message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + c.idempotencyKey + "' if you meant to execute a different request.",
		}
	}
	if found.Status == 0 {
		return &apiError{
			status: http.StatusConflict, kind: typeIdempotency, code: "idempotency_key_in_use",
			message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): " + c.idempotencyKey + ". Please try again later.",
		}
	}
	return nil
}

// settleClaimLocked saves the answer, or frees the key when execution did not begin.
func (c *call) settleClaimLocked(result answer, executed bool) {
	if c.claim == nil {
		return
	}
	if !executed {
		delete(c.sim.st.Idempotency, c.scopedKey())
		return
	}
	c.claim.Status, c.claim.Body = result.status, result.body
	c.sim.dirty = true
}

// sweepKeysLocked removes expired keys. The next sweep comes when there are twice as
// many keys as are left, so that the cost per request is constant.
func (s *Simulator) sweepKeysLocked(now time.Time) {
	for key, saved := range s.st.Idempotency {
		if saved.Status != 0 && now.Sub(saved.ClaimedAt) >= keyLifetime {
			delete(s.st.Idempotency, key)
		}
	}
	s.st.sweepAt = max(sweepFrom, 2*len(s.st.Idempotency))
}

func (c *call) scopedKey() string { return c.account + "|" + c.idempotencyKey }
