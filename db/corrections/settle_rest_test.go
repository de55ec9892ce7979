package corrections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func outsideRefund(w *world.World, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleRefund, Currency: "USD", CampaignID: w.CampaignID, AmountMinor: amountMinor, ProposedBy: "ann",
		Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: world.Now,
	}
}

func outsideBalance(creatorID string, how correction.How, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleBalance, Currency: "USD", CreatorID: creatorID, How: how, AmountMinor: amountMinor, ProposedBy: "ann",
		Reason: "of no payout", Evidence: "the balance in the dashboard", Reference: "acct_1", Now: world.Now,
	}
}

// ended is a campaign of 1,000.00 that has ended with 995.00 left.
func ended(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t, 1, nil)
	w.Read(t, 0, 1, 1000)
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Tracking, ""))
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
	w.Move(t, campaign.Complete)
	return w
}

func TestSettleRefund(t *testing.T) {
	t.Parallel()

	t.Run("books what the brand received elsewhere, so that the campaign can close", func(t *testing.T) {
		t.Parallel()
		w := ended(t)
		leftMinor := w.Facts(t).RefundableMinor()
		require.Equal(t, int64(99_500), leftMinor)

		decided := w.Correct(t, outsideRefund(w, leftMinor))

		require.Equal(t, leftMinor, decided.CorrectedMinor)
		require.Zero(t, w.Facts(t).RefundableMinor())
		require.Zero(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		require.Equal(t, leftMinor, w.Balance(t, ledger.PlatformCapital))
		require.Zero(t, w.Balance(t, ledger.PlatformLosses))
		w.RequireBooksInOrder(t)
	})

	t.Run("books no more than is left, also when two were proposed", func(t *testing.T) {
		t.Parallel()
		w := ended(t)
		second := outsideRefund(w, 60_000)
		_, err := w.Corrections.Propose(t.Context(), second)
		require.NoError(t, err)
		w.Correct(t, outsideRefund(w, 60_000))

		_, approved := w.Corrections.Decide(t.Context(), world.Approve(second.ID))
		_, proposed := w.Corrections.Propose(t.Context(), outsideRefund(w, 39_501))

		require.Equal(t, "above_refundable", fault.CodeOf(approved))
		require.Equal(t, "above_refundable", fault.CodeOf(proposed))
		require.Equal(t, int64(39_500), w.Facts(t).RefundableMinor())
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves alone what a dispute has frozen", func(t *testing.T) {
		t.Parallel()
		w := ended(t)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
			DisputeID: "dp_1", PaymentIntentID: "pi_1", CampaignID: w.CampaignID, Currency: "USD", AmountMinor: 90_000, At: world.Now,
		}))

		_, err := w.Corrections.Propose(t.Context(), outsideRefund(w, 9_501))

		require.Equal(t, "above_refundable", fault.CodeOf(err))
	})

	t.Run("is refused while the campaign can still spend its budget", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		unknown, euros := outsideRefund(w, 5), outsideRefund(w, 5)
		unknown.CampaignID, euros.Currency = uuid.NewString(), "EUR"

		for code, propose := range map[string]correction.Proposal{"campaign_not_ended": outsideRefund(w, 5), "campaign_not_found": unknown, "wrong_currency": euros} {
			_, err := w.Corrections.Propose(t.Context(), propose)
			require.Equal(t, code, fault.CodeOf(err))
		}
	})
}

func TestSettleBalance(t *testing.T) {
	t.Parallel()

	t.Run("books what was found on a connected account, and what is gone from it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		account := ledger.StripeConnected(w.CreatorIDs[0])

		w.Correct(t, outsideBalance(w.CreatorIDs[0], correction.Found, 700))
		require.Equal(t, int64(700), w.Balance(t, account))
		require.Equal(t, int64(-700), w.Balance(t, ledger.PlatformLosses))
		w.RequireBooksInOrder(t)
		w.Correct(t, outsideBalance(w.CreatorIDs[0], correction.Gone, 500))

		require.Equal(t, int64(200), w.Balance(t, account))
		require.Equal(t, int64(-200), w.Balance(t, ledger.PlatformLosses))
		_, tooMuch := w.Corrections.Propose(t.Context(), outsideBalance(w.CreatorIDs[0], correction.Gone, 201))
		require.Equal(t, "above_balance", fault.CodeOf(tooMuch))
		w.RequireBooksInOrder(t)
	})

	t.Run("touches no money of a payout", func(t *testing.T) {
		t.Parallel()
		s := setupPayout(t)
		s.transfer(t)
		w := s.World
		w.Correct(t, outsideBalance(w.CreatorIDs[0], correction.Found, 10))

		_, err := w.Corrections.Propose(t.Context(), outsideBalance(w.CreatorIDs[0], correction.Gone, 11))

		require.Equal(t, "above_balance", fault.CodeOf(err))
		w.RequireBooksInOrder(t)
	})

	t.Run("is of a creator who exists", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)

		_, err := w.Corrections.Propose(t.Context(), outsideBalance(uuid.NewString(), correction.Found, 5))

		require.Equal(t, "creator_not_found", fault.CodeOf(err))
	})
}
