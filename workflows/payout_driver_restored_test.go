package workflows_test

import (
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/workflows"
)

// playRestored plays a payout, loses the database at some moment, restores a copy from before, and
// continues as docs/guides/restore.md says. Temporal's database is lost too.
func (d *driver) playRestored() {
	began, plan := d.clock.Now(), d.plan(d.random.IntN(hitsMax))
	kind := restoredEarly
	if d.random.IntN(2) == 0 {
		kind = restoredMidway
		d.lose(true)
		d.playHistory(began, plan)
	}
	d.payable.world = d.restore(d.t, func() {
		if d.random.IntN(3) > 0 { // otherwise the payout ends before the database is lost
			d.lose(true)
		}
		d.playHistory(began, plan)
	})
	d.note(kind)
	d.mishaps.clear()
	d.calm()
	require.NoError(d.t, d.store.Payouts.RecordRestore(d.t.Context(), "operator", "ticket 7", d.clock.Now()))
	window := d.clock.Now().Sub(began) + days

	d.compareAll(window)
	d.takeUp()
	d.compareAll(window)
	d.play(d.random.IntN(3))
}

// compareAll makes a whole pass. Payouts that it would start are started by the driver, who attends
// to them.
func (d *driver) compareAll(window time.Duration) {
	now := d.clock.Now().Add(10 * time.Minute)
	d.clock.follow(func() time.Time { return now })
	h := d.begin(d.t)
	h.reopened()
	settings := workflows.DefaultReconcileSettings()
	settings.Window = duration.Text(window + time.Hour)
	completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: settings.Whole()})
}

// takeUp adopts what Stripe has and the books lack. A person clears the obstacles first.
func (d *driver) takeUp() {
	plans, err := d.store.Payouts.ListAdoptable(d.t.Context())
	require.NoError(d.t, err)
	adoptable := 0
	for _, plan := range plans {
		switch plan.Obstacle {
		case adoption.NoObstacle:
			adoptable++
		case adoption.PartlyReversed:
			d.note(reversedTheRest)
			d.post(d.t, "/v1/transfers/"+plan.Transfer.ID+"/reversals", url.Values{})
		default:
			require.Failf(d.t, "an obstacle that no event explains", "%s", plan.Obstacle)
		}
	}
	if adoptable == 0 {
		d.note(nothingToTakeUp)
		return
	}
	d.note(adopted)
	h := d.begin(d.t)
	started := h.reopened()
	h.ask(hour, workflows.UpdateApprove, by("approver"))
	result := completed[workflows.AdoptionResult](h, workflows.Adoption, workflows.AdoptionInput{
		Policy: policy(), Proposal: adoption.Proposal{ID: uuid.NewString(), ProposedBy: "proposer", Reason: "restored from Sunday"},
	})
	require.EqualValues(d.t, 1, result.Adopted+result.Refused)
	require.Len(d.t, *started, int(result.Adopted))
}
