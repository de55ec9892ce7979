// Package ledger is the chart of accounts and the one function per business event that
// turns it into a balanced journal entry. Debits are positive, credits negative; every
// amount is in minor units of the entry's one currency.
//
// The way of a cent, account by account:
//
//	campaign funded      stripe/platform (+ processing fees)  <- campaign escrow
//	earnings accrued     campaign escrow -> creator pending + platform fees + affiliate's pending
//	hold released        creator pending -> creator available
//	payout reserved      creator available -> creator in transit
//	transfer settled     creator in transit -> creator connected; stripe/platform -> stripe/connected
//	bank payout settled  creator connected -> out of the books, with stripe/connected
//	bank payout failed   back onto the connected balance
//	transfer reversed    back onto the platform balance, in transit again
//	payout cancelled     creator in transit -> creator available
//	escrow refunded      campaign escrow -> out of the books, with stripe/platform
//	earnings clawed back creator pending, available, then a debt + platform fees -> campaign escrow
//	receivable recovered creator available -> the creator's debt is less
//	written off          the creator's debt -> platform losses
//	funding disputed     stripe/platform -> stripe/disputed + processing fees
//	dispute won          stripe/disputed -> stripe/platform
//	dispute lost         stripe/disputed -> out of the books, with campaign escrow + platform losses
//	escrow shortfall     platform losses -> campaign escrow, when a refund took more than was left
//	shortfall recovered  campaign escrow -> platform losses, when money comes in again
//	adjustment           whatever two people agreed on, where nothing else is counted against it
//
// An event is named by its kind and a reference taken from the business (an observation, a
// payout and its generation, an object of Stripe). Posting the same event again finds the
// first entry; posting another amount under the same reference is refused.
package ledger
