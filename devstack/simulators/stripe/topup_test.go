package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func slowTopups(o *stripesim.Options) { o.TopupTransit = 5 * aDay }

func topupParams(amountMinor int64) *stripe.TopupParams {
	return &stripe.TopupParams{
		Amount: stripe.Int64(amountMinor), Currency: stripe.String("usd"), Description: stripe.String("Float"),
		StatementDescriptor: stripe.String("Top-up"), TransferGroup: stripe.String("float"), Metadata: map[string]string{"ticket": "8"},
	}
}

func (b *bundle) topup(amountMinor int64) *stripe.Topup {
	b.t.Helper()
	made, err := b.api.Topups.New(topupParams(amountMinor))
	require.NoError(b.t, err)
	return made
}

func (b *bundle) getTopup(id string) *stripe.Topup {
	b.t.Helper()
	params := &stripe.TopupParams{}
	params.AddExpand("balance_transaction")
	found, err := b.api.Topups.Get(id, params)
	require.NoError(b.t, err)
	return found
}

func TestTopups(t *testing.T) {
	t.Parallel()

	t.Run("are pending for days and then available", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slowTopups)

		made := b.topup(200_00)

		require.Equal(t, stripe.TopupStatusPending, made.Status)
		require.Equal(t, "Float", made.Description)
		require.Equal(t, "float", made.TransferGroup)
		require.Equal(t, "Top-up", made.StatementDescriptor)
		require.Equal(t, "8", made.Metadata["ticket"])
		require.Equal(t, b.sim.Now().Add(5*aDay).Unix(), made.ExpectedAvailabilityDate)
		available, pending := b.balance("")
		require.Zero(t, available)
		require.Equal(t, int64(200_00), pending)
		b.sim.Advance(5 * aDay)

		found := b.getTopup(made.ID)
		require.Equal(t, stripe.TopupStatusSucceeded, found.Status)
		require.Equal(t, stripe.BalanceTransactionTypeTopup, found.BalanceTransaction.Type)
		require.Equal(t, stripe.BalanceTransactionReportingCategoryTopup, found.BalanceTransaction.ReportingCategory)
		require.Equal(t, int64(200_00), found.BalanceTransaction.Net)
		b.requireAvailable("", 200_00)
		require.Subset(t, b.eventTypes(""), []string{"topup.created", "topup.succeeded"})
		require.Len(t, b.effects("topup.succeeded"), 1)
	})

	t.Run("that the bank refuses take the pending money off again", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slowTopups)
		params := topupParams(200_00)
		params.Source = stripe.String("btok_us_verified_noAccount")
		made, err := b.api.Topups.New(params)
		require.NoError(t, err)

		b.sim.Advance(5 * aDay)

		found := b.getTopup(made.ID)
		require.Equal(t, stripe.TopupStatusFailed, found.Status)
		require.Equal(t, "no_account", found.FailureCode)
		require.NotEmpty(t, found.FailureMessage)
		available, pending := b.balance("")
		require.Zero(t, available)
		require.Zero(t, pending)
		back := b.movements("topup_reversal")
		require.Len(t, back, 1)
		require.Equal(t, int64(-200_00), back[0].Amount)
		require.Equal(t, made.ID, back[0].Source.ID)
		require.Contains(t, b.eventTypes(""), "topup.failed")
	})

	t.Run("are cancelled while pending, and not later", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slowTopups)
		made, other := b.topup(200_00), b.topup(50_00)

		cancelled, err := b.api.Topups.Cancel(made.ID, nil)

		require.NoError(t, err)
		require.Equal(t, stripe.TopupStatusCanceled, cancelled.Status)
		_, err = b.api.Topups.Cancel(made.ID, nil)
		requireRefusal(t, err, 400, "")
		_, pending := b.balance("")
		require.Equal(t, int64(50_00), pending)
		b.sim.Advance(5 * aDay)
		b.requireAvailable("", 50_00)
		require.Equal(t, stripe.TopupStatusCanceled, b.getTopup(made.ID).Status)
		_, err = b.api.Topups.Cancel(other.ID, nil)
		requireRefusal(t, err, 400, "")
	})

	t.Run("can be taken back after they succeeded, also below zero", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		made := b.topup(100_00)
		b.transfer(80_00, b.creator(goodNumber).ID)

		b.control(http.MethodPost, "topups/"+made.ID+"/reverse", map[string]any{"failure_code": "debit_not_authorized"}, nil)

		found := b.getTopup(made.ID)
		require.Equal(t, stripe.TopupStatusReversed, found.Status)
		require.Equal(t, "debit_not_authorized", found.FailureCode)
		b.requireAvailable("", -80_00)
		require.Contains(t, b.refusedControl("topups/"+made.ID+"/reverse", nil), "reversed")
	})

	t.Run("by control succeed early, once, and fail", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slowTopups)
		var made, failing struct{ ID string }
		b.control(http.MethodPost, "topups", map[string]any{"amount_minor": 70_00}, &made)
		b.control(http.MethodPost, "topups", map[string]any{"amount_minor": 30_00, "description": "By hand"}, &failing)

		b.control(http.MethodPost, "topups/"+made.ID+"/succeed", nil, nil)
		b.control(http.MethodPost, "topups/"+failing.ID+"/fail", map[string]any{"failure_code": "insufficient_funds"}, nil)

		b.requireAvailable("", 70_00)
		b.sim.Advance(6 * aDay)
		available, pending := b.balance("")
		require.Equal(t, int64(70_00), available, "the end of the transit adds nothing")
		require.Zero(t, pending)
		require.Equal(t, "insufficient_funds", b.getTopup(failing.ID).FailureCode)
		require.Empty(t, b.getTopup(made.ID).Metadata)
		require.Contains(t, b.refusedControl("topups/"+made.ID+"/fail", nil), "succeeded")
		require.Contains(t, b.refusedControl("topups/"+made.ID+"/reverse", map[string]any{"failure_code": "bored"}), "failure code")
		require.Contains(t, b.refusedControl("topups", map[string]any{"amount_minor": -1}), "above zero")
		require.Contains(t, b.refusedControl("topups", map[string]any{"amount_minor": 1, "currency": "eur"}), "bank account")
	})

	t.Run("are listed by status, changed, and made once under a key", func(t *testing.T) {
		t.Parallel()
		b := setup(t, slowTopups)
		params := topupParams(10_00)
		params.SetIdempotencyKey("k")
		first, err := b.api.Topups.New(params)
		require.NoError(t, err)
		again, err := b.api.Topups.New(params)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		changed, err := b.api.Topups.Update(first.ID, &stripe.TopupParams{Description: stripe.String("New"), Metadata: map[string]string{"ticket": "9"}})
		require.NoError(t, err)
		require.Equal(t, "New", changed.Description)
		require.Equal(t, "9", changed.Metadata["ticket"])

		b.sim.Advance(5 * aDay)
		b.topup(20_00)

		require.Len(t, b.api.Topups.List(&stripe.TopupListParams{}).TopupList().Data, 2)
		pending := b.api.Topups.List(&stripe.TopupListParams{Status: stripe.String("pending")}).TopupList().Data
		require.Len(t, pending, 1)
		require.Equal(t, int64(20_00), pending[0].Amount)
	})

	t.Run("need a bank account in their currency, a positive amount and a known source", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.PlatformBanks = []string{"gbp"} })
		for currency, wanted := range map[string]bool{"usd": true, "gbp": true, "eur": false} {
			params := topupParams(10_00)
			params.Currency = stripe.String(currency)
			_, err := b.api.Topups.New(params)
			require.Equal(t, wanted, err == nil, currency)
		}
		unknown, nothing := topupParams(1), topupParams(0)
		unknown.Source = stripe.String("btok_unknown")
		_, err := b.api.Topups.New(unknown)
		requireRefusal(t, err, 400, stripe.ErrorCodeResourceMissing)
		_, err = b.api.Topups.New(nothing)
		requireRefusal(t, err, 400, stripe.ErrorCodeParameterInvalidInteger)
		_, err = b.api.Topups.Get("tu_no", nil)
		requireRefusal(t, err, 404, stripe.ErrorCodeResourceMissing)
		require.Len(t, b.effects("topup.succeeded"), 2)
	})
}

func TestPlatformPayouts(t *testing.T) {
	t.Parallel()
	own := func(amountMinor int64) *stripe.PayoutParams {
		return &stripe.PayoutParams{Amount: stripe.Int64(amountMinor), Currency: stripe.String("usd")}
	}

	t.Run("leave the platform's balance, and come back when they fail", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.topup(100_00)

		made, err := b.api.Payouts.New(own(60_00))

		require.NoError(t, err)
		b.requireAvailable("", 40_00)
		require.Equal(t, int64(-60_00), b.movements("payout")[0].Amount)
		b.control(http.MethodPost, "payouts/"+made.ID+"/fail", nil, nil)
		b.requireAvailable("", 100_00)
		back := b.movements("payout_failure")
		require.Equal(t, int64(60_00), back[0].Amount)
		require.Equal(t, made.ID, back[0].Source.ID)
		_, err = b.api.Payouts.New(own(100_01))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})

	t.Run("are made every day in every currency with a bank account, in production", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) {
			o.PlatformSchedule = stripesim.Production().PlatformSchedule
			o.PlatformBanks = []string{"eur"}
		})
		b.topup(100_00)
		euros := topupParams(50_00)
		euros.Currency = stripe.String("eur")
		_, err := b.api.Topups.New(euros)
		require.NoError(t, err)

		b.sim.Advance(aDay)

		made := b.payouts("")
		require.Len(t, made, 2)
		for _, each := range made {
			require.True(t, each.Automatic)
		}
		balance, err := b.api.Balance.Get(nil)
		require.NoError(t, err)
		for _, each := range balance.Available {
			require.Zero(t, each.Amount, each.Currency)
		}
		b.sim.Advance(60 * time.Hour)
		require.Equal(t, stripe.PayoutStatusPaid, b.payouts("")[0].Status)
	})
}
