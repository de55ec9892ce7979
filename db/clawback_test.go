package db_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// referred is a world of two creators, the second of whom referred the first: of each 1000
// that the first earns, 100 are the platform's and 50 the second's.
func referred(t *testing.T) *world {
	t.Helper()
	w := setup(t, 2, func(terms *campaign.Terms) {
		terms.RateMinorPerThousand, terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 1000, 500
	})
	_, err := w.store.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.campaignID, CreatorID: w.creators[0], AffiliateID: w.creators[1], Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	return w
}

// reserve has everything that a creator has available in a payout of its own.
func (w *world) reserve(t *testing.T, creatorID string) (payoutID string) {
	t.Helper()
	runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
	require.NoError(t, err)
	reserved, err := w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creatorID, Currency: w.terms.Currency, MinimumMinor: 1, Now: now})
	require.NoError(t, err)
	return reserved.PayoutID
}

func (w *world) clawback(clipIndex int, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Clawback, Currency: w.terms.Currency, ClipID: w.clips[clipIndex], AmountMinor: amountMinor,
		ProposedBy: "ann", Reason: "bought views", Evidence: "ticket 7", Now: now,
	}
}

// corrected proposes as one person and approves as another.
func (w *world) corrected(t *testing.T, propose correction.Proposal) correction.Correction {
	t.Helper()
	_, err := w.store.Corrections.Propose(t.Context(), propose)
	require.NoError(t, err)
	decided, err := w.store.Corrections.Decide(t.Context(), approve(propose.ID))
	require.NoError(t, err)
	require.Equal(t, correction.Approved, decided.Status)
	return decided
}

func approve(id string) correction.Decision {
	return correction.Decision{ID: id, Approve: true, Actor: "bob", Reason: "seen it", Now: now}
}

// requireCreator holds a creator's balances: pending, available, receivable.
func (w *world) requireCreator(t *testing.T, creatorID string, pendingMinor, availableMinor, receivableMinor int64) {
	t.Helper()
	require.Equal(t, []int64{pendingMinor, availableMinor, receivableMinor}, []int64{
		w.balance(t, ledger.CreatorPending(creatorID)), w.balance(t, ledger.CreatorAvailable(creatorID)), w.balance(t, ledger.CreatorReceivable(creatorID)),
	}, "pending, available, receivable")
}

func TestClawback(t *testing.T) {
	t.Parallel()

	t.Run("takes from holds, gives everything back to escrow, and nothing earns twice", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.read(t, t.Context(), 0, 1, 1000)
		w.read(t, t.Context(), 0, 2, 3000)
		w.requireCreator(t, w.creators[0], 2550, 0, 0)
		w.requireCreator(t, w.creators[1], 150, 0, 0)

		decided := w.corrected(t, w.clawback(0, 0))

		require.Equal(t, int64(3000), decided.CorrectedMinor)
		require.Len(t, decided.EntryIDs, 2)
		w.requireCreator(t, w.creators[0], 0, 0, 0)
		w.requireCreator(t, w.creators[1], 0, 0, 0)
		require.Zero(t, w.balance(t, ledger.PlatformFees))
		require.Equal(t, w.terms.BudgetMinor, w.balance(t, ledger.CampaignEscrow(w.campaignID)))
		require.Zero(t, w.facts(t).SpentMinor)
		require.Zero(t, w.facts(t).HeldMinor)
		w.read(t, t.Context(), 0, 3, 3000)
		w.requireCreator(t, w.creators[0], 0, 0, 0)
		w.release(t, t.Context())
		w.requireCreator(t, w.creators[0], 0, 0, 0)
		w.requireBooksInOrder(t)
	})

	t.Run("takes the newest first, the last one in part, and leaves the rest on hold until its time", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.read(t, t.Context(), 0, 1, 1000)
		w.read(t, t.Context(), 0, 2, 2000)

		decided := w.corrected(t, w.clawback(0, 1500))

		require.Equal(t, int64(1500), decided.CorrectedMinor)
		require.Len(t, decided.EntryIDs, 2)
		w.requireCreator(t, w.creators[0], 425, 0, 0)
		w.requireCreator(t, w.creators[1], 25, 0, 0)
		_, err := w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()-time.Second), 100)
		require.NoError(t, err)
		w.requireCreator(t, w.creators[0], 425, 0, 0)
		w.release(t, t.Context())
		w.requireCreator(t, w.creators[0], 0, 425, 0)
		w.requireCreator(t, w.creators[1], 0, 25, 0)
		_, err = w.store.Corrections.Propose(t.Context(), w.clawback(0, 0))
		require.Equal(t, "nothing_to_claw_back", fault.CodeOf(err), "an entry is reversed once, in part or whole")
		require.Equal(t, int64(425), w.amountOf(t, w.reserve(t, w.creators[0])))
		w.requireBooksInOrder(t)
	})

	t.Run("takes what is available, from this campaign before others, and makes the rest a debt", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		other := setupIn(t, t.Context(), w.url, w.store, 0, func(terms *campaign.Terms) { terms.RateMinorPerThousand = 1000 })
		other.addClip(t, t.Context(), w.creators[0])
		w.read(t, t.Context(), 0, 1, 2000)
		w.release(t, t.Context())
		w.reserve(t, w.creators[0])
		other.read(t, t.Context(), 0, 1, 300)
		w.release(t, t.Context())
		w.requireCreator(t, w.creators[0], 0, 300, 0)

		w.corrected(t, w.clawback(0, 0))

		w.requireCreator(t, w.creators[0], 0, 0, 1400)
		w.requireCreator(t, w.creators[1], 0, 0, 0)
		eligible, err := w.store.Payouts.ListEligible(t.Context(), payout.EligibleAfter{}, 1, 10)
		require.NoError(t, err)
		require.Empty(t, eligible)
		require.Zero(t, w.facts(t).UnpaidMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("lets later earnings pay the debt before anything is available", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.read(t, t.Context(), 0, 1, 1000)
		w.release(t, t.Context())
		w.reserve(t, w.creators[0])
		w.corrected(t, w.clawback(0, 0))
		w.requireCreator(t, w.creators[0], 0, 0, 850)
		w.addClip(t, t.Context(), w.creators[0])

		w.read(t, t.Context(), 2, 1, 700)
		w.release(t, t.Context())
		w.requireCreator(t, w.creators[0], 0, 0, 255)
		w.read(t, t.Context(), 2, 2, 1700)
		w.release(t, t.Context())

		w.requireCreator(t, w.creators[0], 0, 595, 0)
		require.Equal(t, int64(595), w.amountOf(t, w.reserve(t, w.creators[0])))
		w.requireBooksInOrder(t)
	})

	t.Run("lets a payout that is cancelled pay the debt, once", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.read(t, t.Context(), 0, 1, 1000)
		w.release(t, t.Context())
		id := w.reserve(t, w.creators[0])
		w.corrected(t, w.clawback(0, 400))
		w.requireCreator(t, w.creators[0], 0, 0, 340)

		require.NoError(t, w.store.Payouts.Cancel(t.Context(), id, payout.Cancelled, now))
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), id, payout.Cancelled, now), "told twice")

		w.requireCreator(t, w.creators[0], 0, 510, 0)
		w.requireBooksInOrder(t)
	})

	t.Run("happens before or after a release, whichever comes first", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			w := referred(t)
			for poll := 1; poll <= 5; poll++ {
				w.read(t, t.Context(), 0, poll, int64(poll)*1000)
			}
			propose := w.clawback(0, 0)
			_, err := w.store.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)

			var both sync.WaitGroup
			both.Go(func() {
				_, err := w.store.Corrections.Decide(t.Context(), approve(propose.ID))
				errorsNil(t, err)
			})
			both.Go(func() { errorsNil(t, releaseAll(t.Context(), w.store, now.Add(w.terms.Hold.Std()))) })
			both.Wait()

			w.requireCreator(t, w.creators[0], 0, 0, 0)
			w.requireCreator(t, w.creators[1], 0, 0, 0)
			w.requireBooksInOrder(t)
		}
	})

	t.Run("takes from available or leaves a debt, whichever a reservation at the same moment allows", func(t *testing.T) {
		t.Parallel()
		for range 5 {
			w := referred(t)
			w.read(t, t.Context(), 0, 1, 1000)
			w.release(t, t.Context())
			propose := w.clawback(0, 0)
			_, err := w.store.Corrections.Propose(t.Context(), propose)
			require.NoError(t, err)
			runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
			require.NoError(t, err)

			var both sync.WaitGroup
			var reserved error
			both.Go(func() {
				_, err := w.store.Corrections.Decide(t.Context(), approve(propose.ID))
				errorsNil(t, err)
			})
			both.Go(func() {
				_, reserved = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 1, Now: now})
			})
			both.Wait()

			if reserved == nil {
				w.requireCreator(t, w.creators[0], 0, 0, 850)
				require.Equal(t, int64(850), w.balance(t, ledger.CreatorInTransit(w.creators[0])))
			} else {
				require.Equal(t, "below_minimum", fault.CodeOf(reserved))
				w.requireCreator(t, w.creators[0], 0, 0, 0)
			}
			w.requireBooksInOrder(t)
		}
	})

	t.Run("leaves no lock behind for accruals of the same campaign to run into", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.read(t, t.Context(), 0, 1, 1000)
		propose := w.clawback(0, 0)
		_, err := w.store.Corrections.Propose(t.Context(), propose)
		require.NoError(t, err)

		var both sync.WaitGroup
		both.Go(func() {
			_, err := w.store.Corrections.Decide(t.Context(), approve(propose.ID))
			errorsNil(t, err)
		})
		both.Go(func() {
			for poll := 1; poll <= 20; poll++ {
				_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(1, poll, int64(poll)*1000))
				errorsNil(t, err)
			}
		})
		both.Wait()

		require.Equal(t, int64(20_000), w.facts(t).SpentMinor)
		w.requireBooksInOrder(t)
	})
}

func (w *world) amountOf(t *testing.T, payoutID string) int64 {
	t.Helper()
	read, err := w.store.Payouts.Get(t.Context(), payoutID)
	require.NoError(t, err)
	return read.AmountMinor
}
