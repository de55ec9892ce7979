package statements_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	id := w.CreatorIDs[0]
	organizationID, otherID := organizationOf(t, w), organizationOf(t, w.Another(t, nil))
	foreign, pending := w.Deposit(t, otherID, 500), uuid.NewString()
	_, err := w.Funding.CreateDeposit(t.Context(), funding.NewDeposit{ID: pending, OrganizationID: organizationID, Currency: "USD", AmountMinor: 100, RequestedBy: "eve", Now: march})
	require.NoError(t, err)
	require.NoError(t, w.Funding.SetPayment(t.Context(), pending, "pi_pending"))
	never := func(statement.Creator) error { t.Error("nothing is written"); return nil }
	neverTax := func(statement.Tax) error { t.Error("nothing is written"); return nil }

	for name, refused := range map[string]struct {
		code string
		kind fault.Kind
		read func() error
	}{
		"an unknown creator": {"creator_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetCreator(t.Context(), uuid.NewString(), "2026-03", "", later)
			return err
		}},
		"an id that is none": {"malformed_id", fault.Invalid, func() error {
			_, err := w.Statements.GetCreator(t.Context(), "7", "2026-03", "", later)
			return err
		}},
		"a malformed month": {"unknown_period", fault.Invalid, func() error {
			_, err := w.Statements.GetCreator(t.Context(), id, "2026-3", "", later)
			return err
		}},
		"a future month": {"period_in_future", fault.Invalid, func() error {
			_, err := w.Statements.GetCreator(t.Context(), id, "2027-01", "", later)
			return err
		}},
		"a currency without postings": {"account_without_currency", fault.Invalid, func() error {
			_, err := w.Statements.GetCreator(t.Context(), id, "2026-03", "JPY", later)
			return err
		}},
		"a list of a future month": {"period_in_future", fault.Invalid, func() error {
			_, err := w.Statements.ListMonth(t.Context(), "2027-01", everything, later)
			return err
		}},
		"an export of a malformed month": {"unknown_period", fault.Invalid, func() error {
			_, err := w.Statements.ExportMonth(t.Context(), "march", later, never)
			return err
		}},
		"a tax report of a future year": {"period_in_future", fault.Invalid, func() error {
			_, err := w.Statements.ListTax(t.Context(), "2027", everything, later)
			return err
		}},
		"an export of a malformed year": {"unknown_period", fault.Invalid, func() error {
			_, err := w.Statements.ExportTax(t.Context(), "26", later, neverTax)
			return err
		}},
		"an unknown campaign": {"campaign_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetCampaign(t.Context(), uuid.NewString(), later)
			return err
		}},
		"a balance of an unknown organization": {"organization_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetOrganization(t.Context(), uuid.NewString(), "2026-03", "", later)
			return err
		}},
		"a balance of an id that is none": {"malformed_id", fault.Invalid, func() error {
			_, err := w.Statements.GetOrganization(t.Context(), "7", "2026-03", "", later)
			return err
		}},
		"a balance in a malformed month": {"unknown_period", fault.Invalid, func() error {
			_, err := w.Statements.GetOrganization(t.Context(), organizationID, "march", "", later)
			return err
		}},
		"a balance in a future month": {"period_in_future", fault.Invalid, func() error {
			_, err := w.Statements.GetOrganization(t.Context(), organizationID, "2027-01", "", later)
			return err
		}},
		"a balance in a currency without postings": {"account_without_currency", fault.Invalid, func() error {
			_, err := w.Statements.GetOrganization(t.Context(), organizationID, "2026-03", "JPY", later)
			return err
		}},
		"a receipt of an unknown organization": {"organization_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetDepositReceipt(t.Context(), uuid.NewString(), "pi_1")
			return err
		}},
		"a receipt of a payment that is no deposit": {"receipt_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetDepositReceipt(t.Context(), organizationID, live.PaymentID(w.CampaignID))
			return err
		}},
		"a receipt of a deposit that has not arrived": {"receipt_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetDepositReceipt(t.Context(), organizationID, "pi_pending")
			return err
		}},
		"a receipt of a deposit of another organization": {"receipt_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetDepositReceipt(t.Context(), organizationID, "pi_"+foreign)
			return err
		}},
		"a receipt of an unknown campaign": {"campaign_not_found", fault.NotFound, func() error {
			_, err := w.Statements.GetReceipt(t.Context(), uuid.NewString(), "pi_1")
			return err
		}},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			err := refused.read()

			require.Equal(t, refused.code, fault.CodeOf(err), "%v", err)
			require.True(t, fault.Is(err, refused.kind))
		})
	}
}

func TestPreliminary(t *testing.T) {
	t.Parallel()

	t.Run("a month is, until its accounting period is closed", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		read := func(month string) bool {
			found, err := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], month, "USD", later)
			require.NoError(t, err)
			return found[0].Preliminary
		}
		require.True(t, read("2026-03"))

		require.NoError(t, w.Journal.ClosePeriod(t.Context(), dbtest.Period(t, "2026-03"), "cho", "month end", later))

		require.False(t, read("2026-02"), "closing a month closes those before it")
		require.False(t, read("2026-03"))
		require.True(t, read("2026-04"))
	})

	t.Run("an entry that comes late is in the first open month", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		require.NoError(t, w.Journal.ClosePeriod(t.Context(), dbtest.Period(t, "2026-03"), "cho", "month end", later))

		w.Read(t, 0, 2, 20_000)

		for month, earnedMinor := range map[string]int64{"2026-03": 5000, "2026-04": 5000} {
			found, err := w.Statements.GetCreator(t.Context(), w.CreatorIDs[0], month, "USD", later)
			require.NoError(t, err)
			require.Equal(t, earnedMinor, found[0].EarnedMinor, month)
		}
	})
}

func TestReceipts(t *testing.T) {
	t.Parallel()

	t.Run("say what a brand paid on top for the processing fee", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		require.NoError(t, w.Campaigns.RecordFunding(t.Context(), ledger.Funding{
			CampaignID: w.CampaignID, PaymentIntentID: "pi_surcharged", Currency: "USD", GrossMinor: 10_300, SurchargeMinor: 300, FeeMinor: 329, At: march,
		}))

		read, err := w.Statements.GetReceipt(t.Context(), w.CampaignID, "pi_surcharged")
		require.NoError(t, err)
		whole, err := w.Statements.GetCampaign(t.Context(), w.CampaignID, later)
		require.NoError(t, err)

		require.Equal(t, []int64{10_300, 300, 10_000, 0}, []int64{read.PaidMinor, read.SurchargeMinor, read.BudgetMinor, read.OtherMinor()})
		require.Equal(t, int64(110_000), whole.FundedMinor)
		require.Contains(t, whole.Receipts, read, "as the statement of the campaign has it")
		world.RequireStatementAddsUp(t, whole)
	})

	t.Run("are those of the campaign's own payments", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		other := w.Another(t, nil)

		_, foreign := w.Statements.GetReceipt(t.Context(), w.CampaignID, live.PaymentID(other.CampaignID))

		require.Equal(t, "receipt_not_found", fault.CodeOf(foreign))
	})
}
