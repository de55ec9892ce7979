package stripe

// askPayer leaves a payment until the payer has confirmed it at the bank's page. Without the payer, or if the
// request says so, that is an error, and no charge is made.
func (c *call) askPayer(p *paymentIntent) (any, *apiError) {
	s := c.sim
	for _, name := range []string{"off_session", "error_on_requires_action"} {
		refuses, refusal := c.params.flag(name)
		if refusal != nil {
			return nil, refusal
		}
		if refuses {
			return nil, s.failAuthentication(p, "authentication_required", "Your card was declined. This transaction requires authentication.")
		}
	}
	p.Status = "requires_action"
	s.emit("payment_intent.requires_action", p.Owner, p.view(s), nil)
	return p.view(s), nil
}

// authenticate is what the payer does at the bank's page.
func (s *Simulator) authenticate(p *paymentIntent, confirms bool) {
	if !confirms {
		_ = s.failAuthentication(p, "payment_intent_authentication_failure", "The provided PaymentMethod has failed authentication.")
		return
	}
	s.newCharge(p)
	s.succeedIntent(p)
}

func (s *Simulator) failAuthentication(p *paymentIntent, code, message string) *apiError {
	kind := typeInvalid
	if code == "authentication_required" {
		kind = typeCard
	}
	p.Status = "requires_payment_method"
	p.LastError = object{"type": kind, "code": code, "message": message, "payment_method": paymentMethodView(p.Method, testPaymentMethods[p.Method])}
	s.emit("payment_intent.payment_failed", p.Owner, p.view(s), nil)
	return &apiError{status: 402, kind: kind, code: code, message: message, intent: p.view(s), executed: true}
}

// nextAction is what the payer has to do. The address is not served: the control API does what the payer does.
func (p *paymentIntent) nextAction() any {
	if p.Status != "requires_action" {
		return nil
	}
	return object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "stripe_js": "https://hooks.stripe.com/redirect/authenticate/" + p.ID}}
}
