package audit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// A conversion must agree with the journal, whatever is changed about it.
func TestVerifyBooksComparesConversionsWithTheJournal(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name, plant, says string
		short             bool
	}{
		{"a conversion that is gone", "DELETE FROM payout_conversions", "has 5000, but the converted payouts and payments make 0", true},
		{"entries of a conversion that is gone", "DELETE FROM payout_conversions", "there is no such conversion", false},
		{"another amount that arrived", "UPDATE payout_conversions SET received_minor = received_minor + 1, amount_minor = amount_minor + 1", "has -891147, but the converted payouts and payments make -891148", true},
		{"another amount that was sent", "UPDATE payout_conversions SET source_minor = source_minor + 1", "is held: 5001 USD became 891147 HUF", false},
		{"another currency", "UPDATE payout_conversions SET currency = 'CZK'", "became 891147 CZK", false},
		{"a conversion that was taken back in the table only", "UPDATE payout_conversions SET outcome = 'returned', taken_minor = 1, back_minor = 1", "is returned", false},
		{"a payout that is paid in the table only", "UPDATE payouts SET paid_at = now()", "but the converted payouts and payments make -47", true},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w, id := world.ReservedPayout(t)
			ctx := t.Context()
			_, err := w.Payouts.Begin(ctx, payout.Beginning{PayoutID: id, Phase: payout.Transfer, Into: "HUF", Now: world.Now})
			require.NoError(t, err)
			require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
			read, err := w.Payouts.Get(ctx, id)
			require.NoError(t, err)
			require.Equal(t, int64(5000), read.AmountMinor)
			_, err = w.Payouts.RecordConverted(ctx, payout.Arrival{PayoutID: id, Now: world.Now, Settlement: rail.Settlement{
				TransactionID: "txn_1", SourceMinor: 5000, SourceCurrency: "USD", AmountMinor: 891_147, NetMinor: 891_147, Currency: "HUF", AvailableOn: world.Now,
			}})
			require.NoError(t, err)
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Verify(ctx)
			if tc.short {
				verified, err = w.Audit.Check(ctx)
			}
			require.NoError(t, err)
			found := false
			for _, finding := range verified.Findings {
				found = found || finding.Check == "conversion" && strings.Contains(finding.Detail, tc.says)
			}
			require.True(t, found, verified.Findings)
		})
	}

	t.Run("finds money between two currencies that no payout has", func(t *testing.T) {
		t.Parallel()
		w, _ := world.ReservedPayout(t)
		_, err := w.Journal.Post(t.Context(), ledger.Entry{Kind: ledger.KindAdjustment, Reference: "x", Currency: "EUR", EffectiveAt: world.Now, Postings: []ledger.Posting{
			{Account: ledger.FXClearing, AmountMinor: 5}, {Account: ledger.PlatformLosses, AmountMinor: -5},
		}})
		require.NoError(t, err)

		verified, err := w.Audit.Check(t.Context())

		require.NoError(t, err)
		require.Contains(t, verified.Findings[0].String(), "conversion fx/clearing EUR: has 5")
	})
}
