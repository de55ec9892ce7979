package stripe

import (
	"maps"
	"slices"
)

// The data that an account must give before it may receive and pay out money. They are
// a subset of what Stripe requires of an individual or company in the US, so small
// that a test can leave out one line and give it later.
var (
	individualRequirements = []string{
		"individual.dob.day", "individual.dob.month", "individual.dob.year",
		"individual.first_name", "individual.last_name",
	}
	companyRequirements = []string{"company.name"}
	tosRequirement      = "tos_acceptance.date"
	bankRequirement     = "external_account"
)

// gate is what an account may do at a moment.
type gate struct {
	payoutsEnabled bool
	capabilities   map[string]string
}

func (a *account) gate(s *Simulator) gate {
	capabilities := map[string]string{}
	for name, requested := range a.Requested {
		capabilities[name] = a.capabilityStatus(name, requested)
	}
	return gate{payoutsEnabled: a.payoutsEnabled(s), capabilities: capabilities}
}

// identityDue lists what is missing apart from the bank account.
func (a *account) identityDue() []string {
	if a.ID == PlatformID {
		return nil
	}
	needed := individualRequirements
	if a.BusinessType == "company" || a.BusinessType == "non_profit" {
		needed = companyRequirements
	}
	var due []string
	for _, path := range append(slices.Clone(needed), tosRequirement) {
		if a.Given[path] == "" {
			due = append(due, path)
		}
	}
	return due
}

func (a *account) currentlyDue(s *Simulator) []string {
	due := a.identityDue()
	if a.ID != PlatformID && len(s.banksOf(a.ID)) == 0 {
		due = append(due, bankRequirement)
	}
	due = append(due, a.Override.CurrentlyDue...)
	slices.Sort(due)
	return slices.Compact(due)
}

func (a *account) payoutsEnabled(s *Simulator) bool {
	if a.Override.PayoutsEnabled != nil {
		return *a.Override.PayoutsEnabled
	}
	return len(a.currentlyDue(s)) == 0 && len(a.Override.PendingVerification) == 0 && a.Override.DisabledReason == ""
}

func (a *account) transfersStatus() string {
	return a.capabilityStatus("transfers", a.Requested["transfers"])
}

// capabilityStatus is active once the identity is known. A bank account is required only for
// payouts.
func (a *account) capabilityStatus(name string, requested bool) string {
	switch {
	case name == "transfers" && a.Override.Transfers != "":
		return a.Override.Transfers
	case !requested:
		return "unrequested"
	case len(a.Override.PendingVerification) > 0:
		return "pending"
	case len(a.identityDue()) > 0 || len(a.Override.CurrentlyDue) > 0 || a.Override.DisabledReason != "":
		return "inactive"
	default:
		return "active"
	}
}

func (a *account) requirementsView(s *Simulator, due []string) object {
	reason := a.Override.DisabledReason
	switch {
	case reason != "":
	case len(a.Override.PendingVerification) > 0:
		reason = "requirements.pending_verification"
	case len(due) > 0:
		reason = "requirements.past_due"
	case !a.payoutsEnabled(s):
		reason = "under_review"
	}
	list := func(paths []string) []string { return append([]string{}, paths...) }
	return object{
		"alternatives": []object{}, "current_deadline": nil, "currently_due": list(due), "disabled_reason": orNull(reason),
		"errors": []object{}, "eventually_due": list(due), "past_due": list(due),
		"pending_verification": list(a.Override.PendingVerification),
	}
}

func (a *account) capabilityView(s *Simulator, name string) object {
	return object{
		"id": name, "object": "capability", "account": a.ID, "requested": a.Requested[name],
		"requested_at": a.Created.Unix(), "status": a.capabilityStatus(name, a.Requested[name]),
		"requirements": a.requirementsView(s, append(a.identityDue(), a.Override.CurrentlyDue...)),
	}
}

func (a *account) view(s *Simulator) object {
	now := a.gate(s)
	capabilities := object{}
	for name, status := range now.capabilities {
		if status != "unrequested" {
			capabilities[name] = status
		}
	}
	due := a.currentlyDue(s)
	banks := []object{}
	for _, bank := range s.banksOf(a.ID) {
		banks = append(banks, bank.view(s))
	}
	charges := a.ID == PlatformID || now.capabilities["card_payments"] == "active"
	if a.Override.ChargesEnabled != nil {
		charges = *a.Override.ChargesEnabled
	}
	view := a.wire("account").with(object{
		"type": a.Type, "country": a.Country, "email": orNull(a.Email), "business_type": orNull(a.BusinessType),
		"default_currency": a.DefaultCurrency, "capabilities": capabilities,
		"charges_enabled":   charges,
		"payouts_enabled":   now.payoutsEnabled,
		"details_submitted": len(a.identityDue()) == 0,
		"requirements":      a.requirementsView(s, due),
		"future_requirements": object{
			"alternatives": []object{}, "current_deadline": nil, "currently_due": []string{}, "disabled_reason": nil,
			"errors": []object{}, "eventually_due": []string{}, "past_due": []string{}, "pending_verification": []string{},
		},
		"external_accounts": object{
			"object": "list", "data": banks, "has_more": false, "total_count": len(banks),
			"url": "/v1/accounts/" + a.ID + "/external_accounts",
		},
		"tos_acceptance": object{"date": orNumber(a.Given["tos_acceptance.date"]), "ip": orNull(a.Given["tos_acceptance.ip"]), "user_agent": nil},
		"settings":       a.settingsView(), "business_profile": a.given("business_profile"),
	})
	if slices.ContainsFunc(slices.Collect(maps.Keys(a.Given)), isIndividual) {
		view["individual"] = a.given("individual").with(object{"object": "person", "account": a.ID})
	}
	delete(view, "livemode")
	if a.ID == PlatformID && !s.st.Rules.Conversion.On {
		delete(view, "external_accounts") // each currency settles, whatever bank accounts there are
	}
	return view
}
