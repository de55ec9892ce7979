package statements_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// The days on which things happen in the frozen world, one in each month.
var (
	march  = world.Now
	april  = march.AddDate(0, 1, 0)
	may    = march.AddDate(0, 2, 0)
	june   = march.AddDate(0, 3, 0)
	july   = march.AddDate(0, 4, 0)
	august = march.AddDate(0, 5, 0)
	// later is when the statements are read.
	later = march.AddDate(0, 9, 0)
)

// frozen is a marketplace in which everything that the ledger knows has happened, from March to August.
// Ann has an affiliate, Bob. Euros are those of a second campaign. The brand of the lowered one also has a
// balance.
type frozen struct {
	*world.World
	t        *testing.T
	euros    *world.World
	ended    *world.World
	lowered  *world.World
	brand    string
	ann, bob string
	polls    map[string]int
}

func newFrozen(t *testing.T) *frozen {
	t.Helper()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)
	f := &frozen{t: t, polls: map[string]int{}}
	f.World = world.In(t, url, store, 0, func(terms *campaign.Terms) {
		terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 500
		terms.EndsAt = march.AddDate(1, 0, 0)
	})
	f.euros = world.In(t, url, store, 0, func(terms *campaign.Terms) {
		terms.Currency, terms.FeeBasisPoints = "EUR", 2000
		terms.EndsAt = march.AddDate(1, 0, 0)
	})
	f.ended = world.In(t, url, store, 0, nil)
	f.lowered = world.In(t, url, store, 0, func(terms *campaign.Terms) { terms.EndsAt = march.AddDate(1, 0, 0) })
	f.brand = organizationOf(t, f.lowered)
	for _, id := range []*string{&f.ann, &f.bob} {
		created, err := live.Creator(t.Context(), store)
		require.NoError(t, err)
		*id = created
	}
	f.join(f.World, f.ann, f.bob)
	f.join(f.World, f.bob, "")
	f.join(f.euros, f.ann, "")
	return f
}

// play has everything happen.
func (f *frozen) play() {
	f.playMarch()
	f.playApril()
	f.playMay()
	f.playJune()
	f.playJuly()
	f.playAugust()
	f.playBalance()
	f.RequireBooksInOrder(f.t)
	// Adopting a payout needs objects of Stripe. Its entry alone is enough here, after the books were
	// verified.
	_, err := f.Journal.Post(f.t.Context(), ledger.PayoutAdvanced(ledger.Payout{PayoutID: uuid.NewString(), CreatorID: f.bob, Currency: "USD", AmountMinor: 70, At: august}))
	require.NoError(f.t, err)
	f.allocate()
}

// allocate has the budget raised out of the organization's balance and lowered again. The entries are
// enough here, because a statement reads nothing else.
func (f *frozen) allocate() {
	read, err := f.Campaigns.Get(f.t.Context(), f.CampaignID)
	require.NoError(f.t, err)
	moved := ledger.Allocation{OrganizationID: read.OrganizationID, CampaignID: f.CampaignID, Reference: f.CampaignID + "/1", Currency: "USD", AmountMinor: 50, At: august}
	_, err = f.Journal.Post(f.t.Context(), ledger.BudgetAllocated(moved))
	require.NoError(f.t, err)
	_, err = f.Journal.Post(f.t.Context(), ledger.BudgetReturned(moved))
	require.NoError(f.t, err)
}

// playMarch has earnings, and a payout that reaches the bank.
func (f *frozen) playMarch() {
	f.earn(f.World, 0, 20_000, march)
	f.earn(f.World, 1, 10_000, march)
	f.earn(f.euros, 0, 10_000, march)
	f.release(march)
	paid := f.reserve(f.ann, "USD", march)
	f.transfer(paid, march)
	f.pay(paid, march)
}

// playApril takes more back than Ann has, so that she owes the rest, and a bank returns a payout.
func (f *frozen) playApril() {
	f.earn(f.World, 0, 40_000, april)
	f.release(april)
	f.correct(correction.Proposal{Kind: correction.Clawback, ClipID: f.ClipIDs[0], AmountMinor: 12_000, Reason: "bought views"}, april)
	f.adjust(ledger.CreatorAvailable(f.bob), -300, "bonus", april)
	returned := f.reserve(f.bob, "USD", april)
	f.transfer(returned, april)
	bank := f.pay(returned, april)
	bank.FailureCode, bank.Now = "account_closed", may
	require.NoError(f.t, f.Payouts.RecordBankPayoutFailed(f.t.Context(), bank))
}

// playMay settles that payout outside, and gives up a part of Ann's debt. Her earnings pay another.
func (f *frozen) playMay() {
	payouts, err := f.Payouts.List(f.t.Context(), payoutsOf(f.bob), everything)
	require.NoError(f.t, err)
	f.correct(correction.Proposal{
		Kind: correction.SettlePayout, PayoutID: payouts[0].ID, How: correction.PaidToCreator, Reason: "paid by wire", Evidence: "bank statement", Reference: "wire 1",
	}, may)
	f.correct(correction.Proposal{Kind: correction.WriteOff, CreatorID: f.ann, AmountMinor: 700, Reason: "goodwill"}, may)
	f.earn(f.World, 0, 60_000, may)
	f.release(may)
}

// playJune pays Ann instantly, and again by the standard method with the fee returned.
func (f *frozen) playJune() {
	for _, views := range []int64{80_000, 100_000} {
		fallback := views > 80_000
		f.earn(f.World, 0, views, june)
		f.release(june)
		id := f.instant(f.ann, june)
		f.transfer(id, june)
		if fallback {
			refused := f.begin(id, payout.BankPayout, june)
			refused.FailureCode, refused.FallBack = "instant_payouts_unsupported", true
			require.NoError(f.t, f.Payouts.RecordRefused(f.t.Context(), refused))
		}
		f.pay(id, june)
	}
	lost := f.reserve(f.ann, "EUR", june)
	f.transfer(lost, june)
	f.correct(correction.Proposal{
		Kind: correction.SettlePayout, PayoutID: lost, How: correction.Lost, Reason: "account gone", Evidence: "letter", Reference: "case 1",
	}, june)
}

// playJuly has refunds, a refund that fails, and disputes in each state.
func (f *frozen) playJuly() {
	ctx := f.t.Context()
	require.NoError(f.t, f.Campaigns.RecordFunding(ctx, ledger.Funding{CampaignID: f.CampaignID, PaymentIntentID: "pi_more", Currency: "USD", GrossMinor: 30_000, FeeMinor: 900, At: july}))
	failed, kept := f.Refund("re_failed", 2_000), f.Refund("re_kept", 3_000)
	failed.At, kept.At = july, july
	require.NoError(f.t, f.Campaigns.RecordRefund(ctx, failed))
	require.NoError(f.t, f.Campaigns.RecordRefundFailed(ctx, failed, "txn_1"))
	require.NoError(f.t, f.Campaigns.RecordRefund(ctx, kept))
	for _, each := range []string{"open", "won", "lost"} {
		dispute := f.Dispute(4_000)
		dispute.DisputeID, dispute.At = "dp_"+each, july
		require.NoError(f.t, f.Campaigns.RecordDisputeOpened(ctx, dispute))
	}
	require.NoError(f.t, f.Campaigns.RecordDisputeWon(ctx, "dp_won", july))
	require.NoError(f.t, f.Campaigns.RecordDisputeLost(ctx, "dp_lost", july))
	// More is refunded in euros than is left, which is the platform's loss.
	over := f.euros.Refund("re_over", 99_000)
	over.At = july
	require.NoError(f.t, f.Campaigns.RecordRefund(ctx, over))
}

// playAugust has payouts that do not happen, and ends a campaign whose refund was paid elsewhere.
func (f *frozen) playAugust() {
	ctx := f.t.Context()
	f.earn(f.World, 1, 20_000, august)
	f.release(august)
	f.cancel(f.reserve(f.bob, "USD", august))
	reversed := f.reserve(f.bob, "USD", august)
	f.transfer(reversed, august)
	require.NoError(f.t, f.Payouts.RecordReversed(ctx, f.begin(reversed, payout.Reversal, august)))
	f.cancel(reversed)
	f.playConverted(f.reserve(f.bob, "USD", august))
	// New money pays what the platform lost by the refund in euros.
	require.NoError(f.t, f.Campaigns.RecordFunding(ctx, ledger.Funding{CampaignID: f.euros.CampaignID, PaymentIntentID: "pi_euros", Currency: "EUR", GrossMinor: 9_000, FeeMinor: 300, At: august}))

	f.join(f.ended, f.bob, "")
	f.earn(f.ended, 0, 2_000, august)
	require.NoError(f.t, f.Clips.Move(ctx, f.ended.ClipIDs[0], clip.Tracking, ""))
	require.NoError(f.t, f.Clips.Move(ctx, f.ended.ClipIDs[0], clip.Finished, ""))
	f.ended.Move(f.t, campaign.Complete)
	f.correct(correction.Proposal{
		Kind: correction.SettleRefund, CampaignID: f.ended.CampaignID, AmountMinor: 99_000, Reason: "the card is gone", Evidence: "bank statement", Reference: "wire 2",
	}, august)
}

// playConverted pays a payout in another currency, which the bank returns, and takes it back at another
// rate.
func (f *frozen) playConverted(id string) {
	ctx := f.t.Context()
	f.transfer(id, august)
	read, err := f.Payouts.Get(ctx, id)
	require.NoError(f.t, err)
	gotMinor := read.AmountMinor * 4 / 5
	_, err = f.Payouts.RecordConverted(ctx, payout.Arrival{PayoutID: id, Now: august, Settlement: rail.Settlement{
		TransactionID: "txn_converted", SourceMinor: read.AmountMinor, SourceCurrency: "USD", AmountMinor: gotMinor + 20, FeeMinor: 20, NetMinor: gotMinor,
		Currency: "GBP", ExchangeRate: "0.8", AvailableOn: august,
	}})
	require.NoError(f.t, err)
	bank := f.pay(id, august)
	bank.FailureCode = "account_closed"
	require.NoError(f.t, f.Payouts.RecordBankPayoutFailed(ctx, bank))
	back := f.begin(id, payout.Reversal, august)
	back.TakenBack = &payout.TakenBack{BackMinor: read.AmountMinor, TakenMinor: gotMinor + 35}
	require.NoError(f.t, f.Payouts.RecordReversed(ctx, back))
	f.cancel(id)
}

func (f *frozen) cancel(id string) {
	require.NoError(f.t, f.Payouts.Cancel(f.t.Context(), id, payout.Cancelled, august))
}

func (f *frozen) join(w *world.World, creatorID, affiliateID string) {
	_, err := f.Campaigns.CreateParticipation(f.t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: creatorID, AffiliateID: affiliateID, Status: campaign.ParticipationAccepted,
	})
	require.NoError(f.t, err)
	w.CreatorIDs = append(w.CreatorIDs, creatorID)
	w.AddClip(f.t, creatorID)
}

// earn reads a clip at a moment.
func (f *frozen) earn(w *world.World, clip int, views int64, at time.Time) {
	f.polls[w.ClipIDs[clip]]++
	reading := w.Reading(clip, f.polls[w.ClipIDs[clip]], views)
	reading.Now, reading.Reading.ObservedAt = at, at
	_, err := w.Earnings.RecordReading(f.t.Context(), reading)
	require.NoError(f.t, err)
}

func (f *frozen) release(at time.Time) {
	require.NoError(f.t, world.ReleaseAll(f.t.Context(), f.Books, at.Add(2*time.Hour)))
}

func (f *frozen) reserve(creatorID, currency string, at time.Time) string {
	id := uuid.NewString()
	_, err := f.Payouts.Reserve(f.t.Context(), payout.ReservationRequest{
		PayoutID: id, RunID: f.OpenRun(f.t), CreatorID: creatorID, Currency: money.Currency(currency), MinimumMinor: 1, Now: at,
	})
	require.NoError(f.t, err)
	return id
}

func (f *frozen) instant(creatorID string, at time.Time) string {
	offer := payout.InstantOffer{MinimumMinor: 100, MaximumMinor: 999_900, FeeBasisPoints: 100, FeeMinimumMinor: 50, FeeBearer: payout.CreatorBears}
	id := uuid.NewString()
	_, err := f.Payouts.Reserve(f.t.Context(), payout.ReservationRequest{
		PayoutID: id, RunID: uuid.NewString(), CreatorID: creatorID, Currency: "USD", MinimumMinor: 100, Now: at,
		Instant: &payout.InstantRequest{Offer: offer, Actor: "ann", At: at},
	})
	require.NoError(f.t, err)
	return id
}

func (f *frozen) begin(id string, phase payout.Phase, at time.Time) payout.Outcome {
	intent, err := f.Payouts.RecordIntent(f.t.Context(), id, phase, 0, at)
	require.NoError(f.t, err)
	return payout.Outcome{PayoutID: id, Phase: phase, Generation: intent.Generation, ExternalID: string(phase)[:2] + "_" + id, Now: at}
}

func (f *frozen) transfer(id string, at time.Time) {
	require.NoError(f.t, f.Payouts.RecordTransferred(f.t.Context(), f.begin(id, payout.Transfer, at)))
}

func (f *frozen) pay(id string, at time.Time) payout.Outcome {
	bank := f.begin(id, payout.BankPayout, at)
	require.NoError(f.t, f.Payouts.RecordBankPayoutAccepted(f.t.Context(), bank))
	require.NoError(f.t, f.Payouts.RecordBankPayoutPaid(f.t.Context(), bank))
	return bank
}

func (f *frozen) adjust(account ledger.Account, amountMinor int64, reason string, at time.Time) {
	f.correct(correction.Proposal{Kind: correction.Adjustment, CampaignID: f.CampaignID, Reason: reason, EffectiveAt: &at, Postings: []ledger.Posting{
		{Account: account, AmountMinor: amountMinor}, {Account: ledger.PlatformFees, AmountMinor: -amountMinor},
	}}, at)
}

func (f *frozen) correct(propose correction.Proposal, at time.Time) {
	propose.ID, propose.ProposedBy, propose.Now = uuid.NewString(), "cho", at
	if propose.Currency == "" {
		propose.Currency = "USD"
	}
	if propose.How == correction.Lost {
		propose.Currency = "EUR"
	}
	_, err := f.Corrections.Propose(f.t.Context(), propose)
	require.NoError(f.t, err)
	_, err = f.Corrections.Decide(f.t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "dee", Reason: "seen it", Now: at})
	require.NoError(f.t, err)
}
