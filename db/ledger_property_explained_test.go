package db_test

import (
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// requireExplained takes apart whatever a sequence of all business events has left behind.
func (s *scene) requireExplained() {
	s.t.Helper()
	held := map[string]bool{}
	for _, creatorID := range s.creators {
		payouts, err := s.store.Payouts.List(s.t.Context(), payouts.Filter{CreatorID: creatorID}, db.Page{Size: 100})
		require.NoError(s.t, err)
		for _, each := range payouts {
			if each.Currency != s.model.currency {
				continue
			}
			x, err := s.store.Audit.ExplainPayout(s.t.Context(), each.ID, db.Page{Size: 1000})
			require.NoError(s.t, err)
			world.RequireAddsUp(s.t, x)
			if each.Status == payout.Cancelled || each.Status == payout.Returned {
				continue
			}
			for _, item := range x.Items {
				require.False(s.t, held[creatorID+item.Place()], "%s %s is in two payouts", item.Kind, item.EntryID)
				held[creatorID+item.Place()] = true
			}
		}
		x, err := s.store.Audit.ExplainCreator(s.t.Context(), creatorID, s.model.currency)
		if _, had := s.model.claims[creatorID]; !had {
			require.Equal(s.t, "account_without_currency", fault.CodeOf(err))
			continue
		}
		require.NoError(s.t, err)
		for _, in := range x.Currencies {
			require.Zero(s.t, in.DifferenceMinor)
			world.RequireChecks(s.t, in.Checks)
		}
	}
	for _, each := range s.model.campaigns {
		x, err := s.store.Audit.ExplainCampaign(s.t.Context(), each.id, db.Page{})
		require.NoError(s.t, err)
		require.Zero(s.t, x.SpentDifferenceMinor)
		world.RequireChecks(s.t, x.Checks)
	}
}
