package api

import (
	"cmp"
	"context"
	"strings"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PreviewPayoutRun shows whom a run would pay that started now. It uses the query of the run.
func (r *resources) PreviewPayoutRun(ctx context.Context, request openapi.PreviewPayoutRunRequestObject) (openapi.PreviewPayoutRunResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byBalance)
	if err != nil {
		return nil, err
	}
	period := cmp.Or(given(request.Params.Period), payout.Period(r.now()))
	if err := payout.RequireRecent(period, r.now()); err != nil {
		return nil, err
	}
	number := cmp.Or(given(request.Params.Number), payout.WeeklyRun)
	runID := names.PayoutRunID(period, number)
	candidates, err := r.store.Payouts.ListCandidates(ctx, payout.CandidatePage{
		RunID: runID, After: balanceAfter(page.After), MinimumMinor: r.payoutMinimums, Limit: int(page.Size),
	})
	if err != nil {
		return nil, err
	}
	surveyed, err := r.store.Payouts.Survey(ctx, payout.RunSurvey{RunID: runID, MinimumMinor: r.payoutMinimums})
	if err != nil {
		return nil, err
	}
	cover, err := r.store.Reconciliation.ListCover(ctx)
	if err != nil {
		return nil, err
	}
	answer := openapi.PreviewPayoutRun200JSONResponse{Period: period, Number: number, Payable: []openapi.PayoutSum{}, LeftOut: leftOutSums(surveyed.LeftOut)}
	for _, sum := range surveyed.Payable {
		answer.Payable = append(answer.Payable, payableSum(sum, cover))
	}
	answer.Items, answer.NextCursor = present(candidates, page, balanceOf, func(row payout.Candidate) openapi.RunCandidate {
		return openapi.RunCandidate{
			CreatorId: row.CreatorID, Currency: string(row.Currency), AmountMinor: row.AmountMinor, LeftOut: text(string(row.LeftOut)), Detail: text(row.Detail),
		}
	})
	return answer, nil
}

// payableSum sets what a run would pay in a currency against the balance that it is paid from.
func payableSum(sum payout.Sum, cover []ledger.Cover) openapi.PayoutSum {
	answer := openapi.PayoutSum{Currency: string(sum.Currency), Payouts: sum.Payouts, AmountMinor: sum.AmountMinor}
	for _, each := range cover {
		if each.Currency != sum.Currency {
			continue
		}
		answer.BalanceMinor = each.SpendableMinor()
		if at := each.Processor.ReadAt; !at.IsZero() {
			answer.BalanceReadAt = &at
		}
	}
	answer.MissingMinor = max(0, sum.AmountMinor-max(0, answer.BalanceMinor))
	return answer
}

// ListLeftOut lists those whom a run has left out.
func (r *resources) ListLeftOut(ctx context.Context, request openapi.ListLeftOutRequestObject) (openapi.ListLeftOutResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byBalance)
	if err != nil {
		return nil, err
	}
	if _, err := r.store.Payouts.GetRun(ctx, request.PayoutRunId); err != nil {
		return nil, err
	}
	rows, err := r.store.Payouts.ListLeftOut(ctx, request.PayoutRunId, balanceAfter(page.After), page.Size)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row payouts.LeftOut) string { return balanceOf(row.Candidate) }, func(row payouts.LeftOut) openapi.LeftOut {
		return openapi.LeftOut{
			CreatorId: row.CreatorID, Currency: string(row.Currency), AmountMinor: row.AmountMinor, Reason: string(row.LeftOut), Detail: row.Detail, CreatedAt: row.At,
		}
	})
	return openapi.ListLeftOut200JSONResponse{Items: items, NextCursor: next}, nil
}

// balanceOf is a candidate's place in lists.
func balanceOf(row payout.Candidate) string { return row.CreatorID + "/" + string(row.Currency) }

func balanceAfter(place string) payout.EligibleAfter {
	creatorID, currency, _ := strings.Cut(place, "/")
	return payout.EligibleAfter{CreatorID: creatorID, Currency: money.Currency(currency)}
}

func leftOutSums(sums []payout.Sum) []openapi.LeftOutSum {
	answer := make([]openapi.LeftOutSum, len(sums))
	for i, sum := range sums {
		answer[i] = openapi.LeftOutSum{Reason: string(sum.Reason), Currency: string(sum.Currency), Payouts: sum.Payouts, AmountMinor: sum.AmountMinor}
	}
	return answer
}
