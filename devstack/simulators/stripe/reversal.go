package stripe

import "cmp"

// reversal takes back a transfer or a part of it.
type reversal struct {
	header
	AmountMinor int64
	Currency    string
	TransferID  string
	MovementID  string
	RefundID    string
	Description string
}

var reversalParams = []string{"amount", "description", "metadata", "refund_application_fee"}

func createReversal(c *call) (any, *apiError) {
	s := c.sim
	t, refusal := find(c, s.st.Transfers, "transfer", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(nil)
	if refusal != nil {
		return nil, refusal
	}
	var amount int64
	if c.params.has("amount") {
		if amount, refusal = c.params.amount("amount"); refusal != nil {
			return nil, refusal
		}
	}
	r := &reversal{header: s.newHeader("trr", c.account), AmountMinor: amount, Description: c.params.text("description")}
	r.Metadata = metadata
	if refusal := s.reverseTransfer(t, r); refusal != nil {
		return nil, refusal
	}
	return r.view(s), nil
}

// reverseTransfer takes the amount of the reversal back; without one, all that is left.
func (s *Simulator) reverseTransfer(t *transfer, r *reversal) *apiError {
	left := t.AmountMinor - t.ReversedMinor
	if left == 0 {
		return refused("", "", "Transfer %s is already fully reversed.", t.ID)
	}
	if r.AmountMinor > left {
		return refused("", "amount", "Reversal amount (%d) is greater than the unreversed amount (%d) of transfer %s.", r.AmountMinor, left, t.ID)
	}
	r.AmountMinor, r.Currency, r.TransferID = cmp.Or(r.AmountMinor, left), t.Currency, t.ID
	payment := s.st.Charges.byID[t.PaymentID]
	received := s.st.Movements.byID[payment.MovementID] // nil if the transfer was too small to arrive
	took := converted{Currency: t.Currency}
	if received != nil {
		took = s.convertTransfer(r.AmountMinor, t.Currency, received.Currency)
	}
	if !s.canDraw(t.Destination, took.Currency, took.AmountMinor, received) {
		return refused("balance_insufficient", "", "You cannot reverse this transfer because the destination account %s does not have a sufficient balance to cover it.", t.Destination)
	}
	s.moveBack(r, payment, received, took)
	t.ReversedMinor += r.AmountMinor
	t.Reversals = append(t.Reversals, r.ID)
	s.st.Reversals.add(r)

	s.effect("reversal.applied", r, r.AmountMinor, r.Currency, t.Destination)
	s.emit("transfer.reversed", t.Owner, t.view(s), nil)
	return nil
}

// moveBack books both sides: out of the connected account what the amount is worth there now, and
// into the platform the amount itself. The account bears what the rate has changed since.
func (s *Simulator) moveBack(r *reversal, payment *charge, received *movement, took converted) {
	taken := &refund{
		header: s.newHeader("pyr", payment.Owner), AmountMinor: r.AmountMinor, Currency: r.Currency,
		ChargeID: payment.ID, Status: "succeeded", ReversalID: r.ID,
	}
	in := movement{
		AmountMinor: r.AmountMinor, Currency: r.Currency, Type: "transfer_refund", Category: "transfer_reversal", Source: r.ID,
	}
	if received != nil {
		in.AvailableAt = received.AvailableAt
	}
	if took.AmountMinor != 0 {
		out := movement{
			AmountMinor: -took.AmountMinor, Currency: took.Currency, Rate: took.Rate, Type: "payment_refund", Category: "refund",
			Source: taken.ID, AvailableAt: in.AvailableAt,
		}
		out.Owner = payment.Owner
		taken.MovementID = s.move(out).ID
	}
	payment.RefundedMinor += r.AmountMinor
	s.st.Refunds.add(taken)
	r.RefundID = taken.ID

	in.Owner = r.Owner
	r.MovementID = s.move(in).ID
}

func getReversal(c *call) (any, *apiError) {
	r, refusal := find(c, c.sim.st.Reversals, "transfer reversal", c.path("reversal"))
	if refusal != nil {
		return nil, refusal
	}
	if r.TransferID != c.path("id") {
		return nil, missing("transfer reversal", r.ID)
	}
	return r.view(c.sim), nil
}

func updateReversal(c *call) (any, *apiError) {
	r, refusal := find(c, c.sim.st.Reversals, "transfer reversal", c.path("reversal"))
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(r.Metadata)
	if refusal != nil {
		return nil, refusal
	}
	r.Metadata = metadata
	c.sim.dirty = true
	return r.view(c.sim), nil
}

func listReversals(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Transfers, "transfer", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return page(c, c.sim.st.Reversals.order, func(r *reversal) bool { return r.TransferID == t.ID })
}

func (r *reversal) view(*Simulator) object {
	view := r.wire("transfer_reversal").with(object{
		"amount": r.AmountMinor, "currency": r.Currency, "transfer": ref(r.TransferID),
		"balance_transaction": ref(r.MovementID), "destination_payment_refund": ref(r.RefundID), "source_refund": nil,
	})
	delete(view, "livemode")
	return view
}
