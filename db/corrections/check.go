package corrections

import (
	"context"
	"slices"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// checkProposal checks a proposal against the books, and adds the campaign and creator of the
// clip to a clawback, and the creator and amount of the payout to one that is settled outside. An approval checks again with the locks that it posts under.
func (s *Store) checkProposal(ctx context.Context, q *sqlc.Queries, p correction.Proposal) (correction.Proposal, error) {
	if err := p.Validate(); err != nil {
		return p, err
	}
	if err := checkDate(ctx, q, p); err != nil {
		return p, err
	}
	switch p.Kind {
	case correction.Clawback:
		return checkClawback(ctx, q, p)
	case correction.WriteOff:
		return p, checkWriteOff(ctx, q, p)
	case correction.SettlePayout:
		return s.checkSettlePayout(ctx, q, p)
	case correction.SettleRefund:
		return p, checkSettleRefund(ctx, q, p)
	case correction.SettleWithdrawal:
		return p, funding.CheckOutside(ctx, q, outsideWithdrawal(p.WithdrawalID, p.ID, p.Currency, p.AmountMinor, p.Now))
	case correction.SettleConverted:
		return p, funding.CheckConvertedOutside(ctx, q, outsideConverted(p.PaymentIntentID, p.ID, p.Currency, p.AmountMinor, p.Now))
	case correction.SettleBalance:
		return p, checkSettleBalance(ctx, q, p)
	case correction.Adjustment:
	}
	return p, checkAdjustment(ctx, q, p)
}

func checkDate(ctx context.Context, q *sqlc.Queries, p correction.Proposal) error {
	if p.EffectiveAt == nil {
		return nil
	}
	closed, err := q.IsPeriodClosed(ctx, *p.EffectiveAt)
	if err == nil && closed {
		return db.PeriodClosed()
	}
	return err
}

func checkClawback(ctx context.Context, q *sqlc.Queries, p correction.Proposal) (correction.Proposal, error) {
	clips, err := q.FindClipForClawback(ctx, p.ClipID)
	if err != nil {
		return p, err
	}
	if len(clips) == 0 {
		return p, fault.New(fault.NotFound, "clip_not_found", "no such clip")
	}
	if err := campaigns.RequireCurrency(clips[0].Currency, p.Currency); err != nil {
		return p, err
	}
	p.CampaignID, p.CreatorID = clips[0].CampaignID, clips[0].CreatorID
	clawableMinor, err := q.GetClawableMinor(ctx, p.ClipID)
	if err != nil {
		return p, err
	}
	return p, checkClawable(clawableMinor, p.AmountMinor)
}

func checkClawable(clawableMinor, amountMinor int64) error {
	if clawableMinor == 0 {
		return fault.New(fault.Conflict, "nothing_to_claw_back", "the clip has no earnings left to claw back")
	}
	if amountMinor > clawableMinor {
		return fault.New(fault.Conflict, "clawback_too_large", "at most %d can be clawed back from the clip", clawableMinor)
	}
	return nil
}

func checkWriteOff(ctx context.Context, q *sqlc.Queries, p correction.Proposal) error {
	if err := creatorsExist(ctx, q, []string{p.CreatorID}); err != nil {
		return err
	}
	return checkReceivable(ctx, q, p.CreatorID, p.Currency, p.AmountMinor)
}

func checkReceivable(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency, amountMinor int64) error {
	debts, err := q.ListReceivables(ctx, []string{string(ledger.CreatorReceivable(creatorID))})
	if err != nil {
		return err
	}
	owedMinor := int64(0)
	for _, debt := range debts {
		if debt.Currency == string(currency) {
			owedMinor = debt.AmountMinor
		}
	}
	if amountMinor > owedMinor {
		return fault.New(fault.Conflict, "above_receivable", "the creator owes only %d: reduce the amount", owedMinor)
	}
	return nil
}

// organizationsExist returns fault.Invalid "unknown_account" for a balance of no organization.
func organizationsExist(ctx context.Context, q *sqlc.Queries, postings []ledger.Posting) error {
	for _, posting := range postings {
		id, _, ok := posting.Account.OfOrganization()
		if !ok {
			continue
		}
		found, err := q.ListOrganizations(ctx, sqlc.ListOrganizationsParams{OnlyID: &id, PageSize: 1})
		if err != nil && !fault.Is(db.Translate(err), fault.Invalid) {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.Invalid, "unknown_account", "the adjustment has an account of an organization that does not exist").Because(err)
		}
	}
	return nil
}

// checkAdjustment requires that no balance of a creator becomes negative, and that a change of
// a payable balance names a campaign.
func checkAdjustment(ctx context.Context, q *sqlc.Queries, p correction.Proposal) error {
	if err := creatorsExist(ctx, q, creatorsOf(p.Postings)); err != nil {
		if fault.Is(err, fault.NotFound) || fault.Is(db.Translate(err), fault.Invalid) {
			return fault.New(fault.Invalid, "unknown_account", "the adjustment has an account of a creator who does not exist").Because(err)
		}
		return err
	}
	if err := organizationsExist(ctx, q, p.Postings); err != nil {
		return err
	}
	for _, posting := range p.Postings {
		creatorID, part, ofCreator := posting.Account.OfCreator()
		switch {
		case ofCreator && part == "available":
			if err := checkPayable(ctx, q, p, creatorID, posting.AmountMinor); err != nil {
				return err
			}
		case ofCreator && part == "receivable" && posting.AmountMinor < 0:
			if err := checkReceivable(ctx, q, creatorID, p.Currency, -posting.AmountMinor); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkPayable(ctx context.Context, q *sqlc.Queries, p correction.Proposal, creatorID string, amountMinor int64) error {
	if p.CampaignID == "" {
		return fault.Field("campaign_id", "campaign_missing", "give the campaign that the creator's money belongs to")
	}
	row, err := q.GetCampaignForDecision(ctx, p.CampaignID)
	if err != nil {
		return db.OrNotFound(err, "campaign")
	}
	if err := campaigns.RequireCurrency(row.Currency, p.Currency); err != nil || amountMinor < 0 {
		return err
	}
	payable, err := earnings.LoadPayable(ctx, q, creatorID, p.Currency)
	if err == nil && amountMinor > payable.Minor[p.CampaignID] {
		return fault.New(fault.Conflict, "above_payable", "the creator can be paid only %d from this campaign: reduce the amount", payable.Minor[p.CampaignID])
	}
	return err
}

// creatorsOf returns the creators whose accounts the postings name, in the order of ids.
func creatorsOf(postings []ledger.Posting) []string {
	var ids []string
	for _, posting := range postings {
		if creatorID, _, ok := posting.Account.OfCreator(); ok {
			ids = append(ids, creatorID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func creatorsExist(ctx context.Context, q *sqlc.Queries, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := q.ListExistingCreators(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.Contains(found, id) {
			return fault.New(fault.NotFound, "creator_not_found", "no such creator")
		}
	}
	return nil
}
