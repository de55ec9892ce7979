package stripe

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// answerBytesMax is far above any page of 100 objects. A larger answer is not from Stripe.
	answerBytesMax = 16 << 20
	retryAfterMax  = time.Hour
)

// exchange is what was seen on the wire of one request. Stripe's library drops the status and
// headers of answers that it cannot read, and the HTTP client does not report whether an
// earlier attempt of its own reached Stripe. Both decide what an error means.
type exchange struct {
	// connected: some attempt got a connection, so the request may have been sent.
	connected atomic.Bool
	// status is zero while there is no answer.
	status     int
	retryAfter time.Duration
}

type exchangeKey struct{}

// watch returns a context that records one request, and the record.
func watch(ctx context.Context) (context.Context, *exchange) {
	seen := &exchange{}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { seen.connected.Store(true) },
	})
	return context.WithValue(ctx, exchangeKey{}, seen), seen
}

// recorder stores status and Retry-After in the exchange of the request's context. It bounds
// the answer, because Stripe's library reads all of it into memory.
type recorder struct{ next http.RoundTripper }

func (r recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}

	answer.Body = http.MaxBytesReader(nil, answer.Body, answerBytesMax)
	if seen, ok := request.Context().Value(exchangeKey{}).(*exchange); ok {
		seen.status = answer.StatusCode
		seen.retryAfter = retryAfter(answer.Header.Get("Retry-After"))
	}
	return answer, nil
}

// retryAfter reads the header's form in seconds. The form with a date would need a clock.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.ParseInt(header, 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, retryAfterMax)
}
