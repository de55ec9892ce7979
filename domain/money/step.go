package money

// Some amounts can be booked but not paid. According to Stripe's documentation, under "Currencies",
// there are no hundredths of an ariary, and amounts with three decimals must end in 0. Brands can
// pay hundredths of forints and new Taiwan dollars, but banks receive whole units.
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

// PayoutStepMinor returns the step in minor units in which money can be paid to a bank: 100 for
// forints and new Taiwan dollars, otherwise ChargeStepMinor. It is a multiple of ChargeStepMinor.
func (c Currency) PayoutStepMinor() int64 {
	switch c {
	case "HUF", "TWD":
		return wholeUnitStep
	}
	return c.ChargeStepMinor()
}

// FloorToStep rounds an amount towards zero to a multiple of a step.
func FloorToStep(amountMinor, stepMinor int64) int64 { return amountMinor - amountMinor%stepMinor }

// CeilToStep rounds an amount up to a multiple of a step. The amount must not be negative.
func CeilToStep(amountMinor, stepMinor int64) int64 {
	if remainder := amountMinor % stepMinor; remainder > 0 {
		return amountMinor - remainder + stepMinor
	}
	return amountMinor
}
