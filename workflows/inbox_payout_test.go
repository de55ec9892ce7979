package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// reopened collects what payouts are started with, instead of running them.
func (h *history) reopened() *[]workflows.PayoutInput {
	var started []workflows.PayoutInput
	h.OnWorkflow("CreatorPayout", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
		started = append(started, args.Get(1).(workflows.PayoutInput))
	}).Return(workflows.PayoutResult{Status: payout.Paid}, nil).Maybe()
	return &started
}

func TestReopenedPayouts(t *testing.T) {
	t.Parallel()
	returned := func(p payable) rail.Event {
		return rail.Event{ID: "evt_1", Type: "payout.failed", ObjectID: "po_1", Account: p.creator.account, PayoutID: p.payoutID}
	}
	setupReserved := func(t *testing.T) payable {
		p := setupPayout(t, goodBank)
		_, err := p.store.Payouts.Reserve(t.Context(), p.reservation())
		require.NoError(t, err)
		return p
	}

	t.Run("start with their identity from the books and the policy of the sweep", func(t *testing.T) {
		t.Parallel()
		p := setupReserved(t)
		p.receive(t, returned(p))
		h := p.begin(t)
		h.gone[names.Payout(p.payoutID)] = true
		started := h.reopened()

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})

		require.Equal(t, []workflows.PayoutInput{p.input}, *started)
		require.Equal(t, map[string]string{"evt_1": "started"}, p.outcomes(t))
	})

	t.Run("start with the default policy if the sweep has none", func(t *testing.T) {
		t.Parallel()
		p := setupReserved(t)
		p.receive(t, returned(p))
		h := p.begin(t)
		h.gone[names.Payout(p.payoutID)] = true
		started := h.reopened()

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Len(t, *started, 1)
		require.Equal(t, payout.DefaultPolicy(), (*started)[0].Policy)
	})

	t.Run("start for an event of the account that they wait for", func(t *testing.T) {
		t.Parallel()
		p := setupReserved(t)
		require.NoError(t, p.store.Payouts.Park(t.Context(), p.payoutID, payout.NeedsAttention, payout.AccountNotVerified, ""))
		p.receive(t, rail.Event{ID: "evt_1", Type: "account.updated", ObjectID: p.creator.account, Account: p.creator.account})
		h := p.begin(t)
		h.gone[names.Payout(p.payoutID)] = true
		started := h.reopened()

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})

		require.Equal(t, []workflows.PayoutInput{p.input}, *started)
		require.Equal(t, "started", p.outcomes(t)["evt_1"])
	})

	t.Run("stay pending while the books cannot be read, and start later", func(t *testing.T) {
		t.Parallel()
		p := setupReserved(t)
		p.receive(t, returned(p))
		p.mishaps.lose("FindPayout", beforeWork, 1_000)
		h := p.begin(t)
		h.gone[names.Payout(p.payoutID)] = true
		started := h.reopened()
		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})
		require.Empty(t, *started)
		require.Equal(t, []string{"evt_1"}, p.pending(t))

		p.mishaps.forget("FindPayout")
		again := p.begin(t)
		again.SetStartTime(p.clock.Now().Add(time.Hour))
		again.gone[names.Payout(p.payoutID)] = true
		started = again.reopened()
		completed[int](again, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})

		require.Len(t, *started, 1)
		require.Equal(t, "started", p.outcomes(t)["evt_1"])
	})

	t.Run("are not signalled and started twice: a running one is only signalled", func(t *testing.T) {
		t.Parallel()
		p := setupReserved(t)
		p.receive(t, returned(p))
		h := p.begin(t)
		started := h.reopened()

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})

		require.Empty(t, *started)
		require.Equal(t, []string{names.Payout(p.payoutID) + " stripe_changed"}, h.signals.all())
	})

	t.Run("that the books do not have are not started", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := uuid.NewString()
		w.receive(t, rail.Event{ID: "evt_1", Type: "transfer.reversed", ObjectID: "tr_1", PayoutID: id})
		h := w.begin(t)
		h.gone[names.Payout(id)] = true
		started := h.reopened()

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})

		require.Empty(t, *started)
		require.Equal(t, map[string]string{"evt_1": "unknown_payout"}, w.outcomes(t))
	})
}

// reservation requests the money of the payout.
func (p payable) reservation() payout.ReservationRequest {
	return payout.ReservationRequest{PayoutID: p.payoutID, RunID: p.input.RunID, CreatorID: p.creator.id, Currency: "USD", MinimumMinor: 1, Now: start}
}
