// Package statement adds up what creators and brands are shown of the ledger: the statement of a
// creator for a month, the statement of a campaign with a receipt for each payment, the statement of an
// organization's balance for a month with a receipt for each deposit, and the totals of a year that tax
// reports need.
//
// Each figure is a sum of postings. Traits of the kinds of entries decide which figure a posting
// belongs to (items.go), so no query lists kinds. What no rule covers is in the figure "other". A
// statement therefore always adds up:
//
//	opening + earned + commissions + clawed back + adjustments + written off
//	        + instant fees + paid + settled outside + other = closing
//
// Movements have the sign of their effect on the balance, so a payment to the bank is negative.
// The balance of a creator is what the platform owes: pending, available, in transit and connected,
// less the debt. The date of an entry (effective_at, in UTC) decides its month.
//
// The balance of an organization is what it has deposited and what campaigns have returned, as far as no
// campaign has it and nothing has gone back. What a withdrawal has reserved counts until it is sent:
//
//	opening + deposited + moved to campaigns + returned from campaigns + withdrawn + withdrawals returned
//	        + refunded directly + charged back + settled outside + adjustments + other = closing
//
// No name and no address of a creator is here. Who a creator is, only the payment processor knows.
package statement
