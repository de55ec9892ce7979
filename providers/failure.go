package providers

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// resetSecondsMax is the longest reset that is a number of seconds. What is higher is a unix time.
const resetSecondsMax = 1_000_000_000

// WaitForReset returns the wait until the reset that a provider's header names, as a number of seconds or as a unix
// time in seconds. It is zero if the value is missing, malformed or past.
func WaitForReset(value string, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	if seconds > resetSecondsMax {
		seconds -= now.Unix()
	}
	return bounded(time.Duration(min(seconds, int64(retryAfterMax/time.Second))) * time.Second)
}

func bounded(wait time.Duration) time.Duration { return min(max(0, wait), retryAfterMax) }

// retryAfterMax bounds what a provider may ask for: a wrong header must not stop all requests
// to a provider for good.
const retryAfterMax = 31 * 24 * time.Hour

// reasonForm is the form of a reason that our messages may quote. They do not quote free
// text, because it may contain a key or name a person.
var reasonForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// FaultOfStatus classifies an HTTP answer that is not a success. The reason is the
// provider's own error code, if the answer has one.
func FaultOfStatus(provider string, answer Answer, reason string, now time.Time) *fault.Error {
	quotedReason := ""
	if reasonForm.MatchString(reason) {
		quotedReason = " (" + reason + ")"
	}
	switch status := answer.Status; {
	case status == http.StatusTooManyRequests:
		return fault.New(fault.RateLimited, "provider_rate_limited", "%s limits the rate of our requests%s: it is asked again later", provider, quotedReason).
			After(retryAfter(answer.Header, now))
	case status == http.StatusUnauthorized, status == http.StatusPaymentRequired, status == http.StatusForbidden:
		return fault.New(fault.Denied, "provider_denied", "%s refuses our account with status %d%s: check its key and its plan", provider, status, quotedReason)
	case status == http.StatusRequestTimeout, status < 400, status >= 500:
		return fault.New(fault.Unavailable, "provider_unavailable", "%s answers with status %d%s: it is asked again later", provider, status, quotedReason).
			After(retryAfter(answer.Header, now))
	default:
		return fault.New(fault.Invalid, "provider_refused_request", "%s refuses the request with status %d%s: its API may have changed", provider, status, quotedReason)
	}
}

// Garbage returns the Unavailable fault for an answer that has a status of success and cannot
// be read.
func Garbage(provider string, cause error) *fault.Error {
	return fault.New(fault.Unavailable, "provider_answer_garbage", "the answer of %s cannot be read: it is asked again later", provider).
		Because(cause)
}

// retryAfter returns the wait that a Retry-After header asks for, in seconds or as a date. It
// is zero if the header is missing or malformed.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		if seconds > int64(retryAfterMax/time.Second) {
			return retryAfterMax
		}
		return max(0, time.Duration(seconds)*time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return bounded(at.Sub(now))
}

func notSupported(client Client, platform clip.Platform) error {
	return invalidf("platform_not_supported", "%s does not read clips on %s: choose another provider for it", client.Name(), platform)
}

func invalidf(code, format string, args ...any) error {
	return fault.New(fault.Invalid, code, format, args...)
}
