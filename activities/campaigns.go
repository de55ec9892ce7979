package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// The steps of a campaign, its money and its disputes.
var (
	// CreateCampaign records a draft.
	CreateCampaign = Activity[campaign.NewCampaign, None]{"CreateCampaign"}
	// ReadCampaignStanding reads the status and the facts that the lifecycle's guards check.
	ReadCampaignStanding = Activity[StandingOf, campaign.Standing]{"ReadCampaignStanding"}
	// MoveCampaign takes one step of the lifecycle.
	MoveCampaign = Activity[campaign.Move, campaign.Status]{"MoveCampaign"}
	// StopSubmissions closes the campaign, named by its id, for new clips.
	StopSubmissions = Activity[string, None]{"StopSubmissions"}
	// ReadEndedCampaign reads the data to restart the workflow of an ended campaign.
	ReadEndedCampaign = Activity[string, EndedCampaign]{"ReadEndedCampaign"}

	// AmendCampaign changes budget and end, and moves the difference of the budget.
	AmendCampaign = Activity[campaign.Amendment, campaign.Amended]{"AmendCampaign"}
	// AllocateBudget takes the budget out of the organization's balance.
	AllocateBudget = Activity[Allocation, None]{"AllocateBudget"}
	// ReleaseKept releases money that was kept for clips in review which were rejected since, and returns the amount.
	ReleaseKept = Activity[BudgetMove, int64]{"ReleaseKept"}
	// ReturnBudget returns what is left of an allocated budget to the organization's balance.
	ReturnBudget = Activity[BudgetMove, None]{"ReturnBudget"}
	// FreezeCampaignPayment records that a payment is about to be requested.
	FreezeCampaignPayment = Activity[CampaignPaymentAsked, campaign.AskedPayment]{"FreezeCampaignPayment"}
	// RecordPayment records which payment funds the campaign.
	RecordPayment = Activity[CampaignPayment, None]{"RecordPayment"}
	// RecordFunding books a payment into escrow.
	RecordFunding = Activity[ledger.Funding, None]{"RecordFunding"}
	// RecordRefund books a refund out of escrow.
	RecordRefund = Activity[ledger.Refund, None]{"RecordRefund"}
	// RecordRefundFailed books a refund that came back into escrow.
	RecordRefundFailed = Activity[FailedRefund, None]{"RecordRefundFailed"}
	// ListBookedRefunds returns the ledger's records of refunds, by their ids.
	ListBookedRefunds = Activity[[]string, campaign.BookedRefunds]{"ListBookedRefunds"}

	// FindPaidCampaign finds the campaign or the deposit that a payment, named by its id, is for.
	FindPaidCampaign = Activity[string, PaidCampaign]{"FindPaidCampaign"}
	// RecordDisputeOpened books the withdrawn money and freezes its unspent part.
	RecordDisputeOpened = Activity[ledger.Dispute, None]{"RecordDisputeOpened"}
	// RecordDisputeWon books the money that the won dispute returns.
	RecordDisputeWon = Activity[EndDispute, DisputeEnded]{"RecordDisputeWon"}
	// RecordDisputeLost books the lost dispute.
	RecordDisputeLost = Activity[EndDispute, DisputeEnded]{"RecordDisputeLost"}
)

// CampaignPaymentAsked freezes the generation after Previous of a campaign's payment.
type CampaignPaymentAsked struct {
	CampaignID string    `json:"campaign_id"`
	Previous   int       `json:"previous"`
	At         time.Time `json:"at"`
}

// StandingOf requests the standing of a campaign. PayoutMinimumMinor is the smallest payout.
type StandingOf struct {
	CampaignID         string `json:"campaign_id"`
	PayoutMinimumMinor int64  `json:"payout_minimum_minor"`
}

// EndedCampaign is a campaign whose workflow has completed. Ended is false if the workflow is
// still needed or the campaign does not exist.
type EndedCampaign struct {
	Ended          bool           `json:"ended"`
	OrganizationID string         `json:"organization_id,omitempty"`
	Name           string         `json:"name,omitempty"`
	Terms          campaign.Terms `json:"terms"`
}

// BudgetMove moves the budget of a campaign from or to the balance of its organization.
type BudgetMove struct {
	CampaignID string    `json:"campaign_id"`
	At         time.Time `json:"at"`
}

// Allocation takes the budget of a campaign out of its organization's balance.
type Allocation struct {
	CampaignID string    `json:"campaign_id"`
	At         time.Time `json:"at"`
	// CancelledPayment is the payment that was begun for the budget and can bring no money any more.
	CancelledPayment string `json:"cancelled_payment,omitempty"`
}

// CampaignPayment is a payment and the campaign that it funds.
type CampaignPayment struct {
	CampaignID      string `json:"campaign_id"`
	PaymentIntentID string `json:"payment_intent_id"`
}

// FailedRefund is a refund that came back. TransactionID is the balance transaction that
// returned the money.
type FailedRefund struct {
	Refund        ledger.Refund `json:"refund"`
	TransactionID string        `json:"transaction_id,omitempty"`
}

// PaidCampaign is the campaign that a payment funds, or the deposit that it is for. Found is false if it
// is for none.
type PaidCampaign struct {
	Found bool `json:"found"`
	campaign.Paid
	DepositID      string `json:"deposit_id,omitempty"`
	OrganizationID string `json:"organization_id,omitempty"`
	// Converted: the rail converted the payment, so it funds nothing.
	Converted bool `json:"converted,omitempty"`
}

// EndDispute is the moment at which the ledger books the end of a dispute. DepositID is set for a dispute
// over a deposit. Converted is set for one over a payment that the rail converted, and ReturnedMinor is what
// it then brought back.
type EndDispute struct {
	DisputeID     string    `json:"dispute_id"`
	DepositID     string    `json:"deposit_id,omitempty"`
	Converted     bool      `json:"converted,omitempty"`
	ReturnedMinor int64     `json:"returned_minor,omitempty"`
	At            time.Time `json:"at"`
}

// DisputeEnded has a deposit that is a part of the disputed payment, if a part of it was moved from the
// campaign to the balance. Its workflow shows if the balance is below zero.
type DisputeEnded struct {
	MovedDepositID string `json:"moved_deposit_id,omitempty"`
}

func (l Ledger) registerCampaigns(registry Registry) {
	store := l.Books.Campaigns
	bindAction(registry, CreateCampaign, store.Create)
	bind(registry, ReadCampaignStanding, func(ctx context.Context, in StandingOf) (campaign.Standing, error) {
		read, err := store.GetStanding(ctx, in.CampaignID, in.PayoutMinimumMinor)
		read.Facts.VerificationDue = l.VerifyAbove.Due(read.Currency, read.Facts.BudgetMinor, read.Verification)
		return read, err
	})
	bind(registry, MoveCampaign, func(ctx context.Context, in campaign.Move) (campaign.Status, error) {
		in.VerifyAbove = l.VerifyAbove
		return store.Move(ctx, in)
	})
	bindAction(registry, StopSubmissions, store.StopSubmissions)
	bind(registry, ReadEndedCampaign, l.readEndedCampaign)

	bind(registry, AmendCampaign, func(ctx context.Context, in campaign.Amendment) (campaign.Amended, error) {
		in.VerifyAbove = l.VerifyAbove
		return store.Amend(ctx, in)
	})
	bindAction(registry, AllocateBudget, func(ctx context.Context, in Allocation) error {
		return store.AllocateBudget(ctx, in.CampaignID, in.At, in.CancelledPayment)
	})
	bind(registry, ReleaseKept, func(ctx context.Context, in BudgetMove) (int64, error) {
		return store.ReleaseKept(ctx, in.CampaignID, in.At)
	})
	bindAction(registry, ReturnBudget, func(ctx context.Context, in BudgetMove) error {
		return store.ReturnBudget(ctx, in.CampaignID, in.At)
	})
	bind(registry, FreezeCampaignPayment, func(ctx context.Context, in CampaignPaymentAsked) (campaign.AskedPayment, error) {
		return store.FreezePayment(ctx, in.CampaignID, in.Previous, in.At)
	})
	bindAction(registry, RecordPayment, func(ctx context.Context, in CampaignPayment) error {
		return store.SetPaymentIntent(ctx, in.CampaignID, in.PaymentIntentID)
	})
	bindAction(registry, RecordFunding, store.RecordFunding)
	bindAction(registry, RecordRefund, store.RecordRefund)
	bindAction(registry, RecordRefundFailed, func(ctx context.Context, in FailedRefund) error {
		return store.RecordRefundFailed(ctx, in.Refund, in.TransactionID)
	})
	bind(registry, ListBookedRefunds, store.ListRefundsOnRecord)

	bind(registry, FindPaidCampaign, l.findPaid)
	bindAction(registry, RecordDisputeOpened, func(ctx context.Context, in ledger.Dispute) error {
		switch {
		case in.PaymentMinor > 0:
			return l.Books.Funding.RecordConvertedDisputeOpened(ctx, in)
		case in.DepositID != "":
			return l.Books.Funding.RecordDisputeOpened(ctx, in)
		}
		return store.RecordDisputeOpened(ctx, in)
	})
	bind(registry, RecordDisputeWon, func(ctx context.Context, in EndDispute) (DisputeEnded, error) {
		switch {
		case in.Converted:
			return DisputeEnded{}, l.Books.Funding.RecordConvertedDisputeWon(ctx, in.DisputeID, in.ReturnedMinor, in.At)
		case in.DepositID != "":
			return DisputeEnded{}, l.Books.Funding.RecordDisputeWon(ctx, in.DisputeID, in.At)
		}
		return l.disputeEnded(ctx, in, store.RecordDisputeWon(ctx, in.DisputeID, in.At))
	})
	bind(registry, RecordDisputeLost, func(ctx context.Context, in EndDispute) (DisputeEnded, error) {
		switch {
		case in.Converted:
			return DisputeEnded{}, l.Books.Funding.RecordConvertedDisputeLost(ctx, in.DisputeID, in.At)
		case in.DepositID != "":
			return DisputeEnded{}, l.Books.Funding.RecordDisputeLost(ctx, in.DisputeID, in.At)
		}
		return l.disputeEnded(ctx, in, store.RecordDisputeLost(ctx, in.DisputeID, in.At))
	})
}

func (l Ledger) disputeEnded(ctx context.Context, in EndDispute, err error) (DisputeEnded, error) {
	if err != nil {
		return DisputeEnded{}, err
	}
	moved, err := l.Books.Funding.FindMovedDeposit(ctx, in.DisputeID)
	return DisputeEnded{MovedDepositID: moved}, err
}

func (l Ledger) findPaid(ctx context.Context, paymentIntentID string) (PaidCampaign, error) {
	converted, found, err := l.Books.Funding.FindConverted(ctx, paymentIntentID)
	if err != nil || found {
		return PaidCampaign{
			Found: found, Paid: campaign.Paid{CampaignID: converted.CampaignID, Currency: converted.Currency, Funded: found}, DepositID: converted.DepositID, Converted: found,
		}, err
	}
	paid, found, err := l.Books.Campaigns.FindByPayment(ctx, paymentIntentID)
	if err != nil || found {
		return PaidCampaign{Found: found, Paid: paid}, err
	}
	deposit, found, err := l.Books.Funding.FindByPayment(ctx, paymentIntentID)
	return PaidCampaign{
		Found: found, Paid: campaign.Paid{Currency: deposit.Currency, Funded: deposit.Received}, DepositID: deposit.DepositID, OrganizationID: deposit.OrganizationID,
	}, err
}

func (l Ledger) readEndedCampaign(ctx context.Context, campaignID string) (EndedCampaign, error) {
	read, err := l.Books.Campaigns.Get(ctx, campaignID)
	if fault.Is(err, fault.NotFound) {
		return EndedCampaign{}, nil
	}
	if err != nil || !read.Status.Ended() {
		return EndedCampaign{}, err
	}
	return EndedCampaign{Ended: true, OrganizationID: read.OrganizationID, Name: read.Name, Terms: read.Terms}, nil
}
