package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestStatementsCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	c := w.creator(verified(goodBank))
	campaignID := w.earned(c)
	w.startRun(period)
	w.awaitPayout(w.payoutOf(c), "paid")
	month := time.Now().UTC().Format("2006-01")
	run := func(args ...string) string {
		t.Helper()
		out, err := w.printed(append([]string{"statements"}, args...)...)
		require.NoError(t, err, string(out))
		return string(out)
	}

	t.Run("prints what the API answers", func(t *testing.T) {
		answered, err := w.client.GetCreatorStatementWithResponse(t.Context(), c.id, month, nil)
		require.NoError(t, err)
		require.Equal(t, 200, answered.StatusCode(), string(answered.Body))

		var creator client.CreatorStatements
		var campaign client.CampaignStatement
		require.NoError(t, json.Unmarshal([]byte(run("creator", c.id, month, "--json")), &creator))

		require.Equal(t, *answered.JSON200, creator)
		require.Len(t, creator.Items, 1)
		require.Negative(t, creator.Items[0].PaidMinor)
		require.Zero(t, creator.Items[0].DifferenceMinor)
		// The campaign goes on: a movement between the two readings is in one of them only.
		w.eventually("the command and the API say the same of the campaign", func() bool {
			spent, err := w.client.GetCampaignStatementWithResponse(t.Context(), campaignID, nil)
			require.NoError(t, err)
			campaign = client.CampaignStatement{}
			require.NoError(t, json.Unmarshal([]byte(run("campaign", campaignID, "--json")), &campaign))
			campaign.At = spent.JSON200.At
			return assert.ObjectsAreEqual(*spent.JSON200, campaign)
		})
		require.Len(t, campaign.Receipts, 1)
		require.Contains(t, run("receipt", campaignID, campaign.Receipts[0].PaymentId), "Of it budget")
	})

	t.Run("prints tables, pages and files", func(t *testing.T) {
		require.Contains(t, run("creator", c.id, month, "--currency", "USD"), "Closing balance")
		require.Contains(t, run("creator", c.id, month, "--html"), "<!doctype html>")
		require.Contains(t, run("campaign", campaignID, "--csv"), "escrow,remaining,")
		for _, args := range [][]string{{"month", month}, {"tax", month[:4]}, {"tax", month[:4], "--form", "eu-dac7"}} {
			rows, err := csv.NewReader(strings.NewReader(run(args...))).ReadAll()
			require.NoError(t, err, args)
			require.Equal(t, c.id, rows[1][0], args)
			require.Equal(t, "end", rows[len(rows)-1][0], args)
		}
		require.Contains(t, run("tax", month[:4], "--json"), `"consideration_minor"`)
		require.Contains(t, run("month", month, "--json"), `"closing_minor"`)
	})

	t.Run("prints the statement of a brand's balance, and the receipt of a deposit", func(t *testing.T) {
		brand := w.organization()
		made, err := w.client.CreateDepositWithResponse(t.Context(), brand, &client.CreateDepositParams{IdempotencyKey: new(uuid.NewString())}, client.NewDeposit{Currency: "USD", AmountMinor: 60_000, PaymentMethod: "pm_card_bypassPending"})
		require.NoError(t, err)
		require.Equal(t, 201, made.StatusCode(), string(made.Body))
		w.eventually("the deposit is in the balance", func() bool { return w.balance(ledger.OrganizationBalance(brand)) == 60_000 })
		month := time.Now().UTC().Format("2006-01")
		payment := w.text("SELECT payment_intent_id FROM deposits WHERE id = $1", made.JSON201.Id)
		answered, err := w.client.GetOrganizationStatementWithResponse(t.Context(), brand, month, nil)
		require.NoError(t, err)
		require.Equal(t, 200, answered.StatusCode(), string(answered.Body))

		var balance client.OrganizationStatements
		var receipt client.DepositReceipt
		require.NoError(t, json.Unmarshal([]byte(run("organization", brand, month, "--json")), &balance))
		require.NoError(t, json.Unmarshal([]byte(run("deposit", brand, payment, "--json")), &receipt))

		require.Equal(t, *answered.JSON200, balance)
		require.Equal(t, []int64{60_000, 60_000, 0}, []int64{balance.Items[0].DepositedMinor, balance.Items[0].ClosingMinor, balance.Items[0].DifferenceMinor})
		require.Equal(t, []int64{made.JSON201.PaymentMinor, 60_000}, []int64{receipt.PaidMinor, receipt.DepositedMinor})
		require.Equal(t, "card", *receipt.Method)
		require.Contains(t, run("organization", brand, month, "--currency", "USD"), "Moved to campaigns")
		require.Contains(t, run("deposit", brand, payment), "Of it balance")
		require.Contains(t, run("deposit", brand, payment, "--html"), "<!doctype html>")
	})

	t.Run("refuses bad input", func(t *testing.T) {
		for code, args := range map[string][]string{
			"unknown_period": {"creator", c.id, "march"}, "period_in_future": {"month", "2999-01"}, "creator_not_found": {"creator", uuid.NewString(), month},
			"malformed_id": {"organization", "7", month}, "organization_not_found": {"deposit", c.id, "pi_no"}, "unknown_form": {"tax", "2026", "--form", "w-2"}, "receipt_not_found": {"receipt", campaignID, "pi_no"},
			"campaign_not_found": {"campaign", c.id}, "malformed_flag": {"creator", c.id, month, "--pdf"}, "unknown_currency": {"creator", c.id, month, "--currency", "ABC"},
		} {
			out, err := w.printed(append([]string{"statements"}, args...)...)
			require.Error(t, err, args)
			require.Contains(t, string(out), "("+code+")", args)
		}
	})
}
