package db_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

// requireStatements compares the statements of the months around a sequence with the balances that
// the journal has at the ends of these months. Both are read in different ways.
func (s *scene) requireStatements() {
	s.t.Helper()
	for _, creatorID := range s.creators {
		closingMinor := map[string]int64{}
		for month := range s.months() {
			starts, ends := month.StartsAt.Add(-time.Microsecond), month.EndsAt.Add(-time.Microsecond)
			for _, model := range s.currencies {
				s.model = model
				opening, closing := s.owedAsOf(creatorID, starts), s.owedAsOf(creatorID, ends)
				read := s.statementOf(creatorID, month)
				require.Zero(s.t, read.DifferenceMinor())
				require.Zero(s.t, read.OtherMinor)
				require.Equal(s.t, []int64{opening, closing}, []int64{read.OpeningMinor, read.ClosingMinor}, "%s in %s", creatorID, month.Name)
				if before, had := closingMinor[string(model.currency)]; had {
					require.Equal(s.t, before, read.OpeningMinor, "the months are without a gap")
				}
				closingMinor[string(model.currency)] = read.ClosingMinor
			}
		}
	}
	for _, model := range s.currencies {
		for _, c := range model.campaigns {
			read, err := s.store.Statements.GetCampaign(s.t.Context(), c.id, model.clock)
			require.NoError(s.t, err)
			world.RequireStatementAddsUp(s.t, read)
			require.Equal(s.t, []int64{c.funded, -c.spent, c.escrow()}, []int64{read.FundedMinor, read.SpentMinor() + read.ClawedBackMinor, read.RemainingMinor})
		}
	}
}

// months yields the month before the sequence began and each one until it ended.
func (s *scene) months() func(yield func(ledger.Period) bool) {
	return func(yield func(ledger.Period) bool) {
		begin := s.books.now.AddDate(0, -2, 0)
		for at := time.Date(begin.Year(), begin.Month(), 1, 0, 0, 0, 0, time.UTC); !at.After(s.model.clock); at = at.AddDate(0, 1, 0) {
			if !yield(ledger.Period{Name: at.Format("2006-01"), StartsAt: at, EndsAt: at.AddDate(0, 1, 0)}) {
				return
			}
		}
	}
}

func (s *scene) statementOf(creatorID string, month ledger.Period) statement.Creator {
	read, err := s.store.Statements.GetCreator(s.t.Context(), creatorID, month.Name, "", time.Now())
	require.NoError(s.t, err)
	for _, each := range read {
		if each.Currency == s.model.currency {
			return each
		}
	}
	return statement.Creator{}
}

// owedAsOf is what the journal says that a creator is owed in the present currency.
func (s *scene) owedAsOf(creatorID string, moment time.Time) int64 {
	balances, err := s.store.Journal.ListBalances(s.t.Context(), "creator/"+creatorID+"/", db.Page{Size: 100}, ledger.AsOf{EffectiveAt: &moment})
	require.NoError(s.t, err)
	owedMinor := int64(0)
	for _, balance := range balances {
		switch {
		case balance.Currency != s.model.currency:
		case balance.Account == ledger.CreatorReceivable(creatorID):
			owedMinor -= balance.BalanceMinor
		default:
			owedMinor += balance.BalanceMinor
		}
	}
	return owedMinor
}
