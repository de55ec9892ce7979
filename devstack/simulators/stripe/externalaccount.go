package stripe

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// bankAccount is the destination of payouts. It keeps the outcome that its number
// stands for, the last four digits and a fingerprint, but not the full number.
type bankAccount struct {
	header
	Holder             string
	HolderType         string
	Country            string
	Currency           string
	Routing            string
	Last4              string
	Fingerprint        string
	Status             string
	DefaultForCurrency bool
	Deleted            bool
	FailureCode        string // the failure of payouts to it; empty if they are paid
	Returns            bool   // payouts are paid first and fail later
	Holds              bool   // payouts to it stay in transit
	Instant            bool   // it takes instant payouts
}

// numberEndings are Stripe's test numbers by their last eight digits, which are the
// same in all countries, and four of our own: 000555555559 fails with
// could_not_process, 000999999991 is paid and then returned, 000777777773 stays in
// transit, and 000666666662 takes instant payouts.
var numberEndings = map[string]struct {
	code    string
	returns bool
	holds   bool
	instant bool
}{
	"11111116": {code: "no_account"},
	"11111113": {code: "account_closed"},
	"22222227": {code: "insufficient_funds"},
	"33333335": {code: "debit_not_authorized"},
	"44444440": {code: "invalid_currency"},
	"32013001": {code: "no_account"},
	"32013002": {code: "account_closed"},
	"32013003": {code: "insufficient_funds"},
	"32013004": {code: "debit_not_authorized"},
	"32013005": {code: "invalid_currency"},
	"55555559": {code: "could_not_process"},
	"99999991": {code: "account_closed", returns: true},
	"77777773": {holds: true},
	"66666662": {instant: true},
}

// bankTokens are Stripe's test tokens for bank accounts in the US.
var bankTokens = map[string]string{
	"btok_us_verified":                    "000123456789",
	"btok_us_verified_noAccount":          "000111111116",
	"btok_us_verified_accountClosed":      "000111111113",
	"btok_us_verified_insufficientFunds":  "000222222227",
	"btok_us_verified_debitNotAuthorized": "000333333335",
	"btok_us_verified_invalidCurrency":    "000444444440",
}

// readBank reads external_account, either a test token or the fields of a bank account.
func (c *call) readBank(owner *account) (*bankAccount, *apiError) {
	const param = "external_account"
	fields := c.params.fields(param)
	if token := c.params.text(param); token != "" {
		number, known := bankTokens[token]
		if !known {
			return nil, invalid("resource_missing", param, "No such token: '%s'", token)
		}
		fields = map[string]string{"account_number": number, "routing_number": "110000000", "country": "US", "currency": "usd"}
	}
	for _, name := range []string{"account_number", "country"} {
		if fields[name] == "" {
			return nil, invalid("parameter_missing", param+"["+name+"]", "Missing required param: %s[%s].", param, name)
		}
	}
	number := strings.NewReplacer(" ", "", "-", "").Replace(fields["account_number"])
	if len(number) < 4 || strings.Trim(number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, invalid("account_number_invalid", param+"[account_number]", "The bank account number is not valid.")
	}
	if fields["currency"] == "" {
		fields["currency"] = owner.DefaultCurrency
	}
	if !slices.Contains(currencies, strings.ToLower(fields["currency"])) {
		return nil, invalid("", param+"[currency]", "Invalid currency: %s.", fields["currency"])
	}
	return c.sim.newBank(owner.ID, number, fields), nil
}

func (s *Simulator) newBank(owner, number string, fields map[string]string) *bankAccount {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(number + fields["routing_number"]))
	outcome := numberEndings[number[max(len(number)-8, 0):]]
	return &bankAccount{
		header: s.newHeader("ba", owner), Holder: fields["account_holder_name"], HolderType: fields["account_holder_type"],
		Country: strings.ToUpper(fields["country"]), Currency: strings.ToLower(fields["currency"]),
		Routing: fields["routing_number"], Last4: number[len(number)-4:], Fingerprint: fmt.Sprintf("%016x", hash.Sum64()),
		Status: "new", FailureCode: outcome.code, Returns: outcome.returns,
		Holds: outcome.holds, Instant: outcome.instant,
	}
}

// banksOf lists the external accounts of an account, newest first.
func (s *Simulator) banksOf(owner string) []*bankAccount {
	var banks []*bankAccount
	for _, bank := range slices.Backward(s.st.banks[owner]) {
		if !bank.Deleted {
			banks = append(banks, bank)
		}
	}
	return banks
}

// addBank adds the bank account. The first one of a currency is the default. With
// replace it replaces the default.
func (s *Simulator) addBank(bank *bankAccount, replace, makeDefault bool) {
	bank.DefaultForCurrency = true
	for _, other := range s.banksOf(bank.Owner) {
		if other.Currency != bank.Currency || !other.DefaultForCurrency {
			continue
		}
		switch {
		case replace:
			other.Deleted, other.DefaultForCurrency = true, false
			s.emit("account.external_account.deleted", bank.Owner, other.view(s), nil)
		case makeDefault:
			other.DefaultForCurrency = false
		default:
			bank.DefaultForCurrency = false
		}
	}
	s.st.Banks.add(bank)
	s.st.banks[bank.Owner] = append(s.st.banks[bank.Owner], bank)
	s.emit("account.external_account.created", bank.Owner, bank.view(s), nil)
}

var bankParams = []string{"external_account", "default_for_currency", "metadata", "account_holder_name", "account_holder_type"}

func createBank(c *call) (any, *apiError) {
	owner, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, refusal
	}
	makeDefault, refusal := c.params.flag("default_for_currency")
	if refusal != nil {
		return nil, refusal
	}
	makeDefault = makeDefault || c.params.text("external_account[default_for_currency]") == "true"
	bank, refusal := c.readBank(owner)
	if refusal != nil {
		return nil, refusal
	}
	if bank.Metadata, refusal = c.params.changeMetadata(nil); refusal != nil {
		return nil, refusal
	}
	c.sim.changeAccount(owner, func() { c.sim.addBank(bank, false, makeDefault) })
	return bank.view(c.sim), nil
}

func (c *call) pathBank() (*account, *bankAccount, *apiError) {
	owner, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, nil, refusal
	}
	bank, ok := c.sim.st.Banks.byID[c.path("id")]
	if !ok || bank.Owner != owner.ID || bank.Deleted {
		return nil, nil, missing("external account", c.path("id"))
	}
	return owner, bank, nil
}

func getBank(c *call) (any, *apiError) {
	_, bank, refusal := c.pathBank()
	if refusal != nil {
		return nil, refusal
	}
	return bank.view(c.sim), nil
}

func updateBank(c *call) (any, *apiError) {
	owner, bank, refusal := c.pathBank()
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(bank.Metadata)
	if refusal != nil {
		return nil, refusal
	}
	makeDefault, refusal := c.params.flag("default_for_currency")
	if refusal != nil {
		return nil, refusal
	}
	bank.Metadata = metadata
	if makeDefault {
		for _, other := range c.sim.banksOf(owner.ID) {
			if other.Currency == bank.Currency {
				other.DefaultForCurrency = other == bank
			}
		}
	}
	c.sim.emit("account.external_account.updated", owner.ID, bank.view(c.sim), object{})
	return bank.view(c.sim), nil
}

func deleteBank(c *call) (any, *apiError) {
	owner, bank, refusal := c.pathBank()
	if refusal != nil {
		return nil, refusal
	}
	if bank.DefaultForCurrency && bank.Currency == owner.DefaultCurrency {
		return nil, refused("", "", "You cannot delete the default external account for your default currency. Please make another external account the default using the `default_for_currency` param, and then delete this one.")
	}
	c.sim.changeAccount(owner, func() {
		bank.Deleted = true
		c.sim.emit("account.external_account.deleted", owner.ID, bank.view(c.sim), nil)
	})
	return object{"id": bank.ID, "object": "bank_account", "deleted": true}, nil
}

func listBanks(c *call) (any, *apiError) {
	owner, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, refusal
	}
	c.account = owner.ID
	return page(c, c.sim.st.Banks.order, func(bank *bankAccount) bool {
		return !bank.Deleted && c.params.text("object") != "card"
	})
}

func (b *bankAccount) view(*Simulator) object {
	methods := []string{methodStandard}
	if b.Instant {
		methods = append(methods, methodInstant)
	}
	return object{
		"id": b.ID, "object": "bank_account", "account": b.Owner, "metadata": copyMetadata(b.Metadata),
		"account_holder_name": orNull(b.Holder), "account_holder_type": orNull(b.HolderType), "account_type": nil,
		"available_payout_methods": methods, "bank_name": "STRIPE TEST BANK", "country": b.Country,
		"currency": b.Currency, "default_for_currency": b.DefaultForCurrency, "fingerprint": b.Fingerprint,
		"last4": b.Last4, "routing_number": orNull(b.Routing), "status": b.Status,
	}
}
