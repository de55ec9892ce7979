package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestExplainCampaign(t *testing.T) {
	t.Parallel()

	t.Run("explains what was spent and what is left", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, func(terms *campaign.Terms) { terms.FeeBasisPoints, terms.DailyPacingMinor = 1250, 5000 })
		w.Read(t, 0, 1, 3333)
		w.Read(t, 1, 1, 9999)
		w.Read(t, 0, 2, 4444)

		x, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{Size: 100})

		require.NoError(t, err)
		world.RequireChecks(t, x.Checks)
		require.Zero(t, x.SpentDifferenceMinor)
		require.Zero(t, x.EscrowDifferenceMinor)
		require.Equal(t, int64(5000), x.Campaign.SpentMinor, "the pace of one day")
		require.Equal(t, x.Campaign.SpentMinor, x.Spent.SpentMinor())
		require.Equal(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)), x.EscrowMinor)
		creatorsMinor, clipsMinor, accrualsMinor := int64(0), int64(0), int64(0)
		for _, creator := range x.Creators {
			creatorsMinor += creator.SpentMinor()
		}
		for _, clip := range x.Clips {
			clipsMinor += clip.GrossMinor - clip.ClawedBackMinor
		}
		for _, accrual := range x.Accruals {
			accrualsMinor += accrual.GrossMinor
		}
		require.Equal(t, []int64{5000, 5000, 5000}, []int64{creatorsMinor, clipsMinor, accrualsMinor})
	})

	t.Run("lists the accruals page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 3, nil)
		for clip := range 3 {
			for poll := range 4 {
				w.Read(t, clip, poll, int64(poll+1)*1000)
			}
		}

		seen, page := map[string]bool{}, db.Page{Size: 5}
		for {
			x, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, page)
			require.NoError(t, err)
			if len(x.Accruals) == 0 {
				break
			}
			for _, accrual := range x.Accruals {
				require.False(t, seen[accrual.EntryID])
				seen[accrual.EntryID] = true
			}
			page.After = x.Accruals[len(x.Accruals)-1].SpendingPlace()
		}

		require.Len(t, seen, 12)
	})

	t.Run("reports a difference between the guard and the accruals", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 3000)
		_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), "UPDATE campaign_budgets SET spent_minor = spent_minor + 7")
		require.NoError(t, err)

		x, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{})

		require.NoError(t, err)
		require.Equal(t, int64(7), x.SpentDifferenceMinor)
		require.Equal(t, int64(-7), x.EscrowDifferenceMinor)
		require.False(t, holds(x.Checks, "accruals_sum_to_spent"))
		require.False(t, holds(x.Checks, "escrow_agrees_with_the_ledger"))
	})

	t.Run("refuses an id that is not of a campaign", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		_, unknown := w.Audit.ExplainCampaign(t.Context(), uuid.NewString(), db.Page{})
		_, malformed := w.Audit.ExplainCampaign(t.Context(), "7", db.Page{})

		require.Equal(t, "campaign_not_found", fault.CodeOf(unknown))
		require.Equal(t, "malformed_id", fault.CodeOf(malformed))
	})
}
