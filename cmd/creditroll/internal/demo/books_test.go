package demo

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	organizationID = "00000000-0000-0000-0000-000000000001"
	campaignID     = "00000000-0000-0000-0000-000000000002"
	creatorID      = "00000000-0000-0000-0000-000000000003"
)

// plantCampaign writes a funded campaign directly, without the checks of the product.
const plantCampaign = `
	INSERT INTO organizations (id, name) VALUES ('` + organizationID + `', 'Brand');
	INSERT INTO campaigns (id, organization_id, name, status, currency, budget_minor, ends_at, terms)
	VALUES ('` + campaignID + `', '` + organizationID + `', 'c', 'live', 'USD', 1000, '2027-01-01', '{"rate_minor_per_thousand": 7}');
	INSERT INTO campaign_budgets (campaign_id, currency, funded_minor) VALUES ('` + campaignID + `', 'USD', 1000)`

// plantEntry writes an entry without triggers, as in a damaged database.
func plantEntry(id, kind, reference string, postings string) string {
	return `SET session_replication_role = replica;
		INSERT INTO ledger_accounts (code) VALUES ('campaign/` + campaignID + `/escrow'), ('creator/` + creatorID + `/pending'),
		       ('creator/` + creatorID + `/connected'), ('stripe/connected/` + creatorID + `'), ('platform/fees') ON CONFLICT DO NOTHING;
		INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
		VALUES ('` + id + `', '` + kind + `', '` + reference + `', 'USD', decode(repeat('00', 32), 'hex'), now());
		INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
		SELECT '` + id + `', (SELECT seq FROM journal_entries WHERE id = '` + id + `'), line, (SELECT id FROM ledger_accounts WHERE code = account), 'USD', amount FROM (VALUES ` + postings + `) AS p (line, account, amount);
		SET session_replication_role = origin`
}

func TestBooks(t *testing.T) {
	t.Parallel()

	t.Run("report a campaign that spent more than its budget", func(t *testing.T) {
		t.Parallel()
		b, execute := openTestBooks(t)
		execute(plantCampaign)
		before, err := b.takeSnapshot(t.Context())
		require.NoError(t, err)

		execute(`ALTER TABLE campaign_budgets DROP CONSTRAINT campaign_budgets_never_exceeded, DROP CONSTRAINT campaign_budgets_reviews_check; UPDATE campaign_budgets SET spent_minor = 1001`)
		after, err := b.takeSnapshot(t.Context())
		require.NoError(t, err)

		require.Empty(t, before.exceeded)
		require.Equal(t, []string{campaignID}, after.exceeded)
	})

	t.Run("report a trial balance that is not zero", func(t *testing.T) {
		t.Parallel()
		b, execute := openTestBooks(t)

		execute(plantEntry("10000000-0000-0000-0000-000000000001", "earnings_accrued", "o1", `(1, 'platform/fees', 5)`))
		s, err := b.takeSnapshot(t.Context())

		require.NoError(t, err)
		require.Equal(t, map[string]int64{"USD": 5}, s.trialBalance)
	})

	t.Run("read credited and paid amounts from the ledger", func(t *testing.T) {
		t.Parallel()
		b, execute := openTestBooks(t)
		escrow, pending, connected, stripe := "'campaign/"+campaignID+"/escrow'", "'creator/"+creatorID+"/pending'", "'creator/"+creatorID+"/connected'", "'stripe/connected/"+creatorID+"'"

		execute(plantEntry("10000000-0000-0000-0000-000000000001", "earnings_accrued", "o1", `(1, `+escrow+`, 100), (2, `+pending+`, -90), (3, 'platform/fees', -10)`))
		execute(plantEntry("10000000-0000-0000-0000-000000000002", "bank_payout_settled", "p1/g1", `(1, `+connected+`, 90), (2, `+stripe+`, -90)`))
		execute(plantEntry("10000000-0000-0000-0000-000000000003", "bank_payout_failed", "p1/g1", `(1, `+stripe+`, 90), (2, `+connected+`, -90)`))
		execute(plantEntry("10000000-0000-0000-0000-000000000004", "bank_payout_settled", "p1/g2", `(1, `+connected+`, 90), (2, `+stripe+`, -90)`))
		s, err := b.takeSnapshot(t.Context())
		require.NoError(t, err)
		earned, err := b.earnings(t.Context())
		require.NoError(t, err)

		require.Equal(t, map[string]int64{"USD": 100}, s.credited)
		require.Equal(t, map[string]int64{"USD": 90}, s.paid)
		require.EqualValues(t, 1, s.accruals)
		require.Len(t, earned, 1)
		require.Equal(t, [4]int64{100, 10, 90, 90}, [4]int64{earned[0].GrossMinor, earned[0].FeeMinor, earned[0].NetMinor, earned[0].PaidMinor})
	})

	t.Run("count a converted payout once, in both currencies", func(t *testing.T) {
		t.Parallel()
		b, execute := openTestBooks(t)
		escrow, pending, connected := "'campaign/"+campaignID+"/escrow'", "'creator/"+creatorID+"/pending'", "'creator/"+creatorID+"/connected'"
		execute("INSERT INTO ledger_accounts (code) VALUES ('fx/clearing') ON CONFLICT DO NOTHING")

		execute(plantEntry("10000000-0000-0000-0000-000000000001", "earnings_accrued", "o1", `(1, `+escrow+`, 100), (2, `+pending+`, -100)`))
		execute(plantEntry("10000000-0000-0000-0000-000000000002", "converted_payout_settled", "p1/g1", `(1, `+connected+`, 100), (2, 'fx/clearing', -100)`))
		execute(plantEntry("10000000-0000-0000-0000-000000000003", "bank_payout_settled", "p1/g1", `(1, 'fx/clearing', 92), (2, 'stripe/connected/`+creatorID+`', -92)`))
		facts, err := b.read(t.Context())
		require.NoError(t, err)
		earned, err := b.earnings(t.Context())
		require.NoError(t, err)

		require.Equal(t, map[string]int64{"USD": 100}, facts.paid)
		require.Equal(t, map[string]int64{"USD": 92}, facts.atBanks)
		require.Equal(t, int64(100), earned[0].PaidMinor)
	})

	t.Run("leave out data from before the demo", func(t *testing.T) {
		t.Parallel()
		first, execute := openTestBooks(t)
		execute(plantCampaign)
		execute(plantEntry("10000000-0000-0000-0000-000000000001", "earnings_accrued", "o1",
			`(1, 'campaign/`+campaignID+`/escrow', 100), (2, 'creator/`+creatorID+`/pending', -100)`))

		b, err := openAuditor(t.Context(), first.pool.Config().ConnString())
		require.NoError(t, err)
		t.Cleanup(b.close)
		facts, err := b.read(t.Context())

		require.NoError(t, err)
		require.Empty(t, facts.terms)
		require.Empty(t, facts.credited)
		require.Zero(t, facts.accruals)
	})

	t.Run("find a name in the ledger", func(t *testing.T) {
		t.Parallel()
		b, execute := openTestBooks(t)
		execute(plantEntry("10000000-0000-0000-0000-000000000001", "earnings_accrued", "ada-123456", `(1, 'platform/fees', 5)`))

		clean, err := b.holdsAny(t.Context(), []string{"ben-123456"})
		require.NoError(t, err)
		found, err := b.holdsAny(t.Context(), []string{"ben-123456", "ada-123456"})
		require.NoError(t, err)

		require.False(t, clean)
		require.True(t, found)
	})
}
