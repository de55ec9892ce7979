package corrections

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// checkSettlePayout requires that the payout can be settled this way now, and adds its creator and
// its amount to the proposal.
func (s *Store) checkSettlePayout(ctx context.Context, q *sqlc.Queries, p correction.Proposal) (correction.Proposal, error) {
	found, err := payouts.FindIn(ctx, q, p.PayoutID)
	if err != nil {
		return p, err
	}
	if found.Currency != p.Currency {
		return p, fault.Field("currency", "wrong_currency", "the payout is in %s, not in %s", found.Currency, p.Currency)
	}
	if p.AmountMinor != 0 && p.AmountMinor != found.AmountMinor {
		return p, fault.New(fault.Conflict, "amount_differs", "the payout is of %d: a payout is settled as a whole", found.AmountMinor)
	}
	p.CreatorID, p.AmountMinor = found.CreatorID, found.AmountMinor
	return p, s.payouts.CheckSettle(ctx, q, payout.SettleOutside{PayoutID: p.PayoutID, How: payout.SettleHow(p.How), Now: p.Now})
}

func (s *Store) settlePayout(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	entryID, err := s.payouts.SettleIn(ctx, q, payout.SettleOutside{PayoutID: proposed.PayoutID, How: payout.SettleHow(proposed.How), Now: now})
	return outcome{entryIDs: []string{entryID}, correctedMinor: proposed.AmountMinor}, err
}

// refunding are the statuses in which the workflow of a campaign refunds its unspent budget.
var refunding = []campaign.Status{campaign.Completed, campaign.PaidOut, campaign.Closed, campaign.Cancelled}

func checkSettleRefund(ctx context.Context, q *sqlc.Queries, p correction.Proposal) error {
	row, err := q.GetCampaignForDecision(ctx, p.CampaignID)
	if err != nil {
		return db.OrNotFound(err, "campaign")
	}
	if err := campaigns.RequireCurrency(row.Currency, p.Currency); err != nil {
		return err
	}
	if !slices.Contains(refunding, campaign.Status(row.Status)) {
		return fault.New(fault.Conflict, "campaign_not_ended", "the campaign is %s: its budget is refunded only when it has ended", row.Status)
	}
	budget, err := q.LockCampaignBudget(ctx, p.CampaignID)
	if err != nil {
		return err
	}
	return requireRefundable(budget, p.AmountMinor)
}

// requireRefundable leaves frozen money alone: the brand may have it already. It also leaves what is kept for reviews.
func requireRefundable(budget sqlc.CampaignBudget, amountMinor int64) error {
	leftMinor := budget.FundedMinor - budget.SpentMinor - budget.RefundedMinor - budget.DisputedMinor - budget.KeptMinor
	if amountMinor > leftMinor {
		return fault.New(fault.Conflict, "above_refundable", "the campaign has only %d left to refund: reduce the amount", max(0, leftMinor))
	}
	return nil
}

// settleRefund books what the brand has received elsewhere. The caller has locked the budget guard.
func (s *Store) settleRefund(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, proposed correction.Correction, now time.Time) (outcome, error) {
	if err := requireRefundable(budget, proposed.AmountMinor); err != nil {
		return outcome{}, err
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.RefundSettledOutside(outsideRefund(proposed, now)))
	if err != nil {
		return outcome{}, err
	}
	lossMinor, err := campaigns.ChangeFunds(ctx, q, budget, campaigns.FundsChange{ReturnedMinor: proposed.AmountMinor})
	if err != nil {
		return outcome{}, err
	}
	done := outcome{entryIDs: []string{posted[0].EntryID}, correctedMinor: proposed.AmountMinor}
	return done, s.campaigns.BookLoss(ctx, q, budget, posted[0].EntryID, lossMinor, now)
}

func outsideRefund(proposed correction.Correction, at time.Time) ledger.OutsideRefund {
	return ledger.OutsideRefund{CorrectionID: proposed.ID, CampaignID: proposed.CampaignID, Currency: proposed.Currency, AmountMinor: proposed.AmountMinor, At: at}
}

func outsideWithdrawal(withdrawalID, correctionID string, currency money.Currency, amountMinor int64, at time.Time) funding.Outside {
	return funding.Outside{WithdrawalID: withdrawalID, CorrectionID: correctionID, Currency: currency, AmountMinor: amountMinor, At: at}
}

func (s *Store) settleWithdrawal(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	entryID, err := s.funding.SettleOutsideIn(ctx, q, outsideWithdrawal(proposed.WithdrawalID, proposed.ID, proposed.Currency, proposed.AmountMinor, now))
	return outcome{entryIDs: []string{entryID}, correctedMinor: proposed.AmountMinor}, err
}

func outsideConverted(paymentIntentID, correctionID string, currency money.Currency, amountMinor int64, at time.Time) funding.ConvertedOutside {
	return funding.ConvertedOutside{PaymentIntentID: paymentIntentID, CorrectionID: correctionID, Currency: currency, AmountMinor: amountMinor, At: at}
}

func (s *Store) settleConverted(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	entryID, err := s.funding.SettleConvertedIn(ctx, q, outsideConverted(proposed.PaymentIntentID, proposed.ID, proposed.Currency, proposed.AmountMinor, now))
	return outcome{entryIDs: []string{entryID}, correctedMinor: proposed.AmountMinor}, err
}

func checkSettleBalance(ctx context.Context, q *sqlc.Queries, p correction.Proposal) error {
	if err := creatorsExist(ctx, q, []string{p.CreatorID}); err != nil {
		return err
	}
	return requireUnowned(ctx, q, p.CreatorID, p.Currency, p.How, p.AmountMinor)
}

// requireUnowned requires that money which is gone belonged to no payout: a payout is settled itself.
func requireUnowned(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency, how correction.How, amountMinor int64) error {
	if how == correction.Found {
		return nil
	}
	unownedMinor := int64(0)
	for _, account := range []ledger.Account{ledger.StripeConnected(creatorID), ledger.CreatorConnected(creatorID)} {
		sumMinor, err := q.GetBalance(ctx, sqlc.GetBalanceParams{Code: string(account), Currency: string(currency)})
		if err != nil {
			return err
		}
		unownedMinor += sumMinor
	}
	// What was sent in one currency and lies there in another one is owed in the first.
	converted, err := q.SumConvertedOnAccount(ctx, sqlc.SumConvertedOnAccountParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return err
	}
	unownedMinor += converted.SentMinor - converted.ReceivedMinor
	if amountMinor > unownedMinor {
		return fault.New(fault.Conflict, "above_balance", "the books have only %d on the account that belongs to no payout: settle the payout, or reduce the amount", unownedMinor)
	}
	return nil
}

func (s *Store) settleBalance(ctx context.Context, q *sqlc.Queries, proposed correction.Correction, now time.Time) (outcome, error) {
	if _, err := q.LockCreators(ctx, []string{proposed.CreatorID}); err != nil {
		return outcome{}, err
	}
	if err := requireUnowned(ctx, q, proposed.CreatorID, proposed.Currency, proposed.How, proposed.AmountMinor); err != nil {
		return outcome{}, err
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.ConnectedBalanceSettled(outsideBalance(proposed, now)))
	if err != nil {
		return outcome{}, err
	}
	return outcome{entryIDs: []string{posted[0].EntryID}, correctedMinor: proposed.AmountMinor}, nil
}

func outsideBalance(proposed correction.Correction, at time.Time) ledger.OutsideBalance {
	balance := ledger.OutsideBalance{CorrectionID: proposed.ID, CreatorID: proposed.CreatorID, Currency: proposed.Currency, FoundMinor: proposed.AmountMinor, At: at}
	if proposed.How == correction.Gone {
		balance.FoundMinor = -proposed.AmountMinor
	}
	return balance
}
