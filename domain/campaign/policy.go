package campaign

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// FeePayer is who bears what the payment processor keeps of a brand's payment.
type FeePayer string

const (
	// BrandPays: the brand pays the expected fee on top of the budget.
	BrandPays FeePayer = "brand"
	// PlatformPays: the brand pays the budget. The platform needs money of its own at the processor,
	// because creators can earn all of the budget.
	PlatformPays FeePayer = "platform"
)

// ProcessingFee is what the payment processor is expected to keep of a payment: a share of it, and a
// fixed amount in the payment's currency. The processor's invoice may differ, for example for a card
// from abroad.
type ProcessingFee struct {
	BasisPoints int
	// FixedMinor is in minor units, by currency. A currency that has no fixed part is in it with 0: one
	// that is not in it would be charged too little unnoticed.
	FixedMinor map[money.Currency]int64
}

// Surcharge returns the smallest amount that covers the fee of a payment of amountMinor and the
// surcharge itself. It is rounded up to what can be charged in the currency. It returns fault.Invalid
// "processing_fee_unknown" for a currency whose fixed part is not set, and "amount_overflow" if the
// result does not fit.
func (f ProcessingFee) Surcharge(amountMinor int64, currency money.Currency) (int64, error) {
	if err := currency.RequireCirculating(); err != nil {
		return 0, err
	}
	fixedMinor, known := f.FixedMinor[currency]
	if !known {
		return 0, fault.Field("currency", "processing_fee_unknown",
			"no fixed processing fee is set for %s, so the brand would be charged too little: add %s=AMOUNT to CREDITROLL_PROCESSING_FEE_FIXED_MINOR, or 0 if there is none", currency, currency)
	}
	surchargeMinor, err := money.GrossUp(amountMinor, f.BasisPoints, fixedMinor)
	return money.CeilToStep(surchargeMinor, currency.ChargeStepMinor()), err
}

// Policy is what the platform decides for all campaigns. It is frozen in the terms of each.
type Policy struct {
	// FeeBasisPoints is the platform's share of the gross.
	FeeBasisPoints int
	// HoldMin is the shortest hold.
	HoldMin time.Duration
	// TrackingCostMaxMicros is the ceiling for what readings cost, see Terms.
	TrackingCostMaxMicros int64
	// ProcessingFee is what a brand's payment is expected to cost, and PaidBy who bears it.
	ProcessingFee ProcessingFee
	PaidBy        FeePayer
}

// Validate returns fault.Invalid with the field of the first rule that the policy breaks.
func (p Policy) Validate() error {
	switch {
	case p.PaidBy != BrandPays && p.PaidBy != PlatformPays:
		return fault.Field("processing_fee_paid_by", "unknown_fee_payer", "%.40q pays no fee: use brand or platform", string(p.PaidBy))
	case p.FeeBasisPoints < 0 || p.FeeBasisPoints > maxShareBasisPoints:
		return fault.Field("fee_basis_points", "fee_out_of_range", "the platform fee must be between 0 and %d basis points", maxShareBasisPoints)
	case p.TrackingCostMaxMicros < 0 || p.TrackingCostMaxMicros > maxAmountMinor:
		return fault.Field("tracking_cost_max_micros", "limit_out_of_range", "the ceiling for the cost of readings must be between 0 (no ceiling) and %d", int64(maxAmountMinor))
	case p.HoldMin < 0 || p.HoldMin > maxDuration:
		return fault.Field("hold_min", "hold_out_of_range", "the shortest hold must be between 0 and 366 days")
	case p.ProcessingFee.BasisPoints < 0 || p.ProcessingFee.BasisPoints > maxShareBasisPoints:
		return fault.Field("processing_fee_basis_points", "fee_out_of_range", "the processing fee must be between 0 and %d basis points", maxShareBasisPoints)
	}
	return nil
}

// Asked are the terms of a request. A nil FeeBasisPoints stands for the platform's own fee.
type Asked struct {
	Terms          Terms
	FeeBasisPoints *int
	// ByAdmin: the platform's own people may agree on another fee, on a shorter hold, on another ceiling for costs and on a schedule.
	ByAdmin bool
}

// Freeze returns the terms with the policy and the defaults in them. It returns fault.Invalid "fee_not_negotiable",
// "hold_too_short", "cost_ceiling_not_negotiable" or "schedule_not_negotiable" for terms that only an admin may agree on, and the faults of Surcharge if the brand
// pays the fee.
func (p Policy) Freeze(asked Asked) (Terms, error) {
	terms := asked.Terms
	terms.FeeBasisPoints = p.FeeBasisPoints
	if asked.FeeBasisPoints != nil {
		terms.FeeBasisPoints = *asked.FeeBasisPoints
	}
	if !asked.ByAdmin && terms.FeeBasisPoints != p.FeeBasisPoints {
		return Terms{}, fault.Field("fee_basis_points", "fee_not_negotiable", "the platform's fee is %d basis points: leave it out, or have an admin create the campaign", p.FeeBasisPoints)
	}
	if !asked.ByAdmin && terms.Hold >= 0 && terms.Hold.Std() < p.HoldMin {
		return Terms{}, fault.Field("hold_seconds", "hold_too_short", "the hold must be at least %s, or have an admin create the campaign", duration.Text(p.HoldMin))
	}
	if terms.TrackingCostMaxMicros == 0 {
		terms.TrackingCostMaxMicros = p.TrackingCostMaxMicros
	}
	if !asked.ByAdmin && terms.TrackingCostMaxMicros != p.TrackingCostMaxMicros {
		return Terms{}, fault.Field("tracking_cost_max_micros", "cost_ceiling_not_negotiable", "the platform decides what the readings of a campaign may cost: leave it out, or have an admin create the campaign")
	}
	if !asked.ByAdmin && terms.PollTiers != "" {
		return Terms{}, fault.Field("poll_tiers", "schedule_not_negotiable", "the platform decides how often clips are read: leave it out, or have an admin create the campaign")
	}
	terms.ReviewDeadline = duration.Text(terms.ReviewTime())
	terms.ProcessingFeePaidBy = p.PaidBy
	terms.Plausibility = terms.Plausibility.OrDefault()
	var err error
	terms.SurchargeMinor, err = p.Surcharge(terms.BudgetMinor, terms.Currency)
	return terms, err
}

// Surcharge returns what a brand pays on top of an amount for the processing of the payment: nothing if
// the platform bears the fee. It returns fault.Invalid "amount_overflow".
func (p Policy) Surcharge(amountMinor int64, currency money.Currency) (int64, error) {
	if p.PaidBy != BrandPays || amountMinor <= 0 {
		return 0, nil
	}
	return p.ProcessingFee.Surcharge(amountMinor, currency)
}
