package names

import "strconv"

// Idempotency keys name the request and its generation, never an amount. The processor repeats its
// first answer for a known key. A generation ends only with a definitive refusal or a completed
// reversal, so at most one key is valid at a time.

// PayoutKey returns the key of one generation of a payout's phase.
func PayoutKey(payoutID, phase string, generation int) string {
	return Payout(payoutID) + "/" + phase + "/g" + strconv.Itoa(generation)
}

// FundingKey returns the key of one generation of a campaign's payment.
func FundingKey(campaignID string, generation int) string {
	return Campaign(campaignID) + "/funding/g" + strconv.Itoa(generation)
}

// DepositKey returns the key of one generation of a deposit's payment.
func DepositKey(depositID string, generation int) string {
	return Deposit(depositID) + "/payment/g" + strconv.Itoa(generation)
}

// WithdrawalRefundKey returns the key of a refund of a withdrawal, by its number.
func WithdrawalRefundKey(withdrawalID string, number int) string {
	return Withdrawal(withdrawalID) + "/refund" + strconv.Itoa(number)
}

// ConvertedRefundKey returns the key of a refund of a converted payment, by its number.
func ConvertedRefundKey(paymentIntentID string, number int) string {
	return ConvertedPayment(paymentIntentID) + "/refund" + strconv.Itoa(number)
}

// RefundKey returns the key of one generation of a campaign's refund. Refunds start at one.
func RefundKey(campaignID string, refund, generation int) string {
	return Campaign(campaignID) + "/" + RefundStep(refund, generation)
}

// RefundStep names one generation of a refund within its campaign.
func RefundStep(refund, generation int) string {
	return "refund" + strconv.Itoa(refund) + "-g" + strconv.Itoa(generation)
}

// AccountKey returns the key for creating a creator's connected account. Every try is the same request.
func AccountKey(creatorID string) string { return Creator(creatorID) + "/account" }

// PayoutGroup returns the transfer group of a payout, by which its transfers are found.
func PayoutGroup(payoutID string) string { return Payout(payoutID) }

// CampaignGroup returns the transfer group of a campaign's payment.
func CampaignGroup(campaignID string) string { return Campaign(campaignID) }

// DepositGroup returns the transfer group of a deposit's payment.
func DepositGroup(depositID string) string { return Deposit(depositID) }
