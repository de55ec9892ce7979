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
	return "", fault.Field("currency", "unknown_currency", "unknown currency %.8q: use a code of ISO 4217 that has minor units, such as USD or EUR", code)
}

// RequireCirculating returns nil for a currency in which people pay and are paid today. It
// returns fault.Invalid "unknown_currency" as ParseCurrency does, and "currency_not_in_use"
// for funds codes, units of account and currencies that were withdrawn: amounts in these are
// read, and nothing new is agreed in them.
func (c Currency) RequireCirculating() error {
	if _, err := ParseCurrency(string(c)); err != nil {
		return err
	}
	if !circulating[c] {
		return fault.Field("currency", "currency_not_in_use", "nobody pays in %s: it is a unit of account, or was withdrawn; use a currency in circulation, such as USD or EUR", c)
	}
	return nil
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

// Currencies returns every currency of ISO 4217 that has an exponent, and those withdrawn since
// 2025, in alphabetical order.
func Currencies() []Currency {
	currencies := make([]Currency, 0, len(exponents))
	for currency := range exponents {
		currencies = append(currencies, currency)
	}
	slices.Sort(currencies)
	return currencies
}

// codesByExponent is list one of ISO 4217 as of 2026, funds codes included. What has no
// exponent there cannot be counted and is left out: metals, bond market units, the units of
// account of institutions, and codes for testing and for none (XAU, XBA, XDR, XTS, XXX and
// their like).
var codesByExponent = map[int]string{
	0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
	2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP
		BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB
		EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
		KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
		MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
		RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
		TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
	3: `BHD IQD JOD KWD LYD OMR TND`,
	4: `CLF UYW`,
}

// fundsCodes count, but nobody pays or is paid in them: units of account, indexed units and
// settlement codes of one country or institution.
const fundsCodes = `BOV CHE CHW CLF COU MXV USN UYI UYW XAD`

// withdrawnByExponent are codes that left list one since 2025, the first year that these
// books may date an entry in. A code that leaves later moves here and stays for ever: what
// was booked in it must be read, and nothing new is agreed in it. Codes that left earlier
// were never booked.
var withdrawnByExponent = map[int]string{
	2: `ANG BGN`, // for XCG on 2025-03-31, for EUR on 2026-01-01
}

var exponents, circulating = func() (map[Currency]int, map[Currency]bool) {
	byCurrency, inUse := map[Currency]int{}, map[Currency]bool{}
	for exponent, codes := range codesByExponent {
		for code := range strings.FieldsSeq(codes) {
			byCurrency[Currency(code)], inUse[Currency(code)] = exponent, true
		}
	}
	for code := range strings.FieldsSeq(fundsCodes) {
		delete(inUse, Currency(code))
	}
	for exponent, codes := range withdrawnByExponent {
		for code := range strings.FieldsSeq(codes) {
			byCurrency[Currency(code)] = exponent
		}
	}
	return byCurrency, inUse
}()
