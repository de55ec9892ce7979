package stripe

// charge is one attempt to collect money, or the payment of a transfer on a connected account
// (py_…).
type charge struct {
	header
	AmountMinor      int64
	RefundedMinor    int64
	TransferredMinor int64 // in the currency in which it settled
	Currency         string
	Status           string
	IntentID         string
	Method           string
	Description      string
	Group            string
	MovementID       string
	SourceTransfer   string
	FailureCode      string
	FailureDetail    string
	DisputeID        string
	CardGone         string // why refunds to the card fail; empty if they do not
}

func (s *Simulator) newCharge(p *paymentIntent) *charge {
	ch := &charge{
		header: s.newHeader("ch", p.Owner), AmountMinor: p.AmountMinor, Currency: p.Currency, Status: "pending",
		IntentID: p.ID, Method: p.Method, Description: p.Description, Group: p.Group,
	}
	ch.Metadata = copyMetadata(p.Metadata)
	s.st.Charges.add(ch)
	p.ChargeID = ch.ID
	return ch
}

// succeedCharge books the money and the fees, in the currency in which the charge settles.
func (s *Simulator) succeedCharge(ch *charge, outcome paymentOutcome) {
	became := s.convert(ch.AmountMinor, ch.Currency, s.settlement(ch.Owner, ch.Currency), 0)
	kind := "charge"
	if outcome.kind == "us_bank_account" {
		kind = "payment"
	}
	in := movement{
		AmountMinor: became.AmountMinor, Currency: became.Currency, Rate: became.Rate,
		Fees: append(s.conversionFee(became), s.st.Rules.Fees.ofCharge(became.AmountMinor, became.Currency)...),
		Type: kind, Category: "charge", Source: ch.ID, Description: ch.Description,
	}
	in.Owner = ch.Owner
	if !outcome.availableAtOnce {
		in.AvailableAt = s.now().Add(s.opts.AvailableAfter)
	}
	ch.Status, ch.MovementID = "succeeded", s.move(in).ID
	s.effect("charge.succeeded", ch, ch.AmountMinor, ch.Currency, ch.Owner)
	s.emit("charge.succeeded", ch.Owner, ch.view(s), nil)
	if outcome.disputed {
		s.schedule("charge.dispute", ch.ID, s.now())
	}
}

func (s *Simulator) failCharge(ch *charge, code, detail string) {
	ch.Status, ch.FailureCode, ch.FailureDetail = "failed", code, detail
	s.effect("charge.failed", ch, ch.AmountMinor, ch.Currency, ch.Owner)
	s.emit("charge.failed", ch.Owner, ch.view(s), nil)
}

func (s *Simulator) disputeLater(id string) {
	if ch := s.st.Charges.byID[id]; ch.DisputeID == "" {
		s.openDispute(ch, ch.AmountMinor, "fraudulent")
	}
}

func getCharge(c *call) (any, *apiError) {
	ch, refusal := find(c, c.sim.st.Charges, "charge", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return ch.view(c.sim), nil
}

func listCharges(c *call) (any, *apiError) {
	intent, group := c.params.text("payment_intent"), c.params.text("transfer_group")
	return page(c, c.sim.st.Charges.order, func(ch *charge) bool {
		return (intent == "" || ch.IntentID == intent) && (group == "" || ch.Group == group)
	})
}

func (ch *charge) view(*Simulator) object {
	outcome := testPaymentMethods[ch.Method]
	var details any
	if ch.Method != "" {
		details = object{"type": outcome.kind, outcome.kind: methodDetails(ch.Method, outcome)}
	}
	succeeded := ch.Status == "succeeded"
	captured := int64(0)
	if succeeded {
		captured = ch.AmountMinor
	}
	return ch.wire("charge").with(object{
		"amount": ch.AmountMinor, "amount_captured": captured, "amount_refunded": ch.RefundedMinor,
		"currency": ch.Currency, "status": ch.Status, "paid": succeeded, "captured": succeeded,
		"refunded": ch.RefundedMinor == ch.AmountMinor, "disputed": ch.DisputeID != "",
		"balance_transaction": ref(ch.MovementID), "payment_intent": ref(ch.IntentID),
		"payment_method": orNull(ch.Method), "payment_method_details": details,
		"description": orNull(ch.Description), "transfer_group": orNull(ch.Group),
		"source_transfer": ref(ch.SourceTransfer), "failure_code": orNull(ch.FailureCode),
		"failure_message": orNull(ch.FailureDetail), "failure_balance_transaction": nil,
		"application_fee": nil, "invoice": nil, "on_behalf_of": nil, "receipt_url": nil,
	})
}
