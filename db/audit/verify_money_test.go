package audit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
)

// The guards and the disputes must agree with the journal, also if a person changes several rows
// together, so that they agree with each other.
func TestVerifyBooksComparesGuardsAndDisputesWithTheJournal(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ name, plant, check, says string }{
		{"a guard that is gone", "DELETE FROM campaign_budgets", "budget", "has no guard"},
		{"a campaign that is gone", "DELETE FROM campaign_budgets; DELETE FROM campaigns WHERE payment_intent_id IS NULL", "budget", "but there is no campaign in that currency"},
		{"the same amount added to funded and to refunded", "UPDATE campaign_budgets SET funded_minor = funded_minor + 500, refunded_minor = refunded_minor + 500", "budget", "the guard has 100500 funded"},
		{"a guard in another currency", "UPDATE campaign_budgets SET currency = 'EUR'", "budget", "is in USD, but its guard is in EUR"},
		{"a campaign and its guard in another currency", "UPDATE campaign_budgets SET currency = 'EUR'; UPDATE campaigns SET currency = 'EUR'", "budget", "the journal has 0, 0, 0, 0 and 0"},
		{"a dispute that is gone", "DELETE FROM funding_disputes; UPDATE campaign_budgets SET disputed_minor = 0", "dispute", "the record has no such dispute"},
		{"an open dispute that has the status lost", "UPDATE funding_disputes SET status = 'lost', closed_at = now(); UPDATE campaign_budgets SET disputed_minor = 0", "dispute", "the record has it lost for 60000 USD"},
		{"a dispute that was never opened", "INSERT INTO funding_disputes (dispute_id, campaign_id, payment_intent_id, currency, amount_minor, fee_minor, frozen_minor, opened_at) SELECT 'dp_2', campaign_id, payment_intent_id, currency, 5, 0, 0, now() FROM funding_disputes", "dispute", "the journal has no such dispute"},
		{"another amount in dispute", "UPDATE funding_disputes SET amount_minor = amount_minor + 1", "dispute", "the record has it open for 60001 USD"},
		{"a dispute that has less frozen than in the journal", "UPDATE funding_disputes SET frozen_minor = 1; UPDATE campaign_budgets SET disputed_minor = 1 WHERE disputed_minor > 0", "budget", "1 disputed"},
		{"money that is kept for no clip", "UPDATE campaign_budgets SET kept_minor = 7 WHERE disputed_minor > 0", "kept", "the guard keeps 7 for clips in review; the records of the clips have 0"},
		{"a dispute about another campaign", "UPDATE funding_disputes SET campaign_id = gen_random_uuid()", "dispute", "the record has it open for 60000 USD of campaign"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, nil)
			w.Read(t, 0, 1, 2000)
			require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(60_000)))
			other := world.In(t, w.URL, w.Books, 0, nil)
			_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), "UPDATE campaigns SET payment_intent_id = 'pi_other' WHERE id = $1", other.CampaignID)
			require.NoError(t, err)
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Check(t.Context())
			require.NoError(t, err)
			found := false
			for _, finding := range verified.Findings {
				found = found || finding.Check == tc.check && strings.Contains(finding.Detail, tc.says)
			}
			require.True(t, found, verified.Findings)
		})
	}

	t.Run("finds costs of readings that no request had", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		dbtest.Tamper(t, w.URL, "UPDATE tracking_costs SET cost_micros = 5")

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.Len(t, verified.Findings, 1)
		require.Equal(t, "tracking_costs", verified.Findings[0].Check)
		require.Equal(t, "campaigns have 5 millionths of a dollar for readings; the requests have cost 0", verified.Findings[0].Detail)
	})

	t.Run("finds escrow that an entry of the wrong kind spent", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, err := w.Journal.Post(t.Context(), ledger.Entry{Kind: ledger.KindAdjustment, Reference: "x", Currency: "USD", EffectiveAt: world.Now, Postings: []ledger.Posting{
			{Account: ledger.CampaignEscrow(w.CampaignID), AmountMinor: 5}, {Account: ledger.PlatformFees, AmountMinor: -5},
		}})
		require.NoError(t, err)

		verified, err := w.Audit.Check(t.Context())

		require.NoError(t, err)
		require.Equal(t, []string{"budget"}, world.Checks(verified))
	})
}
