package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// ListCandidates lists one page of creators who could be paid by a run, in order of id and
// currency, with why each is left out, if so. The run does not need to exist.
func (s *Store) ListCandidates(ctx context.Context, page payout.CandidatePage) ([]payout.Candidate, error) {
	candidates, err := listCandidates(ctx, s.db.Queries, page)
	return candidates, db.Translate(err)
}

func listCandidates(ctx context.Context, q *sqlc.Queries, page payout.CandidatePage) ([]payout.Candidate, error) {
	if page.After.CreatorID == "" {
		page.After.CreatorID = names.NilID
	}
	currencies, minimumsMinor, othersMinor := page.MinimumMinor.Table()
	rows, err := q.ListRunCandidates(ctx, sqlc.ListRunCandidatesParams{
		RunID: page.RunID, AfterCreator: page.After.CreatorID, AfterCurrency: string(page.After.Currency), Batch: int32(page.Limit),
		Currencies: currencies, MinimumsMinor: minimumsMinor, OthersMinor: othersMinor,
	})
	if err != nil {
		return nil, err
	}
	candidates := make([]payout.Candidate, len(rows))
	for i, row := range rows {
		candidates[i] = payout.Candidate{
			Eligible: payout.Eligible{CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor},
			LeftOut:  payout.LeftOutReason(row.ExcludedReason), Detail: row.ExcludedDetail,
		}
		if candidates[i].LeftOut == "" && row.DifferenceID != "" {
			candidates[i].LeftOut, candidates[i].Detail = payout.LeftOutDiffers, row.DifferenceID
		}
	}
	return candidates, nil
}

// readSwitch reads the kill switch of payouts. One that was never set is on.
func readSwitch(ctx context.Context, q *sqlc.Queries) (killswitch.Switch, error) {
	rows, err := q.ListSwitches(ctx, string(killswitch.Payouts))
	if err != nil || len(rows) == 0 {
		return killswitch.Switch{Name: killswitch.Payouts}, err
	}
	return killswitch.Switch{Name: killswitch.Payouts, Off: rows[0].IsOff, Reason: rows[0].Reason, Actor: rows[0].Actor, ChangedAt: rows[0].ChangedAt}, nil
}

// ListRunPage lists the next creators whom a run pays, and records whom it leaves out. It lists
// none while payouts are switched off.
func (s *Store) ListRunPage(ctx context.Context, page payout.CandidatePage) (payout.RunPage, error) {
	var next payout.RunPage
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		paused, err := readSwitch(ctx, q)
		if err != nil {
			return err
		}
		if paused.Off {
			next.Paused = &paused
			return nil
		}
		candidates, err := listCandidates(ctx, q, page)
		if err != nil {
			return err
		}
		next = payout.RunPage{Next: page.After, More: len(candidates) == page.Limit}
		paid, leftOut := sqlc.DeleteRunExclusionsParams{RunID: page.RunID}, sqlc.UpsertRunExclusionsParams{RunID: page.RunID}
		for _, candidate := range candidates {
			next.Next = payout.EligibleAfter{CreatorID: candidate.CreatorID, Currency: candidate.Currency}
			if candidate.LeftOut != "" {
				addExclusion(&leftOut, candidate)
				continue
			}
			next.Eligible = append(next.Eligible, candidate.Eligible)
			paid.CreatorIds, paid.Currencies = append(paid.CreatorIds, candidate.CreatorID), append(paid.Currencies, string(candidate.Currency))
		}
		if err := q.DeleteRunExclusions(ctx, paid); err != nil {
			return err
		}
		return q.UpsertRunExclusions(ctx, leftOut)
	})
	return next, err
}

func addExclusion(rows *sqlc.UpsertRunExclusionsParams, left payout.Candidate) {
	rows.CreatorIds = append(rows.CreatorIds, left.CreatorID)
	rows.Currencies = append(rows.Currencies, string(left.Currency))
	rows.AmountsMinor = append(rows.AmountsMinor, left.AmountMinor)
	rows.Reasons = append(rows.Reasons, string(left.LeftOut))
	rows.Details = append(rows.Details, left.Detail)
}

// Survey sums up what a run would pay and whom it would leave out. The run does not need to exist.
func (s *Store) Survey(ctx context.Context, survey payout.RunSurvey) (payout.Surveyed, error) {
	currencies, minimumsMinor, othersMinor := survey.MinimumMinor.Table()
	rows, err := s.db.Queries.SumRunCandidates(ctx, sqlc.SumRunCandidatesParams{
		RunID: survey.RunID, Currencies: currencies, MinimumsMinor: minimumsMinor, OthersMinor: othersMinor,
	})
	var found payout.Surveyed
	for _, row := range rows {
		sum := payout.Sum{Reason: payout.LeftOutReason(row.Reason), Currency: money.Currency(row.Currency), Payouts: row.Payouts, AmountMinor: row.AmountMinor}
		if sum.Reason == "" {
			found.Payable = append(found.Payable, sum)
		} else {
			found.LeftOut = append(found.LeftOut, sum)
		}
	}
	return found, db.Translate(err)
}

// SurveyRun is Survey for a run on record. It counts the differences that concern no one, and
// keeps the number with the run.
func (s *Store) SurveyRun(ctx context.Context, survey payout.RunSurvey) (payout.Surveyed, error) {
	found, err := s.Survey(ctx, survey)
	if err != nil {
		return payout.Surveyed{}, err
	}
	unassigned, err := s.db.Queries.UpdateUnassignedDifferences(ctx, survey.RunID)
	found.Unassigned = int(unassigned)
	return found, db.Translate(err)
}

// Exclude records that a run does not pay a creator, in one currency or in all in which the
// creator has earned. It records the person's action too. It returns fault.NotFound
// "nothing_to_exclude" for a creator who has earned nothing there.
func (s *Store) Exclude(ctx context.Context, exclusion payout.Exclusion, action access.OperatorAction) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.ListCreatorBalances(ctx, sqlc.ListCreatorBalancesParams{CreatorID: exclusion.CreatorID, Currency: db.Optional(string(exclusion.Currency))})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.New(fault.NotFound, "nothing_to_exclude", "the creator has earned nothing that the run could pay")
		}
		excluded := sqlc.UpsertRunExclusionsParams{RunID: exclusion.RunID}
		for _, row := range rows {
			addExclusion(&excluded, payout.Candidate{
				Eligible: payout.Eligible{CreatorID: exclusion.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor},
				LeftOut:  payout.LeftOutByPerson, Detail: exclusion.Reason,
			})
		}
		if err := q.UpsertRunExclusions(ctx, excluded); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, action)
	})
}

// LeftOut is a creator whom a run did not pay in a currency.
type LeftOut struct {
	payout.Candidate
	At time.Time
}

// ListLeftOut returns a page of those whom a run has left out, in order of id and currency.
func (s *Store) ListLeftOut(ctx context.Context, runID string, after payout.EligibleAfter, size int32) ([]LeftOut, error) {
	if after.CreatorID == "" {
		after.CreatorID = names.NilID
	}
	rows, err := s.db.Queries.ListRunExclusions(ctx, sqlc.ListRunExclusionsParams{
		RunID: runID, AfterCreator: after.CreatorID, AfterCurrency: string(after.Currency), PageSize: size,
	})
	left := make([]LeftOut, len(rows))
	for i, row := range rows {
		left[i] = LeftOut{At: row.CreatedAt, Candidate: payout.Candidate{
			Eligible: payout.Eligible{CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor},
			LeftOut:  payout.LeftOutReason(row.Reason), Detail: row.Detail,
		}}
	}
	return left, db.Translate(err)
}

// SumLeftOut sums up whom a run has left out, by reason and currency.
func (s *Store) SumLeftOut(ctx context.Context, runID string) ([]payout.Sum, error) {
	rows, err := s.db.Queries.SumRunExclusions(ctx, runID)
	sums := make([]payout.Sum, len(rows))
	for i, row := range rows {
		sums[i] = payout.Sum{Reason: payout.LeftOutReason(row.Reason), Currency: money.Currency(row.Currency), Payouts: row.Payouts, AmountMinor: row.AmountMinor}
	}
	return sums, db.Translate(err)
}
