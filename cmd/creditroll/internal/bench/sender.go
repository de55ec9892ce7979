package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

// signingKey signs the events of the bench only.
const signingKey = "key of the bench"

// sender sends signed events, as Stripe does.
type sender struct {
	client *http.Client
	filler string
}

func newSender(connections int) *sender {
	// An event of a bank payout has about this size.
	return &sender{
		client: &http.Client{Transport: &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections}},
		filler: strings.Repeat("x", 1200),
	}
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// send sends one event about a payout, which must be acknowledged.
func (s *sender) send(ctx context.Context, address, eventID, payoutID string) error {
	now := time.Now().Unix()
	body := fmt.Sprintf(`{"id":%q,"object":"event","type":"payout.paid","account":"acct_bench","created":%d,"data":{"object":{"id":"po_%s","object":"payout","status":"paid","statement_descriptor":%q,"metadata":{"payout_id":%q}}}}`,
		eventID, now, eventID, s.filler, payoutID)
	mac := hmac.New(sha256.New, []byte(signingKey))
	_, _ = fmt.Fprintf(mac, "%d.%s", now, body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	request.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%s", now, hex.EncodeToString(mac.Sum(nil))))
	answer, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("a webhook was answered with %s", answer.Status)
	}
	return nil
}

// pace starts perSecond calls each second, however long they take, and returns the milliseconds of
// each from the moment at which it was due. So a call that starts late counts as slow.
func pace(ctx context.Context, perSecond int, during time.Duration, call func(ctx context.Context, i int) error) ([]float64, error) {
	tookMs := make([]float64, int(during.Seconds()*float64(perSecond)))
	failures := make(chan error, len(tookMs))
	var running sync.WaitGroup
	begin := time.Now()
	for i := range tookMs {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Until(due)):
		}
		running.Go(func() {
			if err := call(ctx, i); err != nil {
				failures <- err
			}
			tookMs[i] = time.Since(due).Seconds() * 1000
		})
	}
	running.Wait()
	close(failures)
	return tookMs, <-failures
}

// serveAPI serves the API with an engine. stop ends the server after it has delivered everything.
func serveAPI(ctx context.Context, store *books.Books, engine api.Engine) (address string, stop func(), err error) {
	handler, err := api.New(api.Config{
		Store: store, Engine: engine, RouteWebhook: stripe.Notice,
		VerifyWebhook: func(payload []byte, signature string, now time.Time) (rail.Event, error) {
			return stripe.ParseWebhook(payload, signature, []string{signingKey}, now)
		},
		Keys:   api.Keys{{ID: "bench", Secret: make([]byte, 32)}},
		Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		return "", nil, err
	}
	base, stopServer, err := serve(ctx, handler)
	return base + "/v1/webhooks/stripe", func() {
		stopServer()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		handler.Stop(stopping)
	}, err
}

func serve(ctx context.Context, handler http.Handler) (base string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: stopTimeout}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		_ = server.Shutdown(stopping)
	}, nil
}
