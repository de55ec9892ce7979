package db_test

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// sharedBooks hold sequences that know nothing of each other. closed is the end of the last
// accounting period that one of them closed, and now when the next one begins.
type sharedBooks struct {
	url       string
	store     *books.Books
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
	store      *books.Books
	books      *sharedBooks
	currencies []*ledgerModel
	model      *ledgerModel // of the currency in which the present step happens
	creators   []string
	attempt    string
	replays    []func() error // what was done, to be told again
	reported   []report
}

func newScene(t *rapid.T, shared *sharedBooks) *scene {
	s := &scene{t: t, store: shared.store, books: shared}
	for range 2 {
		id := uuid.NewString()
		_, err := s.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: id, Handle: id, PayoutAccount: "acct_" + id})
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
		sum, err := s.store.Journal.GetBalance(s.t.Context(), account, currency)
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
	w := world.In(s.t, url, s.store, 0, func(terms *campaign.Terms) {
		terms.Currency = s.model.currency
		terms.BudgetMinor = pick(s.t, "budget", []int64{31, 700, 5000, 5000})
		terms.RateMinorPerThousand = pick(s.t, "rate", []int64{1, 333, 1000})
		terms.MaxPerClipMinor = pick(s.t, "per clip", []int64{100, 1_000_000, 1_000_000})
		terms.MaxPerCreatorMinor = pick(s.t, "per creator", []int64{150, 1_000_000, 1_000_000})
		terms.FeeBasisPoints = pick(s.t, "fee", []int{0, 777, 5000})
		terms.AffiliateBasisPoints = pick(s.t, "commission", []int{0, 333, 5000})
	})
	s.attempt = w.AttemptID
	c := &modelCampaign{id: w.CampaignID, terms: w.Terms}
	s.model.campaigns = append(s.model.campaigns, c)
	s.model.fund(c, w.Terms.BudgetMinor, 30)
	for i, creatorID := range s.creators {
		clip := &modelClip{campaign: c, creator: creatorID}
		if i != affiliate {
			clip.affiliate = s.creators[affiliate]
		}
		_, err := s.store.Campaigns.CreateParticipation(s.t.Context(), campaigns.NewParticipation{ID: uuid.NewString(), CampaignID: c.id, CreatorID: creatorID, AffiliateID: clip.affiliate, Status: campaign.ParticipationAccepted})
		require.NoError(s.t, err)
		w.AddClip(s.t, creatorID)
		clip.id = w.ClipIDs[len(w.ClipIDs)-1]
		s.model.clips = append(s.model.clips, clip)
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

func (s *scene) anyCampaign() *modelCampaign {
	return pick(s.t, "campaign", s.model.campaigns)
}

func (s *scene) anyCreator() string { return pick(s.t, "creator", s.creators) }

func (s *scene) amount(sensible int64) int64 {
	return pick(s.t, "amount", []int64{rapid.Int64Range(1, max(1, sensible)).Draw(s.t, "part"), 1 + sensible/2, max(1, sensible), sensible + 1})
}
