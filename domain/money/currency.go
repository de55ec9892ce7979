// Package money calculates with money in integers. An amount is a whole number of a currency's
// minor units, and every division names its rounding. No result wraps around: a result that
// does not fit into an int64 is refused with fault.Invalid "amount_overflow".
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
// It accepts only the upper-case code. Accounts, keys and constraints compare codes as text, so a
// currency must have one spelling. Adapters convert the lower-case codes of some services.
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

// RequireCirculating returns nil for a currency in circulation. It returns fault.Invalid
// "unknown_currency" as ParseCurrency does, and "currency_not_in_use" for funds codes, units of
// account and withdrawn currencies. Existing amounts in these can be read, but new campaigns
// cannot use them.
func (c Currency) RequireCirculating() error {
	if _, err := ParseCurrency(string(c)); err != nil {
		return err
	}
	if !circulating[c] {
		return fault.Field("currency", "currency_not_in_use", "%s is not in circulation, as it is a unit of account or was withdrawn: use a currency such as USD or EUR", c)
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
// This is the exponent of ISO 4217. Some payment services use other units for a few currencies,
// such as hundredths of the Icelandic króna. Their adapters convert.
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

// codesByExponent is list one of ISO 4217 as of 2026, with funds codes. It leaves out codes without
// an exponent, because their amounts have no minor units: metals, bond market units, units of
// account of institutions, and the codes for testing and for no currency (such as XAU, XBA, XDR,
// XTS, XXX).
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

// fundsCodes have minor units, but are not used for payments: units of account, indexed units and
// settlement codes of one country or institution.
const fundsCodes = `BOV CHE CHW CLF COU MXV USN UYI UYW XAD`

// withdrawnByExponent are codes that left list one since 2025, the first year in which entries can
// be dated. A code that leaves the list later moves here permanently, because entries in it must
// remain readable. Codes that left earlier were never booked.
var withdrawnByExponent = map[int]string{
	2: `ANG BGN`, // replaced by XCG on 2025-03-31 and by EUR on 2026-01-01
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
