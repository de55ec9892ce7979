package stripe_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

// world is a simulated Stripe with one creator who can be paid.
type world struct {
	*stripe.Client
	sim     *simulator.Simulator
	url     string
	creator string
}

func setupWorld(t *testing.T, options simulator.Options) world {
	t.Helper()
	sim, err := simulator.New(options)
	require.NoError(t, err)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, sim.Close())
	})
	client := newClient(t, stripe.Config{APIBase: server.URL, HTTPClient: server.Client()})
	return world{client, sim, server.URL, newCreator(t, server.URL)}
}

func newCreator(t *testing.T, base string) string {
	t.Helper()
	return newCreatorIn(t, base, "US", "usd")
}

// newCreatorIn opens an account that settles in the currency of a country.
func newCreatorIn(t *testing.T, base, country, currency string) string {
	t.Helper()
	form := url.Values{
		"type": {"custom"}, "country": {country}, "business_type": {"individual"}, "capabilities[transfers][requested]": {"true"},
		"individual[first_name]": {"Jenny"}, "individual[last_name]": {"Rosen"}, "tos_acceptance[date]": {"1700000000"},
		"individual[dob][day]": {"1"}, "individual[dob][month]": {"1"}, "individual[dob][year]": {"1990"},
		"external_account[account_number]": {"000123456789"}, "external_account[routing_number]": {"110000000"},
		"external_account[country]": {country}, "external_account[currency]": {currency}, "settings[payouts][schedule][interval]": {"manual"},
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/accounts", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var account struct{ ID string }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&account))
	require.Equal(t, http.StatusOK, response.StatusCode)
	return account.ID
}

// fund puts money into the platform's balance.
func (w world) fund(t *testing.T, amountMinor int64) rail.Funding {
	t.Helper()
	funding, err := w.CreateFunding(t.Context(), rail.FundingRequest{
		CampaignID: "018f-campaign", AmountMinor: amountMinor, Currency: "USD", PaymentMethod: "pm_card_bypassPending",
		IdempotencyKey: "campaign/018f-campaign/funding/g0",
	})
	require.NoError(t, err)
	return funding
}

func (w world) transfer(amountMinor int64) rail.TransferRequest {
	return rail.TransferRequest{
		PayoutID: "018f-payout", AmountMinor: amountMinor, Currency: "USD", Account: w.creator, IdempotencyKey: "payout/018f-payout/transfer/g0",
	}
}

func (w world) bankPayout(amountMinor int64) rail.BankPayoutRequest {
	return rail.BankPayoutRequest{
		PayoutID: "018f-payout", Account: w.creator, AmountMinor: amountMinor, Currency: "USD", IdempotencyKey: "payout/018f-payout/bank/g0",
	}
}

func (w world) script(t *testing.T, rule faults.Rule) {
	t.Helper()
	_, err := w.sim.Faults().Add(rule)
	require.NoError(t, err)
}

func TestMoneyThroughStripe(t *testing.T) {
	t.Parallel()

	t.Run("goes from the brand over the platform and the creator's balance to the bank", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{FeeBasisPoints: 290, FeeFixedMinor: 30, PayoutTransit: 24 * time.Hour})
		ctx := t.Context()

		funded := w.fund(t, 100_000)
		require.Equal(t, rail.FundingSucceeded, funded.Status)
		require.Equal(t, int64(2_930), funded.FeeMinor)
		require.Equal(t, int64(97_070), funded.NetMinor)
		require.Equal(t, money.Currency("USD"), funded.SettlementCurrency)
		foundFunding, ok, err := w.FindFunding(ctx, rail.FundingOwner{CampaignID: "018f-campaign"}, 0, w.sim.Now().Add(-time.Hour))
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, funded.ID, foundFunding.ID)

		transfer, err := w.CreateTransfer(ctx, w.transfer(40_000))
		require.NoError(t, err)
		payout, err := w.CreateBankPayout(ctx, w.bankPayout(40_000))
		require.NoError(t, err)
		require.Equal(t, rail.BankPayoutPending, payout.Status)
		w.sim.Advance(48 * time.Hour)
		arrived, ok, err := w.FindBankPayout(ctx, w.creator, "018f-payout", 0)
		require.NoError(t, err)

		require.True(t, ok)
		require.Equal(t, payout.ID, arrived.ID)
		require.Equal(t, rail.BankPayoutPaid, arrived.Status)
		platform, err := w.GetBalance(ctx, "")
		require.NoError(t, err)
		require.Equal(t, []rail.Balance{{Currency: "USD", AvailableMinor: 57_070}}, platform)
		creator, err := w.GetBalance(ctx, w.creator)
		require.NoError(t, err)
		require.Equal(t, []rail.Balance{{Currency: "USD"}}, creator)
		require.Equal(t, w.creator, transfer.Account)
	})

	t.Run("comes back by reversal and refund", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{})
		ctx := t.Context()
		funded := w.fund(t, 100_000)
		transfer, err := w.CreateTransfer(ctx, w.transfer(40_000))
		require.NoError(t, err)

		reversal, err := w.ReverseTransfer(ctx, rail.ReversalRequest{
			TransferID: transfer.ID, AmountMinor: 40_000, Currency: "USD", PayoutID: "018f-payout", IdempotencyKey: "payout/018f-payout/reversal/g0",
		})
		require.NoError(t, err)
		refund, err := w.CreateRefund(ctx, rail.RefundRequest{
			CampaignID: "018f-campaign", FundingID: funded.ID, AmountMinor: 60_000, Currency: "USD", IdempotencyKey: "campaign/018f-campaign/refund/g0",
		})
		require.NoError(t, err)

		foundReversal, ok, err := w.FindReversal(ctx, transfer.ID, 0)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, reversal, foundReversal)
		refunds, err := w.ListRefunds(ctx, funded.ID)
		require.NoError(t, err)
		require.Equal(t, []rail.Refund{refund}, refunds)
		transfer, err = w.GetTransfer(ctx, transfer.ID)
		require.NoError(t, err)
		require.Equal(t, int64(40_000), transfer.ReversedMinor)
		_, err = w.ReverseTransfer(ctx, rail.ReversalRequest{
			TransferID: transfer.ID, AmountMinor: 1, Currency: "USD", PayoutID: "018f-payout", Generation: 1, IdempotencyKey: "payout/018f-payout/reversal/g1",
		})
		requireFault(t, err, fault.Conflict, "request_refused")
	})
}

func TestUnknownOutcomesAreSettledByLookingAndByRepeating(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		rule  faults.Rule
		there bool
	}{
		"the connection is reset before the effect": {faults.Rule{Action: faults.ResetBefore}, false},
		"the connection is reset after the effect":  {faults.Rule{Action: faults.ResetAfter}, true},
		"a server error hides the effect":           {faults.Rule{Action: faults.ServerError, AfterEffect: true}, true},
		"garbage hides the effect":                  {faults.Rule{Action: faults.Garbage, AfterEffect: true}, true},
	} {
		t.Run("one transfer is made although "+name, func(t *testing.T) {
			t.Parallel()
			w := setupWorld(t, simulator.Options{})
			w.fund(t, 100_000)
			c.rule.Method, c.rule.Path = http.MethodPost, "/v1/transfers"
			w.script(t, c.rule)

			_, lost := w.CreateTransfer(t.Context(), w.transfer(40_000))
			seen, there, lookup := w.FindTransfer(t.Context(), "018f-payout", 0)
			again, repeated := w.CreateTransfer(t.Context(), w.transfer(40_000))

			require.Equal(t, fault.UnknownOutcome, fault.KindOf(lost), "%v", lost)
			require.NoError(t, lookup)
			require.Equal(t, c.there, there)
			require.NoError(t, repeated)
			if there {
				require.Equal(t, seen.ID, again.ID)
			}
			only, ok, err := w.FindTransfer(t.Context(), "018f-payout", 0)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, again.ID, only.ID)
		})
	}
}

func TestForgottenKeys(t *testing.T) {
	t.Parallel()

	t.Run("a key that is sent again after a day pays twice, and the lookup reports it", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{})
		w.fund(t, 100_000)
		first, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		require.NoError(t, err)
		w.sim.Advance(25 * time.Hour)

		second, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		_, ok, lookup := w.FindTransfer(t.Context(), "018f-payout", 0)

		require.NoError(t, err)
		require.NotEqual(t, first.ID, second.ID)
		requireFault(t, lookup, fault.Conflict, "duplicate_at_stripe")
		require.False(t, ok)
	})

	t.Run("a reversed transfer is what its key still answers with", func(t *testing.T) {
		t.Parallel()
		w := setupWorld(t, simulator.Options{})
		w.fund(t, 100_000)
		transfer, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		require.NoError(t, err)
		_, err = w.ReverseTransfer(t.Context(), rail.ReversalRequest{
			TransferID: transfer.ID, AmountMinor: 40_000, Currency: "USD", PayoutID: "018f-payout", IdempotencyKey: "payout/018f-payout/reversal/g0",
		})
		require.NoError(t, err)

		replayed, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
		looked, lookup := w.GetTransfer(t.Context(), transfer.ID)

		require.NoError(t, err)
		require.NoError(t, lookup)
		require.Equal(t, transfer.ID, replayed.ID)
		require.Zero(t, replayed.ReversedMinor, "the saved answer is as old as the transfer")
		require.Equal(t, int64(40_000), looked.ReversedMinor)
	})
}

func TestRefusalsOfStripe(t *testing.T) {
	t.Parallel()
	w := setupWorld(t, simulator.Options{})
	ctx := t.Context()
	w.fund(t, 10_000)

	t.Run("a decline leaves an intent", func(t *testing.T) {
		t.Parallel()

		declined, err := w.CreateFunding(ctx, rail.FundingRequest{
			CampaignID: "018f-other", AmountMinor: 500, Currency: "USD", PaymentMethod: "pm_card_chargeDeclined", IdempotencyKey: "campaign/018f-other/funding/g0",
		})

		requireFault(t, err, fault.Conflict, "card_declined")
		require.Equal(t, rail.FundingRequiresPaymentMethod, declined.Status)
		require.Equal(t, "card_declined", declined.FailureCode)
	})

	t.Run("a key cannot be used for another amount", func(t *testing.T) {
		t.Parallel()
		_, err := w.CreateTransfer(ctx, w.transfer(100))
		require.NoError(t, err)

		_, err = w.CreateTransfer(ctx, w.transfer(101))

		requireFault(t, err, fault.Conflict, "idempotency_error")
	})

	t.Run("money that is not there cannot be moved", func(t *testing.T) {
		t.Parallel()
		tooMuch := w.transfer(10_000_000)
		tooMuch.IdempotencyKey = "payout/018f-payout/transfer/g1"

		_, transfer := w.CreateTransfer(ctx, tooMuch)
		_, payout := w.CreateBankPayout(ctx, w.bankPayout(10_000_000))

		requireFault(t, transfer, fault.Conflict, "balance_insufficient")
		requireFault(t, payout, fault.Conflict, "balance_insufficient")
	})

	t.Run("a bank account in the currency is needed", func(t *testing.T) {
		t.Parallel()
		inEuros := w.bankPayout(100)
		inEuros.Currency, inEuros.IdempotencyKey = "EUR", "payout/018f-payout/bank/g1"

		_, err := w.CreateBankPayout(ctx, inEuros)

		requireFault(t, err, fault.Conflict, "bank_account_missing")
	})

	t.Run("accounts and objects that are not ours stay closed", func(t *testing.T) {
		t.Parallel()

		_, account := w.GetAccount(ctx, "acct_somebodyelse")
		_, payout := w.GetBankPayout(ctx, w.creator, "po_none")
		_, transfer := w.GetTransfer(ctx, "tr_none")
		_, _, reversal := w.FindReversal(ctx, "tr_none", 0)

		requireFault(t, account, fault.Denied, "account_invalid")
		requireFault(t, payout, fault.NotFound, "resource_missing")
		requireFault(t, transfer, fault.NotFound, "resource_missing")
		requireFault(t, reversal, fault.NotFound, "resource_missing")
	})

	t.Run("a verified creator has nothing due", func(t *testing.T) {
		t.Parallel()

		account, err := w.GetAccount(ctx, w.creator)

		require.NoError(t, err)
		require.True(t, account.PayoutsEnabled)
		require.True(t, account.TransfersActive)
		require.Empty(t, account.CurrentlyDue)
		require.Equal(t, money.Currency("USD"), account.DefaultCurrency)
	})
}

func TestWebhooksOfStripe(t *testing.T) {
	t.Parallel()
	type delivery struct {
		event rail.Event
		err   error
	}
	deliveries := make(chan delivery, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		event, err := stripe.ParseWebhook(body, r.Header.Get("Stripe-Signature"), []string{"whsec_next", "whsec_current"}, time.Now())
		deliveries <- delivery{event, err}
	}))
	t.Cleanup(receiver.Close)
	w := setupWorld(t, simulator.Options{WebhookURL: receiver.URL, WebhookSecret: "whsec_current"})
	funded := w.fund(t, 100_000)
	_, err := w.CreateTransfer(t.Context(), w.transfer(40_000))
	require.NoError(t, err)
	payout, err := w.CreateBankPayout(t.Context(), w.bankPayout(40_000))
	require.NoError(t, err)

	byType := map[string]rail.Event{}
	for byType["payout.paid"].ID == "" || byType["payment_intent.succeeded"].ID == "" {
		select {
		case arrived := <-deliveries:
			require.NoError(t, arrived.err)
			byType[arrived.event.Type] = arrived.event
		case <-time.After(20 * time.Second):
			require.FailNow(t, "no such events arrived")
		}
	}

	paid := byType["payout.paid"]
	require.Equal(t, w.creator, paid.Account)
	require.Equal(t, "payout", paid.ObjectType)
	require.Equal(t, payout.ID, paid.ObjectID)
	require.Equal(t, "018f-payout", paid.PayoutID)
	require.Equal(t, "paid", paid.Status)
	succeeded := byType["payment_intent.succeeded"]
	require.Empty(t, succeeded.Account)
	require.Equal(t, funded.ID, succeeded.ObjectID)
	require.Equal(t, "018f-campaign", succeeded.CampaignID)
}
