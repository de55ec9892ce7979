package db_test

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// report is what the books said of a moment.
type report struct {
	asOf     ledger.AsOf
	balances []journal.AccountBalance
}

// closePeriod waits for the end of the month and closes it, once a sequence. An adjustment
// that was proposed for that month comes too late then, and so does a new one.
func (s *scene) closePeriod() (string, error) {
	if len(s.reported) > 0 {
		return "", nil
	}
	period, err := ledger.ParsePeriod(s.model.clock.Format("2006-01"))
	require.NoError(s.t, err)
	require.Equal(s.t, "period_not_over", fault.CodeOf(s.store.Journal.ClosePeriod(s.ctx, period, "cho", "month end", s.model.clock)))
	s.later(period.EndsAt.Add(time.Hour).Sub(s.model.clock))
	lastMoment := period.EndsAt.Add(-time.Microsecond)
	propose := correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Adjustment, Currency: s.model.currency, EffectiveAt: &lastMoment, ProposedBy: "ann", Reason: "bank fee", Now: s.model.clock,
		Postings: []ledger.Posting{{Account: ledger.PlatformLosses, AmountMinor: 5}, {Account: ledger.PlatformFees, AmountMinor: -5}},
	}
	_, err = s.store.Corrections.Propose(s.ctx, propose)
	require.NoError(s.t, err)

	err = s.store.Journal.ClosePeriod(s.ctx, period, "cho", "month end", s.model.clock)

	s.books.closed, s.books.now = period.EndsAt, period.EndsAt
	closedAt := time.Now()
	for _, asOf := range []ledger.AsOf{{EffectiveAt: &lastMoment}, {RecordedAt: &closedAt}} {
		s.reported = append(s.reported, report{asOf, s.balancesAsOf(asOf)})
	}
	_, late := s.store.Corrections.Decide(s.ctx, correction.Decision{ID: propose.ID, Approve: true, Actor: "bob", Now: s.model.clock})
	require.Equal(s.t, "period_closed", fault.CodeOf(late))
	propose.ID = uuid.NewString()
	_, late = s.store.Corrections.Propose(s.ctx, propose)
	require.Equal(s.t, "period_closed", fault.CodeOf(late))
	return "", err
}

// requireReported: what was reported of a closed month stays true, whatever is told late, and
// what we believed when it was closed can be told at any time.
func (s *scene) requireReported() {
	for _, reported := range s.reported {
		require.Equal(s.t, reported.balances, s.balancesAsOf(reported.asOf))
	}
}

// balancesAsOf leaves out accounts that have nothing: they may have been opened later.
func (s *scene) balancesAsOf(asOf ledger.AsOf) []journal.AccountBalance {
	prefixes := []string{"platform/", "stripe/disputed", "stripe/platform"}
	for _, id := range s.creators {
		prefixes = append(prefixes, "creator/"+id, string(ledger.StripeConnected(id)))
	}
	for _, model := range s.currencies {
		for _, c := range model.campaigns {
			prefixes = append(prefixes, "campaign/"+c.id)
		}
	}
	var balances []journal.AccountBalance
	for _, prefix := range prefixes {
		page, err := s.store.Journal.ListBalances(s.ctx, prefix, db.Page{Size: 100}, asOf)
		require.NoError(s.t, err)
		for _, balance := range page {
			if balance.BalanceMinor != 0 {
				balances = append(balances, balance)
			}
		}
	}
	return balances
}

// seal seals a small block, with a checkpoint for nearly every account in it: from then on
// balances are read from there.
func (s *scene) seal() (string, error) {
	_, err := s.store.Journal.SealEntries(s.ctx, seal.Limits{EntriesMax: pick(s.t, "block", []int{1, 10, 1000}), TailMax: pick(s.t, "tail", []int{0, 3})})
	return "", err
}
