package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// transferred is a payout whose transfer is in the books, and a proposal to settle it outside.
func transferred(t *testing.T, how correction.How) (payable, corrected) {
	t.Helper()
	p := setupPayout(t, goodBank)
	_, err := p.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: p.payoutID, RunID: p.input.RunID, CreatorID: p.creator.id, Currency: "USD", MinimumMinor: 1, Now: p.clock.Now(),
	})
	require.NoError(t, err)
	_, err = p.store.Payouts.RecordIntent(t.Context(), p.payoutID, payout.Transfer, 0, p.clock.Now())
	require.NoError(t, err)
	require.NoError(t, p.store.Payouts.RecordTransferred(t.Context(), payout.Outcome{PayoutID: p.payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: p.clock.Now()}))
	return p, corrected{p.world, workflows.CorrectionInput{Proposal: correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: p.payoutID, How: how, ProposedBy: "proposer",
		Reason: "the account is gone", Evidence: "the creator has confirmed it", Reference: "po_outside",
	}}}
}

func TestSettlePayoutOutside(t *testing.T) {
	t.Parallel()

	t.Run("is booked when another person approves it, and the payout is signalled", func(t *testing.T) {
		t.Parallel()
		p, c := transferred(t, correction.PaidToCreator)
		h := c.begin(t)
		own := h.ask(time.Hour, workflows.UpdateApprove, by("Proposer"))
		h.at(2*time.Hour, func() { p.requireAt(t, 0, 0, earnedMinor) })
		approved := h.ask(3*time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, "same_person", fault.CodeOf(own.rejected))
		require.NoError(t, approved.failed)
		require.Equal(t, earnedMinor, result.CorrectedMinor)
		require.Equal(t, payout.Settled, p.onRecord(t).Status)
		require.Equal(t, []string{names.Payout(p.payoutID) + " " + workflows.SignalBooksChanged}, h.signals.all())
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("ends although the payout has no workflow any more", func(t *testing.T) {
		t.Parallel()
		p, c := transferred(t, correction.Lost)
		h := c.begin(t)
		h.gone[names.Payout(p.payoutID)] = true
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, string(correction.Approved), result.Status)
		require.Equal(t, payout.Returned, p.onRecord(t).Status)
		require.Equal(t, earnedMinor, p.balance(t, ledger.PlatformLosses))
		p.requireAt(t, earnedMinor, 0, 0)
	})

	t.Run("is rejected without a signal and without an entry", func(t *testing.T) {
		t.Parallel()
		p, c := transferred(t, correction.Lost)
		h := c.begin(t)
		h.ask(time.Hour, workflows.UpdateReject, by("approver"))

		result := c.run(h)

		require.Equal(t, string(correction.Rejected), result.Status)
		require.Empty(t, h.signals.all())
		p.requireAt(t, 0, 0, earnedMinor)
	})

	t.Run("is refused at once for a payout that does not exist", func(t *testing.T) {
		t.Parallel()
		_, c := transferred(t, correction.PaidToCreator)
		c.input.Proposal.PayoutID = uuid.NewString()
		h := c.begin(t)
		proposed := h.ask(0, workflows.UpdateProposed)

		result := c.run(h)

		require.Equal(t, "payout_not_found", fault.CodeOf(proposed.failed))
		require.Equal(t, "refused", result.Status)
	})
}

func TestSettlePayoutOutsideOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"ProposeCorrection", 1}, step{"DecideCorrection", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			p, c := transferred(t, correction.Lost)
			c.befall(t, rule)
			begin := func() *history {
				h := c.begin(t)
				for again := range 3 {
					h.ask(time.Duration(again+1)*hour, workflows.UpdateApprove, by("approver"))
				}
				return h
			}

			survive[workflows.CorrectionResult](begin, workflows.Correction, c.input)

			require.Equal(t, payout.Returned, p.onRecord(t).Status)
			require.Equal(t, earnedMinor, p.balance(t, ledger.PlatformLosses))
			p.requireAt(t, earnedMinor, 0, 0)
		})
	}
}
