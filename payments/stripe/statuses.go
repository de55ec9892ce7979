package stripe

import (
	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// Each table has Stripe's word on the left. A word that is missing, such as one that Stripe
// adds later, reads as undecided: callers then look again, and book nothing.
var (
	fundingStatuses = map[stripe.PaymentIntentStatus]rail.FundingStatus{
		stripe.PaymentIntentStatusRequiresPaymentMethod: rail.FundingRequiresPaymentMethod,
		stripe.PaymentIntentStatusRequiresConfirmation:  rail.FundingRequiresConfirmation,
		stripe.PaymentIntentStatusRequiresAction:        rail.FundingRequiresAction,
		stripe.PaymentIntentStatusProcessing:            rail.FundingProcessing,
		stripe.PaymentIntentStatusSucceeded:             rail.FundingSucceeded,
		stripe.PaymentIntentStatusCanceled:              rail.FundingCanceled,
	}
	refundStatuses = map[stripe.RefundStatus]rail.RefundStatus{
		stripe.RefundStatusPending:        rail.RefundPending,
		stripe.RefundStatusRequiresAction: rail.RefundPending,
		stripe.RefundStatusSucceeded:      rail.RefundSucceeded,
		stripe.RefundStatusFailed:         rail.RefundFailed,
		stripe.RefundStatusCanceled:       rail.RefundCanceled,
	}
	disputeStatuses = map[stripe.DisputeStatus]rail.DisputeStatus{
		stripe.DisputeStatusNeedsResponse:        rail.DisputeOpen,
		stripe.DisputeStatusUnderReview:          rail.DisputeOpen,
		stripe.DisputeStatusWarningNeedsResponse: rail.DisputeInquiry,
		stripe.DisputeStatusWarningUnderReview:   rail.DisputeInquiry,
		stripe.DisputeStatusWarningClosed:        rail.DisputeDropped,
		stripe.DisputeStatusWon:                  rail.DisputeWon,
		stripe.DisputeStatusLost:                 rail.DisputeLost,
	}
	bankPayoutStatuses = map[stripe.PayoutStatus]rail.BankPayoutStatus{
		stripe.PayoutStatusPending:   rail.BankPayoutPending,
		stripe.PayoutStatusInTransit: rail.BankPayoutInTransit,
		stripe.PayoutStatusPaid:      rail.BankPayoutPaid,
		stripe.PayoutStatusFailed:    rail.BankPayoutFailed,
		stripe.PayoutStatusCanceled:  rail.BankPayoutCanceled,
	}
)

func fundingStatus(word stripe.PaymentIntentStatus) rail.FundingStatus {
	return inOurWords(fundingStatuses, word, rail.FundingProcessing)
}

func refundStatus(word stripe.RefundStatus) rail.RefundStatus {
	return inOurWords(refundStatuses, word, rail.RefundPending)
}

func disputeStatus(word stripe.DisputeStatus) rail.DisputeStatus {
	return inOurWords(disputeStatuses, word, rail.DisputeOpen)
}

func bankPayoutStatus(word stripe.PayoutStatus) rail.BankPayoutStatus {
	return inOurWords(bankPayoutStatuses, word, rail.BankPayoutPending)
}

func inOurWords[Word comparable, Status any](table map[Word]Status, word Word, undecided Status) Status {
	if status, ok := table[word]; ok {
		return status
	}
	return undecided
}
