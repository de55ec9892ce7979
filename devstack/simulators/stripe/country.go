package stripe

import "strings"

// countryCurrency is the default currency of accounts in the countries that Stripe Connect
// reaches, cross-border payouts included. An account in another country is refused.
var countryCurrency = readCountries(`
	aed AE  all AL  amd AM  ang CW  aoa AO  ars AR  aud AU  azn AZ  bam BA  bdt BD  bgn BG  bhd BH  bnd BN  bob BO
	brl BR  bsd BS  bwp BW  cad CA  chf CH,LI  clp CL  cop CO  crc CR  czk CZ  dkk DK  dop DO  dzd DZ  egp EG
	etb ET  gbp GB,GI  gmd GM  gtq GT  gyd GY  hkd HK  huf HU  idr ID  ils IL  inr IN  isk IS  jmd JM  jod JO
	jpy JP  kes KE  khr KH  krw KR  kwd KW  kzt KZ  lak LA  lkr LK  mad MA  mdl MD  mga MG  mkd MK  mnt MN  mop MO
	mur MU  mxn MX  myr MY  mzn MZ  nad NA  ngn NG  nok NO  nzd NZ  omr OM  pen PE  php PH  pkr PK  pln PL  pyg PY
	qar QA  ron RO  rsd RS  rwf RW  sar SA  sek SE  sgd SG  thb TH  tnd TN  try TR  ttd TT  twd TW  tzs TZ  uyu UY
	uzs UZ  vnd VN  xaf GA  xcd AG,LC  xof BJ,CI,NE,SN  zar ZA
	usd US,PR,EC,PA,SV
	eur AT,BE,CY,DE,EE,ES,FI,FR,GR,HR,IE,IT,LT,LU,LV,MC,MT,NL,PT,SI,SK,SM
`)

// readCountries reads pairs of a currency and its countries.
func readCountries(text string) map[string]string {
	words := strings.Fields(text)
	found := map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		for _, country := range strings.Split(words[i+1], ",") {
			found[country] = words[i]
		}
	}
	return found
}
