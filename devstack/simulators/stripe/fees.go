package stripe

import (
	"container/heap"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// feeLine is one line of fee_details.
type feeLine struct {
	AmountMinor int64
	Type        string
	Description string
}

func sumOf(lines []feeLine) int64 {
	sumMinor := int64(0)
	for _, line := range lines {
		sumMinor += line.AmountMinor
	}
	return sumMinor
}

// feeRules are what Stripe takes. Amounts without a currency are in the one that is charged.
type feeRules struct {
	// Of charges: a share of what settles, and a fixed part by settlement currency.
	ChargeBasisPoints     int64
	ChargeFixedMinor      int64
	ChargeFixedByCurrency map[string]int64
	// Of Connect, in the platform's currency: for each account that was paid out in a month, and
	// for each of its payouts.
	ActiveAccountMinor int64
	PayoutMinor        int64
	PayoutBasisPoints  int64
	// TaxBasisPoints is the tax on fees that are billed by themselves.
	TaxBasisPoints int64
}

func (o Options) feeRules() feeRules {
	return feeRules{
		ChargeBasisPoints: o.FeeBasisPoints, ChargeFixedMinor: o.FeeFixedMinor, ChargeFixedByCurrency: o.FeeFixedByCurrency,
		ActiveAccountMinor: o.ActiveAccountFeeMinor, PayoutMinor: o.PayoutFeeMinor, PayoutBasisPoints: o.PayoutFeeBasisPoints,
		TaxBasisPoints: o.FeeTaxBasisPoints,
	}
}

func (f feeRules) check() error {
	fixed := []int64{f.ChargeFixedMinor, f.ActiveAccountMinor, f.PayoutMinor}
	for currency, amountMinor := range f.ChargeFixedByCurrency {
		if !slices.Contains(currencies, currency) {
			return fmt.Errorf("currency %q is unknown", currency)
		}
		fixed = append(fixed, amountMinor)
	}
	for _, basisPoints := range []int64{f.ChargeBasisPoints, f.PayoutBasisPoints, f.TaxBasisPoints} {
		if basisPoints < 0 || basisPoints >= 10_000 {
			return errors.New("a fee must be from 0 to 9,999 basis points")
		}
	}
	if slices.Min(fixed) < 0 {
		return errors.New("a fee must not be negative")
	}
	return nil
}

// ofCharge are the lines of a charge's processing fee, on what it settles as. The share is rounded
// half up.
func (f feeRules) ofCharge(amountMinor int64, currency string) []feeLine {
	fixedMinor, listed := f.ChargeFixedByCurrency[currency]
	if !listed {
		fixedMinor = f.ChargeFixedMinor
	}
	feeMinor := shareHalfUp(amountMinor, f.ChargeBasisPoints) + fixedMinor
	if threeDecimals[currency] {
		feeMinor -= feeMinor % 10
	}
	if feeMinor == 0 {
		return nil
	}
	return []feeLine{{AmountMinor: feeMinor, Type: "stripe_fee", Description: "Stripe processing fees"}}
}

// The types of balance transactions that bill the platform. They have no source.
const (
	feeStripe = "stripe_fee"
	feeTax    = "tax_fee"
)

// bill takes a fee from the platform's balance, and the tax on it. The balance may go below zero.
func (s *Simulator) bill(amountMinor int64, currency, description string) {
	if amountMinor == 0 {
		return
	}
	s.billOne(feeStripe, amountMinor, currency, description)
	if taxMinor := shareHalfUp(amountMinor, s.st.Rules.Fees.TaxBasisPoints); taxMinor > 0 {
		s.billOne(feeTax, taxMinor, currency, "Sales tax on "+description)
	}
}

func (s *Simulator) billOne(kind string, amountMinor int64, currency, description string) *movement {
	category := map[string]string{feeStripe: "fee", feeTax: "tax"}[kind]
	out := movement{AmountMinor: -amountMinor, Currency: currency, Type: kind, Category: category, Description: description}
	out.Owner = PlatformID
	booked := s.move(out)
	s.effect("fee.charged", booked, amountMinor, currency, PlatformID)
	return booked
}

// billPayout bills a payout of a connected account, in the platform's currency.
func (s *Simulator) billPayout(p *payout) {
	agreed, into := s.st.Rules.Fees, s.st.Accounts.byID[PlatformID].DefaultCurrency
	if p.Owner == PlatformID || agreed.PayoutMinor+agreed.PayoutBasisPoints == 0 {
		return
	}
	volumeMinor := int64(0)
	if p.Currency == into || s.hasRate(p.Currency) && s.hasRate(into) {
		volumeMinor = s.convert(p.AmountMinor, p.Currency, into, 0).AmountMinor
	}
	s.bill(agreed.PayoutMinor+shareHalfUp(volumeMinor, agreed.PayoutBasisPoints), into, "Connect ("+s.now().UTC().Format(time.DateOnly)+"): Payout Fee")
}

// monthTask is the task that bills a month. There is always exactly one.
const monthTask = "fees.month"

// scheduleMonth plans the bill of the month, for the first moment of the next one in UTC.
func (st *state) scheduleMonth(after time.Time) {
	st.Counter++
	heap.Push(&st.Tasks, task{Due: monthOf(after).AddDate(0, 1, 0), Seq: st.Counter, Kind: monthTask})
}

func monthOf(at time.Time) time.Time {
	year, month, _ := at.UTC().Date()
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

// billMonth bills the accounts that were paid out in the month that has ended.
func (s *Simulator) billMonth(end time.Time) {
	start := monthOf(end).AddDate(0, -1, 0)
	active := map[string]bool{}
	for _, p := range s.st.Payouts.order {
		if p.Owner != PlatformID && !p.Created.Before(start) && p.Created.Before(end) {
			active[p.Owner] = true
		}
	}
	last := end.AddDate(0, 0, -1)
	description := fmt.Sprintf("Connect (%s - %s): Active Account Billing", start.Format(time.DateOnly), last.UTC().Format(time.DateOnly))
	s.bill(int64(len(active))*s.st.Rules.Fees.ActiveAccountMinor, s.st.Accounts.byID[PlatformID].DefaultCurrency, description)
	s.st.scheduleMonth(end)
}

// feeInput has the fees that the control API changes. What is left out stays.
type feeInput struct {
	ChargeBasisPoints     *int64           `json:"charge_basis_points"`
	ChargeFixedMinor      *int64           `json:"charge_fixed_minor"`
	ChargeFixedByCurrency map[string]int64 `json:"charge_fixed_by_currency"`
	ActiveAccountMinor    *int64           `json:"active_account_minor"`
	PayoutMinor           *int64           `json:"payout_minor"`
	PayoutBasisPoints     *int64           `json:"payout_basis_points"`
	TaxBasisPoints        *int64           `json:"tax_basis_points"`
}

// setFees changes what the body names and keeps the rest.
func (s *Simulator) setFees(_ *http.Request, input controlInput) (any, error) {
	changed := s.st.Rules.Fees
	for into, asked := range map[*int64]*int64{
		&changed.ChargeBasisPoints: input.ChargeBasisPoints, &changed.ChargeFixedMinor: input.ChargeFixedMinor,
		&changed.ActiveAccountMinor: input.ActiveAccountMinor, &changed.PayoutMinor: input.PayoutMinor,
		&changed.PayoutBasisPoints: input.PayoutBasisPoints, &changed.TaxBasisPoints: input.TaxBasisPoints,
	} {
		if asked != nil {
			*into = *asked
		}
	}
	if input.ChargeFixedByCurrency != nil {
		changed.ChargeFixedByCurrency = input.ChargeFixedByCurrency
	}
	if err := changed.check(); err != nil {
		return nil, err
	}
	s.st.Rules.Fees, s.dirty = changed, true
	return object{
		"charge_basis_points": changed.ChargeBasisPoints, "charge_fixed_minor": changed.ChargeFixedMinor,
		"charge_fixed_by_currency": changed.ChargeFixedByCurrency, "active_account_minor": changed.ActiveAccountMinor,
		"payout_minor": changed.PayoutMinor, "payout_basis_points": changed.PayoutBasisPoints, "tax_basis_points": changed.TaxBasisPoints,
	}, nil
}

// chargeFee bills one fee now: the Connect fee of a month unless the body says otherwise.
func (s *Simulator) chargeFee(_ *http.Request, input controlInput) (any, error) {
	kind, description, currency := input.Type, input.Description, strings.ToLower(input.Currency)
	if kind == "" {
		kind = feeStripe
	}
	if description == "" {
		description = map[string]string{feeStripe: "Connect (monthly active accounts)", feeTax: "Sales tax"}[kind]
	}
	if currency == "" {
		currency = s.st.Accounts.byID[PlatformID].DefaultCurrency
	}
	switch {
	case kind != feeStripe && kind != feeTax:
		return nil, fmt.Errorf("type must be %s or %s", feeStripe, feeTax)
	case input.AmountMinor <= 0:
		return nil, errors.New("amount_minor must be above zero")
	case !slices.Contains(currencies, currency):
		return nil, fmt.Errorf("currency %q is unknown", currency)
	}
	return s.billOne(kind, input.AmountMinor, currency, description).view(s), nil
}
