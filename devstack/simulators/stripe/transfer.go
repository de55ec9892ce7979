package stripe

import "math/big"

// transfer is money sent from the platform to a connected account.
type transfer struct {
	header
	AmountMinor   int64
	ReversedMinor int64
	Currency      string
	Destination   string
	Description   string
	Group         string
	SourceCharge  string
	MovementID    string
	PaymentID     string
	Reversals     []string
}

var transferParams = []string{"amount", "currency", "destination", "description", "metadata", "source_transaction", "source_type", "transfer_group"}

func createTransfer(c *call) (any, *apiError) {
	s := c.sim
	t, refusal := c.readTransfer()
	if refusal != nil {
		return nil, refusal
	}
	origin, refusal := c.fundTransfer(t)
	if refusal != nil {
		return nil, refusal
	}

	out := movement{
		AmountMinor: -t.AmountMinor, Currency: t.Currency, Type: "transfer", Source: t.ID,
		Description: t.Description,
	}
	out.Owner = c.account
	if origin != nil {
		out.AvailableAt = origin.AvailableAt
	}
	t.MovementID = s.move(out).ID
	t.PaymentID = s.receiveTransfer(t, out).ID
	s.st.Transfers.add(t)

	s.effect("transfer.applied", t, t.AmountMinor, t.Currency, t.Destination)
	s.emit("transfer.created", t.Owner, t.view(s), nil)
	return t.view(s), nil
}

func (c *call) readTransfer() (*transfer, *apiError) {
	amount, refusal := c.params.amount("amount")
	if refusal != nil {
		return nil, refusal
	}
	currency, refusal := c.params.currency()
	if refusal != nil {
		return nil, refusal
	}
	if refusal := checkFineness(amount, currency); refusal != nil {
		return nil, refusal
	}
	destination, refusal := c.params.required("destination")
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.sim.checkConvertible(destination, currency); refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(nil)
	if refusal != nil {
		return nil, refusal
	}
	t := &transfer{
		header: c.sim.newHeader("tr", c.account), AmountMinor: amount, Currency: currency, Destination: destination,
		Description: c.params.text("description"), Group: c.params.text("transfer_group"),
		SourceCharge: c.params.text("source_transaction"),
	}
	t.Metadata = metadata
	return t, nil
}

// fundTransfer checks that the destination may receive and that the platform can pay.
// It returns the movement of the source charge, if the transfer names one.
func (c *call) fundTransfer(t *transfer) (*movement, *apiError) {
	s := c.sim
	to, ok := s.st.Accounts.byID[t.Destination]
	if !ok || to.Deauthorized || t.Destination == PlatformID {
		return nil, unknownReference("destination", "destination", t.Destination)
	}
	if to.transfersStatus() != "active" {
		return nil, refused("insufficient_capabilities_for_transfer", "", "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments")
	}
	if t.SourceCharge != "" {
		return c.drawOnCharge(t)
	}
	if !s.canDraw(c.account, t.Currency, t.AmountMinor, nil) {
		return nil, refused("balance_insufficient", "", "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance")
	}
	return nil, nil
}

// drawOnCharge lets a transfer use the money of a charge before it is available, up to the
// charge's amount. The currency is the one in which the charge settled.
func (c *call) drawOnCharge(t *transfer) (*movement, *apiError) {
	s := c.sim
	source, ok := s.st.Charges.byID[t.SourceCharge]
	if !ok || source.Owner != c.account {
		return nil, unknownReference("charge", "source_transaction", t.SourceCharge)
	}
	settled, credited := s.st.Movements.byID[source.MovementID]
	if source.Status != "succeeded" || !credited || settled.Currency != t.Currency {
		return nil, refused("", "source_transaction", "The charge %s cannot fund a transfer in %s.", source.ID, t.Currency)
	}
	left := new(big.Rat).SetFrac64(source.AmountMinor-source.RefundedMinor, source.AmountMinor)
	leftMinor := roundHalfUp(left.Mul(left, new(big.Rat).SetInt64(settled.AmountMinor)))
	if source.TransferredMinor+t.AmountMinor > leftMinor {
		return nil, refused("balance_insufficient", "amount", "Transfers using this transaction as a source must not exceed the source amount of %d.", leftMinor)
	}
	source.TransferredMinor += t.AmountMinor
	if t.Group == "" {
		t.Group = source.Group
	}
	return settled, nil
}

// receiveTransfer books the payment of the transfer on the connected account, in a currency of that
// account. The payment itself has the amount and currency of the transfer. An amount that is worth
// less than one minor unit there is not booked at all.
func (s *Simulator) receiveTransfer(t *transfer, out movement) *charge {
	payment := &charge{
		header: s.newHeader("py", t.Destination), AmountMinor: t.AmountMinor, Currency: t.Currency,
		Status: "succeeded", SourceTransfer: t.ID,
	}
	s.st.Charges.add(payment)
	became := s.convertTransfer(t.AmountMinor, t.Currency, s.settlement(t.Destination, t.Currency))
	if became.AmountMinor == 0 {
		return payment
	}
	in := movement{
		AmountMinor: became.AmountMinor, Currency: became.Currency, Rate: became.Rate, Type: "payment", Category: "charge",
		Source: payment.ID, AvailableAt: out.AvailableAt, Description: t.Description,
	}
	if s.st.Rules.Conversion.TransferFeeListed {
		in.Fees = s.conversionFee(became)
	}
	in.Owner = t.Destination
	payment.MovementID = s.move(in).ID
	return payment
}

func getTransfer(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Transfers, "transfer", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return t.view(c.sim), nil
}

func updateTransfer(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Transfers, "transfer", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(t.Metadata)
	if refusal != nil {
		return nil, refusal
	}
	before := copyMetadata(t.Metadata)
	t.Metadata = metadata
	if c.params.has("description") {
		t.Description = c.params.text("description")
	}
	c.sim.emit("transfer.updated", t.Owner, t.view(c.sim), object{"metadata": before})
	return t.view(c.sim), nil
}

func listTransfers(c *call) (any, *apiError) {
	group, destination := c.params.text("transfer_group"), c.params.text("destination")
	return page(c, c.sim.st.Transfers.order, func(t *transfer) bool {
		return (group == "" || t.Group == group) && (destination == "" || t.Destination == destination)
	})
}

func (t *transfer) view(s *Simulator) object {
	reversals := make([]object, 0, len(t.Reversals))
	for i := len(t.Reversals) - 1; i >= 0; i-- {
		reversals = append(reversals, s.st.Reversals.byID[t.Reversals[i]].view(s))
	}
	return t.wire("transfer").with(object{
		"amount": t.AmountMinor, "amount_reversed": t.ReversedMinor, "currency": t.Currency,
		"reversed":            t.ReversedMinor == t.AmountMinor,
		"balance_transaction": ref(t.MovementID), "description": orNull(t.Description),
		"destination": ref(t.Destination), "destination_payment": ref(t.PaymentID),
		"source_transaction": ref(t.SourceCharge), "source_type": "card", "transfer_group": orNull(t.Group),
		"reversals": object{
			"object": "list", "data": reversals, "has_more": false, "total_count": len(reversals),
			"url": "/v1/transfers/" + t.ID + "/reversals",
		},
	})
}
