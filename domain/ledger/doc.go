// Package ledger has the accounts, the kinds of journal entries, and one function for each
// business event that makes its balanced entry. Debits are positive and credits are negative.
// Amounts are in minor units of the entry's one currency.
//
// How money moves between accounts:
//
//	campaign funded      stripe/platform (+ processing fees)  <- campaign escrow (+ surcharge)
//	earnings accrued     campaign escrow -> creator pending + platform fees + affiliate's pending
//	hold released        creator pending -> creator available
//	payout reserved      creator available -> creator in transit
//	transfer settled     creator in transit -> creator connected; stripe/platform -> stripe/connected
//	bank payout settled  creator connected -> out of the books, with stripe/connected
//	conversion sent      stripe/connected -> fx/clearing, in the currency of the payout
//	conversion received  fx/clearing -> stripe/connected, in the currency that arrived
//	conversion undone    conversion sent, back; conversion closed: what arrived is gone from the account,
//	                     with platform/exchange_differences
//	converted payout     creator connected -> fx/clearing when the bank has what arrived, which left
//	settled              stripe/connected to fx/clearing; converted payout returned: the same, back
//	bank payout failed   back onto the connected balance
//	transfer reversed    back onto the platform balance, in transit again
//	payout cancelled     creator in transit -> creator available
//	escrow refunded      campaign escrow -> out of the books, with stripe/platform
//	earnings clawed back creator pending, available, then a debt + platform fees -> campaign escrow
//	receivable recovered creator available -> the creator's debt is less
//	written off          the creator's debt -> platform losses
//	capital paid in      stripe/platform <- platform/capital, and capital taken out the other way
//	processor fee        stripe/platform -> platform/processing_fees
//	funds reserved       stripe/platform -> stripe/reserved
//	funding disputed     stripe/platform -> stripe/disputed + processing fees
//	dispute won          stripe/disputed -> stripe/platform
//	dispute lost         stripe/disputed -> out of the books, with campaign escrow + platform losses
//	escrow shortfall     platform losses -> campaign escrow, when a refund took more than was left
//	shortfall recovered  campaign escrow -> platform losses, when money comes in again
//	adjustment           what two people agreed on, between accounts that no guard or hold must equal
//
// Its kind and a reference identify an event. The reference comes from the business: a reading, a
// payout and its generation, an object of the payment processor. Posting the same event again
// finds the first entry. Posting another amount under the same reference is refused.
//
// Kinds lists every kind with its traits. To add a kind, add it there, and see Traits.
package ledger
