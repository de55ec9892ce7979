package stripe

import (
	"maps"
	"slices"
	"strings"
)

// account is a connected account, or the platform itself.
type account struct {
	header
	Type            string
	Country         string
	Email           string
	BusinessType    string
	DefaultCurrency string
	Requested       map[string]bool // capability -> requested
	// Given holds the data that the account gave about itself, as dotted paths
	// ("individual.dob.year"). requirements.go decides what is still due.
	Given        map[string]string
	Override     accountOverride
	Schedule     payoutSchedule
	Deauthorized bool
}

// accountOverride is a state that the control API forces on an account, instead of the one that
// follows from its requirements.
type accountOverride struct {
	PayoutsEnabled      *bool    `json:"payouts_enabled,omitempty"`
	ChargesEnabled      *bool    `json:"charges_enabled,omitempty"`
	Transfers           string   `json:"transfers,omitempty"`
	CurrentlyDue        []string `json:"currently_due,omitempty"`
	PendingVerification []string `json:"pending_verification,omitempty"`
	DisabledReason      string   `json:"disabled_reason,omitempty"`
}

// givenParams are the parts of an account that are kept as they were given.
var givenParams = []string{"individual", "company", "tos_acceptance", "business_profile", "settings"}

var accountParams = append([]string{
	"type", "country", "email", "business_type", "capabilities", "default_currency", "external_account", "metadata",
	"controller", "account_token", "documents",
}, givenParams...)

// accountChangeParams are those that an update takes. The country and the type of an account are
// fixed when it is created.
var accountChangeParams = slices.DeleteFunc(slices.Clone(accountParams), func(name string) bool {
	return name == "type" || name == "country" || name == "controller"
})

func createAccount(c *call) (any, *apiError) {
	s := c.sim
	kind := c.params.text("type")
	if kind == "" {
		kind = "express"
	}
	if !slices.Contains([]string{"custom", "express", "standard"}, kind) {
		return nil, invalid("", "type", "Invalid type: must be one of custom, express or standard")
	}
	country := strings.ToUpper(c.params.text("country"))
	if country == "" {
		country = "US"
	}
	currency := countryCurrency[country]
	if currency == "" {
		return nil, invalid("country_unsupported", "country", "Country '%s' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', 'EG', or 'GB'.", country)
	}
	a := &account{
		header: s.newHeader("acct", PlatformID), Type: kind, Country: country, DefaultCurrency: currency,
		Requested: map[string]bool{}, Given: map[string]string{}, Schedule: defaultSchedule(country),
	}
	bank, refusal := c.readAccount(a)
	if refusal != nil {
		return nil, refusal
	}
	s.st.Accounts.add(a)
	if bank != nil {
		s.addBank(bank, true, true)
	}
	s.effect("account.created", a, 0, a.DefaultCurrency, a.ID)
	s.emit("account.updated", a.ID, a.view(s), object{})
	return a.view(s), nil
}

// readAccount checks every parameter before it writes any of them to the account.
func (c *call) readAccount(a *account) (*bankAccount, *apiError) {
	metadata, refusal := c.params.changeMetadata(a.Metadata)
	if refusal != nil {
		return nil, refusal
	}
	requested := maps.Clone(a.Requested)
	for path, value := range c.params.leaves("capabilities") {
		name, field, _ := strings.Cut(path, ".")
		if field != "requested" {
			return nil, invalid("parameter_unknown", "capabilities["+name+"]", "Received unknown parameter: capabilities[%s][%s]", name, field)
		}
		requested[name] = value == "true"
	}
	schedule, refusal := c.readSchedule(a.Schedule, a.Country)
	if refusal != nil {
		return nil, refusal
	}
	if currency := strings.ToLower(c.params.text("default_currency")); currency != "" && !slices.Contains(currencies, currency) {
		return nil, invalid("", "default_currency", "Invalid currency: %s.", currency)
	}
	var bank *bankAccount
	if c.params.has("external_account") || len(c.params.fields("external_account")) > 0 {
		if bank, refusal = c.readBank(a); refusal != nil {
			return nil, refusal
		}
	}

	a.Metadata, a.Requested, a.Schedule = metadata, requested, schedule
	c.keepGiven(a)
	return bank, nil
}

// keepGiven writes down what the account gave about itself. Its schedule is kept apart.
func (c *call) keepGiven(a *account) {
	for name, field := range map[string]*string{"email": &a.Email, "business_type": &a.BusinessType} {
		if c.params.has(name) {
			*field = c.params.text(name)
		}
	}
	if currency := c.params.text("default_currency"); currency != "" {
		a.DefaultCurrency = strings.ToLower(currency)
	}
	for _, part := range givenParams {
		for path, value := range c.params.leaves(part) {
			if part != "settings" || !strings.HasPrefix(path, "payouts.schedule.") {
				a.Given[part+"."+path] = value
			}
		}
	}
}

// connectedAccount finds an account by id. The platform may see all of its accounts.
func (c *call) connectedAccount(id string) (*account, *apiError) {
	a, ok := c.sim.st.Accounts.byID[id]
	if !ok || a.Deauthorized || c.account != PlatformID && c.account != id {
		refusal := invalid("account_invalid", "", "The provided key 'sk_test_***' does not have access to account '%s' (or that account does not exist). Application access may have been revoked.", id)
		refusal.status = 403
		return nil, refusal
	}
	return a, nil
}

func getAccount(c *call) (any, *apiError) {
	id := c.path("account")
	if id == "" {
		id = c.account
	}
	a, refusal := c.connectedAccount(id)
	if refusal != nil {
		return nil, refusal
	}
	return a.view(c.sim), nil
}

func updateAccount(c *call) (any, *apiError) {
	s := c.sim
	a, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, refusal
	}
	before := a.gate(s)
	bank, refusal := c.readAccount(a)
	if refusal != nil {
		return nil, refusal
	}
	if bank != nil {
		s.addBank(bank, true, true)
	}
	s.effect("account.updated", a, 0, a.DefaultCurrency, a.ID)
	s.announce(a, before)
	return a.view(s), nil
}

// changeAccount applies a change and emits the events about its consequences.
func (s *Simulator) changeAccount(a *account, change func()) {
	before := a.gate(s)
	change()
	s.announce(a, before)
}

// announce emits account.updated, and capability.updated for each capability that changed.
func (s *Simulator) announce(a *account, before gate) {
	after := a.gate(s)
	previous := object{}
	if before.payoutsEnabled != after.payoutsEnabled {
		previous["payouts_enabled"] = before.payoutsEnabled
	}
	s.emit("account.updated", a.ID, a.view(s), previous)
	for _, name := range slices.Sorted(maps.Keys(a.Requested)) {
		if before.capabilities[name] != after.capabilities[name] {
			s.emit("capability.updated", a.ID, a.capabilityView(s, name), object{"status": before.capabilities[name]})
		}
	}
}

func listAccounts(c *call) (any, *apiError) {
	return page(c, c.sim.st.Accounts.order, func(a *account) bool { return a.ID != PlatformID && !a.Deauthorized })
}

func listCapabilities(c *call) (any, *apiError) {
	a, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, refusal
	}
	data := []object{}
	for _, name := range slices.Sorted(maps.Keys(a.Requested)) {
		data = append(data, a.capabilityView(c.sim, name))
	}
	return object{"object": "list", "url": c.http.URL.Path, "has_more": false, "data": data}, nil
}

func getCapability(c *call) (any, *apiError) {
	a, refusal := c.connectedAccount(c.path("account"))
	if refusal != nil {
		return nil, refusal
	}
	if _, known := a.Requested[c.path("id")]; !known {
		return nil, missing("capability", c.path("id"))
	}
	return a.capabilityView(c.sim, c.path("id")), nil
}
