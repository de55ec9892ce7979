package api_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
)

func (w *world) balanceStatementPath() string {
	return path("/organizations/%s/statements/%s", w.organizationID, w.thisMonth())
}

func (w *world) depositReceiptPath(paymentID string) string {
	return path("/organizations/%s/receipts/%s", w.organizationID, paymentID)
}

func TestBalanceStatements(t *testing.T) {
	t.Parallel()

	t.Run("of a balance and its deposits add up", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)

		got, err := w.as(t, w.brand()).GetOrganizationStatementWithResponse(t.Context(), w.organizationID, w.thisMonth(), nil)
		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		receipt, err := w.as(t, w.brand()).GetDepositReceiptWithResponse(t.Context(), w.organizationID, *arrived.PaymentIntentId, nil)
		require.NoError(t, err)
		require.Equal(t, 200, receipt.StatusCode(), string(receipt.Body))

		require.Len(t, got.JSON200.Items, 1)
		read, paid := got.JSON200.Items[0], receipt.JSON200
		require.True(t, read.Preliminary)
		require.Equal(t, []int64{0, 100_000, 100_000, 0, 0}, []int64{read.OpeningMinor, read.DepositedMinor, read.ClosingMinor, read.WithdrawingMinor, read.DifferenceMinor})
		require.Len(t, read.Lines, 1)
		require.Equal(t, []string{"deposited", arrived.Id, paid.EntryId}, []string{read.Lines[0].Item, *read.Lines[0].DepositId, read.Lines[0].EntryId})
		require.Equal(t, []int64{103_018, 3_018, 100_000, 0, 103_018}, []int64{paid.PaidMinor, paid.SurchargeMinor, paid.DepositedMinor, paid.RefundedMinor, paid.NetMinor})
		require.Equal(t, []string{arrived.Id, "USD"}, []string{paid.DepositId, paid.Currency})
		require.Equal(t, got.JSON200.Name, paid.Name)
		require.Empty(t, paid.Returns)
	})

	t.Run("are empty before the first deposit", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got, err := w.as(t, w.brand()).GetOrganizationStatementWithResponse(t.Context(), w.organizationID, w.thisMonth(), nil)

		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		require.Empty(t, got.JSON200.Items)
		w.send(t, w.brand(), "GET", w.balanceStatementPath()+"?currency=USD", "", nil).requireProblem(t, 400, "account_without_currency")
	})

	t.Run("name the campaign's receipt for a payment of which a part moved to the balance", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.earned(t)
		paymentID := live.PaymentID(campaignID)
		w.send(t, w.brand(), "GET", w.depositReceiptPath(paymentID), "", nil).requireProblem(t, 404, "receipt_not_found")
		_, err := w.store.Campaigns.Amend(t.Context(), campaign.Amendment{
			CampaignID: campaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 60_000}, Actor: "eve", Now: w.clock.Now(),
		})
		require.NoError(t, err)

		refused := w.send(t, w.brand(), "GET", w.depositReceiptPath(paymentID), "", nil)
		got, err := w.as(t, w.brand()).GetOrganizationStatementWithResponse(t.Context(), w.organizationID, w.thisMonth(), nil)
		require.NoError(t, err)

		refused.requireProblem(t, 409, "receipt_of_campaign")
		named := path("/campaigns/%s/receipts/%s", campaignID, paymentID)
		require.Contains(t, string(refused.body), named)
		require.Equal(t, 200, w.send(t, w.brand(), "GET", named, "", nil).status)
		read := got.JSON200.Items[0]
		require.Equal(t, []int64{0, 40_000, 40_000}, []int64{read.DepositedMinor, read.ReturnedFromCampaignsMinor, read.ClosingMinor})
		require.Equal(t, campaignID, *read.Lines[0].CampaignId)
	})

	t.Run("are the same document for the command line", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)
		statements, err := w.store.Statements.GetOrganization(t.Context(), w.organizationID, w.thisMonth(), "", w.clock.Now())
		require.NoError(t, err)
		receipt, err := w.store.Statements.GetDepositReceipt(t.Context(), w.organizationID, *arrived.PaymentIntentId)
		require.NoError(t, err)

		for where, document := range map[string]api.Statement{
			w.balanceStatementPath():                       api.OrganizationStatement(w.organizationID, receipt.Name, w.thisMonth(), statements),
			w.depositReceiptPath(*arrived.PaymentIntentId): api.DepositReceiptStatement(receipt),
		} {
			got := w.send(t, w.finance(), "GET", where, "", nil)

			require.Equal(t, 200, got.status, string(got.body))
			encoded, err := json.Marshal(document.Document())
			require.NoError(t, err)
			require.JSONEq(t, string(encoded), string(got.body))
		}
	})

	t.Run("are files and pages to print", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)

		for _, where := range []string{w.balanceStatementPath(), w.depositReceiptPath(*arrived.PaymentIntentId)} {
			w.requirePrintable(t, where)
		}
	})

	t.Run("are for their owners", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)
		other, err := w.as(t, w.admin()).CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: "Other"})
		require.NoError(t, err)

		for _, where := range []string{w.balanceStatementPath(), w.depositReceiptPath(*arrived.PaymentIntentId)} {
			for _, principal := range []access.Principal{w.brand(), w.finance(), w.admin()} {
				require.Equal(t, 200, w.send(t, principal, "GET", where, "", nil).status, "%s for %s", where, principal.UserID)
			}
			w.send(t, w.foreignBrand(), "GET", where, "", nil).requireProblem(t, 404, "organization_not_found")
			w.send(t, w.creatorUser(), "GET", where, "", nil).requireProblem(t, 403, "wrong_role")
			w.send(t, w.reviewer(), "GET", where, "", nil).requireProblem(t, 403, "wrong_role")
		}
		w.send(t, w.admin(), "GET", path("/organizations/%s/receipts/%s", other.JSON201.Id, *arrived.PaymentIntentId), "", nil).requireProblem(t, 404, "receipt_not_found")
	})

	t.Run("refuse bad input", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		arrived := w.deposit(t, 100_000)
		unknownID := uuid.NewString()
		future := w.clock.Now().UTC().AddDate(1, 0, 0).Format("2006-01")

		for _, refused := range []struct {
			path   string
			status int
			code   string
		}{
			{path("/organizations/%s/statements/%s", w.organizationID, future), 400, "period_in_future"},
			{path("/organizations/%s/statements/2026-13", w.organizationID), 400, "unknown_period"},
			{path("/organizations/%s/statements/%s", unknownID, w.thisMonth()), 404, "organization_not_found"},
			{path("/organizations/nope/statements/%s", w.thisMonth()), 400, "malformed_id"},
			{w.balanceStatementPath() + "?format=pdf", 400, "invalid_request"},
			{w.balanceStatementPath() + "?currency=ABC", 400, "unknown_currency"},
			{w.balanceStatementPath() + "?currency=JPY", 400, "account_without_currency"},
			{w.depositReceiptPath("pi_unknown"), 404, "receipt_not_found"},
			{w.depositReceiptPath(*arrived.PaymentIntentId) + "?format=pdf", 400, "invalid_request"},
			{path("/organizations/%s/receipts/pi_unknown", unknownID), 404, "organization_not_found"},
		} {
			w.send(t, w.admin(), "GET", refused.path, "", nil).requireProblem(t, refused.status, refused.code)
		}
	})
}
