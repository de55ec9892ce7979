package workflows_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/payout"
)

// The signal that says that people have settled the payout is lost: the workflow that sends it was terminated.
func TestPayoutSettledOutsideWithoutASignal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		reason payout.Reason
		bank   string
		before func(t *testing.T, p payable)
		during func(t *testing.T, p payable, h *history)
	}{
		{reason: payout.RefusedByStripe, bank: goodBank, before: refuse("/v1/transfers", http.StatusBadRequest, "parameter_unknown")},
		{reason: payout.AboveBankMaximum, bank: goodBank, before: refuse("/v1/payouts", http.StatusBadRequest, "amount_too_large")},
		{reason: payout.BankAccountRejected, bank: noAccount},
		{reason: payout.BankPayoutLate, bank: goodBank, during: func(t *testing.T, p payable, h *history) {
			h.at(hour, func() { p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/hold", `{}`) })
		}},
	} {
		t.Run("ends one that waits for "+string(tc.reason), func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, tc.bank)
			p.input.Policy.ReturnDeadline = 0 // no deadline ends the wait
			if tc.before != nil {
				tc.before(t, p)
			}
			h := p.begin(t)
			h.SetWorkflowRunTimeout(60 * days)
			if tc.during != nil {
				tc.during(t, p, h)
			}
			parked := p.look(h, 20*days)
			h.at(20*days, func() {
				p.sim.Faults().Remove("")
				p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/**", Action: faults.ServerError, Count: faults.Forever})
				p.settle(t, correction.PaidToCreator)
			})

			result := p.pay(h)

			requireParked(t, parked, tc.reason)
			require.Equal(t, payout.Settled, result.Status)
			require.Less(t, h.Now().Sub(start), 30*days)
			p.requireBooksInOrder(t)
		})
	}
}
