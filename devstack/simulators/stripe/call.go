package stripe

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

// call is one request on its way through the layers.
type call struct {
	sim            *Simulator
	http           *http.Request
	params         params
	account        string // the owner of the objects in this request
	idempotencyKey string
	requestID      string
	claim          *savedAnswer // nil without an idempotency key
}

func (c *call) path(name string) string { return c.http.PathValue(name) }

// endpoint does the work of one route, with the state locked, and returns the answer.
type endpoint func(c *call) (any, *apiError)

// answer is a finished response.
type answer struct {
	status int
	body   []byte
}

// serve takes a request through the layers: key, account, parameters, idempotency, fault, endpoint.
func (s *Simulator) serve(known []string, run endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(r)
		w.Header().Set("Request-Id", c.requestID)
		w.Header().Set("Stripe-Version", apiVersion)
		if c.idempotencyKey != "" {
			w.Header().Set("Idempotency-Key", c.idempotencyKey)
		}
		if refusal := c.admit(known); refusal != nil {
			write(w, answer{refusal.status, refusal.body(c.requestID)})
			return
		}
		if r.Method != http.MethodPost || c.idempotencyKey == "" {
			write(w, c.execute(run))
			return
		}
		c.serveOnce(w, run)
	})
}

func (s *Simulator) newCall(r *http.Request) *call {
	s.mu.Lock()
	requestID := s.newID("req")
	s.mu.Unlock()
	c := &call{
		sim: s, http: r, requestID: requestID,
		idempotencyKey: r.Header.Get("Idempotency-Key"), account: r.Header.Get("Stripe-Account"),
	}
	if c.account == "" {
		c.account = PlatformID
	}
	return c
}

// admit checks what Stripe checks before a request may claim its idempotency key.
func (c *call) admit(known []string) *apiError {
	if refusal := authenticate(c.http); refusal != nil {
		return refusal
	}
	if len(c.idempotencyKey) > maxKeyChars {
		return invalid("", "", "Idempotency keys can be up to %d characters long.", maxKeyChars)
	}
	if err := c.http.ParseForm(); err != nil {
		return invalid("", "", "The request body could not be parsed.")
	}
	c.params = params(c.http.Form)

	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	if owner, ok := c.sim.st.Accounts.byID[c.account]; !ok || owner.Deauthorized {
		refusal := invalid("account_invalid", "", "The provided key 'sk_test_***' does not have access to account '%s' (or that account does not exist). Application access may have been revoked.", c.account)
		refusal.status = http.StatusForbidden
		return refusal
	}
	return c.params.onlyKnown(known)
}

func authenticate(r *http.Request) *apiError {
	key, _, basic := r.BasicAuth()
	if !basic {
		key = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	refusal := &apiError{status: http.StatusUnauthorized, kind: typeInvalid}
	switch {
	case key == "":
		refusal.message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
	case !strings.HasPrefix(key, "sk_") && !strings.HasPrefix(key, "rk_"):
		refusal.message = "Invalid API Key provided: " + key[:min(len(key), 4)] + "***"
	default:
		return nil
	}
	return refusal
}

// execute runs the endpoint, or plays the fault that was scripted inside it. The
// effect and the saved answer are written in one critical section, so that no
// crash leaves a state file with only one of them.
func (c *call) execute(run endpoint) answer {
	rule, faulty := faults.Inside(c.http.Context())
	if faulty && (rule.Action == faults.Hang || rule.Action == faults.Delay) {
		// A server that has begun to execute does not notice that its caller disconnects.
		faults.Hold(c.http.Context())
		faulty = false
	}

	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	result, executed := answer{}, true
	if !faulty || rule.AfterEffect {
		result, executed = c.runLocked(run)
	}
	if faulty {
		result, executed = answer{rule.AnswerStatus(), faultBody(rule, c.requestID)}, true
	}
	c.settleClaimLocked(result, executed)
	c.sim.saveLocked()
	return result
}

// runLocked also returns whether execution began, which decides whether the answer is saved.
func (c *call) runLocked(run endpoint) (answer, bool) {
	s := c.sim
	s.settleLocked()
	s.current = c
	defer func() { s.current = nil }()

	result, refusal := run(c)
	if refusal == nil {
		result, refusal = c.expand(result)
	}
	if refusal != nil {
		return answer{refusal.status, refusal.body(c.requestID)}, refusal.executed
	}
	body, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		panic(err) // views are maps of plain values and always encode
	}
	return answer{http.StatusOK, body}, true
}

func faultBody(rule faults.Rule, requestID string) []byte {
	if rule.Body != "" {
		return []byte(rule.Body)
	}
	return faultError(rule).body(requestID)
}

// fingerprint must be equal for two requests with the same idempotency key.
func (c *call) fingerprint() string {
	return c.http.Method + " " + c.http.URL.Path + "?" + url.Values(c.params).Encode()
}

func write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
