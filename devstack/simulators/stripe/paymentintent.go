package stripe

import (
	"cmp"
	"time"
)

// paymentIntent collects money for the platform.
type paymentIntent struct {
	header
	AmountMinor   int64
	Currency      string
	Status        string
	Description   string
	Group         string
	Customer      string
	ReceiptEmail  string
	Method        string
	MethodTypes   []string
	ChargeID      string
	ReceivedMinor int64
	CanceledAt    time.Time
	CancelReason  string
	LastError     object
}

var (
	intentChangeParams = []string{"amount", "currency", "description", "metadata", "payment_method", "payment_method_types", "receipt_email", "transfer_group", "customer", "statement_descriptor", "statement_descriptor_suffix", "setup_future_usage", "payment_method_options", "payment_method_data", "shipping"}
	intentParams       = append([]string{"automatic_payment_methods", "capture_method", "confirm", "confirmation_method", "off_session", "return_url", "mandate_data", "error_on_requires_action", "use_stripe_sdk"}, intentChangeParams...)
	confirmParams      = []string{"payment_method", "return_url", "off_session", "mandate_data", "receipt_email", "payment_method_options", "payment_method_data", "payment_method_types", "error_on_requires_action", "use_stripe_sdk", "setup_future_usage"}
)

func createIntent(c *call) (any, *apiError) {
	s := c.sim
	p := &paymentIntent{header: s.newHeader("pi", c.account), MethodTypes: []string{"card"}}
	if refusal := c.changeIntent(p, true); refusal != nil {
		return nil, refusal
	}
	if method := c.params.text("capture_method"); method == "manual" {
		return nil, invalid("", "capture_method", "The simulator captures automatically; capture_method=manual is not supported.")
	}
	confirm, refusal := c.params.flag("confirm")
	if refusal != nil {
		return nil, refusal
	}
	if confirm && p.Method == "" {
		return nil, invalid("parameter_missing", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	s.st.Intents.add(p)
	s.dirty = true
	s.emit("payment_intent.created", p.Owner, p.view(s), nil)
	if confirm {
		return c.collect(p)
	}
	return p.view(s), nil
}

// changeIntent reads the parameters that may change until confirmation.
func (c *call) changeIntent(p *paymentIntent, creating bool) *apiError {
	changed := *p
	var refusal *apiError
	if creating || c.params.has("amount") {
		if changed.AmountMinor, refusal = c.params.amount("amount"); refusal != nil {
			return refusal
		}
	}
	if creating || c.params.has("currency") {
		if changed.Currency, refusal = c.params.currency(); refusal != nil {
			return refusal
		}
	}
	if refusal := checkFineness(changed.AmountMinor, changed.Currency); refusal != nil {
		return refusal
	}
	if changed.AmountMinor > maxChargeMinor {
		return invalid("amount_too_large", "amount", "Amount must be no more than %d.", int64(maxChargeMinor))
	}
	if changed.AmountMinor < minimumChargeMinor[changed.Currency] {
		return invalid("amount_too_small", "amount", "Amount must be at least %d %s.", minimumChargeMinor[changed.Currency], changed.Currency)
	}
	if refusal := c.sim.checkConvertible(p.Owner, changed.Currency); refusal != nil {
		return refusal
	}
	if changed.Metadata, refusal = c.params.changeMetadata(p.Metadata); refusal != nil {
		return refusal
	}
	method, refusal := c.checkPaymentMethod()
	if refusal != nil {
		return refusal
	}
	changed.Method = cmp.Or(method, p.Method)
	if types := c.params.list("payment_method_types"); len(types) > 0 {
		changed.MethodTypes = types
	}
	changed.Description = cmp.Or(c.params.text("description"), p.Description)
	changed.Group = cmp.Or(c.params.text("transfer_group"), p.Group)
	changed.Customer = cmp.Or(c.params.text("customer"), p.Customer)
	changed.ReceiptEmail = cmp.Or(c.params.text("receipt_email"), p.ReceiptEmail)
	changed.Status = "requires_payment_method"
	if changed.Method != "" {
		changed.Status = "requires_confirmation"
	}
	*p = changed
	return nil
}

func (p *paymentIntent) open() bool {
	return p.Status == "requires_payment_method" || p.Status == "requires_confirmation"
}

func (p *paymentIntent) unexpected(doing string) *apiError {
	return refused("payment_intent_unexpected_state", "", "You cannot %s this PaymentIntent because it has a status of %s.", doing, p.Status)
}

func updateIntent(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Intents, "payment_intent", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if p.open() {
		refusal = c.changeIntent(p, false)
	} else if c.params.has("amount") {
		refusal = p.unexpected("update the amount of")
	} else {
		p.Metadata, refusal = c.keepMetadata(p.Metadata)
	}
	if refusal != nil {
		return nil, refusal
	}
	c.sim.dirty = true
	return p.view(c.sim), nil
}

// keepMetadata is changeMetadata, but returns the present metadata with a refusal.
func (c *call) keepMetadata(was map[string]string) (map[string]string, *apiError) {
	changed, refusal := c.params.changeMetadata(was)
	if refusal != nil {
		return was, refusal
	}
	return changed, nil
}

func confirmIntent(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Intents, "payment_intent", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if !p.open() {
		return nil, p.unexpected("confirm")
	}
	method, refusal := c.checkPaymentMethod()
	if refusal != nil {
		return nil, refusal
	}
	p.Method = cmp.Or(method, p.Method)
	if p.Method == "" {
		return nil, invalid("parameter_missing", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	return c.collect(p)
}

// collect tries the payment method. A card has its outcome at once, a bank debit later.
func (c *call) collect(p *paymentIntent) (any, *apiError) {
	s := c.sim
	outcome := testPaymentMethods[p.Method]
	if outcome.authenticates {
		return c.askPayer(p)
	}
	ch := s.newCharge(p)
	switch {
	case outcome.declineCode != "":
		return nil, s.declineIntent(p, ch, outcome.declineCode)
	case outcome.kind == "us_bank_account":
		p.Status, ch.Status = "processing", "pending"
		s.emit("charge.pending", p.Owner, ch.view(s), nil)
		s.emit("payment_intent.processing", p.Owner, p.view(s), nil)
		s.schedule("payment.settle", p.ID, s.now().Add(s.opts.BankDebitAfter))
	default:
		s.succeedIntent(p)
	}
	return p.view(s), nil
}

func (s *Simulator) settleBankDebit(id string) {
	p := s.st.Intents.byID[id]
	if p.Status != "processing" {
		return
	}
	if code := testPaymentMethods[p.Method].failureCode; code != "" {
		s.failIntent(p, code)
		return
	}
	s.succeedIntent(p)
}

func (s *Simulator) succeedIntent(p *paymentIntent) {
	p.Status, p.ReceivedMinor, p.LastError = "succeeded", p.AmountMinor, nil
	s.succeedCharge(s.st.Charges.byID[p.ChargeID], testPaymentMethods[p.Method])
	s.emit("payment_intent.succeeded", p.Owner, p.view(s), nil)
}

func (s *Simulator) failIntent(p *paymentIntent, code string) {
	ch := s.st.Charges.byID[p.ChargeID]
	s.failCharge(ch, code, "The bank returned the debit: "+code+".")
	p.Status = "requires_payment_method"
	p.LastError = object{
		"type": typeInvalid, "code": "payment_intent_payment_attempt_failed", "message": ch.FailureDetail,
		"charge": ch.ID, "payment_method": paymentMethodView(p.Method, testPaymentMethods[p.Method]),
	}
	s.emit("payment_intent.payment_failed", p.Owner, p.view(s), nil)
}

func (s *Simulator) declineIntent(p *paymentIntent, ch *charge, declineCode string) *apiError {
	s.failCharge(ch, "card_declined", "Your card was declined.")
	p.Status = "requires_payment_method"
	p.LastError = object{
		"type": typeCard, "code": "card_declined", "decline_code": declineCode, "message": ch.FailureDetail,
		"charge": ch.ID, "payment_method": paymentMethodView(p.Method, testPaymentMethods[p.Method]),
	}
	s.emit("payment_intent.payment_failed", p.Owner, p.view(s), nil)
	return &apiError{
		status: 402, kind: typeCard, code: "card_declined", declineCode: declineCode, message: ch.FailureDetail,
		chargeID: ch.ID, intent: p.view(s), executed: true,
	}
}

func cancelIntent(c *call) (any, *apiError) {
	s := c.sim
	p, refusal := find(c, s.st.Intents, "payment_intent", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if !p.open() && p.Status != "requires_action" {
		return nil, p.unexpected("cancel")
	}
	p.Status, p.CanceledAt, p.CancelReason = "canceled", s.now(), c.params.text("cancellation_reason")
	s.dirty = true
	s.emit("payment_intent.canceled", p.Owner, p.view(s), nil)
	return p.view(s), nil
}

func getIntent(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Intents, "payment_intent", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return p.view(c.sim), nil
}

func listIntents(c *call) (any, *apiError) {
	customer := c.params.text("customer")
	return page(c, c.sim.st.Intents.order, func(p *paymentIntent) bool { return customer == "" || p.Customer == customer })
}

func (p *paymentIntent) view(*Simulator) object {
	return p.wire("payment_intent").with(object{
		"amount": p.AmountMinor, "amount_capturable": 0, "amount_received": p.ReceivedMinor, "currency": p.Currency,
		"status": p.Status, "description": orNull(p.Description), "transfer_group": orNull(p.Group),
		"customer": orNull(p.Customer), "receipt_email": orNull(p.ReceiptEmail), "payment_method": orNull(p.Method),
		"payment_method_types": p.MethodTypes, "latest_charge": ref(p.ChargeID), "last_payment_error": p.LastError,
		"canceled_at": unix(p.CanceledAt), "cancellation_reason": orNull(p.CancelReason),
		"capture_method": "automatic", "confirmation_method": "automatic", "client_secret": p.ID + "_secret_sim",
		"next_action": p.nextAction(), "invoice": nil, "on_behalf_of": nil, "setup_future_usage": nil, "transfer_data": nil,
	})
}
