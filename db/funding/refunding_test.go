package funding_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// seen records a refund of a payment as a comparison sees it, and a reading of the balance after that.
func seen(t *testing.T, w *world.World, refund reconcile.Object) ledger.Cover {
	t.Helper()
	refund.Type, refund.Currency, refund.SourceType, refund.CreatedAt = reconcile.Refund, "USD", reconcile.PaymentIntent, world.Now
	require.NoError(t, w.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{refund}, world.Now))
	return readAt(t, w, world.Now)
}

// readAt records a reading of the balance that has all that the books have, less 300 of a refund.
func readAt(t *testing.T, w *world.World, at time.Time) ledger.Cover {
	t.Helper()
	heldMinor := w.Balance(t, ledger.StripePlatform) - 300
	require.NoError(t, w.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: heldMinor}}, at))
	all, err := w.Reconciliation.ListCover(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[0]
}

// paidCampaign is a campaign whose payment is on record.
func paidCampaign(t *testing.T, creators int, change func(*campaign.Terms)) *world.World {
	t.Helper()
	w := world.New(t, creators, change)
	require.NoError(t, w.Campaigns.SetPaymentIntent(t.Context(), w.CampaignID, live.PaymentID(w.CampaignID)))
	return w
}

func TestRefundsUnderWay(t *testing.T) {
	t.Parallel()
	pending := func(sourceID string) reconcile.Object {
		return reconcile.Object{ID: "re_1", Status: "pending", AmountMinor: 300, SourceID: sourceID}
	}
	// The campaign of a world has all of its payment, of which the platform bears the fee.
	gapOfFee := func(t *testing.T, w *world.World) int64 {
		t.Helper()
		return w.Balance(t, ledger.ProcessingFees)
	}

	t.Run("of a campaign are not owed out of the balance any more", func(t *testing.T) {
		t.Parallel()
		w := paidCampaign(t, 0, nil)

		cover := seen(t, w, pending(live.PaymentID(w.CampaignID)))

		require.Equal(t, int64(300), cover.RefundingMinor)
		require.Equal(t, cover.EscrowMinor-300, cover.OwedMinor())
		require.Equal(t, []int64{gapOfFee(t, w), gapOfFee(t, w)}, []int64{cover.GapMinor(), cover.SureGapMinor()})
	})

	t.Run("count until they are booked", func(t *testing.T) {
		t.Parallel()
		w := paidCampaign(t, 0, nil)
		before := seen(t, w, pending(live.PaymentID(w.CampaignID)))
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 300)))

		require.NoError(t, w.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: w.Balance(t, ledger.StripePlatform)}}, world.Now.Add(time.Hour)))
		after, err := w.Reconciliation.ListCover(t.Context())

		require.NoError(t, err)
		require.Zero(t, after[0].RefundingMinor)
		require.Equal(t, []int64{before.OwedMinor(), before.GapMinor()}, []int64{after[0].OwedMinor(), after[0].GapMinor()}, "the booking changes neither")
	})

	t.Run("count once the balance was read after they were seen", func(t *testing.T) {
		t.Parallel()
		w := paidCampaign(t, 0, nil)
		refund := pending(live.PaymentID(w.CampaignID))
		refund.Type, refund.Currency, refund.CreatedAt = reconcile.Refund, "USD", world.Now
		require.NoError(t, w.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{refund}, world.Now))
		unread, err := w.Reconciliation.ListCover(t.Context())
		require.NoError(t, err)

		earlier := readAt(t, w, world.Now.Add(-time.Minute))
		later := readAt(t, w, world.Now.Add(time.Minute))

		require.Equal(t, []int64{0, 0, 300}, []int64{unread[0].RefundingMinor, earlier.RefundingMinor, later.RefundingMinor})
	})

	t.Run("count for no more than a campaign has left, and the rest is missing", func(t *testing.T) {
		t.Parallel()
		w := paidCampaign(t, 1, func(terms *campaign.Terms) { terms.BudgetMinor = 1_000 })
		w.Read(t, 0, 1, 1_800) // earns 900

		cover := seen(t, w, pending(live.PaymentID(w.CampaignID)))

		require.Equal(t, int64(100), cover.RefundingMinor)
		require.Equal(t, gapOfFee(t, w)+200-w.Balance(t, ledger.PlatformFees), cover.GapMinor())
	})

	for _, status := range []string{"succeeded", "failed", "canceled"} {
		t.Run("do not count when they are "+status, func(t *testing.T) {
			t.Parallel()
			w := paidCampaign(t, 0, nil)
			ended := pending(live.PaymentID(w.CampaignID))
			ended.Status = status

			require.Zero(t, seen(t, w, ended).RefundingMinor)
		})
	}

	t.Run("do not count of a payment that the books do not have", func(t *testing.T) {
		t.Parallel()
		w := paidCampaign(t, 0, nil)

		require.Zero(t, seen(t, w, pending("pi_unknown")).RefundingMinor)
	})
}

func TestRefundsUnderWayOfDeposits(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) (*brand, *world.World) {
		t.Helper()
		b := newBrand(t)
		return b, &world.World{Books: b.Books, URL: b.URL, Terms: campaign.Terms{Currency: "USD"}}
	}

	t.Run("come out of what a withdrawal has reserved", func(t *testing.T) {
		t.Parallel()
		b, w := setup(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 300)
		plan := b.plan(t, id)

		cover := seen(t, w, reconcile.Object{ID: "re_1", Status: "requires_action", AmountMinor: 300, DepositID: plan.Refund.DepositID, SourceID: plan.Refund.PaymentIntentID})

		require.Equal(t, []int64{10_000 - 300, 300, 300}, []int64{cover.BalancesMinor, cover.WithdrawingMinor, cover.RefundingMinor})
		require.Equal(t, int64(9_700), cover.OwedMinor())
		require.Zero(t, cover.GapMinor())
	})

	t.Run("come out of the balance when they were made by hand, as far as it reaches", func(t *testing.T) {
		t.Parallel()
		b, w := setup(t)
		create := b.deposit(t, 10_000)
		require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: "pi_other", DepositID: create.ID, Currency: "USD", AmountMinor: 9_800, At: world.Now}))

		cover := seen(t, w, reconcile.Object{ID: "re_1", Status: "pending", AmountMinor: 300, SourceID: paymentOf(create.ID)})

		require.Equal(t, int64(200), cover.RefundingMinor, "the bank has taken the rest")
		require.Zero(t, cover.OwedMinor())
	})

	t.Run("do not count of a deposit that was declined because its payment was converted", func(t *testing.T) {
		t.Parallel()
		b, w := setup(t)
		b.deposit(t, 10_000)
		declined := b.request(t, 500)

		cover := seen(t, w, reconcile.Object{ID: "re_1", Status: "pending", AmountMinor: 300, DepositID: declined.ID, SourceID: paymentOf(declined.ID)})

		require.Zero(t, cover.RefundingMinor)
	})
}
