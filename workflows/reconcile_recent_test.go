package workflows_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

// setupRecent is a world whose passes are recent ones, from the second on.
func setupRecent(t *testing.T) *compared {
	t.Helper()
	c := setupPasses(t)
	c.settings.Overlap, c.settings.WholeAfter = duration.Text(15*time.Minute), duration.Text(36*time.Hour)
	c.longAfter() // or the ids of entries would say that all of them are new
	c.pass(t)
	return c
}

// setupToday is the same on the day on which the entries themselves say that they are recorded.
func setupToday(t *testing.T) *compared {
	t.Helper()
	c := setupPasses(t)
	c.settings.Overlap, c.settings.WholeAfter = duration.Text(45*time.Minute), duration.Text(36*time.Hour)
	c.later(time.Since(c.clock.Now()))
	c.pass(t)
	return c
}

// read makes a pass and returns what it asked of Stripe about bank payouts.
func (c *compared) read(t *testing.T) (asked []string) {
	t.Helper()
	journal := c.sim.Journal()
	before := len(journal.Entries(0, faults.KindRequest))
	c.pass(t)
	for _, request := range journal.Entries(0, faults.KindRequest)[before:] {
		if request.Method == http.MethodGet && strings.HasPrefix(request.Path, "/v1/payouts") {
			asked = append(asked, strings.TrimPrefix(request.Path, "/v1/payouts"))
		}
	}
	return asked
}

func (c *compared) wholePass(t *testing.T) {
	t.Helper()
	c.later(10 * time.Minute)
	completed[workflows.ReconcileResult](c.begin(t), workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings.Whole()})
}

func TestReconcileRecent(t *testing.T) {
	t.Parallel()

	t.Run("asks once for a bank payout that was made, and again only hours later while it is under way", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		_, id := c.accepted(t)

		require.Equal(t, []string{""}, c.read(t)) // the list of its account
		require.Empty(t, c.read(t))
		c.creator = c.world.creator(t, goodBank)
		c.accepted(t)
		require.Equal(t, []string{""}, c.read(t)) // the list of the other account
		require.Empty(t, c.read(t))
		c.later(6 * time.Hour)
		require.Contains(t, c.read(t), "/"+id)
		require.Empty(t, c.read(t))
	})

	t.Run("leaves a bank payout that was sent just now to the next pass, which can judge it", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		c.settings.Grace = duration.Text(15 * time.Minute)
		c.settings.Overlap = duration.Text(45 * time.Minute)
		c.accepted(t)

		require.Empty(t, c.read(t))
		require.Equal(t, []string{""}, c.read(t))
	})

	t.Run("asks every time for the account of a bank payout whose outcome is not known", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		c.accepted(t)
		c.disturb(t, "UPDATE payout_attempts SET outcome = 'unknown', external_id = NULL WHERE phase = 'bank_payout'")

		require.Contains(t, c.read(t), "")
		c.later(5 * time.Hour)
		c.pass(t)
		require.Contains(t, c.read(t), "")
	})

	t.Run("asks once for a bank payout after it was booked", func(t *testing.T) {
		t.Parallel()
		c := setupToday(t)
		intent, id := c.accepted(t)
		require.Equal(t, []string{""}, c.read(t))
		c.control(t, "/payouts/"+id+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(intent, id)))
		c.disturb(t, "UPDATE processor_objects SET last_seen_at = last_seen_at - interval '20 minutes' WHERE object_id = $1", id) // before it was booked

		require.Equal(t, []string{"/" + id}, c.read(t))
		require.Equal(t, []string{"/" + id}, c.read(t)) // its state had only just changed
		require.Empty(t, c.read(t))
		require.Empty(t, c.open(t))
	})

	t.Run("finds a transfer that was booked and never made", func(t *testing.T) {
		t.Parallel()
		c := setupToday(t)
		intent := c.reserve(t)
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, "tr_nowhere")))

		c.pass(t)

		c.requireOne(t, reconcile.MissingThere, "tr_nowhere", "payout/"+intent.PayoutID, true)
	})

	t.Run("looks twice at a bank payout whose state it has seen change, and finds what was not noticed", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		intent, id := c.accepted(t)
		c.pass(t)
		c.control(t, "/payouts/"+id+"/pay", `{}`)
		c.later(6 * time.Hour)

		c.pass(t)
		require.Empty(t, c.open(t)) // the news may still be on its way
		c.pass(t)

		c.requireOne(t, reconcile.State, id, "payout/"+intent.PayoutID, false)
	})

	t.Run("finds a transfer that was made and never booked, until it is", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, nil)

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, id, "payout/"+intent.PayoutID, true)
		c.later(5 * time.Hour)
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("finds what happened while no pass came to its end", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		stray := c.sendTransfer(t, c.reserve(t), nil)
		c.later(5 * time.Hour)
		down, err := c.sim.Faults().Add(faults.Rule{Path: "/v1/balance_transactions", Action: faults.ServerError, Count: faults.Forever})
		require.NoError(t, err)
		h := c.begin(t)
		h.ExecuteWorkflow(workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
		require.Error(t, h.GetWorkflowError())
		c.sim.Faults().Remove(down.ID)

		c.pass(t)

		c.requireOne(t, reconcile.MissingHere, stray, c.open(t)[0].Subject, true)
	})

	t.Run("finds a dispute that is decided long after it was opened", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		dispute := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		c.longAfter()
		c.wholePass(t)
		c.control(t, "/disputes/"+dispute.DisputeID+"/lose", `{}`)

		c.pass(t)
		c.pass(t)

		c.requireOne(t, reconcile.State, dispute.DisputeID, "campaign/"+c.campaignID, false)
	})

	t.Run("leaves a bank payout that comes back late, without a word, to the next whole pass", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		intent, id := c.accepted(t)
		c.control(t, "/payouts/"+id+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(intent, id)))
		c.wholePass(t)
		c.later(24 * time.Hour)
		c.control(t, "/payouts/"+id+"/fail", `{"failure_code":"account_closed"}`)

		require.Empty(t, c.read(t))
		require.Empty(t, c.open(t))
		c.wholePass(t) // sees the change
		c.pass(t)

		c.requireOne(t, reconcile.State, id, "payout/"+intent.PayoutID, true)
	})

	t.Run("is whole when there was no whole pass for too long", func(t *testing.T) {
		t.Parallel()
		c := setupRecent(t)
		c.accepted(t)
		c.pass(t)
		c.later(37 * time.Hour)

		require.Contains(t, c.read(t), "")

		passes, err := c.store.Reconciliation.ListPasses(t.Context(), db.Page{Size: 1})
		require.NoError(t, err)
		require.Equal(t, c.settings.Window.Std(), passes[0].StartedAt.Sub(passes[0].Since).Round(time.Second))
	})
}

func TestReachOfPass(t *testing.T) {
	t.Parallel()

	t.Run("knows only passes that came to their end", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		now := c.clock.Now()
		reach := reconcile.Reach{Window: duration.Text(8 * 24 * time.Hour), Overlap: duration.Text(time.Minute), WholeAfter: duration.Text(time.Hour)}
		pass := reconcile.Pass{ID: uuid.NewString(), StartedAt: now, Since: now.Add(time.Duration(-reach.Window))}
		require.NoError(t, c.store.Reconciliation.OpenPass(t.Context(), pass))

		_, unfinished, err := c.store.Reconciliation.ChooseReach(t.Context(), reach, now)
		require.NoError(t, err)
		_, err = c.store.Reconciliation.FinishPass(t.Context(), pass.ID, 0, now)
		require.NoError(t, err)
		since, finished, err := c.store.Reconciliation.ChooseReach(t.Context(), reach, now)

		require.NoError(t, err)
		require.False(t, unfinished)
		require.True(t, finished)
		require.Equal(t, now.Add(-time.Minute), since.UTC())
	})
}
