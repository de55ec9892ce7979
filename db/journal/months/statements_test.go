package months_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
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

	t.Run("of a brand's balance are refused too, and so are receipts of its deposits", func(t *testing.T) {
		t.Parallel()
		w, _ := world.ReservedPayout(t)
		stored, err := w.Campaigns.Get(t.Context(), w.CampaignID)
		require.NoError(t, err)
		brand, month := stored.OrganizationID, time.Now().UTC().Format("2006-01")
		archived := w.Deposit(t, brand, 5000)
		age(t, w, 1)
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		before, err := w.Statements.GetOrganization(t.Context(), brand, "2026-03", "USD", time.Now())
		require.NoError(t, err)
		require.Equal(t, []int64{5000, 5000}, []int64{before[0].DepositedMinor, before[0].ClosingMinor})
		receipt, err := w.Statements.GetDepositReceipt(t.Context(), brand, "pi_"+archived)
		require.NoError(t, err)
		closePeriod(t, w, lastMonth(t))

		detached := mustDetach(t, w, "postings")

		_, balance := w.Statements.GetOrganization(t.Context(), brand, "2026-03", "", time.Now())
		_, refused := w.Statements.GetDepositReceipt(t.Context(), brand, "pi_"+archived)
		require.Equal(t, []string{"archived", "archived"}, []string{fault.CodeOf(balance), fault.CodeOf(refused)})

		newer := w.Deposit(t, brand, 700) // the month of its date is closed, so it is dated in this one
		after, err := w.Statements.GetOrganization(t.Context(), brand, month, "USD", time.Now())
		require.NoError(t, err)
		require.Equal(t, []int64{5000, 700, 5700}, []int64{after[0].OpeningMinor, after[0].DepositedMinor, after[0].ClosingMinor})
		read, err := w.Statements.GetDepositReceipt(t.Context(), brand, "pi_"+newer)
		require.NoError(t, err)
		require.Equal(t, int64(700), read.PaidMinor)

		attach(t, w, detached)
		again, err := w.Statements.GetDepositReceipt(t.Context(), brand, "pi_"+archived)
		require.NoError(t, err)
		require.Equal(t, receipt, again)
	})
}
