package payouts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// restored is a world whose books lack payouts that Stripe has made.
type restored struct {
	*world.World
	account string
	seenAt  time.Time
}

// setupRestored has one creator who has availableMinor available.
func setupRestored(t *testing.T, availableMinor int64) *restored {
	t.Helper()
	w := world.New(t, 1, nil)
	if availableMinor > 0 {
		w.Read(t, 0, 1, availableMinor*2)
		w.Release(t)
	}
	creator, err := w.Clips.GetCreator(t.Context(), w.CreatorIDs[0])
	require.NoError(t, err)
	return &restored{World: w, account: creator.PayoutAccount, seenAt: world.Now.Add(-time.Hour)}
}

// transferOf is the transfer of a week's run, of 50.00 USD.
func (r *restored) transferOf(period string, change func(*reconcile.Object)) reconcile.Object {
	made := reconcile.Object{
		Type: reconcile.Transfer, ID: "tr_" + period, Account: r.account, AmountMinor: 5000, Currency: "USD", Generation: 1,
		PayoutID: names.PayoutID(names.PayoutRunID(period, 1), r.CreatorIDs[0], "USD"), CreatedAt: world.Now.Add(-48 * time.Hour),
	}
	if change != nil {
		change(&made)
	}
	return made
}

// setupTransferred has a transfer of last week's run besides, which Stripe shows.
func setupTransferred(t *testing.T, availableMinor int64) (*restored, reconcile.Object) {
	t.Helper()
	r := setupRestored(t, availableMinor)
	made := r.transferOf("2026-W09", nil)
	r.see(t, made)
	return r, made
}

func (r *restored) requireExplained(t *testing.T, payoutID string) {
	t.Helper()
	x, err := r.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 100})
	require.NoError(t, err)
	world.RequireAddsUp(t, x)
}

func (r *restored) bankPayoutOf(of reconcile.Object, generation int, status string) reconcile.Object {
	return reconcile.Object{
		Type: reconcile.BankPayout, ID: "po_" + of.PayoutID[:8] + "_" + status, Account: of.Account, AmountMinor: of.AmountMinor, Currency: of.Currency,
		Status: status, PayoutID: of.PayoutID, Generation: generation, CreatedAt: of.CreatedAt.Add(time.Hour),
	}
}

func (r *restored) see(t *testing.T, objects ...reconcile.Object) {
	t.Helper()
	r.seenAt = r.seenAt.Add(time.Minute)
	require.NoError(t, r.Reconciliation.RecordObjects(t.Context(), objects, r.seenAt))
}

func (r *restored) propose(t *testing.T) adoption.Adoption {
	t.Helper()
	proposed, err := r.Payouts.ProposeAdoption(t.Context(), adoption.Proposal{ID: uuid.NewString(), ProposedBy: "ann", Reason: "restored from Sunday", Now: world.Now})
	require.NoError(t, err)
	return proposed
}

func (r *restored) approve(t *testing.T, id string) {
	t.Helper()
	_, err := r.Payouts.DecideAdoption(t.Context(), adoption.Decision{ID: id, Approve: true, Actor: "bob", Reason: "checked", Now: world.Now})
	require.NoError(t, err)
}

func (r *restored) book(t *testing.T, id, payoutID string) adoption.Result {
	t.Helper()
	result, err := r.Payouts.BookAdopted(t.Context(), adoption.Booking{AdoptionID: id, PayoutID: payoutID, ReadAt: r.seenAt, Now: world.Now})
	require.NoError(t, err)
	return result
}

// adopt proposes, approves and books the payout of one transfer.
func (r *restored) adopt(t *testing.T, of reconcile.Object) adoption.Result {
	t.Helper()
	proposed := r.propose(t)
	r.approve(t, proposed.ID)
	return r.book(t, proposed.ID, of.PayoutID)
}

func (r *restored) requireAt(t *testing.T, availableMinor, connectedMinor, owedMinor int64) {
	t.Helper()
	require.Equal(t, availableMinor, r.Balance(t, ledger.CreatorAvailable(r.CreatorIDs[0])), "available")
	require.Equal(t, connectedMinor, r.Balance(t, ledger.CreatorConnected(r.CreatorIDs[0])), "connected")
	require.Equal(t, owedMinor, r.Balance(t, ledger.CreatorReceivable(r.CreatorIDs[0])), "owed")
	r.RequireBooksInOrder(t)
}

func (r *restored) onRecord(t *testing.T, id string) payouts.Detail {
	t.Helper()
	detail, err := r.Payouts.Get(t.Context(), id)
	require.NoError(t, err)
	return detail
}

func TestBookAdopted(t *testing.T) {
	t.Parallel()

	t.Run("takes what is available and leaves the rest for the next payout", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 8000)

		result := r.adopt(t, made)

		require.Equal(t, adoption.Booked, result.Outcome)
		require.Equal(t, names.PayoutRunID("2026-W09", 1), result.RunID)
		detail := r.onRecord(t, made.PayoutID)
		require.Equal(t, payout.Transferred, detail.Status)
		require.Equal(t, "tr_2026-W09", detail.TransferID)
		require.Equal(t, "2026-W09", detail.Period)
		require.Equal(t, []payout.Line{{CampaignID: r.CampaignID, AmountMinor: 5000}}, detail.Lines)
		r.requireAt(t, 3000, 5000, 0)
		run, err := r.Payouts.GetRun(t.Context(), result.RunID)
		require.NoError(t, err)
		require.Equal(t, payout.RunFinished, run.Status)
		require.EqualValues(t, 1, run.Payouts)
		eligible, err := r.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: payout.EveryMinimum(1), Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []payout.Candidate{{Eligible: payout.Eligible{CreatorID: r.CreatorIDs[0], Currency: "USD", AmountMinor: 3000}}}, eligible)
	})

	t.Run("has the creator owe what is not available, until it is earned again", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 2000)

		result := r.adopt(t, made)
		r.requireAt(t, 0, 5000, 3000)
		r.Read(t, 0, 2, 14_000) // 50.00 more than at the time of the copy
		r.Release(t)

		require.Equal(t, int64(3000), result.AdvancedMinor)
		r.requireAt(t, 2000, 5000, 0)
		r.requireExplained(t, made.PayoutID)
	})

	t.Run("advances all of it to a creator of whom the books have a clip only", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 0)

		r.adopt(t, made)

		r.requireAt(t, 0, 5000, 5000)
	})

	t.Run("takes from several campaigns, and from one in part", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 3000)
		other := r.Another(t, nil)
		other.Read(t, 0, 1, 8000)
		other.Release(t)
		made := r.transferOf("2026-W09", nil)
		r.see(t, made)

		r.adopt(t, made)

		require.Len(t, r.onRecord(t, made.PayoutID).Lines, 2)
		r.requireAt(t, 2000, 5000, 0)
		r.requireExplained(t, made.PayoutID)
	})

	t.Run("counts the next payout from what is left", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 8000)
		r.adopt(t, made)

		runID := r.OpenRun(t)
		next, err := r.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: r.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})

		require.NoError(t, err)
		require.Equal(t, int64(3000), next.AmountMinor)
		r.requireExplained(t, next.PayoutID)
		r.requireAt(t, 0, 5000, 0)
	})

	t.Run("books nothing twice", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 2000)
		proposed := r.propose(t)
		r.approve(t, proposed.ID)

		first := r.book(t, proposed.ID, made.PayoutID)
		again := r.book(t, proposed.ID, made.PayoutID)

		require.Equal(t, first, again)
		r.requireAt(t, 0, 5000, 3000)
	})

	t.Run("refuses a payout that another adoption has booked", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 5000)
		second := r.propose(t)
		r.adopt(t, made)
		r.approve(t, second.ID)

		result := r.book(t, second.ID, made.PayoutID)

		require.Equal(t, adoption.Result{Outcome: adoption.Refused, Refusal: adoption.PayoutExists}, result)
		r.requireAt(t, 0, 5000, 0)
	})

	t.Run("gives a payout whose id shows no run one of its own, in the week of its transfer", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 9000)
		byHand := r.transferOf("2026-W09", func(o *reconcile.Object) { o.PayoutID, o.ID, o.AmountMinor = uuid.NewString(), "tr_hand", 4000 })
		ofRun := r.transferOf("2026-W09", nil)
		r.see(t, byHand, ofRun)

		first := r.adopt(t, byHand)
		second := r.adopt(t, ofRun)

		own, err := r.Payouts.GetRun(t.Context(), first.RunID)
		require.NoError(t, err)
		require.Equal(t, payout.RunInstant, payout.KindOfRun(own.Number))
		require.Equal(t, "2026-W09", own.Period)
		require.EqualValues(t, 1, own.Payouts)
		require.Equal(t, names.PayoutRunID("2026-W09", payout.WeeklyRun), second.RunID)
		r.requireAt(t, 0, 9000, 0)
	})

	t.Run("pays the debt back if the payout is cancelled", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 2000)
		r.adopt(t, made)

		_, err := r.Payouts.RecordIntent(t.Context(), made.PayoutID, payout.Reversal, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, r.Payouts.RecordReversed(t.Context(), payout.Outcome{PayoutID: made.PayoutID, Phase: payout.Reversal, Generation: 1, ExternalID: "trr_1", Now: world.Now}))
		require.NoError(t, r.Payouts.Cancel(t.Context(), made.PayoutID, payout.Cancelled, world.Now))

		r.requireAt(t, 2000, 0, 0)
	})
}

func TestBookAdoptedRefuses(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name string
		then func(r *restored, made reconcile.Object) []reconcile.Object
		want adoption.Obstacle
	}{
		{"a transfer that was reversed since", func(_ *restored, made reconcile.Object) []reconcile.Object {
			made.ReversedMinor = made.AmountMinor
			return []reconcile.Object{made}
		}, adoption.Reversed},
		{"a transfer that was reversed in part since", func(_ *restored, made reconcile.Object) []reconcile.Object {
			made.ReversedMinor = 1
			return []reconcile.Object{made}
		}, adoption.PartlyReversed},
		{"a transfer that Stripe no longer knows", func(_ *restored, made reconcile.Object) []reconcile.Object {
			return []reconcile.Object{{Type: reconcile.Transfer, ID: made.ID, Account: made.Account, Status: reconcile.StatusAbsent}}
		}, adoption.Reversed},
		{"a transfer of another amount", func(_ *restored, made reconcile.Object) []reconcile.Object {
			made.AmountMinor++
			return []reconcile.Object{made}
		}, adoption.TransferChanged},
		{"a second transfer for the payout", func(_ *restored, made reconcile.Object) []reconcile.Object {
			twin := made
			twin.ID = "tr_twin"
			return []reconcile.Object{made, twin}
		}, adoption.TransferTwice},
		{"a second bank payout that is away", func(r *restored, made reconcile.Object) []reconcile.Object {
			return []reconcile.Object{made, r.bankPayoutOf(made, 1, "paid"), r.bankPayoutOf(made, 2, "in_transit")}
		}, adoption.BankPayoutTwice},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r, made := setupTransferred(t, 5000)
			proposed := r.propose(t)
			r.approve(t, proposed.ID)
			r.see(t, tc.then(r, made)...)

			result := r.book(t, proposed.ID, made.PayoutID)

			require.Equal(t, adoption.Result{Outcome: adoption.Refused, Refusal: tc.want}, result)
			require.Equal(t, result, r.book(t, proposed.ID, made.PayoutID), "the second time")
			_, err := r.Payouts.Get(t.Context(), made.PayoutID)
			require.Equal(t, fault.NotFound, fault.KindOf(err))
			r.requireAt(t, 5000, 0, 0)
		})
	}

	t.Run("an adoption that was not approved", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 5000)
		proposed := r.propose(t)

		_, err := r.Payouts.BookAdopted(t.Context(), adoption.Booking{AdoptionID: proposed.ID, PayoutID: made.PayoutID, ReadAt: r.seenAt, Now: world.Now})

		require.Equal(t, "adoption_not_approved", fault.CodeOf(err))
		r.requireAt(t, 5000, 0, 0)
	})

	t.Run("a transfer that was not read since the approval", func(t *testing.T) {
		t.Parallel()
		r, made := setupTransferred(t, 5000)
		proposed := r.propose(t)
		r.approve(t, proposed.ID)

		_, err := r.Payouts.BookAdopted(t.Context(), adoption.Booking{AdoptionID: proposed.ID, PayoutID: made.PayoutID, ReadAt: r.seenAt.Add(time.Minute), Now: world.Now})

		require.Equal(t, "transfer_not_read", fault.CodeOf(err))
	})

	t.Run("an advance to a creator without a campaign in the currency", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		r.see(t, r.transferOf("2026-W09", nil))
		r.Another(t, func(terms *campaign.Terms) { terms.Currency = "EUR" })
		inYen := r.transferOf("2026-W08", func(o *reconcile.Object) {
			o.Currency, o.PayoutID = "JPY", names.PayoutID(names.PayoutRunID("2026-W08", 1), r.CreatorIDs[0], "JPY")
		})
		r.see(t, inYen)

		plans, err := r.Payouts.ListAdoptable(t.Context())

		require.NoError(t, err)
		require.Len(t, plans, 2)
		for _, plan := range plans {
			require.Equal(t, plan.Transfer.Currency == "JPY", plan.Obstacle == adoption.CampaignUnknown)
		}
	})
}
