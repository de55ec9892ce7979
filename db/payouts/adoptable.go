package payouts

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// AdoptableMax is how many transfers one preview or proposal has. The next ones follow when these
// are in the books.
const AdoptableMax = 5000

// ListAdoptable returns what an adoption would book for the transfers that passes have seen for
// payouts which the books do not have, oldest first, at most AdoptableMax. Those with an obstacle
// are in the list too.
func (s *Store) ListAdoptable(ctx context.Context) ([]adoption.Plan, error) {
	var plans []adoption.Plan
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		var err error
		plans, err = listPlans(ctx, q)
		return err
	})
	return plans, err
}

func listPlans(ctx context.Context, q *sqlc.Queries) ([]adoption.Plan, error) {
	found, err := listFound(ctx, q, sqlc.ListUnbookedTransfersParams{Batch: AdoptableMax})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var codes []string
	for _, each := range found {
		codes = append(codes, string(ledger.CreatorAvailable(each.CreatorID)))
	}
	rows, err := q.ListAvailable(ctx, codes)
	if err != nil {
		return nil, err
	}
	availableMinor := make(map[adoption.Purse]int64, len(rows))
	for _, row := range rows {
		account := ledger.Account(row.Code)
		creatorID, _, _ := account.OfCreator()
		availableMinor[adoption.Purse{CreatorID: creatorID, Currency: money.Currency(row.Currency)}] = account.Balance(row.SumMinor)
	}
	return adoption.PlanAll(found, availableMinor), nil
}

// listFound returns transfers of payouts that the books do not have, with their bank payouts.
func listFound(ctx context.Context, q *sqlc.Queries, narrow sqlc.ListUnbookedTransfersParams) ([]adoption.Found, error) {
	rows, err := q.ListUnbookedTransfers(ctx, narrow)
	if err != nil {
		return nil, err
	}
	found, payoutIDs := make([]adoption.Found, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		payoutIDs[i] = row.PayoutID
		found[i] = adoption.Found{CreatorID: row.CreatorID, CampaignID: row.CampaignID, TwinID: row.TwinID, Transfer: reconcile.Object{
			Type: reconcile.Transfer, ID: row.ObjectID, Account: row.Account, AmountMinor: row.AmountMinor, Currency: money.Currency(row.Currency),
			Status: row.Status, ReversedMinor: row.ReversedMinor, PayoutID: row.PayoutID, Generation: int(row.Generation), CreatedAt: row.CreatedAt,
		}}
	}
	bankPayouts, err := listBankPayoutsSeen(ctx, q, payoutIDs)
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i].BankPayouts = bankPayouts[payoutIDs[i]]
	}
	return found, nil
}

// listBankPayoutsSeen returns what passes have seen of the bank payouts of payouts, by payout.
func listBankPayoutsSeen(ctx context.Context, q *sqlc.Queries, payoutIDs []string) (map[string][]reconcile.Object, error) {
	rows, err := q.ListBankPayoutsSeen(ctx, payoutIDs)
	if err != nil {
		return nil, err
	}
	seen := map[string][]reconcile.Object{}
	for _, row := range rows {
		seen[row.PayoutID] = append(seen[row.PayoutID], reconcile.Object{
			Type: reconcile.BankPayout, ID: row.ObjectID, Account: row.Account, AmountMinor: row.AmountMinor, Currency: money.Currency(row.Currency),
			Status: row.Status, PayoutID: row.PayoutID, Generation: int(row.Generation), CreatedAt: row.CreatedAt,
		})
	}
	return seen, nil
}
