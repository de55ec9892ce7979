package funding

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Balance is a brand's money in one currency that no campaign has, in minor units.
type Balance struct {
	Currency money.Currency
	// BalanceMinor is below zero if the brand's bank took back what campaigns had got, or if a person
	// refunded more of a deposit by hand than was left.
	BalanceMinor int64
	// WithdrawingMinor is reserved by withdrawals and not sent yet. BalanceMinor is without it.
	WithdrawingMinor int64
	// AtRiskMinor is what open disputes over deposits took. It comes out of the balance if they are lost.
	AtRiskMinor int64
}

// AvailableMinor is what can be withdrawn or given to a campaign.
func (b Balance) AvailableMinor() int64 { return max(0, b.BalanceMinor-b.AtRiskMinor) }

// UncoveredMinor is how far the balance is below zero once open disputes are lost.
func (b Balance) UncoveredMinor() int64 { return max(0, b.AtRiskMinor-b.BalanceMinor) }

// Require returns fault.Conflict "balance_too_low" unless amountMinor is available. It says how much to
// deposit.
func (b Balance) Require(amountMinor int64) error {
	if amountMinor <= b.AvailableMinor() {
		return nil
	}
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: b.Currency} }
	held := ""
	if b.AtRiskMinor > 0 {
		held = ", of which open disputes over deposits hold back " + amount(b.AtRiskMinor).String()
	}
	return fault.New(fault.Conflict, "balance_too_low", "the balance is %s%s, and %s is needed: deposit at least %s first",
		amount(b.BalanceMinor), held, amount(amountMinor), amount(amountMinor-(b.BalanceMinor-b.AtRiskMinor)))
}
