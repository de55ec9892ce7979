package ledger

import "strings"

// Account is the code of an account: lower-case segments between slashes.
type Account string

// Accounts of the platform itself.
const (
	StripePlatform Account = "stripe/platform" // asset: our Stripe balance
	StripeDisputed Account = "stripe/disputed" // asset: taken by an open dispute, and ours again if we win
	StripeReserved Account = "stripe/reserved" // asset: what Stripe has set aside of our balance

	PlatformFees         Account = "platform/fees"                  // income: our share of earnings
	ProcessingSurcharges Account = "platform/processing_surcharges" // income: what brands pay for the processing of their payments
	ProcessingFees       Account = "platform/processing_fees"       // expense: what Stripe keeps
	PlatformLosses       Account = "platform/losses"                // expense: what no one will pay back

	// PlatformCapital is the platform's own money that it has put in, less what it has taken out, from
	// and to bank accounts that are not in the books (equity).
	PlatformCapital Account = "platform/capital"

	// FXClearing has what was sent in one currency and arrived in another, until the payout has ended:
	// above zero in the currency that was sent, below zero in the one that arrived (asset).
	FXClearing Account = "fx/clearing"
	// ExchangeDifferences are what we gain or lose because a transfer is taken back at another rate than
	// it was sent at (income, negative for a loss).
	ExchangeDifferences Account = "platform/exchange_differences"
)

// OrganizationBalance is a brand's money that no campaign has (liability). It is below zero if the
// brand's bank took back money that campaigns had got from it, or if a person refunded more of a deposit
// by hand than was left.
func OrganizationBalance(organizationID string) Account {
	return Account("organization/" + organizationID + "/balance")
}

// OrganizationWithdrawing is reserved by withdrawals and not sent yet (liability).
func OrganizationWithdrawing(organizationID string) Account {
	return Account("organization/" + organizationID + "/withdrawing")
}

// CampaignEscrow is the brand's money that is not earned yet (liability).
func CampaignEscrow(campaignID string) Account { return Account("campaign/" + campaignID + "/escrow") }

// CreatorPending is earned and on hold (liability).
func CreatorPending(creatorID string) Account { return creator(creatorID, "pending") }

// CreatorAvailable may be paid out (liability).
func CreatorAvailable(creatorID string) Account { return creator(creatorID, "available") }

// CreatorInTransit is reserved by a payout that has not reached the connected account (liability).
func CreatorInTransit(creatorID string) Account { return creator(creatorID, "in_transit") }

// CreatorConnected lies on the creator's connected account, not yet in the bank (liability).
func CreatorConnected(creatorID string) Account { return creator(creatorID, "connected") }

// CreatorReceivable is what a creator owes us: earnings that were taken back after they were paid,
// that were paid before the books have them, or a minor unit by a rounding (asset).
func CreatorReceivable(creatorID string) Account { return creator(creatorID, "receivable") }

// StripeConnected is the balance of the creator's connected account (asset).
func StripeConnected(creatorID string) Account { return Account("stripe/connected/" + creatorID) }

func creator(creatorID, part string) Account { return Account("creator/" + creatorID + "/" + part) }

// Side is the side on which an account normally has its balance.
type Side string

// The sides: assets and expenses are debit accounts, liabilities and income credit accounts.
const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// NormalSide returns the account's normal side.
func (a Account) NormalSide() Side {
	if strings.HasPrefix(string(a), "stripe/") || a == FXClearing || a == ProcessingFees || a == PlatformLosses || strings.HasSuffix(string(a), "/receivable") {
		return Debit
	}
	return Credit
}

// Balance turns a sum of postings (debit positive) into the account's balance as a person
// reads it: positive on its normal side.
func (a Account) Balance(sumMinor int64) int64 {
	if a.NormalSide() == Credit {
		return -sumMinor
	}
	return sumMinor
}
