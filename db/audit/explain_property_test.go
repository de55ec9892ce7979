package audit_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// correct proposes a correction and approves it. A correction that conflicts is not made.
func correct(t dbtest.T, w *world.World, propose correction.Proposal) {
	propose.ID, propose.Currency, propose.ProposedBy, propose.Reason, propose.Now = uuid.NewString(), w.Terms.Currency, "ann", "a mistake", world.Now
	_, err := w.Corrections.Propose(t.Context(), propose)
	if fault.Is(err, fault.Conflict) {
		return
	}
	require.NoError(t, err)
	_, err = w.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "bob", Now: world.Now})
	require.NoError(t, err)
}

func TestEveryPayoutHasAnExplanation(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)
	ctx := t.Context()

	rapid.Check(t, func(t *rapid.T) {
		// Banks accept cents of a dollar, hundredths of a dinar and only whole forints.
		currency := rapid.SampledFrom([]money.Currency{"USD", "KWD", "HUF"}).Draw(t, "currency")
		w := world.In(t, url, store, 2, func(terms *campaign.Terms) {
			terms.Currency = currency
			terms.FeeBasisPoints, terms.AffiliateBasisPoints, terms.RateMinorPerThousand = 777, 333, 333
			terms.MaxPerClipMinor = rapid.SampledFrom([]int64{0, 4000}).Draw(t, "per clip")
		})
		_, err := store.Campaigns.CreateParticipation(ctx, campaigns.NewParticipation{
			ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[1], AffiliateID: w.CreatorIDs[0], Status: campaign.ParticipationAccepted,
		})
		require.NoError(t, err)
		other := w.Another(t, func(terms *campaign.Terms) { terms.Currency = currency })
		clips := []struct {
			in    *world.World
			index int
		}{{w, 0}, {w, 1}, {other, 0}}
		counts, polls, payouts, open := [3]int64{}, [3]int{}, []string{}, []string{}
		maybe := func(what string) bool { return rapid.SampledFrom([]bool{true, false}).Draw(t, what) }
		// Several rounds, so that most sequences have payouts of several items.
		for range rapid.IntRange(3, 6).Draw(t, "rounds") {
			for which, clip := range clips {
				counts[which] = max(0, counts[which]+rapid.SampledFrom([]int64{-700, 0, 1003, 3500, 8999}).Draw(t, "views"))
				polls[which]++
				clip.in.Read(t, clip.index, polls[which], counts[which])
				if maybe("release") {
					w.Release(t)
				}
			}
			corrected := rapid.SampledFrom(clips).Draw(t, "corrected")
			if maybe("claw back") {
				correct(t, corrected.in, correction.Proposal{
					Kind: correction.Clawback, ClipID: corrected.in.ClipIDs[corrected.index], AmountMinor: rapid.SampledFrom([]int64{0, 1, 300, 900}).Draw(t, "taken back"),
				})
			}
			if maybe("adjust") {
				amount := rapid.SampledFrom([]int64{-700, 90}).Draw(t, "adjusted")
				correct(t, corrected.in, correction.Proposal{Kind: correction.Adjustment, CampaignID: corrected.in.CampaignID, Postings: []ledger.Posting{
					{Account: ledger.CreatorAvailable(w.CreatorIDs[0]), AmountMinor: amount}, {Account: ledger.PlatformFees, AmountMinor: -amount},
				}})
			}
			if id := pay(t, w, dbtest.Week()); id != "" {
				payouts, open = append(payouts, id), append(open, id)
			}
			if len(open) > 0 && maybe("cancel") {
				place := rapid.IntRange(0, len(open)-1).Draw(t, "cancelled")
				require.NoError(t, store.Payouts.Cancel(ctx, open[place], payout.Cancelled, world.Now))
				open = slices.Delete(open, place, place+1)
			}
		}

		held := map[string]int{}
		for _, id := range payouts {
			x := explain(t, w, id)
			if x.Payout.Status != payout.Cancelled {
				for _, item := range x.Items {
					held[item.Place()]++
				}
			}
		}
		for item, times := range held {
			require.Equal(t, 1, times, "%s is in one payout", item)
		}
		requireCreatorsExplained(t, w)
		for _, each := range []*world.World{w, other} {
			spent, err := store.Audit.ExplainCampaign(ctx, each.CampaignID, db.Page{})
			require.NoError(t, err)
			world.RequireChecks(t, spent.Checks)
		}
	})
}
