package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	typeAPI         = "api_error"
	typeCard        = "card_error"
	typeIdempotency = "idempotency_error"
	typeInvalid     = "invalid_request_error"
)

// apiError is an error in Stripe's format.
type apiError struct {
	status      int
	kind        string
	code        string
	message     string
	param       string
	declineCode string
	chargeID    string
	intent      object
	// executed means that the endpoint had begun, so that the answer is saved under the
	// idempotency key.
	executed bool
}

func (e *apiError) Error() string { return e.kind + ": " + e.message }

// invalid returns the error for a parameter that is refused before execution begins.
func invalid(code, param, format string, args ...any) *apiError {
	return &apiError{
		status: http.StatusBadRequest, kind: typeInvalid, code: code, param: param,
		message: fmt.Sprintf(format, args...),
	}
}

// refused returns the error for a request that is well formed and cannot be carried out.
func refused(code, param, format string, args ...any) *apiError {
	e := invalid(code, param, format, args...)
	e.executed = true
	return e
}

// missing returns the error for an object in the path that does not exist.
func missing(noun, id string) *apiError {
	e := invalid("resource_missing", "id", "No such %s: '%s'", noun, id)
	e.status = http.StatusNotFound
	return e
}

// unknownReference returns the error for an object in a parameter that does not exist.
func unknownReference(noun, param, id string) *apiError {
	return refused("resource_missing", param, "No such %s: '%s'", noun, id)
}

func (e *apiError) body(requestID string) []byte {
	inner := object{
		"type":            e.kind,
		"message":         e.message,
		"request_log_url": "https://dashboard.stripe.com/" + PlatformID + "/test/workbench/logs?object=" + requestID,
	}
	for name, value := range map[string]string{
		"code": e.code, "param": e.param, "decline_code": e.declineCode, "charge": e.chargeID,
	} {
		if value != "" {
			inner[name] = value
		}
	}
	if e.code != "" {
		inner["doc_url"] = "https://stripe.com/docs/error-codes/" + e.code
	}
	if e.intent != nil {
		inner["payment_intent"] = e.intent
	}
	body, err := json.MarshalIndent(object{"error": inner}, "", "  ")
	if err != nil {
		panic(err) // maps of strings and views always encode
	}
	return body
}

// faultError returns the error for a scripted fault.
func faultError(rule faults.Rule) *apiError {
	e := &apiError{status: rule.AnswerStatus(), kind: rule.Type, code: rule.Code, message: rule.Message, executed: true}
	switch {
	case e.status == http.StatusTooManyRequests:
		e.fill(typeInvalid, "rate_limit", "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.")
	case e.status >= http.StatusInternalServerError:
		e.fill(typeAPI, "", "An unknown error occurred.")
	case e.status == http.StatusPaymentRequired:
		e.fill(typeCard, "card_declined", "Your card was declined.")
	default:
		e.fill(typeInvalid, "", "The request was refused by a scripted fault.")
	}
	return e
}

func (e *apiError) fill(kind, code, message string) {
	if e.kind == "" {
		e.kind = kind
	}
	if e.code == "" {
		e.code = code
	}
	if e.message == "" {
		e.message = message
	}
}

// answerFault writes a fault that is played before any layer of the API.
func answerFault(w http.ResponseWriter, _ *http.Request, rule faults.Rule) {
	const requestID = "req_scripted"
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", requestID)
	if rule.Action == faults.RateLimit {
		w.Header().Set("Stripe-Rate-Limited-Reason", "global-rate")
	}
	w.WriteHeader(rule.AnswerStatus())
	_, _ = w.Write(faultError(rule).body(requestID))
}
