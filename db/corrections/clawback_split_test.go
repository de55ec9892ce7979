package corrections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
)

// requireSplit holds what each party has of the earnings of a referred creator's clips.
func requireSplit(t dbtest.T, w *world.World, creatorMinor, feeMinor, commissionMinor int64) {
	t.Helper()
	owned := func(creatorID string) int64 {
		return w.Balance(t, ledger.CreatorPending(creatorID)) + w.Balance(t, ledger.CreatorAvailable(creatorID)) - w.Balance(t, ledger.CreatorReceivable(creatorID))
	}
	require.Equal(t, []int64{creatorMinor, feeMinor, commissionMinor},
		[]int64{owned(w.CreatorIDs[0]), w.Balance(t, ledger.PlatformFees), owned(w.CreatorIDs[1])}, "creator, fee, commission")
}

func TestClawbackSplitsByTheWholeClip(t *testing.T) {
	t.Parallel()

	t.Run("pays fee and commission in full for a clip that is read in small steps", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		for poll := 1; poll <= 100; poll++ {
			w.Read(t, 0, poll, int64(poll)*9)
		}

		requireSplit(t, w, 765, 90, 45)
		w.RequireBooksInOrder(t)
	})

	t.Run("makes a minor unit that both roundings take a debt, which the next release pays", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 19)
		requireCreator(t, w, w.CreatorIDs[0], 18, 0, 0)

		w.Read(t, 0, 2, 20)

		requireCreator(t, w, w.CreatorIDs[0], 18, 0, 1)
		requireSplit(t, w, 17, 2, 1)
		w.RequireBooksInOrder(t)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 17, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("gives the minor unit back when the accrual that took it is clawed back", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 19)
		w.Read(t, 0, 2, 20)

		w.Correct(t, w.Clawback(0, 1))

		requireCreator(t, w, w.CreatorIDs[0], 19, 0, 1)
		requireSplit(t, w, 18, 1, 0)
		w.RequireBooksInOrder(t)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 18, 0)
		require.Equal(t, int64(18), amountOf(t, w, reserve(t, w, w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("takes a fee that the accrual itself did not have", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 9)
		w.Read(t, 0, 2, 24)
		w.Correct(t, w.Clawback(0, 13))
		requireSplit(t, w, 10, 1, 0)

		w.Correct(t, w.Clawback(0, 9))

		requireSplit(t, w, 2, 0, 0)
		w.RequireBooksInOrder(t)
		w.Release(t)
		requireSplit(t, w, 2, 0, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("takes what the hold of the accrual does not have from the creator's other money", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 5)
		w.Read(t, 0, 2, 12) // the creator has 6 of these 7
		w.Read(t, 0, 3, 22)
		w.Correct(t, w.Clawback(0, 3))
		requireCreator(t, w, w.CreatorIDs[0], 18, 0, 0)

		w.Correct(t, w.Clawback(0, 7))

		requireCreator(t, w, w.CreatorIDs[0], 12, 0, 1)
		requireSplit(t, w, 11, 1, 0)
		w.RequireBooksInOrder(t)
		w.Release(t)
		requireCreator(t, w, w.CreatorIDs[0], 0, 11, 0)
		w.RequireBooksInOrder(t)
	})

	t.Run("takes it from what is available in the same campaign before it makes it a debt", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.AddClip(t, w.CreatorIDs[0])
		w.Read(t, 2, 1, 8)
		w.Release(t)
		w.Read(t, 0, 1, 5)
		w.Read(t, 0, 2, 12)
		w.Read(t, 0, 3, 22)
		w.Correct(t, w.Clawback(0, 3))

		w.Correct(t, w.Clawback(0, 7))

		requireCreator(t, w, w.CreatorIDs[0], 12, 7, 0)
		require.Equal(t, int64(7), amountOf(t, w, reserve(t, w, w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("lets a process that knows the clip credit it after a clawback", func(t *testing.T) {
		t.Parallel()
		w := referred(t)
		w.Read(t, 0, 1, 1009)

		w.Correct(t, w.Clawback(0, 1005))
		w.Read(t, 0, 2, 1015)

		requireSplit(t, w, 9, 1, 0)
		w.RequireBooksInOrder(t)
	})
}

// However a clip's readings are split in time, and whatever is clawed back between them, the sums
// of all parties are floors of its net gross. All holds, debts and explanations stay consistent.
func TestClawingBackBetweenReadings(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)

	rapid.Check(t, func(t *rapid.T) {
		terms := campaign.Terms{
			FeeBasisPoints:       rapid.SampledFrom([]int{0, 777, 1000, 5000}).Draw(t, "fee"),
			AffiliateBasisPoints: rapid.SampledFrom([]int{0, 333, 500, 5000}).Draw(t, "commission"),
		}
		w := world.In(t, url, store, 2, func(all *campaign.Terms) {
			all.RateMinorPerThousand, all.FeeBasisPoints, all.AffiliateBasisPoints = 1000, terms.FeeBasisPoints, terms.AffiliateBasisPoints
		})
		_, err := w.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
			ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], AffiliateID: w.CreatorIDs[1], Status: campaign.ParticipationAccepted,
		})
		require.NoError(t, err)
		feesMinor := w.Balance(t, ledger.PlatformFees)

		var accruals []int64 // what of each can be clawed back
		count, netMinor := int64(0), int64(0)
		for poll := range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				netMinor -= clawBackSome(t, w, &accruals)
			case 1:
				w.Release(t)
			default:
				gained := rapid.SampledFrom([]int64{0, 1, 1, 2, 9, 19, 250}).Draw(t, "gained")
				count += gained
				w.Read(t, 0, poll, count)
				if netMinor += gained; gained > 0 {
					accruals = append(accruals, gained)
				}
			}
			feeMinor, commissionMinor := netMinor*int64(terms.FeeBasisPoints)/10_000, netMinor*int64(terms.AffiliateBasisPoints)/10_000
			requireSplit(t, w, netMinor-feeMinor-commissionMinor, feesMinor+feeMinor, commissionMinor)
		}
		w.Release(t)
		for _, creatorID := range w.CreatorIDs {
			for _, account := range []ledger.Account{ledger.CreatorPending(creatorID), ledger.CreatorReceivable(creatorID)} {
				require.GreaterOrEqual(t, w.Balance(t, account), int64(0), account)
			}
		}
	})
	dbtest.RequireBooksInOrder(t, store)
}

// clawBackSome claws back a part of what can be, newest first as the books do.
func clawBackSome(t *rapid.T, w *world.World, accruals *[]int64) (takenMinor int64) {
	clawableMinor := int64(0)
	for _, grossMinor := range *accruals {
		clawableMinor += grossMinor
	}
	if clawableMinor == 0 {
		return 0
	}
	takenMinor = rapid.Int64Range(1, clawableMinor).Draw(t, "taken")
	w.Correct(t, w.Clawback(0, takenMinor))
	for leftMinor := takenMinor; leftMinor > 0; {
		last := len(*accruals) - 1
		leftMinor -= (*accruals)[last]
		*accruals = (*accruals)[:last]
	}
	return takenMinor
}
