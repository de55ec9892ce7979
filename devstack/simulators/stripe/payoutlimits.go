package stripe

// The smallest and largest payouts, in minor units as Stripe counts them. All tables here are
// plain data, so that other code can keep a copy of its own.
//
// Sources. For cross-border payouts: Stripe's page "Country-specific considerations for
// cross-border payouts" (docs.stripe.com/connect/cross-border-payouts/special-requirements). It
// states the rule of one base unit of the local currency, and the exceptions. Exceptions marked
// with a star below were read there or in public quotes of it; the others are from memory of
// earlier versions of that page. Domestic minimums are from memory of "Minimum payout amounts" in
// docs.stripe.com/payouts. Maximums are those of the bank systems: ten digits for ACH, SEPA's
// scheme limit, and BACS. Stripe changes these figures; check them there before money depends on
// one of them.

// payoutLimits bound a payout, both inclusive.
type payoutLimits struct{ MinMinor, MaxMinor int64 }

// domesticMinimumMinor holds the minimums for accounts in the platform's
// country. Other currencies have one minor unit.
var domesticMinimumMinor = map[string]int64{
	"usd": 1, "eur": 1, "gbp": 1, "cad": 1, "aud": 1, "nzd": 1, "jpy": 1,
	"chf": 5_00, "dkk": 20_00, "hkd": 20_00, "mxn": 10_00, "nok": 20_00, "pln": 5_00, "sek": 20_00, "sgd": 1_00, "thb": 600_00,
}

// crossBorderMinimum is the exception of a country from the rule of one base unit. It binds only
// payouts in this currency.
var crossBorderMinimum = map[string]struct {
	currency string
	minMinor int64
}{
	"AL": {"all", 3_000_00},   // *
	"AM": {"amd", 12_100_00},  // *
	"AO": {"aoa", 23_000_00},  // *
	"AR": {"ars", 4_600_00},   // *
	"AU": {"aud", 1},          // * no minimum
	"AZ": {"azn", 50_00},      // *
	"BA": {"bam", 50_00},      // *
	"BD": {"bdt", 20_00},      // *
	"BO": {"bob", 200_00},     // *
	"CA": {"cad", 1},          // * no minimum
	"CL": {"clp", 23_000},     // *
	"CO": {"cop", 140_000_00}, // *
	"KH": {"khr", 123_000_00}, // *
	"KR": {"krw", 40_000},     // *
	"MX": {"mxn", 10_00},      // *
	"PH": {"php", 20_00},      // *
	"SV": {"usd", 30_00},      // *
	"EC": {"usd", 50_00},
	"GY": {"gyd", 6_300_00},
	"LA": {"lak", 516_000_00},
	"MD": {"mdl", 500_00},
	"MG": {"mga", 132_300},
	"MK": {"mkd", 1_500_00},
	"MN": {"mnt", 105_000_00},
	"MY": {"myr", 133_00},
	"NA": {"nad", 550_00},
	"PA": {"usd", 50_00},
	"PY": {"pyg", 210_000},
	"TH": {"thb", 600_00},
	"TZ": {"tzs", 800_000_00},
	"UZ": {"uzs", 343_000_00},
	"VN": {"vnd", 81_125},
}

// payoutMaximumMinor is the largest payout in a currency; others have maxAmountMinor.
var payoutMaximumMinor = map[string]int64{
	"usd": 99_999_999_99, "eur": 999_999_999_99, "gbp": 20_000_000_00,
}

// instantLimits are those of instant payouts. Other currencies have none.
var instantLimits = map[string]payoutLimits{
	"usd": {50, 9_999_00}, "cad": {60, 9_999_00}, "gbp": {40, 9_999_00}, "eur": {40, 9_999_00}, "aud": {50, 9_999_00}, "sgd": {50, 9_999_00},
}

// zeroDecimals are the currencies whose base unit is the minor unit.
var zeroDecimals = map[string]bool{
	"bif": true, "clp": true, "djf": true, "gnf": true, "jpy": true, "kmf": true, "krw": true, "mga": true, "pyg": true,
	"rwf": true, "vnd": true, "vuv": true, "xaf": true, "xof": true, "xpf": true,
}

// baseUnitMinor is one base unit in minor units.
func baseUnitMinor(currency string) int64 {
	switch {
	case zeroDecimals[currency]:
		return 1
	case threeDecimals[currency]:
		return 1_000
	default:
		return 100
	}
}

// payoutStepMinor is what the amount of a payout must be a multiple of.
func payoutStepMinor(currency string) int64 {
	switch {
	case wholeUnitPayouts[currency]:
		return 100
	case threeDecimals[currency]:
		return 10
	default:
		return 1
	}
}

// limitsOf returns the limits of a standard payout to an account in a country.
func limitsOf(currency, country, platformCountry string) payoutLimits {
	limits := payoutLimits{MinMinor: max(domesticMinimumMinor[currency], payoutStepMinor(currency)), MaxMinor: maxAmountMinor}
	if highest, known := payoutMaximumMinor[currency]; known {
		limits.MaxMinor = highest
	}
	if country == platformCountry {
		return limits
	}
	limits.MinMinor = baseUnitMinor(currency)
	if exception := crossBorderMinimum[country]; exception.currency == currency {
		limits.MinMinor = max(exception.minMinor, payoutStepMinor(currency))
	}
	return limits
}

func (s *Simulator) payoutLimits(a *account, currency, method string) payoutLimits {
	if method == methodInstant {
		return instantLimits[currency]
	}
	return limitsOf(currency, a.Country, s.st.Accounts.byID[PlatformID].Country)
}

// checkLimits refuses an amount that Stripe's banks do not carry.
func (s *Simulator) checkLimits(a *account, p *payout) *apiError {
	limits := s.payoutLimits(a, p.Currency, p.Method)
	switch {
	case p.AmountMinor < limits.MinMinor:
		return invalid("amount_too_small", "amount", "Amount must be at least %d %s for a payout to this account.", limits.MinMinor, p.Currency)
	case p.AmountMinor > limits.MaxMinor:
		return invalid("amount_too_large", "amount", "Amount must be no more than %d %s for a payout to this account.", limits.MaxMinor, p.Currency)
	}
	return nil
}
