package months_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestStatementsOfDetachedMonths(t *testing.T) {
	t.Parallel()

	t.Run("are refused, while later ones begin with the balance that the months left", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		before, err := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], "2026-03", "USD", time.Now())
		require.NoError(t, err)
		require.Equal(t, []int64{5000, 5000}, []int64{before[0].EarnedMinor, before[0].ClosingMinor})
		closePeriod(t, w, lastMonth(t))

		detached := mustDetach(t, w, "postings")

		_, creator := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], "2026-03", "", time.Now())
		_, list := w.Statements.ListMonth(t.Context(), "2026-02", db.Page{Size: 10}, time.Now())
		_, tax := w.Statements.ListTax(t.Context(), "2026", db.Page{Size: 10}, time.Now())
		_, campaign := w.Statements.GetCampaign(t.Context(), w.CampaignID, time.Now())
		_, receipt := w.Statements.GetReceipt(t.Context(), w.CampaignID, "pi_"+w.CampaignID)
		for name, refused := range map[string]error{"creator": creator, "list": list, "tax": tax, "campaign": campaign, "receipt": receipt} {
			require.Equal(t, "archived", fault.CodeOf(refused), name)
			require.True(t, fault.Is(refused, fault.Conflict), name)
		}

		_, err = w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 20_000))
		require.NoError(t, err)
		month := time.Now().UTC().Format("2006-01")
		after, err := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], month, "USD", time.Now())
		require.NoError(t, err)
		require.Equal(t, []int64{5000, 5000, 10_000}, []int64{after[0].OpeningMinor, after[0].EarnedMinor, after[0].ClosingMinor})
		require.Equal(t, int64(10_000), after[0].Campaigns[0].ViewsCredited, "only those of the month")

		attach(t, w, detached)
		again, err := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], "2026-03", "USD", time.Now())
		require.NoError(t, err)
		require.Equal(t, before[0].Figures, again[0].Figures)
		require.Equal(t, before[0].ClosingMinor, again[0].ClosingMinor)
	})
}
