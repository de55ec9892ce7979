package world

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Dispute is a dispute of the campaign's payment.
func (w *World) Dispute(amountMinor int64) ledger.Dispute {
	return ledger.Dispute{
		DisputeID: "dp_" + w.CampaignID, PaymentIntentID: live.PaymentID(w.CampaignID), CampaignID: w.CampaignID, Currency: w.Terms.Currency,
		AmountMinor: amountMinor, FeeMinor: 1500, At: Now,
	}
}

// Refund is a refund of the campaign's payment.
func (w *World) Refund(refundID string, amountMinor int64) ledger.Refund {
	return ledger.Refund{CampaignID: w.CampaignID, RefundID: refundID, Currency: w.Terms.Currency, AmountMinor: amountMinor, At: Now}
}

// Clawback proposes to take back what a clip earned: all of it if the amount is zero.
func (w *World) Clawback(clipIndex int, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Clawback, Currency: w.Terms.Currency, ClipID: w.ClipIDs[clipIndex], AmountMinor: amountMinor,
		ProposedBy: "ann", Reason: "bought views", Evidence: "ticket 7", Now: Now,
	}
}

// Approve is the approval of a proposal by another person.
func Approve(id string) correction.Decision {
	return correction.Decision{ID: id, Approve: true, Actor: "bob", Reason: "seen it", Now: Now}
}

// Correct proposes as one person and approves as another.
func (w *World) Correct(t dbtest.T, propose correction.Proposal) correction.Correction {
	t.Helper()
	_, err := w.Corrections.Propose(t.Context(), propose)
	require.NoError(t, err)
	decided, err := w.Corrections.Decide(t.Context(), Approve(propose.ID))
	require.NoError(t, err)
	require.Equal(t, correction.Approved, decided.Status)
	return decided
}

// ReleaseAll ends every hold that is due at a moment.
func ReleaseAll(ctx context.Context, store *books.Books, at time.Time) error {
	for {
		if released, err := store.Earnings.ReleaseHolds(ctx, at, 100_000); err != nil || released == 0 {
			return err
		}
	}
}
