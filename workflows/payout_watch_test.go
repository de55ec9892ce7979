package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

func watchInput() workflows.PayoutWatchInput {
	return workflows.PayoutWatchInput{Policy: policy()}
}

func TestPayoutWatch(t *testing.T) {
	t.Parallel()

	t.Run("starts a lost payout again, which is then paid once", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.mishaps.terminate("CreateTransfer", beforeWork)
		lost := p.begin(t)
		lost.ExecuteWorkflow(workflows.CreatorPayout, p.input)
		lost.requireTerminated()

		result := completed[workflows.PayoutWatchResult](p.begin(t), workflows.PayoutWatch, watchInput())

		require.Equal(t, workflows.PayoutWatchResult{StartedAgain: 1}, result)
		require.Equal(t, payout.Paid, p.onRecord(t).Status)
		require.Equal(t, 1, p.effects("transfer.applied"))
		require.Equal(t, 1, p.effects("payout.applied"))
	})

	t.Run("leaves alone what has just changed", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.mishaps.terminate("CreateTransfer", beforeWork)
		lost := p.begin(t)
		lost.ExecuteWorkflow(workflows.CreatorPayout, p.input)
		in := watchInput()
		in.UnchangedFor = duration.Text(time.Hour)

		result := completed[workflows.PayoutWatchResult](p.begin(t), workflows.PayoutWatch, in)

		require.Zero(t, result)
		require.Zero(t, p.effects("transfer.applied"))
	})

	t.Run("leaves alone a paid payout that no bank can return any more", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		completed[workflows.PayoutResult](p.begin(t), workflows.CreatorPayout, p.input)
		over := watchInput()
		over.Policy.ReturnWindow = 0

		require.Zero(t, completed[workflows.PayoutWatchResult](p.begin(t), workflows.PayoutWatch, over))
		p.disturb(t, "UPDATE payouts SET paid_at = now()") // the database has its own clock
		require.Equal(t, workflows.PayoutWatchResult{StartedAgain: 1}, completed[workflows.PayoutWatchResult](p.begin(t), workflows.PayoutWatch, watchInput()), "until then it must run")
		require.Equal(t, 1, p.effects("transfer.applied"))
	})
}
