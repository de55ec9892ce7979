package audit_test

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// pay reserves the balance of the first creator in a new run. It returns the id of the payout, or
// an empty one if the balance is below the minimum.
func pay(t dbtest.T, w *world.World, period string) string {
	runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), period, world.Now.AddDate(0, 0, 21))
	require.NoError(t, err)
	id := uuid.NewString()
	_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: id, RunID: runID, CreatorID: w.CreatorIDs[0], Currency: w.Terms.Currency, MinimumMinor: 1000, Now: world.Now})
	if fault.CodeOf(err) == "below_minimum" {
		return ""
	}
	require.NoError(t, err)
	return id
}

func explain(t dbtest.T, w *world.World, payoutID string) audit.PayoutExplanation {
	explained, err := w.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 1000})
	require.NoError(t, err)
	world.RequireAddsUp(t, explained)
	return explained
}

func holds(checks audit.Checks, name string) bool {
	for _, check := range checks {
		if check.Name == name {
			return check.Holds
		}
	}
	return false
}
