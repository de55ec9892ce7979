package stripe_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
	"github.com/stripe/stripe-go/v79/client"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

const (
	goodNumber      = "000123456789"
	noAccountNumber = "000111111116"
	closedNumber    = "000111111113"
	returnedNumber  = "000999999991"
)

// bundle is a simulator whose clock only the test moves, and a real client.
type bundle struct {
	t   *testing.T
	sim *stripesim.Simulator
	url string
	api *client.API
}

func setup(t *testing.T, change ...func(*stripesim.Options)) *bundle {
	t.Helper()
	start := time.Now()
	opts := stripesim.Options{
		Seed: 7, FeeBasisPoints: 290, FeeFixedMinor: 30, DisputeFeeMinor: 1500,
		BankDebitAfter: 96 * time.Hour, RefundTransit: 24 * time.Hour,
		PayoutTransit: 48 * time.Hour, PayoutReturnAfter: 72 * time.Hour,
		WebhookBackoff: time.Millisecond,
		Now:            func() time.Time { return start },
	}
	for _, c := range change {
		c(&opts)
	}
	sim, err := stripesim.New(opts)
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		require.NoError(t, sim.Close())
		server.Close()
	})
	return &bundle{t: t, sim: sim, url: server.URL, api: newClient(server.URL, 0)}
}

func newClient(url string, retries int64) *client.API {
	config := &stripe.BackendConfig{
		URL: stripe.String(url), MaxNetworkRetries: stripe.Int64(retries),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}, EnableTelemetry: stripe.Bool(false),
		HTTPClient: &http.Client{Timeout: 20 * time.Second},
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, config)
	return client.New("sk_test_123", &stripe.Backends{API: backend, Connect: backend, Uploads: backend})
}

// fund adds money to the platform's balance.
func (b *bundle) fund(amountMinor int64, method string) *stripe.PaymentIntent {
	b.t.Helper()
	intent, err := b.api.PaymentIntents.New(intentParams(amountMinor, method))
	require.NoError(b.t, err)
	return intent
}

func intentParams(amountMinor int64, method string) *stripe.PaymentIntentParams {
	params := &stripe.PaymentIntentParams{
		Amount: stripe.Int64(amountMinor), Currency: stripe.String("usd"),
		PaymentMethod: stripe.String(method), Confirm: stripe.Bool(true),
		PaymentMethodTypes: stripe.StringSlice([]string{"card", "us_bank_account"}),
		Metadata:           map[string]string{"campaign_id": "c1"},
	}
	params.AddExpand("latest_charge.balance_transaction")
	return params
}

// creator opens a connected account that may receive and pay out.
func (b *bundle) creator(number string) *stripe.Account {
	b.t.Helper()
	account, err := b.api.Accounts.New(creatorParams(number))
	require.NoError(b.t, err)
	return account
}

func creatorParams(number string) *stripe.AccountParams {
	return &stripe.AccountParams{
		Type: stripe.String("custom"), Country: stripe.String("US"), Email: stripe.String("creator@example.com"),
		BusinessType: stripe.String("individual"),
		Capabilities: &stripe.AccountCapabilitiesParams{
			Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)},
		},
		Individual: &stripe.PersonParams{
			FirstName: stripe.String("Jenny"), LastName: stripe.String("Rosen"),
			DOB: &stripe.PersonDOBParams{Day: stripe.Int64(1), Month: stripe.Int64(2), Year: stripe.Int64(1990)},
		},
		TOSAcceptance:   &stripe.AccountTOSAcceptanceParams{Date: stripe.Int64(1700000000), IP: stripe.String("127.0.0.1")},
		ExternalAccount: bankParams(number),
		Metadata:        map[string]string{"creator_id": "u1"},
		Settings:        payoutInterval("manual"),
	}
}

// payoutInterval asks for a payout schedule; without one an account is paid out daily.
func payoutInterval(interval string) *stripe.AccountSettingsParams {
	return &stripe.AccountSettingsParams{Payouts: &stripe.AccountSettingsPayoutsParams{
		Schedule: &stripe.AccountSettingsPayoutsScheduleParams{Interval: stripe.String(interval)},
	}}
}

func bankParams(number string) *stripe.AccountExternalAccountParams {
	return &stripe.AccountExternalAccountParams{
		Country: stripe.String("US"), Currency: stripe.String("usd"),
		RoutingNumber: stripe.String("110000000"), AccountNumber: stripe.String(number),
	}
}

func transferParams(amountMinor int64, destination string) *stripe.TransferParams {
	return &stripe.TransferParams{
		Amount: stripe.Int64(amountMinor), Currency: stripe.String("usd"), Destination: stripe.String(destination),
		TransferGroup: stripe.String("payout/p1"), Metadata: map[string]string{"payout_id": "p1"},
	}
}

func (b *bundle) transfer(amountMinor int64, destination string) *stripe.Transfer {
	b.t.Helper()
	transfer, err := b.api.Transfers.New(transferParams(amountMinor, destination))
	require.NoError(b.t, err)
	return transfer
}

func payoutParams(amountMinor int64, account string) *stripe.PayoutParams {
	params := &stripe.PayoutParams{
		Amount: stripe.Int64(amountMinor), Currency: stripe.String("usd"), Metadata: map[string]string{"payout_id": "p1"},
	}
	params.SetStripeAccount(account)
	return params
}

func (b *bundle) payout(amountMinor int64, account string) *stripe.Payout {
	b.t.Helper()
	payout, err := b.api.Payouts.New(payoutParams(amountMinor, account))
	require.NoError(b.t, err)
	return payout
}

func (b *bundle) getPayout(id, account string) *stripe.Payout {
	b.t.Helper()
	params := &stripe.PayoutParams{}
	params.SetStripeAccount(account)
	params.AddExpand("failure_balance_transaction")
	payout, err := b.api.Payouts.Get(id, params)
	require.NoError(b.t, err)
	return payout
}

// balance returns available and pending dollars; account "" is the platform.
func (b *bundle) balance(account string) (available, pending int64) {
	b.t.Helper()
	params := &stripe.BalanceParams{}
	if account != "" {
		params.SetStripeAccount(account)
	}
	balance, err := b.api.Balance.Get(params)
	require.NoError(b.t, err)
	return balance.Available[0].Amount, balance.Pending[0].Amount
}

func (b *bundle) requireAvailable(account string, want int64) {
	b.t.Helper()
	available, _ := b.balance(account)
	require.Equal(b.t, want, available)
}

// control calls /_sim and decodes the answer into a value, which may be nil.
func (b *bundle) control(method, path string, body, into any) {
	b.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(b.t, err)
	if body == nil {
		encoded = nil
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+"/_sim/"+path, bytes.NewReader(encoded))
	require.NoError(b.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	require.Less(b.t, response.StatusCode, 300, "%s %s: %s", method, path, answer)
	if into != nil {
		require.NoError(b.t, json.Unmarshal(answer, into))
	}
}

func (b *bundle) effects(kinds ...string) []faults.Entry { return b.sim.Journal().Entries(0, kinds...) }

// requireRefusal checks the status and code of a Stripe error.
func requireRefusal(t *testing.T, err error, status int, code stripe.ErrorCode) *stripe.Error {
	t.Helper()
	var refusal *stripe.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, status, refusal.HTTPStatusCode, refusal.Msg)
	require.Equal(t, code, refusal.Code, refusal.Msg)
	require.NotEmpty(t, refusal.Msg)
	require.NotEmpty(t, refusal.RequestID)
	require.NotEmpty(t, refusal.RequestLogURL)
	return refusal
}
