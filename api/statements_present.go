package api

import (
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/statement"
)

// heldByStripe says where the identity is that no statement has.
const heldByStripe = "held_by_stripe"

// nothing reads no creators, but makes the checks that a list makes.
var nothing = db.Page{}

func creatorStatementOf(read statement.Creator) openapi.CreatorStatement {
	return openapi.CreatorStatement{
		CreatorId: read.CreatorID, Period: read.Period.Name, Currency: string(read.Currency), Preliminary: read.Preliminary, Identity: heldByStripe,
		OpeningMinor: read.OpeningMinor, EarnedMinor: read.EarnedMinor, CommissionsMinor: read.CommissionsMinor, ClawedBackMinor: read.ClawedBackMinor,
		AdjustmentsMinor: read.AdjustmentsMinor, WrittenOffMinor: read.WrittenOffMinor, InstantFeesMinor: read.InstantFeesMinor,
		PaidMinor: read.PaidMinor, SettledOutsideMinor: read.SettledOutsideMinor, OtherMinor: read.OtherMinor, ClosingMinor: read.ClosingMinor,
		DifferenceMinor: read.DifferenceMinor(), RecoveredMinor: read.RecoveredMinor, PlatformFeesMinor: read.PlatformFeesMinor,
		AffiliateSharesMinor: read.AffiliateSharesMinor,
		Campaigns: each(read.Campaigns, func(part statement.CampaignPart) openapi.StatementCampaign {
			return openapi.StatementCampaign{
				CampaignId: part.CampaignID, EarnedMinor: part.EarnedMinor, CommissionsMinor: part.CommissionsMinor, ClawedBackMinor: part.ClawedBackMinor,
				Clips: part.Clips, ViewsCredited: part.ViewsCredited,
			}
		}),
		Payouts: each(read.Payouts, func(part statement.PayoutPart) openapi.StatementPayout {
			shown := openapi.StatementPayout{
				PayoutId: part.PayoutID, PaidMinor: part.PaidMinor, SettledOutsideMinor: part.SettledOutsideMinor, AmountMinor: part.AmountMinor, FeeMinor: part.FeeMinor,
				Status: string(part.Status), Method: string(part.Method), TransferId: text(part.TransferID), BankPayoutId: text(part.BankPayoutID),
				CreatedAt: part.CreatedAt, PaidAt: part.PaidAt,
			}
			if part.Bank.Currency != "" {
				shown.BankMinor, shown.BankCurrency, shown.ExchangeRate = &part.Bank.Minor, text(string(part.Bank.Currency)), text(part.ExchangeRate)
			}
			return shown
		}),
		Corrections: each(read.Corrections, func(part statement.CorrectionPart) openapi.StatementCorrection {
			return openapi.StatementCorrection{CorrectionId: part.CorrectionID, Item: string(part.Item), AmountMinor: part.AmountMinor, ClipId: text(part.ClipID), Reason: part.Reason}
		}),
	}
}

func campaignStatementOf(read statement.Campaign) openapi.CampaignStatement {
	return openapi.CampaignStatement{
		CampaignId: read.CampaignID, OrganizationId: read.OrganizationID, Name: read.Name, Status: string(read.Status), Terms: presentTerms(read.Terms),
		At: read.At.UTC().Truncate(time.Microsecond), Preliminary: read.Preliminary(), Currency: string(read.Terms.Currency),
		FundedMinor: read.FundedMinor, SpentCreatorsMinor: read.SpentCreatorsMinor, SpentAffiliatesMinor: read.SpentAffiliatesMinor, SpentFeesMinor: read.SpentFeesMinor,
		SpentMinor: read.SpentMinor(), ClawedBackMinor: read.ClawedBackMinor, RefundedMinor: read.RefundedMinor, ChargedBackMinor: read.ChargedBackMinor,
		SettledOutsideMinor: read.SettledOutsideMinor, ShortfallMinor: read.ShortfallMinor, OtherMinor: read.OtherMinor,
		RemainingMinor: read.RemainingMinor, DisputedMinor: read.DisputedMinor, DifferenceMinor: read.DifferenceMinor(),
		Receipts: each(read.Receipts, receiptOf),
		Entries: each(read.Entries, func(entry statement.CampaignEntry) openapi.StatementEntry {
			return openapi.StatementEntry{EntryId: entry.EntryID, Kind: string(entry.Kind), Item: string(entry.Item), Reference: entry.Reference, At: entry.At, AmountMinor: entry.AmountMinor}
		}),
		Disputes:  each(read.Disputes, statementDisputeOf),
		Platforms: each(read.Platforms, costOf), Creators: each(read.Creators, costOf), OtherCreators: read.OtherCreators, Others: costOf(read.Others),
	}
}

func statementDisputeOf(dispute statement.Dispute) openapi.StatementDispute {
	return openapi.StatementDispute{
		DisputeId: dispute.DisputeID, PaymentId: dispute.PaymentID, Status: dispute.Status, AmountMinor: dispute.AmountMinor, FrozenMinor: dispute.FrozenMinor,
		OpenedAt: dispute.OpenedAt, ClosedAt: dispute.ClosedAt,
	}
}

func costOf(cost statement.Cost) openapi.StatementCost {
	return openapi.StatementCost{
		Platform: text(string(cost.Platform)), CreatorId: text(cost.CreatorID), Clips: cost.Clips, Views: cost.Views,
		CostMinor: cost.CostMinor, ClawedBackMinor: cost.ClawedBackMinor,
	}
}

func receiptOf(read statement.Receipt) openapi.Receipt {
	return openapi.Receipt{
		CampaignId: read.CampaignID, OrganizationId: read.OrganizationID, PaymentId: read.PaymentID, EntryId: read.EntryID, PaidAt: read.PaidAt,
		Currency: string(read.Currency), PaidMinor: read.PaidMinor, SurchargeMinor: read.SurchargeMinor, BudgetMinor: read.BudgetMinor, OtherMinor: read.OtherMinor(),
	}
}

func taxTotalsOf(read statement.Tax) openapi.TaxTotals {
	total := read.Total()
	return openapi.TaxTotals{
		CreatorId: read.CreatorID, StripeAccountId: text(read.Account), Identity: heldByStripe, Country: read.Country, Currency: string(read.Currency),
		Year: read.Year, Preliminary: read.Preliminary,
		PaidMinor: total.PaidMinor, SettledOutsideMinor: total.SettledOutsideMinor, ConsiderationMinor: total.ConsiderationMinor(),
		Quarters: each(read.Quarters, func(quarter statement.Quarter) openapi.TaxQuarter {
			return openapi.TaxQuarter{
				Quarter: quarter.Period.Name, PaidMinor: quarter.PaidMinor, SettledOutsideMinor: quarter.SettledOutsideMinor,
				ConsiderationMinor: quarter.ConsiderationMinor(), Activities: quarter.Activities, Payouts: quarter.Payouts,
				PlatformFeesMinor: quarter.PlatformFeesMinor, AffiliateSharesMinor: quarter.AffiliateSharesMinor,
				InstantFeesMinor: quarter.InstantFeesMinor, WithheldMinor: quarter.WithheldMinor(),
			}
		}),
	}
}

// TaxDocument returns the totals of a creator in the form of the API's answer.
func TaxDocument(read statement.Tax) any { return taxTotalsOf(read) }

// MonthDocument returns one statement of a month in the form of the API's answer.
func MonthDocument(read statement.Creator) any { return creatorStatementOf(read) }
