package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
)

// clawedClip returns a world whose first clip earned in three readings, two before and one after
// a clawback. Its creator was referred. The second clip earned once.
func clawedClip(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t, 2, func(terms *campaign.Terms) {
		terms.RateMinorPerThousand, terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 1000, 500
	})
	_, err := w.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], AffiliateID: w.CreatorIDs[1], Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	w.Read(t, 0, 1, 19)
	w.Read(t, 0, 2, 20)
	w.Correct(t, w.Clawback(0, 11))
	w.Read(t, 0, 3, 45)
	w.Read(t, 1, 1, 99)
	w.RequireBooksInOrder(t)
	return w
}

// The verification computes fee and commission of each clip again, after each of its entries.
func TestVerifyBooksRecomputesTheSplitOfEachClip(t *testing.T) {
	t.Parallel()
	const ofClawback = "entry_id = (SELECT id FROM journal_entries WHERE kind = 'earnings_clawed_back' ORDER BY seq LIMIT 1)"

	for _, tc := range []struct{ name, plant string }{
		{"two cents that moved between accruals and cancel each other out", "UPDATE accruals SET fee_minor = fee_minor + CASE poll WHEN 1 THEN 1 ELSE -1 END, creator_minor = creator_minor + CASE poll WHEN 1 THEN -1 ELSE 1 END WHERE poll IN (1, 2) AND affiliate_id IS NOT NULL"},
		{"a commission that is too high", "UPDATE accruals SET affiliate_minor = affiliate_minor + 1, creator_minor = creator_minor - 1 WHERE poll = 3"},
		{"a clawback that took more of the fee", "UPDATE postings SET amount_minor = amount_minor + CASE WHEN account_id = (SELECT id FROM ledger_accounts WHERE code = 'platform/fees') THEN 1 ELSE 0 END WHERE " + ofClawback},
		{"a clawback that returned more to the escrow", "UPDATE postings SET amount_minor = amount_minor - 1 FROM ledger_accounts WHERE ledger_accounts.id = account_id AND code LIKE '%/escrow' AND " + ofClawback},
		{"an accrual that ignores the clawback before it", "UPDATE accruals SET clip_net_after_minor = clip_gross_after_minor WHERE poll = 3"},
	} {
		t.Run("finds "+tc.name+", and names the clip", func(t *testing.T) {
			t.Parallel()
			w := clawedClip(t)
			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Verify(t.Context())

			require.NoError(t, err)
			require.Equal(t, []string{"clip " + w.ClipIDs[0]}, splitSubjects(verified), verified.Findings)
		})
	}

	t.Run("names the clip with the lowest id first", func(t *testing.T) {
		t.Parallel()
		w := clawedClip(t)
		dbtest.Tamper(t, w.URL, "UPDATE accruals SET fee_minor = fee_minor + 1, creator_minor = creator_minor - 1 WHERE poll = 1")

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.Equal(t, []string{"clip " + min(w.ClipIDs[0], w.ClipIDs[1]), "clip " + max(w.ClipIDs[0], w.ClipIDs[1])}, splitSubjects(verified))
	})
}

func splitSubjects(verified audit.Verification) []string {
	var subjects []string
	for _, finding := range verified.Findings {
		if finding.Check == "split" {
			subjects = append(subjects, finding.Subject)
		}
	}
	return subjects
}
