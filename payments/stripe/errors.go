package stripe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
)

// classify turns the failure of a call into a fault. doc.go has the table that it implements.
func classify(op operation, seen *exchange, err error) error {
	var answer *stripe.Error
	switch {
	case errors.As(err, &answer) && (answer.Type != "" || answer.Code != ""):
		return classifyAnswer(op, seen, answer)
	case seen.status == http.StatusTooManyRequests:
		// The limit may be enforced before Stripe's application, in another format.
		return rateLimited(op, "rate_limit", seen).Because(statusCause(seen))
	case seen.status >= http.StatusInternalServerError:
		return unsettled(op, "stripe_server_error", "Stripe answered with a server error").Because(statusCause(seen))
	case timedOut(err):
		return unsettled(op, "stripe_timeout", "Stripe did not answer in time").Because(wireCause(err))
	case seen.status != 0 && !connectionLost(err):
		return unreadable(op, seen)
	case seen.status == 0 && !seen.connected.Load() && neverConnected(err):
		return fault.New(fault.Unavailable, "stripe_unreachable",
			"Stripe could not be reached, so the %s was not sent: try again later", op.name).Because(wireCause(err))
	default:
		return unsettled(op, "stripe_connection_lost", "the connection to Stripe was lost").Because(wireCause(err))
	}
}

// classifyAnswer decides by what Stripe said, the most specific first.
func classifyAnswer(op operation, seen *exchange, answer *stripe.Error) error {
	code, cause := safeCode(string(answer.Code)), answerCause(answer)
	class := messageClass(answer.Msg)
	known, isKnown := refusals[code]
	switch {
	case answer.HTTPStatusCode == http.StatusTooManyRequests:
		return rateLimited(op, orElse(code, "rate_limit"), seen).Because(cause)
	case answer.HTTPStatusCode >= http.StatusInternalServerError || answer.Type == stripe.ErrorTypeAPI:
		return unsettled(op, orElse(code, "stripe_server_error"), "Stripe answered with a server error").Because(cause)
	case answer.Type == stripe.ErrorTypeIdempotency && answer.HTTPStatusCode != http.StatusConflict:
		return refused(op, refusals["idempotency_error"], "idempotency_error", answer).Because(cause)
	case answer.Type == stripe.ErrorTypeCard:
		return refused(op, declined, orElse(code, "card_declined"), answer).Because(cause)
	case known.kind == fault.RateLimited:
		return rateLimited(op, code, seen).Because(cause)
	case isKnown && !isVague[code]:
		return refused(op, known, code, answer).Because(cause)
	case class != "" && answer.HTTPStatusCode != http.StatusConflict:
		return refused(op, refusals[class], class, answer).Because(cause)
	case isKnown:
		return refused(op, known, code, answer).Because(cause)
	case answer.HTTPStatusCode == http.StatusConflict:
		return refused(op, inConflict, orElse(code, "request_in_conflict"), answer).Because(cause)
	case answer.HTTPStatusCode == http.StatusUnauthorized || answer.HTTPStatusCode == http.StatusForbidden:
		return refused(op, noAccess, orElse(code, "permission_denied"), answer).Because(cause)
	case code == "" && op.blames[answer.Param] != "":
		blamed := op.blames[answer.Param]
		return refused(op, refusals[blamed], blamed, answer).Because(cause)
	case answer.Param != "" || answer.HTTPStatusCode == http.StatusNotFound:
		return refused(op, badParameter, orElse(code, "request_invalid"), answer).Because(cause)
	default:
		// Stripe names the parameter if one is wrong. Without one, the state of the account or
		// object forbids the call.
		return refused(op, wrongState, orElse(code, "request_refused"), answer).Because(cause)
	}
}

// refused is a definitive answer: Stripe did nothing, and the same request would be refused again.
func refused(op operation, why refusal, code string, answer *stripe.Error) *fault.Error {
	e := fault.New(why.kind, code, "Stripe refused the %s (%s). %s", op.name, code, why.advice)
	// The code alone decides the meaning, also where more of the answer decided the kind.
	e.Meaning = string(refusals[code].meaning)
	e.Remark = remarkOf(answer)
	if why.kind == fault.Invalid {
		e.Field = safeParam(answer.Param)
	}
	return e
}

func rateLimited(op operation, code string, seen *exchange) *fault.Error {
	return fault.New(fault.RateLimited, code,
		"Stripe did not process the %s yet (%s): wait, then send the same request again", op.name, code).After(seen.retryAfter)
}

// unsettled is the fault of a request that was sent and has no answer that we can trust.
func unsettled(op operation, code, what string) *fault.Error {
	if !op.writes {
		return fault.New(fault.Unavailable, code, "%s when asked for the %s: try again later", what, op.name)
	}
	return fault.New(fault.UnknownOutcome, code,
		"%s, so the %s may or may not have been made. Within 24 hours send the same request with the same idempotency key. After that look it up first",
		what, op.name)
}

func unreadable(op operation, seen *exchange) error {
	return unsettled(op, "stripe_answer_unreadable", "the answer was not in a form that Stripe uses").Because(statusCause(seen))
}

func notSent(op operation, err error) error {
	return fault.New(fault.Unavailable, "request_not_sent",
		"there was no time left to send the %s: try again", op.name).Because(wireCause(err))
}

// neverConnected reports whether err says that no connection was made. This alone does not
// prove that nothing was sent; see doc.go.
func neverConnected(err error) bool {
	var dial *net.OpError
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect") ||
		errors.As(err, &name) || errors.As(err, &certificate)
}

func timedOut(err error) bool {
	var network net.Error
	if neverConnected(err) {
		return false
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &network) && network.Timeout()
}

func connectionLost(err error) bool {
	var network *net.OpError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &network)
}

// wireCause returns the part of a transport error that contains no address and can still be
// tested with errors.Is. The full text has the request's address, and could have a proxy's
// password.
func wireCause(err error) error {
	for _, known := range []error{
		context.DeadlineExceeded, context.Canceled, io.ErrUnexpectedEOF, io.EOF,
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.ENETUNREACH, syscall.EHOSTUNREACH,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	innermost := err
	for next := errors.Unwrap(innermost); next != nil; next = errors.Unwrap(innermost) {
		innermost = next
	}
	return fmt.Errorf("transport error of type %T", innermost)
}

func statusCause(seen *exchange) error {
	return fmt.Errorf("HTTP status %d", seen.status)
}

// answerCause returns what identifies Stripe's error. Its message can quote names and account
// digits, and its embedded objects contain client secrets.
func answerCause(answer *stripe.Error) error {
	parts := []string{fmt.Sprintf("HTTP status %d", answer.HTTPStatusCode)}
	for _, part := range []struct{ name, value string }{
		{"type", safeCode(string(answer.Type))},
		{"code", safeCode(string(answer.Code))},
		{"decline code", safeCode(string(answer.DeclineCode))},
		{"parameter", safeParam(answer.Param)},
		{"request", safeRequestID(answer.RequestID)},
	} {
		if part.value != "" {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return errors.New(strings.Join(parts, ", "))
}

// remarkOf returns what Stripe said about its refusal, without the text of the message.
func remarkOf(answer *stripe.Error) fault.Remark {
	return fault.Remark{
		Code: safeCode(string(answer.Code)), Type: safeCode(string(answer.Type)), Param: safeParam(answer.Param),
		Class: messageClass(answer.Msg), RequestID: safeRequestID(answer.RequestID),
	}
}

var (
	codePattern      = regexp.MustCompile(`^[a-z0-9_]{1,100}$`)
	paramPattern     = regexp.MustCompile(`^[a-z0-9_.\[\]]{1,100}$`)
	requestIDPattern = regexp.MustCompile(`^req_[A-Za-z0-9_]{1,100}$`)
)

func safeCode(code string) string    { return matching(codePattern, code) }
func safeParam(param string) string  { return matching(paramPattern, param) }
func safeRequestID(id string) string { return matching(requestIDPattern, id) }
func orElse(code, other string) string {
	if code == "" {
		return other
	}
	return code
}

func matching(pattern *regexp.Regexp, text string) string {
	if pattern.MatchString(text) {
		return text
	}
	return ""
}
