package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestSettledOutside(t *testing.T) {
	t.Parallel()
	const settled = payout.AttemptSettled

	t.Run("ends the attempts that are alive, and keeps an applied transfer", func(t *testing.T) {
		t.Parallel()
		for name, tc := range map[string]struct{ before, after payout.Record }{
			"a bank payout on its way":   {on(payout.PayingOut, applied, applied, ""), on(payout.Settled, applied, settled, "")},
			"a bank payout, unclear":     {on(payout.NeedsAttention, applied, unknown, ""), on(payout.Settled, applied, settled, "")},
			"a reversal, unclear":        {on(payout.NeedsAttention, applied, refused, unknown), on(payout.Settled, applied, refused, settled)},
			"a transfer, unclear":        {on(payout.NeedsAttention, unknown, "", ""), on(payout.Settled, settled, "", "")},
			"a transfer that was undone": {on(payout.NeedsAttention, undone, "", undone), on(payout.Settled, undone, "", undone)},
		} {
			change, err := payout.TwoPhase.Next(tc.before, payout.PaidToCreator.Event())

			require.NoError(t, err, name)
			require.Equal(t, tc.after, apply(tc.before, change), name)
		}
	})

	t.Run("answers a late outcome with the end of the payout", func(t *testing.T) {
		t.Parallel()
		record := on(payout.Settled, applied, settled, "")
		for _, kind := range []payout.EventKind{payout.EventAccepted, payout.EventArrived, payout.EventUndone, payout.EventRefused} {
			change, err := payout.TwoPhase.Next(record, outcome(kind, payout.BankPayout))

			require.Equal(t, "payout_ended", fault.CodeOf(err), kind)
			require.Equal(t, payout.Change{Status: payout.Settled}, change)
		}
	})

	t.Run("releases no reservation of a payout that was written off", func(t *testing.T) {
		t.Parallel()
		_, err := payout.TwoPhase.Next(on(payout.Returned, applied, settled, ""), payout.Event{Kind: payout.EventReturned})

		require.Equal(t, "payout_ended", fault.CodeOf(err))
	})

	t.Run("is only possible in ways that there are", func(t *testing.T) {
		t.Parallel()
		require.True(t, payout.PaidToCreator.Known())
		require.True(t, payout.Lost.Known())
		require.False(t, payout.SettleHow("forgotten").Known())
	})
}
