package db_test

import (
	"context"
	"flag"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

const (
	// modelSequences is how many sequences of events run at least.
	modelSequences = 200
	// sequencesPerDatabase keeps the check of all books, after every sequence, from growing
	// with the square of their number.
	sequencesPerDatabase = 100
)

// Whatever happens in whatever order, twice, or against the rules: every account has the
// balance that the model says, and the books are in order.
func TestBooksFollowTheModel(t *testing.T) {
	t.Parallel()
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	require.NoError(t, err)
	for half := range max(1, modelSequences/max(1, checks)) {
		t.Run("sequences "+strconv.Itoa(half+1), func(t *testing.T) {
			t.Parallel()
			var shared *sharedBooks

			rapid.Check(t, func(r *rapid.T) {
				if shared == nil || shared.sequences == sequencesPerDatabase {
					url := dbtest.URL(t)
					shared = &sharedBooks{url: url, store: dbtest.Open(t, url), now: modelEpoch}
				}
				shared.sequences++
				s := newScene(r, t.Context(), shared)
				steps := s.steps()
				names := stepNames(steps)
				for range 25 + uniform(r, "steps", 36) {
					name := pick(r, "step", names)
					s.model = s.currencies[uniform(r, "currency", 3)/2] // two of three in the first

					wanted, err := steps[name].run()

					require.Equal(r, wanted, fault.CodeOf(err), "%s: %v", name, err)
					require.Equal(r, wanted == "", err == nil, "%s: %v", name, err)
				}
				s.requireEnd()
			})
		})
	}
}

// uniform draws a number below n. The library's own numbers are mostly small ones, which is
// good for amounts; but every step should come as often as the others.
func uniform(t *rapid.T, label string, n int) int {
	number := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 12, 12).Draw(t, label) {
		number *= 2
		if bit {
			number++
		}
	}
	return number % n
}

func pick[T any](t *rapid.T, label string, from []T) T { return from[uniform(t, label, len(from))] }

// step does something to the books and to the model, and returns the refusal that the model
// expects and the one that came.
type step struct {
	often int
	run   func() (wanted string, err error)
}

func stepNames(steps map[string]step) []string {
	var names []string
	for name, each := range steps {
		for range each.often {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// sharedBooks hold sequences that know nothing of each other. closed is the end of the last
// accounting period that one of them closed, and now when the next one begins.
type sharedBooks struct {
	url       string
	store     *db.Store
	sequences int
	closed    time.Time
	now       time.Time
}

// modelEpoch is long ago: a sequence may close a month, and a month must be over by then.
var modelEpoch = time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)

// scene is two creators, each the affiliate of the other in one of two campaigns, so that
// earnings, debts and deductions of one creator meet from several sides, and a third campaign
// in another currency.
type scene struct {
	t          *rapid.T
	ctx        context.Context //nolint:containedctx // the life of one sequence
	store      *db.Store
	books      *sharedBooks
	currencies []*ledgerModel
	model      *ledgerModel // of the currency in which the present step happens
	creators   []string
	attempt    string
	replays    []func() error // what was done, to be told again
	reported   []report
}

func newScene(t *rapid.T, ctx context.Context, shared *sharedBooks) *scene { //nolint:revive // t comes first in every helper of a test
	s := &scene{t: t, ctx: ctx, store: shared.store, books: shared}
	for range 2 {
		id := uuid.NewString()
		_, err := s.store.CreateCreator(ctx, db.NewCreator{ID: id, Handle: id, StripeAccountID: "acct_" + id})
		require.NoError(t, err)
		s.creators = append(s.creators, id)
	}
	dollars, euros := s.open("USD"), s.open("EUR")
	s.currencies = []*ledgerModel{dollars, euros}
	for i, model := range []*ledgerModel{dollars, dollars, euros} {
		s.model = model
		s.addCampaign(shared.url, i%2)
	}
	return s
}

func (s *scene) open(currency money.Currency) *ledgerModel {
	model := &ledgerModel{
		currency: currency, sums: map[ledger.Account]int64{}, payable: map[string]map[string]int64{}, claims: map[string]int64{},
		clock: s.books.now.Add(24 * time.Hour),
	}
	for _, account := range s.shared() {
		sum, err := s.store.Balance(s.ctx, account, currency)
		require.NoError(s.t, err)
		model.sums[account] = account.Balance(sum)
	}
	for _, id := range s.creators {
		model.payable[id] = map[string]int64{}
	}
	return model
}

// later moves the one clock that all currencies have.
func (s *scene) later(d time.Duration) {
	for _, model := range s.currencies {
		model.clock = model.clock.Add(d)
	}
}

// happened is when something that comes from outside took place: we may hear of it late.
func (s *scene) happened() time.Time {
	return s.model.clock.Add(-pick(s.t, "told after", []time.Duration{0, 0, time.Hour, 40 * 24 * time.Hour}))
}

// shared are the accounts that other sequences have posted to before.
func (s *scene) shared() []ledger.Account {
	return []ledger.Account{ledger.StripePlatform, ledger.StripeDisputed, ledger.PlatformFees, ledger.ProcessingFees, ledger.PlatformLosses}
}

func (s *scene) addCampaign(url string, affiliate int) {
	w := setupIn(s.t, s.ctx, url, s.store, 0, func(terms *campaign.Terms) {
		terms.Currency = s.model.currency
		terms.BudgetMinor = pick(s.t, "budget", []int64{31, 700, 5000, 5000})
		terms.RateMinorPerThousand = pick(s.t, "rate", []int64{1, 333, 1000})
		terms.MaxPerClipMinor = pick(s.t, "per clip", []int64{100, 1_000_000, 1_000_000})
		terms.MaxPerCreatorMinor = pick(s.t, "per creator", []int64{150, 1_000_000, 1_000_000})
		terms.FeeBasisPoints = pick(s.t, "fee", []int{0, 777, 5000})
		terms.AffiliateBasisPoints = pick(s.t, "commission", []int{0, 333, 5000})
	})
	s.attempt = w.attemptID
	c := &modelCampaign{id: w.campaignID, terms: w.terms}
	s.model.campaigns = append(s.model.campaigns, c)
	s.model.fund(c, w.terms.BudgetMinor, 30)
	for i, creatorID := range s.creators {
		clip := &modelClip{campaign: c, creator: creatorID}
		if i != affiliate {
			clip.affiliate = s.creators[affiliate]
		}
		_, err := s.store.CreateParticipation(s.ctx, db.NewParticipation{ID: uuid.NewString(), CampaignID: c.id, CreatorID: creatorID, AffiliateID: clip.affiliate, Status: db.Accepted})
		require.NoError(s.t, err)
		w.clips = nil
		w.addClip(s.t, s.ctx, creatorID)
		clip.id = w.clips[0]
		s.model.clips = append(s.model.clips, clip)
	}
}

// requireEnd tells what was not told yet, pays what can be paid, and looks at everything.
func (s *scene) requireEnd() {
	for _, s.model = range s.currencies {
		for _, c := range s.model.campaigns {
			for len(c.untold) > 0 {
				require.NoError(s.t, s.tellRefund(c, c.untold[0]))
			}
		}
		s.requirePayable()
		s.requireBalances()
		s.requireCreatorsWhole()
		s.requireCampaignsWhole()
		s.requireExplained()
	}
	trial, err := s.store.TrialBalances(s.ctx)
	require.NoError(s.t, err)
	for _, line := range trial {
		require.Zero(s.t, line.TotalMinor)
	}
	s.requireReported()
	requireBooksInOrder(s.t, s.ctx, s.store)
}

func (s *scene) creatorAccounts(id string) []ledger.Account {
	return []ledger.Account{
		ledger.CreatorPending(id), ledger.CreatorAvailable(id), ledger.CreatorInTransit(id), ledger.CreatorConnected(id),
		ledger.CreatorReceivable(id), ledger.StripeConnected(id),
	}
}

func (s *scene) requireBalances() {
	accounts := s.shared()
	for _, c := range s.model.campaigns {
		accounts = append(accounts, ledger.CampaignEscrow(c.id))
	}
	for _, id := range s.creators {
		accounts = append(accounts, s.creatorAccounts(id)...)
	}
	for _, account := range accounts {
		balance, err := s.store.Balance(s.ctx, account, s.model.currency)
		require.NoError(s.t, err)
		require.Equal(s.t, account.Balance(s.model.sums[account]), balance, "%s in %s", account, s.model.currency)
	}
}

// requireCreatorsWhole: whatever happened to it, what a creator has earned is in the bank, on
// its way there, or owed by one side to the other. The books were held against the sums.
func (s *scene) requireCreatorsWhole() {
	for _, id := range s.creators {
		total := int64(0)
		for _, account := range s.creatorAccounts(id)[:5] {
			require.GreaterOrEqual(s.t, account.Balance(s.model.sums[account]), int64(0), account)
			total -= s.model.sums[account]
		}
		require.Equal(s.t, s.model.claim(id), total, "claim of %s", id)
	}
}

// requireCampaignsWhole: a campaign never spends, gives back and freezes more than was paid
// in, and what a brand got is what it paid, less what is left, and what we lost.
func (s *scene) requireCampaignsWhole() {
	for _, c := range s.model.campaigns {
		standing, err := s.store.CampaignFacts(s.ctx, c.id, 1)
		require.NoError(s.t, err)
		facts := standing.Facts
		require.Equal(s.t, []int64{c.funded, c.spent, c.escrow(), c.left()}, []int64{facts.FundedMinor, facts.SpentMinor, facts.EscrowMinor(), facts.RefundableMinor()}, "guard of %s", c.id)
		require.LessOrEqual(s.t, facts.SpentMinor+facts.RefundedMinor+facts.DisputedMinor, facts.FundedMinor)
		require.GreaterOrEqual(s.t, min(facts.SpentMinor, facts.RefundedMinor, facts.DisputedMinor, facts.EscrowMinor()-facts.DisputedMinor), int64(0))
	}
}

// requirePayable has everything paid out, and looks at which campaign pays how much.
func (s *scene) requirePayable() {
	for _, creator := range s.creators {
		if s.model.available(creator) == 0 {
			continue
		}
		wanted := map[string]int64{}
		for campaignID, amount := range s.model.payable[creator] {
			if amount > 0 {
				wanted[campaignID] = amount
			}
		}
		code, err := s.reserveFor(creator)
		require.Empty(s.t, code)
		require.NoError(s.t, err)
		read, err := s.store.ReadPayout(s.ctx, s.model.payouts[len(s.model.payouts)-1].id)
		require.NoError(s.t, err)
		lines := map[string]int64{}
		for _, line := range read.Lines {
			lines[line.CampaignID] = line.AmountMinor
		}
		require.Equal(s.t, wanted, lines)
	}
}

// done remembers what succeeded, so that it can be told again.
func (s *scene) done(again func() error) error {
	err := again()
	if err == nil {
		s.replays = append(s.replays, again)
	}
	return err
}

func (s *scene) steps() map[string]step {
	return map[string]step{
		"read": {12, s.read}, "release": {6, s.release}, "reserve": {7, s.reserve}, "payout": {24, s.payout},
		"fund": {1, s.fund}, "refund": {2, s.refund}, "hear of refund": {2, s.hearOfRefund}, "refund failed": {2, s.refundFailed},
		"claw back": {6, s.clawBack}, "write off": {2, s.writeOff}, "adjust": {2, s.adjust}, "adjust what is guarded": {1, s.adjustGuarded},
		"dispute": {2, s.dispute}, "close dispute": {3, s.closeDispute}, "again": {4, s.again},
		"close period": {1, s.closePeriod}, "seal": {2, s.seal},
	}
}

func (s *scene) anyCampaign() *modelCampaign {
	return pick(s.t, "campaign", s.model.campaigns)
}
func (s *scene) anyCreator() string { return pick(s.t, "creator", s.creators) }

func (s *scene) amount(sensible int64) int64 {
	return pick(s.t, "amount", []int64{rapid.Int64Range(1, max(1, sensible)).Draw(s.t, "part"), 1 + sensible/2, max(1, sensible), sensible + 1})
}

func (s *scene) again() (string, error) {
	if len(s.replays) == 0 {
		return "", nil
	}
	return "", pick(s.t, "what", s.replays)()
}

func (s *scene) fund() (string, error) {
	c, gross := s.anyCampaign(), rapid.Int64Range(2, 500).Draw(s.t, "gross")
	funding := ledger.Funding{CampaignID: c.id, PaymentIntentID: "pi_" + uuid.NewString(), Currency: s.model.currency, GrossMinor: gross, FeeMinor: 1, At: s.happened()}
	s.model.fund(c, gross, 1)
	err := s.done(func() error { return s.store.RecordFunding(s.ctx, funding) })
	more := funding
	more.GrossMinor++
	require.Equal(s.t, "reference_reused", fault.CodeOf(s.store.RecordFunding(s.ctx, more)))
	return "", err
}

func (s *scene) read() (string, error) {
	clip := pick(s.t, "clip", s.model.clips)
	gained := pick(s.t, "gained", []int64{0, 1, 999, 3000, 20_000, 300_000})
	gross := s.model.read(clip, gained)
	w := &world{campaignID: clip.campaign.id, clips: []string{clip.id}, attemptID: s.attempt}
	reading := w.reading(0, clip.poll, clip.views)
	reading.Now = s.model.clock
	return "", s.done(func() error {
		recorded, err := s.store.RecordReading(s.ctx, reading)
		if err == nil {
			require.Equal(s.t, gross, recorded.GrossMinor)
		}
		return err
	})
}

func (s *scene) release() (string, error) {
	s.later(pick(s.t, "later", []time.Duration{0, 30 * time.Minute, 2 * time.Hour}))
	for _, model := range s.currencies {
		model.release()
	}
	return "", releaseAll(s.ctx, s.store, s.model.clock)
}

func releaseAll(ctx context.Context, store *db.Store, at time.Time) error {
	for {
		if released, err := store.ReleaseHolds(ctx, at, 100_000); err != nil || released == 0 {
			return err
		}
	}
}

func (s *scene) reserve() (string, error) { return s.reserveFor(s.anyCreator()) }

func (s *scene) reserveFor(creator string) (string, error) {
	runID, err := s.store.OpenPayoutRun(s.ctx, uuid.NewString(), dbtest.Week(), now)
	require.NoError(s.t, err)
	reserve := db.ReservePayout{PayoutID: uuid.NewString(), RunID: runID, CreatorID: creator, Currency: s.model.currency, MinimumMinor: 1, Now: s.model.clock}
	wantedMinor := s.model.available(creator)
	err = s.done(func() error {
		reserved, err := s.store.ReservePayout(s.ctx, reserve)
		if err == nil {
			require.Equal(s.t, wantedMinor, reserved.AmountMinor)
		}
		return err
	})
	if wantedMinor == 0 {
		return "below_minimum", err
	}
	if err == nil {
		s.model.reserve(reserve.PayoutID, creator)
	}
	return "", err
}

// payout tells one payout some news, as its own model allows.
func (s *scene) payout() (string, error) {
	if len(s.model.payouts) == 0 {
		return "", nil
	}
	p := pick(s.t, "payout", s.model.payouts)
	code, err := s.tell(p)
	if err == nil {
		s.model.moved(p)
	}
	return code, err
}

// news is mostly what leads a payout on, or few would get far.
func (s *scene) news(p *modelPayout) (payout.Phase, string) {
	if uniform(s.t, "leads on", 10) < 6 {
		if phase, news := p.records.next(); phase != payout.Transfer || news != "intent" {
			return phase, news
		}
		return payout.Transfer, pick(s.t, "news", []string{"intent", "intent", "cancel"})
	}
	phase := pick(s.t, "phase", []payout.Phase{payout.Transfer, payout.BankPayout, payout.Reversal})
	return phase, pick(s.t, "news", []string{"intent", "refused", "applied", "paid", "failed", "cancel"})
}

func (m *payoutModel) next() (payout.Phase, string) {
	for _, phase := range []payout.Phase{payout.Transfer, payout.Reversal, payout.BankPayout} {
		switch {
		case m.is(phase, "unknown"):
			return phase, "applied"
		case phase != payout.Reversal && !m.alive(phase):
			return phase, "intent"
		}
	}
	return payout.BankPayout, "paid"
}

func (s *scene) tell(p *modelPayout) (string, error) {
	phase, news := s.news(p)
	switch {
	case news == "intent":
		_, _, code := p.records.intend(phase)
		_, err := s.store.RecordIntent(s.ctx, p.id, phase, s.model.clock)
		return code, err
	case news == "refused":
		result := anyResult(s.t, p.records, p.id, phase)
		result.ExternalID, result.FailureCode = "", "declined"
		_, code := p.records.settle(result, "unknown", "refused")
		return code, s.store.RecordRefused(s.ctx, result)
	case news == "cancel":
		return p.records.cancel(), s.store.CancelPayout(s.ctx, p.id, payout.Cancelled, s.model.clock)
	case news == "paid":
		result := anyResult(s.t, p.records, p.id, payout.BankPayout)
		moved, code := p.records.settle(result, "applied", "applied")
		if moved != nil {
			moved.paid = true
		}
		return code, s.store.RecordBankPayoutPaid(s.ctx, result)
	case news == "failed":
		result := anyResult(s.t, p.records, p.id, payout.BankPayout)
		result.FailureCode = "account_closed"
		_, code := p.records.settle(result, "applied", "undone")
		return code, s.store.RecordBankPayoutFailed(s.ctx, result)
	case phase == payout.Transfer:
		result := anyResult(s.t, p.records, p.id, phase)
		_, code := p.records.settle(result, "unknown", "applied")
		return code, s.store.RecordTransferred(s.ctx, result)
	case phase == payout.BankPayout:
		result := anyResult(s.t, p.records, p.id, phase)
		_, code := p.records.settle(result, "unknown", "applied")
		return code, s.store.RecordBankPayoutAccepted(s.ctx, result)
	}
	result := anyResult(s.t, p.records, p.id, payout.Reversal)
	moved, code := p.records.settle(result, "unknown", "undone")
	if moved != nil {
		transfers := p.records.attempts[payout.Transfer]
		transfers[len(transfers)-1].outcome = "undone"
	}
	return code, s.store.RecordReversed(s.ctx, result)
}

// refund has Stripe give money back, and tells of it at once or later. What is left is what
// we would refund; somebody in Stripe's dashboard may refund anything.
func (s *scene) refund() (string, error) {
	c := s.anyCampaign()
	made := s.model.refund(c, ledger.Refund{CampaignID: c.id, RefundID: "re_" + uuid.NewString(), Currency: s.model.currency, AmountMinor: s.amount(c.left()), At: s.happened()})
	if uniform(s.t, "told", 2) == 0 {
		return "", nil
	}
	return "", s.tellRefund(c, made)
}

func (s *scene) hearOfRefund() (string, error) {
	c := s.anyCampaign()
	if len(c.untold) == 0 {
		return "", nil
	}
	return "", s.tellRefund(c, pick(s.t, "refund", c.untold))
}

func (s *scene) tellRefund(c *modelCampaign, made *modelRefund) error {
	s.model.tellRefund(c, made)
	return s.done(func() error { return s.store.RecordRefund(s.ctx, made.refund) })
}

func (s *scene) refundFailed() (string, error) {
	c := s.anyCampaign()
	if len(c.refunds) == 0 {
		refund := ledger.Refund{CampaignID: c.id, RefundID: "re_unknown", Currency: s.model.currency, AmountMinor: 1, At: s.model.clock}
		return "nothing_to_reverse", s.store.RecordRefundFailed(s.ctx, refund, "")
	}
	failed := pick(s.t, "refund", c.refunds)
	if !failed.failed {
		s.model.refundFailed(c, failed)
	}
	return "", s.store.RecordRefundFailed(s.ctx, failed.refund, "txn_"+failed.refund.RefundID)
}

func (s *scene) dispute() (string, error) {
	c := s.anyCampaign()
	dispute := ledger.Dispute{
		DisputeID: "dp_" + uuid.NewString(), PaymentIntentID: "pi_" + c.id, CampaignID: c.id, Currency: s.model.currency,
		AmountMinor: s.amount(pick(s.t, "of", []int64{c.funded, c.funded / 4})), FeeMinor: pick(s.t, "fee", []int64{0, 15}), At: s.happened(),
	}
	s.model.dispute(c, dispute)
	return "", s.done(func() error { return s.store.RecordDisputeOpened(s.ctx, dispute) })
}

func (s *scene) closeDispute() (string, error) {
	c := s.anyCampaign()
	outcome := pick(s.t, "outcome", []string{"won", "lost"})
	record := map[string]func(context.Context, string, time.Time) error{"won": s.store.RecordDisputeWon, "lost": s.store.RecordDisputeLost}[outcome]
	if len(c.disputes) == 0 {
		return "dispute_not_found", record(s.ctx, "dp_unknown", s.model.clock)
	}
	d := pick(s.t, "dispute", c.disputes)
	err := record(s.ctx, d.dispute.DisputeID, s.happened())
	switch d.outcome {
	case "":
		s.model.closeDispute(c, d, outcome)
	case outcome: // told again
	default:
		return "dispute_decided", err
	}
	return "", err
}
