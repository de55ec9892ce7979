package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// A balance below zero is covered by money of other deposits, campaigns or corrections. No event of the
// waiting deposit or withdrawal comes with it.
func TestBalanceBelowZeroIsCheckedHourly(t *testing.T) {
	t.Parallel()

	t.Run("of a deposit whose dispute was lost", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.spend(t, 30_000)
		opened := a.dispute(t, deposit)
		a.control(t, "/disputes/"+opened.DisputeID+"/lose", `{}`)
		h := a.begin(t)
		h.gone[names.Deposit(deposit.ID)] = true
		h.at(20*days, func() {
			require.Equal(t, "balance_below_zero", a.attentionReason())
			a.spend(t, -(30_000 + deposit.SurchargeMinor))
		})

		completed[workflows.DisputeResult](h, workflows.FundingDispute, opened)

		require.Empty(t, a.attentionReason())
		require.Less(t, a.clock.Now().Sub(start), 20*days+2*hour)
	})

	t.Run("of a withdrawal whose amount was taken after it was reserved", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		h := a.begin(t)
		var sentAt time.Time
		h.onStarted(func(activity string) {
			switch {
			case activity == "CreateRefund":
				sentAt = a.clock.Now()
			case activity == "CheckCover" && a.attentionReason() == "": // the first time
				a.spend(t, 20_000)
			}
		})
		h.at(20*days, func() {
			require.Equal(t, "balance_below_zero", a.attentionReason())
			a.spend(t, -20_000)
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(60_000))

		require.Equal(t, int64(60_000), result.SentMinor)
		require.WithinRange(t, sentAt, start.Add(20*days), start.Add(20*days+2*hour))
	})
}
