package stripe

import "strings"

// maxAmountMinor is the largest amount of a transfer or payout, maxChargeMinor of a charge.
const (
	maxAmountMinor = 999_999_999_999
	maxChargeMinor = 99_999_999
)

// currencies are the codes that Stripe accepts for charges and transfers.
var currencies = strings.Fields(`usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl
	bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq
	gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl
	mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd
	rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst
	xaf xcd xof xpf yer zar zmw`)

// wholeUnitPayouts can only be paid out in multiples of 100 minor units.
var wholeUnitPayouts = map[string]bool{"isk": true, "huf": true, "twd": true, "ugx": true}

// threeDecimals are the currencies with three decimals. Stripe's partners do not accept
// thousandths of them, so the last digit is 0.
var threeDecimals = map[string]bool{"bhd": true, "jod": true, "kwd": true, "omr": true, "tnd": true}

func checkFineness(amountMinor int64, currency string) *apiError {
	if threeDecimals[currency] && amountMinor%10 != 0 {
		return invalid("parameter_invalid_integer", "amount", "Amounts in %s must be in multiples of 10.", currency)
	}
	return nil
}

// minimumChargeMinor holds the smallest charge by currency, from the table "Minimum and maximum charge
// amounts" in https://docs.stripe.com/currencies, as a copy of that page had it on 2026-11-28.
var minimumChargeMinor = map[string]int64{
	"aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500,
	"inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}
