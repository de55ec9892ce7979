package money

// Not every amount that can be booked can be moved. Stripe's documentation, under
// "Currencies": it knows no hundredths of an ariary; its partners take amounts of three
// decimals only with a last digit of 0; and forints and new Taiwan dollars, which have
// hundredths when a brand pays, go to banks in whole units.
const (
	wholeUnitStep    = 100
	threeDecimalStep = 10
)

// ChargeStepMinor returns the step in minor units in which a brand can pay and be refunded:
// 1 for most currencies, 100 for the ariary, 10 for those of three decimals.
func (c Currency) ChargeStepMinor() int64 {
	switch {
	case c == "MGA":
		return wholeUnitStep
	case c.Exponent() == 3:
		return threeDecimalStep
	}
	return 1
}

// PayoutStepMinor returns the step in minor units in which money can go to a bank: that of
// charges, and 100 for forints and new Taiwan dollars. It is a multiple of ChargeStepMinor.
func (c Currency) PayoutStepMinor() int64 {
	switch c {
	case "HUF", "TWD":
		return wholeUnitStep
	}
	return c.ChargeStepMinor()
}

// FloorToStep returns what of an amount is a multiple of a step: towards zero.
func FloorToStep(amountMinor, stepMinor int64) int64 { return amountMinor - amountMinor%stepMinor }

// CeilToStep returns the least multiple of a step that is not below an amount, which is not
// negative.
func CeilToStep(amountMinor, stepMinor int64) int64 {
	if rest := amountMinor % stepMinor; rest > 0 {
		return amountMinor - rest + stepMinor
	}
	return amountMinor
}
