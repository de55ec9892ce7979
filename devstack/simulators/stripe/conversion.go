package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
)

// conversionRules say whether and how money is converted into a currency that an account holds.
type conversionRules struct {
	On bool
	// FeeBasisPoints is Stripe's fee. Charges list it among their fees; for transfers it is within
	// the rate, unless TransferFeeListed.
	FeeBasisPoints    int64
	TransferFeeListed bool
	// Rates has what one US dollar is in each currency, as a decimal. They replace the defaults.
	Rates map[string]string
}

// converted is an amount in the currency that it became. Rate is empty if that is the same one.
type converted struct {
	AmountMinor int64
	Currency    string
	Rate        string
}

// settlement is the currency in which an account receives money of a currency: the same one if it
// is the account's own or has a bank account, and otherwise the account's own.
func (s *Simulator) settlement(account, currency string) string {
	owner, ok := s.st.Accounts.byID[account]
	if !s.st.Rules.Conversion.On || !ok || owner.DefaultCurrency == currency || s.defaultBank(account, currency) != nil {
		return currency
	}
	return owner.DefaultCurrency
}

// checkConvertible refuses a currency that has no rate. It is checked before money moves, because
// later steps cannot refuse.
func (s *Simulator) checkConvertible(account, currency string) *apiError {
	into := s.settlement(account, currency)
	if into == currency || s.hasRate(currency) && s.hasRate(into) {
		return nil
	}
	return invalid("", "currency", "The simulator has no rate to convert %s into %s. Set one under /_sim/conversion.", currency, into)
}

// convert returns the amount in another currency at the rate of this moment, less a margin in the
// rate, rounded half away from zero.
func (s *Simulator) convert(amountMinor int64, from, into string, marginBasisPoints int64) converted {
	if from == into {
		return converted{AmountMinor: amountMinor, Currency: into}
	}
	rate := s.rateOf(from, into)
	rate.Mul(rate, big.NewRat(10_000-marginBasisPoints, 10_000))
	exact := new(big.Rat).Mul(rate, new(big.Rat).SetInt64(amountMinor))
	return converted{AmountMinor: roundHalfUp(exact), Currency: into, Rate: new(big.Float).SetRat(rate).Text('g', 8)}
}

// convertTransfer converts what a transfer brings to an account, and what its reversal takes: each
// at the rate of its own moment.
func (s *Simulator) convertTransfer(amountMinor int64, from, into string) converted {
	agreed := s.st.Rules.Conversion
	if agreed.TransferFeeListed {
		return s.convert(amountMinor, from, into, 0)
	}
	return s.convert(amountMinor, from, into, agreed.FeeBasisPoints)
}

// conversionFee is the line among the fees of a converted amount.
func (s *Simulator) conversionFee(became converted) []feeLine {
	feeMinor := shareHalfUp(became.AmountMinor, s.st.Rules.Conversion.FeeBasisPoints)
	if became.Rate == "" || feeMinor == 0 {
		return nil
	}
	return []feeLine{{AmountMinor: feeMinor, Type: "stripe_fee", Description: "Stripe currency conversion fee"}}
}

// rateOf is how many minor units of a currency one minor unit of another is. Currencies without a
// rate are refused before.
func (s *Simulator) rateOf(from, into string) *big.Rat {
	rate := new(big.Rat).Quo(s.perDollar(into), s.perDollar(from))
	return rate.Mul(rate, big.NewRat(baseUnitMinor(into), baseUnitMinor(from)))
}

func (s *Simulator) hasRate(currency string) bool { return s.perDollar(currency) != nil }

// perDollar returns nil for a currency without a rate.
func (s *Simulator) perDollar(currency string) *big.Rat {
	text, ok := s.st.Rules.Conversion.Rates[currency]
	if !ok {
		text, ok = defaultRates[currency]
	}
	if !ok {
		return nil
	}
	rate, _ := new(big.Rat).SetString(text)
	return rate
}

// roundHalfUp rounds halves away from zero.
func roundHalfUp(exact *big.Rat) int64 {
	magnitude := new(big.Rat).Abs(exact)
	doubled := new(big.Int).Add(new(big.Int).Lsh(magnitude.Num(), 1), magnitude.Denom())
	rounded := new(big.Int).Quo(doubled, new(big.Int).Lsh(magnitude.Denom(), 1)).Int64()
	if exact.Sign() < 0 {
		return -rounded
	}
	return rounded
}

// shareHalfUp is a share of a positive amount.
func shareHalfUp(amountMinor, basisPoints int64) int64 {
	return (amountMinor*basisPoints + 5_000) / 10_000
}

func rateView(rate string) any {
	if rate == "" {
		return nil
	}
	return json.Number(rate)
}

// checkRates refuses what is no rate of a currency.
func checkRates(rates map[string]string) error {
	var errs []error
	for _, currency := range slices.Sorted(maps.Keys(rates)) {
		rate, ok := new(big.Rat).SetString(rates[currency])
		switch {
		case !slices.Contains(currencies, currency):
			errs = append(errs, fmt.Errorf("currency %q is unknown", currency))
		case !ok || rate.Sign() <= 0:
			errs = append(errs, fmt.Errorf("the rate of %s must be a decimal above zero", currency))
		case currency == "usd" && rate.Cmp(big.NewRat(1, 1)) != 0:
			errs = append(errs, errors.New("rates are per US dollar, so that of usd is 1"))
		}
	}
	return errors.Join(errs...)
}

// setConversion changes what the body names and keeps the rest.
func (s *Simulator) setConversion(_ *http.Request, input controlInput) (any, error) {
	rates := map[string]string{}
	for currency, rate := range input.Rates {
		rates[strings.ToLower(currency)] = rate
	}
	if err := checkRates(rates); err != nil {
		return nil, err
	}
	changed := s.st.Rules.Conversion
	if fee := input.ConversionFeeBasisPoints; fee != nil {
		if *fee < 0 || *fee >= 10_000 {
			return nil, errors.New("the conversion fee must be from 0 to 9,999 basis points")
		}
		changed.FeeBasisPoints = *fee
	}
	if input.Enabled != nil {
		changed.On = *input.Enabled
	}
	if input.TransferFeeListed != nil {
		changed.TransferFeeListed = *input.TransferFeeListed
	}
	changed.Rates = maps.Clone(changed.Rates)
	if changed.Rates == nil {
		changed.Rates = map[string]string{}
	}
	maps.Copy(changed.Rates, rates)
	s.st.Rules.Conversion, s.dirty = changed, true
	return object{
		"enabled": changed.On, "conversion_fee_basis_points": changed.FeeBasisPoints,
		"transfer_fee_listed": changed.TransferFeeListed, "rates": changed.Rates,
	}, nil
}
