// Package money counts money in integers. An amount is a whole number of a currency's
// minor units, every division names its rounding, and no result wraps around: what does
// not fit into an int64 is refused with fault.Invalid "amount_overflow".
package money

import (
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Currency is an upper-case ISO 4217 code such as "USD".
type Currency string

// ParseCurrency returns the currency of a code, or fault.Invalid "unknown_currency".
//
// Only the exact upper-case code passes. Codes are compared as text in accounts, keys and
// constraints, so a second spelling of a currency must not get past the door; adapters to
// services that write codes in lower case convert them.
func ParseCurrency(code string) (Currency, error) {
	currency := Currency(code)
	if currency.Known() {
		return currency, nil
	}
	if upper := Currency(strings.ToUpper(code)); upper.Known() {
		return "", fault.Field("currency", "unknown_currency", "unknown currency %.8q: write it in upper case, as %s", code, upper)
	}
	return "", fault.Field("currency", "unknown_currency", "unknown currency %.8q: use the ISO 4217 code of a currency in circulation, such as USD or EUR", code)
}

// Known reports whether c is one of Currencies.
func (c Currency) Known() bool {
	_, known := exponents[c]
	return known
}

// Exponent returns how many decimals separate the minor unit from the major one: 2 for
// USD, 0 for JPY, 3 for KWD. It is 0 for a value that ParseCurrency would refuse.
//
// This is the exponent of ISO 4217. Payment services may count some currencies in other
// units (the Icelandic króna in hundredths, for one); their adapters convert.
func (c Currency) Exponent() int { return exponents[c] }

// Currencies returns every currency in alphabetical order.
func Currencies() []Currency {
	currencies := make([]Currency, 0, len(exponents))
	for currency := range exponents {
		currencies = append(currencies, currency)
	}
	slices.Sort(currencies)
	return currencies
}

// codesByExponent is list one of ISO 4217 as of 2026. What nobody can be paid in is left
// out: metals, funds codes, test codes and the units of account of institutions (XAU, CLF,
// XTS, XDR and their like).
var codesByExponent = map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF`,
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN
		BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
		GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
		KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
		NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
		SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
		USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
	4: `UYW`,
}

var exponents = func() map[Currency]int {
	byCurrency := make(map[Currency]int)
	for exponent, codes := range codesByExponent {
		for code := range strings.FieldsSeq(codes) {
			byCurrency[Currency(code)] = exponent
		}
	}
	return byCurrency
}()
