package stripe

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	accountLinkLifetime    = 5 * time.Minute
	accountSessionLifetime = time.Hour
)

var (
	accountLinkParams    = []string{"account", "refresh_url", "return_url", "type", "collect", "collection_options"}
	accountLinkTypes     = []string{"account_onboarding", "account_update"}
	accountSessionParams = []string{"account", "components"}

	// accountComponents are the parts of a page that an account session can open.
	accountComponents = strings.Fields(`account_management account_onboarding balances documents notification_banner
		payment_details payments payouts payouts_list tax_registrations tax_settings`)
)

// createAccountLink replaces Stripe's hosted onboarding. Opening the link fills in
// what is due and redirects to the caller.
func createAccountLink(c *call) (any, *apiError) {
	id, refusal := c.params.required("account")
	if refusal != nil {
		return nil, refusal
	}
	if _, refusal = c.connectedAccount(id); refusal != nil {
		return nil, refusal
	}
	kind, refusal := c.params.required("type")
	if refusal != nil {
		return nil, refusal
	}
	if !slices.Contains(accountLinkTypes, kind) {
		return nil, invalid("", "type", "Invalid type: must be one of account_onboarding or account_update")
	}
	for _, name := range []string{"refresh_url", "return_url"} {
		address, refusal := c.params.required(name)
		if refusal != nil {
			return nil, refusal
		}
		if parsed, err := url.Parse(address); err != nil || parsed.Host == "" {
			return nil, invalid("url_invalid", name, "Not a valid URL")
		}
	}
	now := c.sim.now()
	query := url.Values{"return_url": {c.params.text("return_url")}}
	return object{
		"object": "account_link", "created": now.Unix(), "expires_at": now.Add(accountLinkLifetime).Unix(),
		"url": "http://" + c.http.Host + "/_sim/onboard/" + id + "?" + query.Encode(),
	}, nil
}

// createAccountSession lets the creator's browser open Stripe's embedded components. The secret
// opens nothing here; it only has the right form.
func createAccountSession(c *call) (any, *apiError) {
	id, refusal := c.params.required("account")
	if refusal != nil {
		return nil, refusal
	}
	if _, refusal = c.connectedAccount(id); refusal != nil {
		return nil, refusal
	}
	components := object{}
	for _, name := range accountComponents {
		components[name] = object{"enabled": false, "features": object{}}
	}
	enabled := 0
	for path, value := range c.params.leaves("components") {
		name, field, _ := strings.Cut(path, ".")
		component, known := components[name].(object)
		if !known {
			return nil, invalid("parameter_unknown", "components["+name+"]", "Received unknown parameter: components[%s]", name)
		}
		if feature, isFeature := strings.CutPrefix(field, "features."); isFeature {
			component["features"].(object)[feature] = value == "true"
			continue
		}
		component["enabled"] = value == "true"
		if value == "true" {
			enabled++
		}
	}
	if enabled == 0 {
		return nil, invalid("parameter_missing", "components", "Missing required param: components.")
	}
	return object{
		"object": "account_session", "account": id, "livemode": false, "components": components,
		"client_secret": c.sim.newID("accs_secret_"), "expires_at": c.sim.now().Add(accountSessionLifetime).Unix(),
	}, nil
}

// onboard is the page of an account link.
func (s *Simulator) onboard(w http.ResponseWriter, r *http.Request) {
	completed, err := s.runControl(r, controlInput{}, func(r *http.Request, _ controlInput) (any, error) {
		a, ok := s.st.Accounts.byID[r.PathValue("id")]
		if !ok {
			return nil, errNotFound
		}
		s.completeAccount(a)
		return a.view(s), nil
	})
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if back := r.URL.Query().Get("return_url"); back != "" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	writeControl(w, http.StatusOK, completed)
}

// completeAccount fills in test data for all that is due, and adds a bank account that works.
func (s *Simulator) completeAccount(a *account) {
	answers := map[string]string{
		"individual.dob.day": "1", "individual.dob.month": "1", "individual.dob.year": "1990",
		"individual.first_name": "Jenny", "individual.last_name": "Rosen", "company.name": "Rosen Inc",
		tosRequirement: "1700000000",
	}
	s.changeAccount(a, func() {
		for _, path := range a.identityDue() {
			a.Given[path] = answers[path]
		}
		a.Requested["transfers"] = true
		if len(s.banksOf(a.ID)) == 0 {
			s.addBank(s.newBank(a.ID, "000123456789", map[string]string{
				"country": a.Country, "currency": a.DefaultCurrency, "routing_number": "110000000",
			}), false, true)
		}
	})
}
