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

// A payout that is cancelled after the restore must not take back, nor pay again, what the books lost.
func TestRestoredPayoutIsCancelled(t *testing.T) {
	t.Parallel()

	for name, last := range map[string]string{"the transfer": activities.ReservePayout.Name, "the bank payout": activities.RecordBankPayoutFailed.Name} {
		t.Run("and "+name+" that the books lost is found first", func(t *testing.T) {
			t.Parallel()
			bank := goodBank
			if last == activities.RecordBankPayoutFailed.Name {
				bank = noAccount // the first bank payout fails, and the books lose the second one
			}
			p := setupPayout(t, bank)
			p.mishaps.terminate(last, afterWork)
			h := p.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
			h.requireTerminated()
			original := p
			p.world = p.restore(t, func() {
				h := original.begin(t)
				h.at(30*hour, func() { // the next one has failed as well
					original.replaceBank(t, original.creator.account, goodBank)
					h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
				})
				before := completed[workflows.PayoutResult](h, workflows.CreatorPayout, p.input)
				require.Equal(t, payout.Paid, before.Status)
			})
			require.NoError(t, p.store.Payouts.RecordRestore(t.Context(), "ann", "ticket 7", p.clock.Now()))
			sent := []int{p.sent("/v1/transfers"), p.sent("/v1/payouts"), p.effects("transfer.reversed")}
			h = p.begin(t)
			h.ask(0, workflows.UpdateCancel, operator())

			result := p.pay(h)

			require.Equal(t, payout.Paid, result.Status)
			afterwards := []int{p.sent("/v1/transfers"), p.sent("/v1/payouts"), p.effects("transfer.reversed")}
			require.Equal(t, sent, afterwards)
			p.requirePaidOnce(t)
		})
	}
}
