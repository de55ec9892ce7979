package stripe

import (
	"net/http"
	"net/url"
	"time"
)

const accountLinkLifetime = 5 * time.Minute

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
	now := c.sim.clock.now()
	query := url.Values{"return_url": {c.params.text("return_url")}}
	return object{
		"object": "account_link", "created": now.Unix(), "expires_at": now.Add(accountLinkLifetime).Unix(),
		"url": "http://" + c.http.Host + "/_sim/onboard/" + id + "?" + query.Encode(),
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
