package corrections_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// referred is a world of two creators, the second of whom referred the first: of each 1000
// that the first earns, 100 are the platform's and 50 the second's.
func referred(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t, 2, func(terms *campaign.Terms) {
		terms.RateMinorPerThousand, terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 1000, 500
	})
	_, err := w.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], AffiliateID: w.CreatorIDs[1], Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	return w
}

// reserve has everything that a creator has available in a payout of its own.
func reserve(t *testing.T, w *world.World, creatorID string) (payoutID string) {
	t.Helper()
	runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
	require.NoError(t, err)
	reserved, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creatorID, Currency: w.Terms.Currency, MinimumMinor: 1, Now: world.Now})
	require.NoError(t, err)
	return reserved.PayoutID
}

// requireCreator holds a creator's balances: pending, available, receivable.
func requireCreator(t *testing.T, w *world.World, creatorID string, pendingMinor, availableMinor, receivableMinor int64) {
	t.Helper()
	require.Equal(t, []int64{pendingMinor, availableMinor, receivableMinor}, []int64{
		w.Balance(t, ledger.CreatorPending(creatorID)), w.Balance(t, ledger.CreatorAvailable(creatorID)), w.Balance(t, ledger.CreatorReceivable(creatorID)),
	}, "pending, available, receivable")
}

func TestClawback(t *testing.T) {
	t.Parallel()

	t.Run("takes from holds, gives everything back to escrow, and nothing earns twice", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1000)
		w.Read(t, 0, 2, 3000)
		requireCreator(t, w, w.CreatorIDs[0], 2550, 0, 0)
		requireCreator(t, w, w.CreatorIDs[1], 150, 0, 0)

		decided := w.Correct(t, w.Clawback(0, 0))

		require.Equal(t, int64(3000), decided.CorrectedMinor)
		require.Len(t, decided.EntryIDs, 2)
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
		requireCreator(t, w, w.CreatorIDs[1], 0, 0, 0)
		require.Zero(t, w.Balance(t, ledger.PlatformFees))
		require.Equal(t, w.Terms.BudgetMinor, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		require.Zero(t, w.Facts(t).SpentMinor)
		require.Zero(t, w.Facts(t).HeldMinor)
		w.Read(t, 0, 3, 3000)
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("takes the newest first, the last one in part, and leaves the rest on hold until its time", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1000)
		w.Read(t, 0, 2, 2000)

		decided := w.Correct(t, w.Clawback(0, 1500))

		require.Equal(t, int64(1500), decided.CorrectedMinor)
		require.Len(t, decided.EntryIDs, 2)
		requireCreator(t, w, w.CreatorIDs[0], 425, 0, 0)
		requireCreator(t, w, w.CreatorIDs[1], 25, 0, 0)
		_, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()-time.Second), 100)
		require.NoError(t, err)
		requireCreator(t, w, w.CreatorIDs[0], 425, 0, 0)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 425, 0)
		requireCreator(t, w, w.CreatorIDs[1], 0, 25, 0)
		_, err = w.Corrections.Propose(t.Context(), w.Clawback(0, 0))
		require.Equal(t, "nothing_to_claw_back", fault.CodeOf(err), "an entry is reversed once, in part or whole")
		require.Equal(t, int64(425), amountOf(t, w, reserve(t, w, w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("takes what is available, from this campaign before others, and makes the rest a debt", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		other := world.In(t, w.URL, w.Books, 0, func(terms *campaign.Terms) { terms.RateMinorPerThousand = 1000 })
		other.AddClip(t, w.CreatorIDs[0])
		w.Read(t, 0, 1, 2000)
		w.Release(t)
		reserve(t, w, w.CreatorIDs[0])
		other.Read(t, 0, 1, 300)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 300, 0)

		w.Correct(t, w.Clawback(0, 0))

		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 1400)
		requireCreator(t, w, w.CreatorIDs[1], 0, 0, 0)
		candidates, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: payout.EveryMinimum(1), Limit: 10})
		require.NoError(t, err)
		require.Empty(t, candidates)
		require.Zero(t, w.Facts(t).UnpaidMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("lets later earnings pay the debt before anything is available", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1000)
		w.Release(t)
		reserve(t, w, w.CreatorIDs[0])
		w.Correct(t, w.Clawback(0, 0))
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 850)
		w.AddClip(t, w.CreatorIDs[0])

		w.Read(t, 2, 1, 700)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 255)
		w.Read(t, 2, 2, 1700)
		w.Release(t)

		requireCreator(t, w, w.CreatorIDs[0], 0, 595, 0)
		require.Equal(t, int64(595), amountOf(t, w, reserve(t, w, w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("lets a payout that is cancelled pay the debt, once", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1000)
		w.Release(t)
		id := reserve(t, w, w.CreatorIDs[0])
		w.Correct(t, w.Clawback(0, 400))
		requireCreator(t, w, w.CreatorIDs[0], 0, 0, 340)

		require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now))
		require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now), "told twice")

		requireCreator(t, w, w.CreatorIDs[0], 0, 510, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("happens before or after a release, whichever comes first", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			w := referred(t)
			for poll := 1; poll <= 5; poll++ {
				w.Read(t, 0, poll, int64(poll)*1000)
			}
			propose := w.Clawback(0, 0)
			_, err := w.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)

			var both sync.WaitGroup
			both.Go(func() {
				_, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
				assert.NoError(t, err)
			})
			both.Go(func() { assert.NoError(t, world.ReleaseAll(t.Context(), w.Books, world.Now.Add(w.Terms.Hold.Std()))) })
			both.Wait()

			requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
			requireCreator(t, w, w.CreatorIDs[1], 0, 0, 0)
			w.RequireBooksInOrder(t)
		}
	})

	t.Run("takes from available or leaves a debt, whichever a reservation at the same moment allows", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			w := referred(t)
			w.Read(t, 0, 1, 1000)
			w.Release(t)
			propose := w.Clawback(0, 0)
			_, err := w.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)
			runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
			require.NoError(t, err)

			var both sync.WaitGroup
			var reserved error
			both.Go(func() {
				_, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
				assert.NoError(t, err)
			})
			both.Go(func() {
				_, reserved = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})
			})
			both.Wait()

			if reserved == nil {
				requireCreator(t, w, w.CreatorIDs[0], 0, 0, 850)
				require.Equal(t, int64(850), w.Balance(t, ledger.CreatorInTransit(w.CreatorIDs[0])))
			} else {
				require.Equal(t, "below_minimum", fault.CodeOf(reserved))
				requireCreator(t, w, w.CreatorIDs[0], 0, 0, 0)
			}
			w.RequireBooksInOrder(t)
		}
	})

	t.Run("leaves no lock behind for accruals of the same campaign to run into", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1000)
		propose := w.Clawback(0, 0)
		_, err := w.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)

		var both sync.WaitGroup
		both.Go(func() {
			_, err := w.Corrections.Decide(t.Context(), world.Approve(propose.ID))
			assert.NoError(t, err)
		})
		both.Go(func() {
			for poll := 1; poll <= 20; poll++ {
				_, err := w.Earnings.RecordReading(t.Context(), w.Reading(1, poll, int64(poll)*1000))
				assert.NoError(t, err)
			}
		})
		both.Wait()

		require.Equal(t, int64(20_000), w.Facts(t).SpentMinor)
		w.RequireBooksInOrder(t)
	})
}

func amountOf(t *testing.T, w *world.World, payoutID string) int64 {
	t.Helper()
	read, err := w.Payouts.Get(t.Context(), payoutID)
	require.NoError(t, err)
	return read.AmountMinor
}
