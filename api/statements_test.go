package api_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/access"
)

// thisMonth is the month of the clock.
func (w *world) thisMonth() string { return w.clock.Now().UTC().Format("2006-01") }

// earned is a campaign in which the creator earned 25.00 USD this month.
func (w *world) earned(t *testing.T) (campaignID string) {
	t.Helper()
	campaignID = w.joined(t)
	w.observe(t, campaignID, w.submit(t, campaignID, tiktokPost).JSON201.Id, 5000)
	return campaignID
}

// requirePrintable requires that a document is a file and a safe page too.
func (w *world) requirePrintable(t *testing.T, where string) {
	t.Helper()
	page := w.send(t, w.finance(), "GET", where+"?format=html", "", nil)
	file := w.send(t, w.finance(), "GET", where+"?format=csv", "", nil)

	require.Equal(t, 200, page.status, string(page.body))
	require.Equal(t, "text/html; charset=utf-8", page.header.Get("Content-Type"))
	require.Equal(t, "default-src 'none'; style-src "+styleSource(page.body)+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", page.header.Get("Content-Security-Policy"))
	requireSafe(t, string(page.body))
	require.Equal(t, 200, file.status, string(file.body))
	require.Equal(t, "text/csv; charset=utf-8", file.header.Get("Content-Type"))
	require.Contains(t, string(file.body), "section,item,id,detail,at,clips,views,currency,amount_minor\n")
}

func TestStatements(t *testing.T) {
	t.Parallel()

	t.Run("of a creator show a month", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.earned(t)

		got, err := w.as(t, w.creatorUser()).GetCreatorStatementWithResponse(t.Context(), w.creatorID, w.thisMonth(), nil)

		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		require.Equal(t, "held_by_stripe", got.JSON200.Identity)
		require.Len(t, got.JSON200.Items, 1)
		read := got.JSON200.Items[0]
		require.True(t, read.Preliminary)
		require.Equal(t, []int64{0, 2500, 2500, 0}, []int64{read.OpeningMinor, read.EarnedMinor, read.ClosingMinor, read.DifferenceMinor})
		require.Equal(t, []client.StatementCampaign{{CampaignId: campaignID, EarnedMinor: 2500, Clips: 1, ViewsCredited: 5000}}, read.Campaigns)
	})

	t.Run("of a campaign and its payments add up", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.earned(t)

		got, err := w.as(t, w.brand()).GetCampaignStatementWithResponse(t.Context(), campaignID, nil)
		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		receipt, err := w.as(t, w.brand()).GetReceiptWithResponse(t.Context(), campaignID, live.PaymentID(campaignID), nil)
		require.NoError(t, err)
		require.Equal(t, 200, receipt.StatusCode(), string(receipt.Body))

		read := got.JSON200
		require.Equal(t, []int64{100_000, -2500, 97_500, 0}, []int64{read.FundedMinor, read.SpentMinor, read.RemainingMinor, read.DifferenceMinor})
		require.Equal(t, w.organizationID, read.OrganizationId)
		require.Equal(t, int64(500), read.Terms.RateMinorPerThousand)
		require.Equal(t, []client.Receipt{*receipt.JSON200}, read.Receipts)
		require.Equal(t, []int64{100_000, 0, 100_000}, []int64{receipt.JSON200.PaidMinor, receipt.JSON200.SurchargeMinor, receipt.JSON200.BudgetMinor})
	})

	t.Run("are the same document for the command line", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.earned(t)
		month := w.thisMonth()
		statements, err := w.store.Statements.GetCreator(t.Context(), w.creatorID, month, "", w.clock.Now())
		require.NoError(t, err)
		campaign, err := w.store.Statements.GetCampaign(t.Context(), campaignID, w.clock.Now())
		require.NoError(t, err)

		for where, document := range map[string]api.Statement{
			path("/creators/%s/statements/%s", w.creatorID, month): api.CreatorStatement(w.creatorID, month, statements),
			path("/campaigns/%s/statement", campaignID):            api.CampaignStatement(campaign),
		} {
			got := w.send(t, w.finance(), "GET", where, "", nil)

			require.Equal(t, 200, got.status, string(got.body))
			encoded, err := json.Marshal(document.Document())
			require.NoError(t, err)
			require.JSONEq(t, string(encoded), string(got.body))
		}
	})

	t.Run("can be printed, by a page whose policy allows its style and nothing else", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.earned(t)

		for _, where := range []string{
			path("/creators/%s/statements/%s", w.creatorID, w.thisMonth()), path("/campaigns/%s/statement", campaignID),
			path("/campaigns/%s/receipts/%s", campaignID, live.PaymentID(campaignID)),
		} {
			w.requirePrintable(t, where)
		}
	})

	t.Run("of all creators are for finance, page by page and as a file", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.earned(t)
		quiet := w.creator(t)
		size := int32(1)
		params := &client.ListStatementsParams{Limit: &size}
		var listed []client.CreatorStatement
		pages := 0

		for {
			page, err := w.as(t, w.finance()).ListStatementsWithResponse(t.Context(), w.thisMonth(), params)
			require.NoError(t, err)
			require.Equal(t, 200, page.StatusCode(), string(page.Body))
			listed = append(listed, page.JSON200.Items...)
			pages++
			if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
				break
			}
		}
		file := w.send(t, w.finance(), "GET", path("/statements/%s/creators.csv", w.thisMonth()), "", nil)

		require.Equal(t, 2, pages, "of %s and %s", w.creatorID, quiet)
		require.Len(t, listed, 1)
		require.Equal(t, w.creatorID, listed[0].CreatorId)
		rows, err := csv.NewReader(strings.NewReader(string(file.body))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 3)
		require.Equal(t, api.MonthColumns, rows[0])
		require.Equal(t, []string{w.creatorID, "held_by_stripe"}, rows[1][:2])
		require.Equal(t, []string{"end", "1"}, rows[2][:2])
	})

	t.Run("for tax reports have a country and no name", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.earned(t)
		year := w.clock.Now().UTC().Format("2006")

		got, err := w.as(t, w.finance()).ListTaxTotalsWithResponse(t.Context(), year, nil)
		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		nec := w.send(t, w.finance(), "GET", path("/tax/%s/us-1099-nec.csv", year), "", nil)
		dac7 := w.send(t, w.finance(), "GET", path("/tax/%s/eu-dac7.csv", year), "", nil)

		require.Len(t, got.JSON200.Items, 1)
		total := got.JSON200.Items[0]
		require.Zero(t, total.ConsiderationMinor, "earned and not yet paid")
		require.Equal(t, int64(1), total.Quarters[len(total.Quarters)-1].Activities)
		require.Equal(t, "held_by_stripe", total.Identity)
		require.Equal(t, strings.Join(api.US1099NEC.Columns, ",")+"\nend,0"+strings.Repeat(",", len(api.US1099NEC.Columns)-2)+"\n", string(nec.body))
		require.Contains(t, string(dac7.body), w.creatorID+","+*total.StripeAccountId+",held_by_stripe,"+total.Country+",USD,"+year+"-Q1,true,")
	})
}

func TestStatementsAreForTheirOwners(t *testing.T) {
	t.Parallel()
	w := setup(t)
	campaignID := w.earned(t)
	month := w.thisMonth()
	ofCreator, ofCampaign := path("/creators/%s/statements/%s", w.creatorID, month), path("/campaigns/%s/statement", campaignID)
	receipt := path("/campaigns/%s/receipts/%s", campaignID, live.PaymentID(campaignID))
	ofAll := []string{path("/statements/%s", month), path("/statements/%s/creators.csv", month), path("/tax/2026"), path("/tax/2026/us-1099-nec.csv"), path("/tax/2026/eu-dac7.csv")}
	stranger := creatorUser(uuid.NewString())

	for where, allowed := range map[string][]access.Principal{
		ofCreator: {w.creatorUser(), w.finance(), w.admin()}, ofCampaign: {w.brand(), w.finance(), w.admin()}, receipt: {w.brand(), w.finance(), w.admin()},
		ofAll[0]: {w.finance(), w.admin()}, ofAll[1]: {w.finance(), w.admin()}, ofAll[2]: {w.finance(), w.admin()},
		ofAll[3]: {w.finance(), w.admin()}, ofAll[4]: {w.finance(), w.admin()},
	} {
		for _, principal := range allowed {
			require.Equal(t, 200, w.send(t, principal, "GET", where, "", nil).status, "%s for %s", where, principal.UserID)
		}
	}
	w.send(t, stranger, "GET", ofCreator, "", nil).requireProblem(t, 404, "creator_not_found")
	w.send(t, w.foreignBrand(), "GET", ofCampaign, "", nil).requireProblem(t, 404, "campaign_not_found")
	w.send(t, w.foreignBrand(), "GET", receipt, "", nil).requireProblem(t, 404, "campaign_not_found")
	w.send(t, w.brand(), "GET", ofCreator, "", nil).requireProblem(t, 403, "wrong_role")
	w.send(t, w.creatorUser(), "GET", ofCampaign, "", nil).requireProblem(t, 403, "wrong_role")
	w.send(t, w.reviewer(), "GET", ofCreator, "", nil).requireProblem(t, 403, "wrong_role")
	for _, where := range ofAll {
		for _, principal := range []access.Principal{w.creatorUser(), w.brand(), w.reviewer()} {
			w.send(t, principal, "GET", where, "", nil).requireProblem(t, 403, "wrong_role")
		}
	}
}

func TestStatementsRefuseBadInput(t *testing.T) {
	t.Parallel()
	w := setup(t)
	campaignID := w.earned(t)
	month, unknownID := w.thisMonth(), uuid.NewString()
	future := w.clock.Now().UTC().AddDate(1, 0, 0).Format("2006-01")

	for _, refused := range []struct {
		path   string
		status int
		code   string
	}{
		{path("/creators/%s/statements/%s", w.creatorID, future), 400, "period_in_future"},
		{path("/creators/%s/statements/2026-13", w.creatorID), 400, "unknown_period"},
		{path("/creators/%s/statements/%s", unknownID, month), 404, "creator_not_found"},
		{path("/creators/nope/statements/%s", month), 400, "malformed_id"},
		{path("/creators/%s/statements/%s?format=pdf", w.creatorID, month), 400, "invalid_request"},
		{path("/creators/%s/statements/%s?currency=ABC", w.creatorID, month), 400, "unknown_currency"},
		{path("/creators/%s/statements/%s?currency=JPY", w.creatorID, month), 400, "account_without_currency"},
		{path("/campaigns/%s/statement", unknownID), 404, "campaign_not_found"},
		{path("/campaigns/%s/statement?format=pdf", campaignID), 400, "invalid_request"},
		{path("/campaigns/%s/receipts/pi_unknown", campaignID), 404, "receipt_not_found"},
		{path("/campaigns/%s/receipts/pi_unknown", unknownID), 404, "campaign_not_found"},
		{path("/statements/%s", future), 400, "period_in_future"},
		{path("/statements/march"), 400, "unknown_period"},
		{path("/statements/%s?cursor=nope", month), 400, "malformed_cursor"},
		{path("/statements/%s/creators.csv", future), 400, "period_in_future"},
		{path("/statements/march/creators.csv"), 400, "unknown_period"},
		{path("/tax/2999"), 400, "period_in_future"},
		{path("/tax/26"), 400, "unknown_period"},
		{path("/tax/2999/us-1099-nec.csv"), 400, "period_in_future"},
		{path("/tax/26/eu-dac7.csv"), 400, "unknown_period"},
	} {
		w.send(t, w.admin(), "GET", refused.path, "", nil).requireProblem(t, refused.status, refused.code)
	}
}
