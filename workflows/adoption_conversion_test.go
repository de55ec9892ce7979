package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// The books were restored to a copy from before a converted payout. An adoption takes it up, and its
// workflow reads what the transfer became.
func TestAdoptConvertedPayouts(t *testing.T) {
	t.Parallel()
	for name, happen := range map[string]func(t *testing.T, p payable){
		"one that the bank has": func(t *testing.T, p payable) {
			t.Helper()
			p.pay(p.begin(t))
		},
		"one that was only transferred": func(t *testing.T, p payable) {
			t.Helper()
			p.mishaps.terminate("RecordConverted", beforeWork)
			h := p.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
			h.requireTerminated()
		},
		"one whose bank payout was sent": func(t *testing.T, p payable) {
			t.Helper()
			p.mishaps.terminate("CreateBankPayout", afterWork)
			h := p.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
			h.requireTerminated()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setupConverted(t, goodBank)
			p.world = p.restore(t, func() { happen(t, p) })
			p.mishaps.clear()
			require.NoError(t, p.store.Payouts.RecordRestore(t.Context(), "operator", "ticket 7", p.clock.Now()))
			now := p.clock.Now().Add(10 * time.Minute)
			p.clock.follow(func() time.Time { return now })
			compare := p.begin(t)
			compare.reopened()
			settings := workflows.DefaultReconcileSettings()
			settings.Window = duration.Text(now.Sub(start) + days)
			completed[workflows.ReconcileResult](compare, workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Whole()})
			h := p.begin(t)
			h.reopened()
			h.ask(hour, workflows.UpdateApprove, by("approver"))

			adopted := completed[workflows.AdoptionResult](h, workflows.Adoption, workflows.AdoptionInput{
				Policy: policy(), Proposal: adoption.Proposal{ID: uuid.NewString(), ProposedBy: "proposer", Reason: "restored from Sunday"},
			})
			result := p.pay(p.begin(t))

			require.EqualValues(t, 1, adopted.Adopted)
			require.Equal(t, payout.Paid, result.Status)
			require.Equal(t, 1, p.effects("payout.applied"))
			p.requireConverted(t, "EUR", received, 0)
			p.requireEqualToStripe(t)
		})
	}
}
