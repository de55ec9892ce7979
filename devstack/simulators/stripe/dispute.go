package stripe

import "time"

// disputeAnswerWithin is how long evidence is accepted.
const disputeAnswerWithin = 7 * 24 * time.Hour

// dispute is a case in which a customer's bank takes back the money of a charge.
// It may leave the platform's balance negative.
type dispute struct {
	header
	AmountMinor int64
	Currency    string
	ChargeID    string
	IntentID    string
	Reason      string
	Status      string
	Evidence    map[string]string
	Movements   []string
}

func (s *Simulator) openDispute(ch *charge, amountMinor int64, reason string) *dispute {
	d := &dispute{
		header: s.newHeader("du", ch.Owner), AmountMinor: amountMinor, Currency: ch.Currency, ChargeID: ch.ID,
		IntentID: ch.IntentID, Reason: reason, Status: "needs_response", Evidence: map[string]string{},
	}
	ch.DisputeID = d.ID
	s.st.Disputes.add(d)
	s.moveDispute(d, -amountMinor, s.opts.DisputeFeeMinor)
	s.effect("dispute.opened", d, amountMinor, d.Currency, d.Owner)
	s.emit("charge.dispute.created", d.Owner, d.view(s), nil)
	s.emit("charge.dispute.funds_withdrawn", d.Owner, d.view(s), nil)
	return d
}

// closeDispute ends a dispute. A won dispute returns the amount; Stripe keeps the fee.
func (s *Simulator) closeDispute(d *dispute, won bool) {
	d.Status = "lost"
	if won {
		d.Status = "won"
		s.moveDispute(d, d.AmountMinor, 0)
	}
	s.effect("dispute."+d.Status, d, d.AmountMinor, d.Currency, d.Owner)
	s.emit("charge.dispute.closed", d.Owner, d.view(s), nil)
	if won {
		s.emit("charge.dispute.funds_reinstated", d.Owner, d.view(s), nil)
	}
}

// moveDispute takes or returns an amount, at the rate of this moment if the charge was converted.
// The fee is in the currency in which the charge settled.
func (s *Simulator) moveDispute(d *dispute, amountMinor, feeMinor int64) {
	charged := s.st.Movements.byID[s.st.Charges.byID[d.ChargeID].MovementID]
	became := s.convert(amountMinor, d.Currency, charged.Currency, 0)
	m := movement{
		AmountMinor: became.AmountMinor, Currency: became.Currency, Rate: became.Rate,
		Type: "adjustment", Category: "dispute", Source: d.ID,
	}
	if feeMinor != 0 {
		m.Fees = []feeLine{{AmountMinor: feeMinor, Type: "stripe_fee", Description: "Dispute fee"}}
	}
	if amountMinor > 0 {
		m.Category = "dispute_reversal"
	}
	m.Owner = d.Owner
	d.Movements = append(d.Movements, s.move(m).ID)
}

func (d *dispute) closed() bool { return d.Status == "won" || d.Status == "lost" }

func getDispute(c *call) (any, *apiError) {
	d, refusal := find(c, c.sim.st.Disputes, "dispute", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return d.view(c.sim), nil
}

// updateDispute accepts evidence. Stripe's test values decide the outcome:
// uncategorized_text=winning_evidence or losing_evidence.
func updateDispute(c *call) (any, *apiError) {
	s := c.sim
	d, refusal := find(c, s.st.Disputes, "dispute", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if d.closed() {
		return nil, refused("", "", "This dispute is already closed.")
	}
	if d.Metadata, refusal = c.keepMetadata(d.Metadata); refusal != nil {
		return nil, refusal
	}
	for name, value := range c.params.fields("evidence") {
		d.Evidence[name] = value
	}
	s.emit("charge.dispute.updated", d.Owner, d.view(s), object{})
	switch d.Evidence["uncategorized_text"] {
	case "winning_evidence":
		s.closeDispute(d, true)
	case "losing_evidence":
		s.closeDispute(d, false)
	}
	return d.view(s), nil
}

func closeDispute(c *call) (any, *apiError) {
	d, refusal := find(c, c.sim.st.Disputes, "dispute", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if d.closed() {
		return nil, refused("", "", "This dispute is already closed.")
	}
	c.sim.closeDispute(d, false)
	return d.view(c.sim), nil
}

func listDisputes(c *call) (any, *apiError) {
	charge, intent := c.params.text("charge"), c.params.text("payment_intent")
	return page(c, c.sim.st.Disputes.order, func(d *dispute) bool {
		return (charge == "" || d.ChargeID == charge) && (intent == "" || d.IntentID == intent)
	})
}

func (d *dispute) view(s *Simulator) object {
	movements := []object{}
	for _, id := range d.Movements {
		movements = append(movements, s.st.Movements.byID[id].view(s))
	}
	due := d.Created.Add(disputeAnswerWithin)
	return d.wire("dispute").with(object{
		"amount": d.AmountMinor, "currency": d.Currency, "charge": ref(d.ChargeID), "payment_intent": ref(d.IntentID),
		"reason": d.Reason, "status": d.Status, "balance_transactions": movements, "is_charge_refundable": false,
		"evidence": d.Evidence, "network_reason_code": nil,
		"evidence_details": object{
			"due_by": due.Unix(), "has_evidence": len(d.Evidence) > 0, "past_due": s.now().After(due),
			"submission_count": len(d.Evidence),
		},
	})
}
