package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

func TestRestoredPayout(t *testing.T) {
	t.Parallel()

	for name, last := range map[string]string{"the transfer": activities.ReservePayout.Name, "the bank payout": activities.RecordTransferred.Name} {
		t.Run("looks "+name+" up that it has sent after the copy was made", func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			p.mishaps.terminate(last, afterWork) // the copy is made before the intent is recorded
			h := p.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
			h.requireTerminated()
			original := p.world
			p.world = p.restore(t, func() {
				h := original.begin(t)
				completed[workflows.PayoutResult](h, workflows.CreatorPayout, p.input)
			})
			require.NoError(t, p.store.Payouts.RecordRestore(t.Context(), "ann", "ticket 7", p.clock.Now()))
			transfers, bankPayouts := p.sent("/v1/transfers"), p.sent("/v1/payouts")

			result := p.pay(p.begin(t)) // the keys are older than Stripe remembers

			require.Equal(t, payout.Paid, result.Status)
			require.Equal(t, []int{transfers, bankPayouts}, []int{p.sent("/v1/transfers"), p.sent("/v1/payouts")})
			p.requirePaidOnce(t)
		})
	}
}
