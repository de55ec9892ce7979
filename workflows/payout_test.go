package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// payable is a world with one creator who has 50.00 available, and a run to pay it.
type payable struct {
	*world
	creator  creator
	payoutID string
	input    workflows.PayoutInput
}

const earnedMinor = int64(5000)

func setupPayout(t *testing.T, bank string) payable {
	t.Helper()
	w := setup(t)
	campaignID, _ := w.liveCampaign(t, nil)
	who := w.creator(t, bank)
	w.earns(t, campaignID, who, 10_000)
	runID, err := w.store.Payouts.OpenRun(t.Context(), names.PayoutRunID("2026-W10", 1), "2026-W10", w.clock.Now())
	require.NoError(t, err)
	id := names.PayoutID(runID, who.id, "USD")
	return payable{w, who, id, workflows.PayoutInput{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", Policy: policy()}}
}

func policy() payout.Policy {
	return payout.Policy{
		MinimumMinor: payout.EveryMinimum(1000), RetryIntervals: []duration.Text{duration.Text(time.Minute), duration.Text(10 * time.Minute)}, PollInterval: duration.Text(15 * time.Minute), PollIntervalMax: duration.Text(24 * time.Hour),
		UnreadableAfter: duration.Text(24 * time.Hour), LateAfter: duration.Text(72 * time.Hour),
		ReturnWindow: duration.Text(7 * 24 * time.Hour), ReturnDeadline: duration.Text(30 * 24 * time.Hour), ResendWindow: duration.Text(23 * time.Hour),
	}
}

func (p payable) pay(h *history) workflows.PayoutResult {
	h.t.Helper()
	return completed[workflows.PayoutResult](h, workflows.CreatorPayout, p.input)
}

func (p payable) onRecord(t *testing.T) payouts.Detail {
	t.Helper()
	detail, err := p.store.Payouts.Get(t.Context(), p.payoutID)
	require.NoError(t, err)
	return detail
}

// platformMinor is what the platform's balance has before a payout.
const platformMinor = 100_000

// requirePaidOnce says that Stripe and the books agree: one transfer, and at the bank once.
func (p payable) requirePaidOnce(t *testing.T) {
	t.Helper()
	require.Equal(t, 1, p.effects("transfer.applied"), "transfers")
	require.Equal(t, 1, p.effects("payout.paid"), "payouts that reached a bank")
	require.Equal(t, payout.Paid, p.onRecord(t).Status)
	require.Empty(t, p.onRecord(t).AttentionReason)
	require.Zero(t, p.stripeAvailable(t, p.creator.account))
	p.requireAt(t, 0, 0, 0)
}

// requireGivenBack says that the creator has the money available again, and Stripe's
// platform too.
func (p payable) requireGivenBack(t *testing.T, final payout.Status) {
	t.Helper()
	require.Equal(t, final, p.onRecord(t).Status)
	require.Equal(t, int64(platformMinor), p.stripeAvailable(t, ""))
	require.Zero(t, p.stripeAvailable(t, p.creator.account))
	p.requireAt(t, earnedMinor, 0, 0)
}

func (p payable) requireAt(t *testing.T, availableMinor, inTransitMinor, connectedMinor int64) {
	t.Helper()
	require.Equal(t, availableMinor, p.balance(t, ledger.CreatorAvailable(p.creator.id)), "available")
	require.Equal(t, inTransitMinor, p.balance(t, ledger.CreatorInTransit(p.creator.id)), "in transit")
	require.Equal(t, connectedMinor, p.balance(t, ledger.CreatorConnected(p.creator.id)), "connected")
	p.requireBooksInOrder(t)
}

func operator() workflows.Operator {
	return workflows.Operator{Actor: uuid.NewString(), Reason: "asked for by the test"}
}

func TestCreatorPayout(t *testing.T) {
	t.Parallel()

	t.Run("pays once and ends after the return window", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)

		result := p.pay(h)

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, earnedMinor, result.AmountMinor)
		require.Equal(t, result.TransferID, p.onRecord(t).TransferID)
		require.Equal(t, result.BankPayoutID, p.onRecord(t).BankPayoutID)
		require.GreaterOrEqual(t, h.Now().Sub(start), 8*24*time.Hour)
		p.requirePaidOnce(t)
	})

	t.Run("is no payout below the minimum", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.input.Policy.MinimumMinor = payout.EveryMinimum(earnedMinor + 1)

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, result.Status)
		require.Zero(t, p.effects("transfer.applied"))
		p.requireAt(t, earnedMinor, 0, 0)
	})

	t.Run("a second history of a paid payout moves nothing", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		first := p.pay(p.begin(t))

		second := p.pay(p.begin(t))

		require.Equal(t, first, second)
		require.Equal(t, 1, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("a second history of a cancelled payout moves nothing", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.control(t, "/accounts/"+p.creator.account, `{"payouts_enabled":false,"transfers":"inactive"}`)
		h := p.begin(t)
		h.ask(time.Minute, workflows.UpdateCancel, operator())
		p.pay(h)
		p.control(t, "/accounts/"+p.creator.account+"/complete", `{}`)

		second := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, second.Status)
		require.Zero(t, p.effects("transfer.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})
}
