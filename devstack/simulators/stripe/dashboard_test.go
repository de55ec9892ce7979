package stripe_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

// tryControl makes a control call that may be refused, and returns its status and answer.
func (b *bundle) tryControl(path string, body any) (int, string) {
	b.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(b.t, err)
	response, err := http.Post(b.url+"/_sim/"+path, "application/json", bytes.NewReader(encoded))
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return response.StatusCode, string(answer)
}

// refusedControl expects a control call to be refused, and returns the reason.
func (b *bundle) refusedControl(path string, body any) string {
	b.t.Helper()
	status, answer := b.tryControl(path, body)
	require.GreaterOrEqual(b.t, status, 400, "%s: %s", path, answer)
	return answer
}

func TestDashboard(t *testing.T) {
	t.Parallel()

	t.Run("a person reverses a part of a transfer and then the rest, without metadata or a key", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		transfer := b.api.Transfers.List(nil).TransferList().Data[0]

		b.control(http.MethodPost, "transfers/"+transfer.ID+"/reverse", map[string]any{"amount_minor": 20_00}, nil)
		b.requireAvailable(creator, 30_00)
		b.control(http.MethodPost, "transfers/"+transfer.ID+"/reverse", nil, nil)

		after, err := b.api.Transfers.Get(transfer.ID, nil)
		require.NoError(t, err)
		require.True(t, after.Reversed)
		require.Len(t, after.Reversals.Data, 2)
		for _, made := range after.Reversals.Data {
			require.Empty(t, made.Metadata)
		}
		b.requireAvailable(creator, 0)
		b.requireAvailable("", 96_80)
		require.Equal(t, "transfer.reversed", b.eventTypes("")[0])
		for _, line := range b.effects("reversal.applied") {
			require.Empty(t, line.IdempotencyKey)
			require.Empty(t, line.Metadata)
		}
		require.Contains(t, b.refusedControl("transfers/"+transfer.ID+"/reverse", map[string]any{}), "already fully reversed")
	})

	t.Run("a reversal needs the money on the account, for a person as well", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		b.payout(40_00, creator)
		transfer := b.api.Transfers.List(nil).TransferList().Data[0]

		require.Contains(t, b.refusedControl("transfers/"+transfer.ID+"/reverse", map[string]any{}), "sufficient balance")
		require.Contains(t, b.refusedControl("transfers/"+transfer.ID+"/reverse", map[string]any{"amount_minor": -1}), "greater than or equal to 1")

		require.Empty(t, b.effects("reversal.applied"))
	})

	t.Run("a person cancels a payout while it is pending, and not later", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		cancelled, sent := b.payout(10_00, creator), b.payout(10_00, creator)

		b.control(http.MethodPost, "payouts/"+cancelled.ID+"/cancel", nil, nil)

		require.Equal(t, stripe.PayoutStatusCanceled, b.getPayout(cancelled.ID, creator).Status)
		require.Equal(t, "payout.canceled", b.eventTypes(creator)[0])
		b.requireAvailable(creator, 40_00)
		b.sim.Advance(25 * time.Hour)
		require.Contains(t, b.refusedControl("payouts/"+sent.ID+"/cancel", nil), "only be canceled while they are pending")
	})

	t.Run("a person pays an amount out by hand, and then all that is left", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		b.control(http.MethodPost, "accounts/"+creator+"/payout", map[string]any{"amount_minor": 20_00, "currency": "usd"}, nil)
		b.control(http.MethodPost, "accounts/"+creator+"/payout", nil, nil)

		made := b.payouts(creator)
		require.Len(t, made, 2)
		require.Equal(t, int64(30_00), made[0].Amount)
		for _, payout := range made {
			require.Empty(t, payout.Metadata)
			require.False(t, payout.Automatic)
		}
		b.requireAvailable(creator, 0)
		require.Contains(t, b.refusedControl("accounts/"+creator+"/payout", nil), "at least")
		require.Contains(t, b.refusedControl("accounts/"+creator+"/payout", map[string]any{"amount_minor": 1_00}), "insufficient funds")
	})

	t.Run("a person pays the platform's balance out", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")

		b.control(http.MethodPost, "accounts/acct_platform0000001/payout", nil, nil)

		b.requireAvailable("", 0)
		require.Equal(t, int64(96_80), b.payouts("")[0].Amount)
	})

	t.Run("a person refunds a charge by its payment intent or its own id", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		intent := b.fund(50_00, "pm_card_visa")

		b.control(http.MethodPost, "refunds", map[string]any{"payment_intent": intent.ID, "amount_minor": 20_00}, nil)
		b.control(http.MethodPost, "refunds", map[string]any{"charge": intent.LatestCharge.ID}, nil)

		made := b.api.Refunds.List(&stripe.RefundListParams{PaymentIntent: stripe.String(intent.ID)}).RefundList().Data
		require.Len(t, made, 2)
		require.Equal(t, int64(30_00), made[0].Amount)
		require.Empty(t, made[0].Metadata)
		require.Contains(t, b.eventTypes(""), "charge.refunded")
		require.Contains(t, b.refusedControl("refunds", map[string]any{"charge": intent.LatestCharge.ID}), "already been refunded")
		require.Contains(t, b.refusedControl("refunds", map[string]any{"charge": "ch_no"}), "No such charge")
		require.Contains(t, b.refusedControl("refunds", map[string]any{}), "payment_intent or charge")
	})
}

func TestNegativeBalances(t *testing.T) {
	t.Parallel()

	t.Run("swallow a transfer: it is made, and a payout of it is refused", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -80_00}, nil)
		b.requireAvailable(creator, -30_00)

		b.transfer(20_00, creator)
		b.requireAvailable(creator, -10_00)
		_, err := b.api.Payouts.New(payoutParams(20_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.transfer(15_00, creator)
		b.requireAvailable(creator, 5_00)
		_, err = b.api.Payouts.New(payoutParams(15_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)

		b.payout(5_00, creator)
		b.requireAvailable(creator, 0)
	})

	t.Run("pending money does not help until it is available", func(t *testing.T) {
		t.Parallel()
		b := setup(t, startingOn(time.January, 1, 12), delayed)
		charge := b.fund(100_00, "pm_card_visa").LatestCharge
		creator := b.creator(goodNumber).ID
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -10_00}, nil)
		params := transferParams(50_00, creator)
		params.SourceTransaction = stripe.String(charge.ID)
		_, err := b.api.Transfers.New(params)
		require.NoError(t, err)

		available, pending := b.balance(creator)
		require.Equal(t, int64(-10_00), available)
		require.Equal(t, int64(50_00), pending)
		_, err = b.api.Payouts.New(payoutParams(1_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.sim.Advance(48 * time.Hour)

		available, pending = b.balance(creator)
		require.Equal(t, int64(40_00), available)
		require.Zero(t, pending)
		_, err = b.api.Payouts.New(payoutParams(40_01, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.payout(40_00, creator)
	})

	t.Run("cannot be reversed out of", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		transfer := b.api.Transfers.List(nil).TransferList().Data[0]
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -60_00}, nil)

		_, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})
}
