package names

import "strconv"

// Idempotency keys name what is asked for and its generation, never an amount: the processor
// answers a key that it knows with its first answer. A generation ends only with a definitive
// refusal or with a completed reversal, so two keys are never alive at once.

// PayoutKey returns the key of one generation of a payout's phase.
func PayoutKey(payoutID, phase string, generation int) string {
	return Payout(payoutID) + "/" + phase + "/g" + strconv.Itoa(generation)
}

// FundingKey returns the key of one generation of a campaign's payment.
func FundingKey(campaignID string, generation int) string {
	return Campaign(campaignID) + "/funding/g" + strconv.Itoa(generation)
}

// CancelFundingKey returns the key under which a payment is given up: each try is the same
// request.
func CancelFundingKey(fundingID string) string { return "funding/" + fundingID + "/cancel" }

// RefundKey returns the key of one generation of a campaign's refund. Refunds count from one.
func RefundKey(campaignID string, refund, generation int) string {
	return Campaign(campaignID) + "/" + RefundStep(refund, generation)
}

// RefundStep names one generation of a refund within its campaign.
func RefundStep(refund, generation int) string {
	return "refund" + strconv.Itoa(refund) + "-g" + strconv.Itoa(generation)
}

// PayoutGroup is the transfer group of a payout: its transfers are found by it.
func PayoutGroup(payoutID string) string { return Payout(payoutID) }

// CampaignGroup is the transfer group of a campaign's payment.
func CampaignGroup(campaignID string) string { return Campaign(campaignID) }
