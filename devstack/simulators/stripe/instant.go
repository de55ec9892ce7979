package stripe

import (
	"errors"
	"net/http"
	"time"
)

// instantRules are what the platform has agreed with Stripe about instant payouts.
type instantRules struct {
	Disabled bool
	// DayLimitMinor is how much all accounts together may pay out at once in a day and a currency,
	// and FeeBasisPoints what that costs the platform. 0 is no limit, and no fee.
	DayLimitMinor  int64
	FeeBasisPoints int64
}

func (s *Simulator) setInstantRules(_ *http.Request, input controlInput) (any, error) {
	if input.DayLimitMinor < 0 || input.FeeBasisPoints < 0 {
		return nil, errors.New("limit and fee must not be negative")
	}
	s.st.Rules.Instant = instantRules{
		Disabled: input.Enabled != nil && !*input.Enabled, DayLimitMinor: input.DayLimitMinor, FeeBasisPoints: input.FeeBasisPoints,
	}
	s.dirty = true
	return object{"enabled": !s.st.Rules.Instant.Disabled, "day_limit_minor": input.DayLimitMinor, "fee_basis_points": input.FeeBasisPoints}, nil
}

// checkInstant refuses what cannot be paid out at once.
func (s *Simulator) checkInstant(p *payout, bank *bankAccount) *apiError {
	agreed := s.st.Rules.Instant
	if agreed.Disabled {
		return refused("instant_payouts_config_disabled", "", "Instant Payouts are not enabled for this platform.")
	}
	if _, known := instantLimits[p.Currency]; !known {
		return refused("instant_payouts_currency_disabled", "currency", "Instant Payouts are not available in %s.", p.Currency)
	}
	if !bank.Instant {
		return refused("instant_payouts_unsupported", "destination", "The external account %s is not eligible for Instant Payouts. Its available_payout_methods do not include instant.", bank.ID)
	}
	if agreed.DayLimitMinor > 0 && s.paidInstantly(p.Created, p.Currency)+p.AmountMinor > agreed.DayLimitMinor {
		return refused("instant_payouts_limit_exceeded", "amount", "This payout is above the volume of Instant Payouts that is left today.")
	}
	return nil
}

// paidInstantly sums up the instant payouts of a day that did not come back.
func (s *Simulator) paidInstantly(at time.Time, currency string) int64 {
	sumMinor, day := int64(0), at.UTC().Format(time.DateOnly)
	for _, p := range s.st.Payouts.order {
		if p.Method == methodInstant && p.Currency == currency && p.FailureID == "" && p.Created.UTC().Format(time.DateOnly) == day {
			sumMinor += p.AmountMinor
		}
	}
	return sumMinor
}

// chargeInstantFee takes the fee of an instant payout from the platform's balance.
func (s *Simulator) chargeInstantFee(p *payout) {
	if p.Method == methodInstant {
		s.bill(p.AmountMinor*s.st.Rules.Instant.FeeBasisPoints/10_000, p.Currency, "Instant Payout fee")
	}
}
