package reconcile

import (
	"slices"

	"github.com/creditroll/creditroll/domain/ledger"
)

// Types of balance transactions that belong to no object of ours and that say by themselves what they
// are for. Stripe lists the types at https://docs.stripe.com/reports/balance-transaction-types.
var (
	capitalTypes  = []string{"topup", "topup_reversal", "payout", "payout_cancel", "payout_failure"}
	feeTypes      = []string{"stripe_fee", "stripe_fx_fee", "tax_fee"}
	reservedTypes = []string{
		"reserve_transaction", "reserved_funds", "payment_network_reserve_hold", "payment_network_reserve_release",
		"payout_minimum_balance_hold", "payout_minimum_balance_release",
	}
)

// BookedTypes returns the types of balance transactions that are booked without a person.
func BookedTypes() []string { return slices.Concat(capitalTypes, feeTypes, reservedTypes) }

// Entry returns the entry that books a balance transaction of one of BookedTypes, and false for every
// other object: what an adjustment is for, for example, only a person knows.
func (o Object) Entry() (ledger.Entry, bool) {
	if o.Type != BalanceTransaction || o.SourceType != "" || o.AmountMinor == 0 && o.FeeMinor == 0 {
		return ledger.Entry{}, false
	}
	movement := ledger.Movement{TransactionID: o.ID, Currency: o.Currency, AmountMinor: o.AmountMinor, FeeMinor: o.FeeMinor, At: o.CreatedAt}
	switch {
	case slices.Contains(capitalTypes, o.Status) && o.AmountMinor+o.FeeMinor > 0:
		return ledger.CapitalPaidIn(movement), true
	case slices.Contains(capitalTypes, o.Status):
		return ledger.CapitalTakenOut(movement), true
	case slices.Contains(feeTypes, o.Status):
		return ledger.ProcessorFeeCharged(movement), true
	case slices.Contains(reservedTypes, o.Status):
		return ledger.FundsReserved(movement), true
	}
	return ledger.Entry{}, false
}
