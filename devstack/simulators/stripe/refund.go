package stripe

import (
	"cmp"
	"slices"
)

// refund returns money of a charge, or takes back the payment of a transfer (pyr_…).
type refund struct {
	header
	AmountMinor   int64
	Currency      string
	ChargeID      string
	IntentID      string
	Reason        string
	Status        string
	MovementID    string
	FailureID     string
	FailureReason string
	ReversalID    string
	WillFailWith  string // the failure_reason that the card's bank will answer
}

var refundParams = []string{"charge", "payment_intent", "amount", "reason", "metadata", "currency", "refund_application_fee", "reverse_transfer", "instructions_email"}

func createRefund(c *call) (any, *apiError) {
	s := c.sim
	ch, refusal := s.refundedCharge(c.account, c.params.text("charge"), c.params.text("payment_intent"))
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
	r := &refund{header: s.newHeader("re", c.account), AmountMinor: amount, Reason: c.params.text("reason")}
	r.Metadata = metadata
	if refusal := s.refundCharge(ch, r); refusal != nil {
		return nil, refusal
	}
	return r.view(s), nil
}

// refundCharge returns the amount of the refund to the customer; without one, all that is left.
func (s *Simulator) refundCharge(ch *charge, r *refund) *apiError {
	if refusal := s.checkRefund(ch, r.AmountMinor); refusal != nil {
		return refusal
	}
	r.AmountMinor = cmp.Or(r.AmountMinor, ch.AmountMinor-ch.RefundedMinor)
	r.Currency, r.ChargeID, r.IntentID = ch.Currency, ch.ID, ch.IntentID
	source := s.st.Movements.byID[ch.MovementID]
	took := s.convert(r.AmountMinor, ch.Currency, source.Currency, 0)
	if !s.canDraw(ch.Owner, took.Currency, took.AmountMinor, source) {
		return refused("balance_insufficient", "", "Insufficient funds in your Stripe balance to refund this amount.")
	}
	s.applyRefund(r, ch, source, took)
	return nil
}

// refundedCharge finds the charge to refund by its own id or its payment intent's.
func (s *Simulator) refundedCharge(owner, id, intentID string) (*charge, *apiError) {
	if id == "" && intentID == "" {
		return nil, invalid("parameter_missing", "charge", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	if id == "" {
		p, ok := s.st.Intents.byID[intentID]
		if !ok || p.Owner != owner {
			return nil, unknownReference("payment_intent", "payment_intent", intentID)
		}
		if p.ChargeID == "" {
			return nil, refused("charge_not_refundable", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", p.ID)
		}
		id = p.ChargeID
	}
	ch, ok := s.st.Charges.byID[id]
	if !ok || ch.Owner != owner {
		return nil, unknownReference("charge", "charge", id)
	}
	return ch, nil
}

// checkRefund refuses a refund of a charge that has none left, or of more than is left.
func (s *Simulator) checkRefund(ch *charge, amountMinor int64) *apiError {
	left := ch.AmountMinor - ch.RefundedMinor
	switch {
	case ch.Status != "succeeded":
		return refused("charge_not_refundable", "charge", "Charge %s has not succeeded and cannot be refunded.", ch.ID)
	case ch.SourceTransfer != "":
		return refused("charge_not_refundable", "charge", "Charge %s was made by a transfer; reverse the transfer instead.", ch.ID)
	case left == 0:
		return refused("charge_already_refunded", "charge", "Charge %s has already been refunded.", ch.ID)
	case ch.DisputeID != "" && s.st.Disputes.byID[ch.DisputeID].Status != "won":
		return refused("charge_disputed", "charge", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	case s.tooOld(ch):
		return refused("charge_not_refundable", "charge", "Charge %s is too old to be refunded.", ch.ID)
	case amountMinor > left:
		return refused("", "amount", "Refund amount (%d) is greater than unrefunded amount on charge (%d).", amountMinor, left)
	}
	return checkFineness(amountMinor, ch.Currency)
}

// tooOld reports whether the payment method takes no refund any more.
func (s *Simulator) tooOld(ch *charge) bool {
	window := s.st.Rules.CardRefundWindow
	if testPaymentMethods[ch.Method].kind == "us_bank_account" {
		window = s.st.Rules.BankRefundWindow
	}
	return window > 0 && s.now().Sub(ch.Created) > window
}

// applyRefund takes the money at once: what the refund is worth now in the currency in which the
// charge settled. Refunds to cards settle at once too; those to banks, and failures, settle later.
func (s *Simulator) applyRefund(r *refund, ch *charge, source *movement, took converted) {
	outcome := testPaymentMethods[ch.Method]
	kind := map[bool]string{true: "payment_refund", false: "refund"}[outcome.kind == "us_bank_account"]
	out := movement{
		AmountMinor: -took.AmountMinor, Currency: took.Currency, Rate: took.Rate, Type: kind, Category: "refund", Source: r.ID,
		AvailableAt: source.AvailableAt,
	}
	out.Owner = r.Owner
	r.MovementID = s.move(out).ID
	ch.RefundedMinor += r.AmountMinor
	if outcome.refundFails {
		r.WillFailWith = "expired_or_canceled_card"
	}
	r.WillFailWith = cmp.Or(ch.CardGone, r.WillFailWith)
	r.Status = "succeeded"
	if outcome.refundPends {
		r.Status = "pending"
	}
	s.st.Refunds.add(r)
	s.effect("refund.applied", r, r.AmountMinor, r.Currency, r.Owner)
	s.emit("refund.created", r.Owner, r.view(s), nil)
	s.emit("charge.refunded", r.Owner, ch.view(s), nil)
	if outcome.refundPends || r.WillFailWith != "" {
		s.schedule("refund.settle", r.ID, s.now().Add(s.opts.RefundTransit))
		return
	}
	s.effect("refund.succeeded", r, r.AmountMinor, r.Currency, r.Owner)
}

func (s *Simulator) settleRefund(id string) {
	r := s.st.Refunds.byID[id]
	switch {
	case r.Status == "failed" || r.Status == "canceled":
	case r.WillFailWith != "":
		s.failRefund(r, r.WillFailWith)
	case r.Status == "pending":
		s.succeedRefund(r)
	}
}

func (s *Simulator) succeedRefund(r *refund) {
	r.Status = "succeeded"
	s.effect("refund.succeeded", r, r.AmountMinor, r.Currency, r.Owner)
	s.emitRefund(r, "refund.updated")
}

// refundFailureReasons are the values of failure_reason.
var refundFailureReasons = []string{
	"lost_or_stolen_card", "expired_or_canceled_card", "charge_for_pending_refund_disputed", "insufficient_funds", "declined",
	"merchant_request", "unknown",
}

func knownFailureReason(reason string) bool { return slices.Contains(refundFailureReasons, reason) }

// failRefund returns the money to the balance from which it was taken, at the rate of this moment.
func (s *Simulator) failRefund(r *refund, reason string) {
	came := s.convert(r.AmountMinor, r.Currency, s.st.Movements.byID[r.MovementID].Currency, 0)
	back := movement{AmountMinor: came.AmountMinor, Currency: came.Currency, Rate: came.Rate, Type: "refund_failure", Source: r.ID}
	back.Owner = r.Owner
	r.Status, r.FailureReason, r.FailureID = "failed", cmp.Or(reason, "unknown"), s.move(back).ID
	s.st.Charges.byID[r.ChargeID].RefundedMinor -= r.AmountMinor
	s.effect("refund.failed", r, r.AmountMinor, r.Currency, r.Owner)
	s.emitRefund(r, "refund.updated")
	s.emit("refund.failed", r.Owner, r.view(s), nil)
}

func (s *Simulator) emitRefund(r *refund, kind string) {
	s.emit(kind, r.Owner, r.view(s), nil)
	s.emit("charge.refund.updated", r.Owner, r.view(s), nil)
}

func getRefund(c *call) (any, *apiError) {
	r, refusal := find(c, c.sim.st.Refunds, "refund", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return r.view(c.sim), nil
}

func updateRefund(c *call) (any, *apiError) {
	r, refusal := find(c, c.sim.st.Refunds, "refund", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if r.Metadata, refusal = c.keepMetadata(r.Metadata); refusal != nil {
		return nil, refusal
	}
	c.sim.emitRefund(r, "refund.updated")
	return r.view(c.sim), nil
}

func listRefunds(c *call) (any, *apiError) {
	charge, intent := c.params.text("charge"), c.params.text("payment_intent")
	return page(c, c.sim.st.Refunds.order, func(r *refund) bool {
		return (charge == "" || r.ChargeID == charge) && (intent == "" || r.IntentID == intent)
	})
}

func (r *refund) view(*Simulator) object {
	view := r.wire("refund").with(object{
		"amount": r.AmountMinor, "currency": r.Currency, "charge": ref(r.ChargeID), "payment_intent": ref(r.IntentID),
		"reason": orNull(r.Reason), "status": r.Status, "balance_transaction": ref(r.MovementID),
		"failure_balance_transaction": ref(r.FailureID), "failure_reason": orNull(r.FailureReason),
		"transfer_reversal": ref(r.ReversalID), "source_transfer_reversal": nil, "receipt_number": nil,
	})
	delete(view, "livemode")
	return view
}
