package api

import (
	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutDocument returns an explanation with all its items in the form of the API's answer,
// so that the command line prints the same JSON.
func PayoutDocument(read audit.PayoutExplanation) any {
	show := explainer{costs: true}
	answer := show.payout(read)
	answer.Items = each(read.Items, show.item)
	return answer
}

// CampaignDocument is like PayoutDocument, for a campaign.
func CampaignDocument(read audit.CampaignExplanation) any {
	show := explainer{costs: true, terms: read.Campaign.Terms}
	answer := show.campaign(read)
	answer.Accruals = each(read.Accruals, show.accrual)
	return answer
}

// CreatorDocument is like PayoutDocument, for a creator.
func CreatorDocument(read audit.CreatorExplanation) any { return creatorExplanationOf(read) }

// explainer converts explanations into answers.
type explainer struct {
	costs bool
	// terms are those of the explained campaign; byCampaign has them for a payout.
	terms      campaign.Terms
	byCampaign map[string]campaign.Terms
	tracking   killswitch.Switch
}

func (x *explainer) payout(read audit.PayoutExplanation) openapi.PayoutExplanation {
	x.byCampaign = map[string]campaign.Terms{}
	for _, line := range read.Lines {
		x.byCampaign[line.CampaignID] = line.Terms
	}
	return openapi.PayoutExplanation{
		Payout: payoutOf(read.Payout), DifferenceMinor: read.DifferenceMinor, Lines: each(read.Lines, explainedLineOf),
		Entries: each(read.Entries, explainedEntryOf), Attempts: each(read.Attempts, attemptOf(read.Payout.Currency)), Checks: each(read.Checks, checkOf),
		Conversions: conversionsOf(read.Conversions),
	}
}

func (x *explainer) campaign(read audit.CampaignExplanation) openapi.CampaignExplanation {
	return openapi.CampaignExplanation{
		Campaign: campaignOf(read.Campaign, x.tracking), DisputedMinor: read.DisputedMinor,
		EscrowMinor: read.EscrowMinor, EscrowEvents: each(read.EscrowEvents, accountEventsOf), EscrowDifferenceMinor: read.EscrowDifferenceMinor,
		Spent: openapi.SpentSum{
			Accruals: read.Spent.Accruals, Clips: read.Spent.Clips, GrossMinor: read.Spent.GrossMinor, CreatorMinor: read.Spent.CreatorMinor,
			FeeMinor: read.Spent.FeeMinor, AffiliateMinor: read.Spent.AffiliateMinor, ClawedBackMinor: read.Spent.ClawedBackMinor, SpentMinor: read.Spent.SpentMinor(),
		},
		DifferenceMinor: read.SpentDifferenceMinor,
		Creators:        each(read.Creators, spentOnCreatorOf), OtherCreators: read.OtherCreators,
		Clips: each(read.Clips, spentOnClipOf), OtherClips: read.OtherClips,
		Checks: each(read.Checks, checkOf),
	}
}

func (x *explainer) item(read audit.ReleasedItem) openapi.ReleasedItem {
	item := openapi.ReleasedItem{
		CampaignId: read.CampaignID, Seq: read.Seq, EntryId: read.EntryID, Kind: string(read.Kind), AmountMinor: read.AmountMinor, At: read.At,
	}
	if read.Accrual != nil {
		accrual := x.accrual(*read.Accrual)
		item.Accrual = &accrual
	}
	return item
}

func (x *explainer) accrual(read audit.ExplainedAccrual) openapi.ExplainedAccrual {
	terms := x.terms
	if x.byCampaign != nil {
		terms = x.byCampaign[read.CampaignID]
	}
	accrual := openapi.ExplainedAccrual{
		EntryId: read.EntryID, Seq: read.Seq, AccruedAt: read.AccruedAt,
		CampaignId: read.CampaignID, CreatorId: read.CreatorID, AffiliateId: text(read.AffiliateID),
		ClipId: read.ClipID, Platform: string(read.Platform), Poll: int64(read.Poll),
		Views: read.Views, HighWaterViews: read.HighWaterViews, ExcludedViews: read.ExcludedViews, ObservedAt: read.ObservedAt,
		Decision: string(read.Decision), AcceptedViews: read.AcceptedViews, ClaimedViews: read.ClaimedViews, Signals: signalsOf(read.Signals),
		Attempt: openapi.ExplainedAttempt{
			Id: read.Attempt.ID, Provider: read.Attempt.Provider, Outcome: read.Attempt.Outcome, Clips: int64(read.Attempt.Clips),
			LatencyMs: read.Attempt.LatencyMS, StartedAt: read.Attempt.StartedAt,
		},
		CreditedViewsBefore: read.CreditedViewsBefore, CreditedViewsAfter: read.CreditedViewsAfter, RateMinorPerThousand: terms.RateMinorPerThousand,
		GrossMinor: read.GrossMinor, CreatorMinor: read.CreatorMinor, FeeMinor: read.FeeMinor, AffiliateMinor: read.AffiliateMinor,
		ClipGrossAfterMinor: read.ClipGrossAfterMinor, CreatorGrossAfterMinor: read.CreatorGrossAfterMinor, LimitedBy: string(read.LimitedBy),
		AvailableAt: read.AvailableAt, HeldBy: text(heldBy(read.ByCard)), ReleaseEntryId: text(read.ReleaseEntryID), ReleaseSeq: positive(read.ReleaseSeq), ReleasedAt: read.ReleasedAt, ReversalEntryId: text(read.ReversalEntryID),
	}
	if x.costs {
		accrual.Attempt.CostMicros = &read.Attempt.CostMicros
	}
	return accrual
}

func heldBy(card bool) string {
	if card {
		return "card_payment"
	}
	return ""
}

func explainedLineOf(read audit.ExplainedLine) openapi.ExplainedLine {
	return openapi.ExplainedLine{
		CampaignId: read.CampaignID, AmountMinor: read.AmountMinor, Terms: presentTerms(read.Terms),
		Accruals: read.Accruals, Deductions: read.Deductions, EarnedMinor: read.EarnedMinor, DeductedMinor: read.DeductedMinor,
		GrossMinor: read.GrossMinor, DifferenceMinor: read.DifferenceMinor,
		Clips: each(read.Clips, releasedClipOf), OtherClips: int64(read.OtherClips), OtherClipsMinor: read.OtherMinor,
	}
}

func releasedClipOf(read audit.ReleasedClip) openapi.ReleasedClip {
	return openapi.ReleasedClip{
		ClipId: text(read.ClipID), Platform: text(string(read.Platform)), Accruals: read.Accruals, Deductions: read.Deductions,
		AmountMinor: read.TotalMinor(), EarnedMinor: read.EarnedMinor, DeductedMinor: read.DeductedMinor,
		GrossMinor: read.GrossMinor, CreditedViews: read.CreditedViews,
	}
}

func explainedEntryOf(read audit.ExplainedEntry) openapi.ExplainedEntry {
	return openapi.ExplainedEntry{
		EntryId: read.EntryID, Seq: read.Seq, Kind: string(read.Kind), Reference: read.Reference, Currency: string(read.Currency),
		EffectiveAt: read.EffectiveAt, RecordedAt: read.RecordedAt, Reverses: text(read.Reverses), Seal: positive(read.Seal),
		Postings: each(read.Postings, func(posting ledger.Posting) openapi.ExplainedPosting {
			return openapi.ExplainedPosting{Account: string(posting.Account), AmountMinor: posting.AmountMinor}
		}),
		Objects: each(read.Objects, func(object audit.ExternalObject) openapi.ExplainedObject {
			return openapi.ExplainedObject{Provider: object.Provider, Type: object.Type, Id: object.ID}
		}),
	}
}

func spentOnCreatorOf(read audit.SpentOnCreator) openapi.SpentOnCreator {
	return openapi.SpentOnCreator{
		CreatorId: read.CreatorID, Accruals: read.Accruals, Clips: read.Clips, GrossMinor: read.GrossMinor, CreatorMinor: read.CreatorMinor,
		FeeMinor: read.FeeMinor, AffiliateMinor: read.AffiliateMinor, ClawedBackMinor: read.ClawedBackMinor, SpentMinor: read.SpentMinor(),
	}
}

func spentOnClipOf(read audit.SpentOnClip) openapi.SpentOnClip {
	return openapi.SpentOnClip{
		ClipId: read.ClipID, Platform: string(read.Platform), CreatorId: read.CreatorID, Accruals: read.Accruals, CreditedViews: read.CreditedViews,
		GrossMinor: read.GrossMinor, ClawedBackMinor: read.ClawedBackMinor, SpentMinor: read.GrossMinor - read.ClawedBackMinor,
	}
}

func creatorExplanationOf(read audit.CreatorExplanation) openapi.CreatorExplanation {
	return openapi.CreatorExplanation{CreatorId: read.CreatorID, Currencies: each(read.Currencies, func(in audit.CurrencyExplanation) openapi.CurrencyExplanation {
		return openapi.CurrencyExplanation{
			Currency: string(in.Currency), Accounts: each(in.Accounts, explainedAccountOf), DifferenceMinor: in.DifferenceMinor, Checks: each(in.Checks, checkOf),
		}
	})}
}

func explainedAccountOf(read audit.ExplainedAccount) openapi.ExplainedAccount {
	return openapi.ExplainedAccount{
		Account: string(read.Account), BalanceMinor: read.BalanceMinor, DifferenceMinor: read.DifferenceMinor, Events: each(read.Events, accountEventsOf),
		Campaigns: each(read.Campaigns, func(line payout.Line) openapi.PayoutLine {
			return openapi.PayoutLine{CampaignId: line.CampaignID, AmountMinor: line.AmountMinor}
		}),
		Kept: each(read.Kept, func(kept audit.KeptEarnings) openapi.KeptEarnings {
			return openapi.KeptEarnings{CampaignId: kept.CampaignID, Until: kept.Until, HeldBy: heldBy(true)}
		}),
		Payouts: each(read.Payouts, func(part audit.PayoutPart) openapi.PayoutPart {
			return openapi.PayoutPart{PayoutId: part.PayoutID, AmountMinor: part.AmountMinor}
		}),
	}
}

func accountEventsOf(read audit.AccountEvents) openapi.AccountEvents {
	return openapi.AccountEvents{Kind: string(read.Kind), Entries: read.Entries, AmountMinor: read.AmountMinor}
}

func checkOf(read audit.Check) openapi.Check {
	return openapi.Check{Name: read.Name, Ok: read.Holds, Says: read.Says}
}

// each converts rows. It never returns nil, because JSON must have an empty list and not null.
func each[Row, Item any](rows []Row, item func(Row) Item) []Item {
	items := make([]Item, len(rows))
	for i, row := range rows {
		items[i] = item(row)
	}
	return items
}
