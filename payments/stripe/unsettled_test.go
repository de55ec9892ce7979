package stripe_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/payments/stripe"
)

func TestUnsettledCalls(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name    string
		handler func(*testing.T) http.HandlerFunc
		code    string
	}{
		{"a connection that is reset", func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { reset(t, w) }
		}, "stripe_connection_lost"},
		{"an answer that breaks off", func(t *testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"id":"tr_1","amount":500`)
				_ = http.NewResponseController(w).Flush()
				reset(t, w)
			}
		}, "stripe_connection_lost"},
		{"no answer in time", func(*testing.T) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		}, "stripe_timeout"},
		{"a server error of Stripe", respond(500, stripeError("api_error", "", "")), "stripe_server_error"},
		{"a server error with a code of its own", respond(500, stripeError("api_error", "some_code", "")), "some_code"},
		{"a server error that names a refusal", respond(500, stripeError("invalid_request_error", "balance_insufficient", "")), "balance_insufficient"},
		{"a server error under a status of refusals", respond(400, stripeError("api_error", "", "")), "stripe_server_error"},
		{"a gateway's error page", text(502, "<html>Bad Gateway</html>"), "stripe_server_error"},
		{"a refusal that is not Stripe's", text(403, "<html>Forbidden</html>"), "stripe_answer_unreadable"},
		{"a refusal in JSON that is not Stripe's", respond(403, object{"error": object{"message": "blocked"}}), "stripe_answer_unreadable"},
		{"an error that is a word", respond(400, object{"error": "invalid_grant"}), "stripe_answer_unreadable"},
		{"a success in another language", text(200, "<html>Welcome to the hotel's network</html>"), "stripe_answer_unreadable"},
		{"an empty success", text(200, ""), "stripe_answer_unreadable"},
		{"an empty object", respond(200, object{}), "stripe_answer_unreadable"},
		{"nothing as JSON", text(200, "null"), "stripe_answer_unreadable"},
		{"an object of another form", respond(200, object{"id": []int{1}}), "stripe_answer_unreadable"},
		{"a redirect", func(*testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			}
		}, "stripe_answer_unreadable"},
		{"an object under the status of a redirect", respond(302, transferObject("tr_1", 500, nil)), "stripe_answer_unreadable"},
		{"an answer without end", func(*testing.T) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				for chunk := strings.Repeat(" ", 1<<20); ; {
					if _, err := io.WriteString(w, chunk); err != nil {
						return
					}
				}
			}
		}, "stripe_answer_unreadable"},
	} {
		t.Run(c.name+" leaves the outcome of a transfer unknown and a lookup to be repeated", func(t *testing.T) {
			t.Parallel()
			_, stub := setup(t, c.handler(t))
			timeout := 10 * time.Second
			if c.code == "stripe_timeout" {
				timeout = time.Second // enough for the request to arrive
			}
			client := newClient(t, stripe.Config{APIBase: stub.URL, HTTPClient: stub.Client(), Timeout: timeout})

			_, moving := client.CreateTransfer(t.Context(), transferRequest())
			arrived := stub.count()
			_, asking := client.GetTransfer(t.Context(), "tr_1")

			requireFault(t, moving, fault.UnknownOutcome, c.code)
			require.Equal(t, 1, arrived, "only the workflow engine may try again")
			requireFault(t, asking, fault.Unavailable, c.code)
		})
	}

	t.Run("an answer with another amount leaves the outcome unknown", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, transferObject("tr_1", 501, nil)))

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.UnknownOutcome, "stripe_answer_unreadable")
	})

	t.Run("a limit enforced in another format did nothing", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, text(429, "slow down")(t))

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.RateLimited, "rate_limit")
	})

	t.Run("a deadline of the caller leaves the outcome unknown and can be told apart", func(t *testing.T) {
		t.Parallel()
		over := make(chan struct{})
		client, _ := setup(t, func(_ http.ResponseWriter, r *http.Request) {
			close(over)
			<-r.Context().Done()
		})

		_, err := client.CreateTransfer(expiring{t.Context(), over}, transferRequest())

		requireFault(t, err, fault.UnknownOutcome, "stripe_timeout")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// expiring is a context whose deadline is over when a channel is closed.
type expiring struct {
	context.Context
	over chan struct{}
}

func (e expiring) Done() <-chan struct{} { return e.over }

func (e expiring) Err() error {
	select {
	case <-e.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func TestCallsThatWereNeverSent(t *testing.T) {
	t.Parallel()

	t.Run("a refused connection is unavailable", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{}))
		stub.Close()

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.Unavailable, "stripe_unreachable")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	})

	t.Run("an unknown host is unavailable", func(t *testing.T) {
		t.Parallel()
		client := newClient(t, stripe.Config{APIBase: "http://stripe.invalid", HTTPClient: dialing(
			&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "stripe.invalid", IsNotFound: true}},
		)})

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.Unavailable, "stripe_unreachable")
	})

	t.Run("a dial that times out is unavailable", func(t *testing.T) {
		t.Parallel()
		client := newClient(t, stripe.Config{APIBase: "http://stripe.invalid", HTTPClient: dialing(
			&net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded},
		)})

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.Unavailable, "stripe_unreachable")
	})

	t.Run("a server that cannot prove who it is is unavailable", func(t *testing.T) {
		t.Parallel()
		impostor := httptest.NewUnstartedServer(answer(200, object{}))
		impostor.Config.ErrorLog = log.New(io.Discard, "", 0)
		impostor.StartTLS()
		defer impostor.Close()
		client := newClient(t, stripe.Config{APIBase: impostor.URL, HTTPClient: &http.Client{Transport: &http.Transport{}}})

		_, err := client.CreateTransfer(t.Context(), transferRequest())

		requireFault(t, err, fault.Unavailable, "stripe_unreachable")
	})

	t.Run("a context that has ended sends nothing", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{}))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := client.CreateTransfer(ctx, transferRequest())

		requireFault(t, err, fault.Unavailable, "request_not_sent")
		require.Zero(t, stub.count())
	})

	t.Run("a connection refused to the HTTP client's own second attempt leaves the outcome unknown", func(t *testing.T) {
		t.Parallel()
		// Given a kept-alive connection, over which the transfer arrives before the server dies.
		var stub *stripeStub
		client, stub := setup(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				answer(200, transferObject("tr_1", 500, nil))(w, r)
				return
			}
			_ = stub.Listener.Close()
			connection, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = connection.Close()
			}
		})
		_, err := client.GetTransfer(t.Context(), "tr_1")
		require.NoError(t, err)

		_, err = client.CreateTransfer(t.Context(), transferRequest())

		require.ErrorIs(t, err, syscall.ECONNREFUSED, "the case under test did not come about")
		require.Equal(t, 2, stub.count())
		requireFault(t, err, fault.UnknownOutcome, "stripe_connection_lost")
	})
}
