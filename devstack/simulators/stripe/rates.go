package stripe

// defaultRates are what one US dollar is in a currency, in whole units. They are round figures near
// the market's of 2024, so that tests are easy to follow: real ones change all day.
var defaultRates = map[string]string{
	"usd": "1", "aed": "3.6725", "ars": "900", "aud": "1.5", "bdt": "115", "bgn": "1.8", "brl": "5", "cad": "1.36", "chf": "0.88",
	"clp": "930", "cny": "7.2", "cop": "4000", "crc": "515", "czk": "23", "dkk": "6.9", "egp": "48", "eur": "0.92", "gbp": "0.79",
	"ghs": "13", "hkd": "7.8", "huf": "360", "idr": "16000", "ils": "3.7", "inr": "83", "isk": "138", "jmd": "155", "jod": "0.709",
	"jpy": "150", "kes": "130", "krw": "1350", "kwd": "0.307", "kzt": "450", "lkr": "300", "mad": "10", "mga": "4550", "mxn": "17",
	"myr": "4.7", "ngn": "1500", "nok": "10.6", "nzd": "1.65", "pen": "3.75", "php": "57", "pkr": "278", "pln": "3.95", "qar": "3.64",
	"ron": "4.6", "rsd": "108", "sar": "3.75", "sek": "10.5", "sgd": "1.35", "thb": "36", "tnd": "3.1", "try": "32", "twd": "32",
	"tzs": "2600", "uah": "40", "ugx": "3750", "uyu": "39", "vnd": "25000", "xaf": "605", "xof": "605", "zar": "18.5",
}
