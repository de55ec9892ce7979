package stripe

import (
	"cmp"
	"net/http"
)

// What a person does in Stripe's dashboard has the same effects and events as the API, but no
// metadata and no idempotency key.

func (s *Simulator) reverseByHand(r *http.Request, input controlInput) (any, error) {
	t, ok := s.st.Transfers.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	if refusal := checkByHand(input.AmountMinor); refusal != nil {
		return nil, refusal
	}
	made := &reversal{header: s.newHeader("trr", t.Owner), AmountMinor: input.AmountMinor}
	if refusal := s.reverseTransfer(t, made); refusal != nil {
		return nil, refusal
	}
	return made.view(s), nil
}

func (s *Simulator) refundByHand(_ *http.Request, input controlInput) (any, error) {
	ch, refusal := s.refundedCharge(PlatformID, input.Charge, input.PaymentIntent)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := checkByHand(input.AmountMinor); refusal != nil {
		return nil, refusal
	}
	made := &refund{header: s.newHeader("re", PlatformID), AmountMinor: input.AmountMinor, Reason: input.Reason}
	if refusal := s.refundCharge(ch, made); refusal != nil {
		return nil, refusal
	}
	return made.view(s), nil
}

// payOutByHand pays an amount out to the account's bank; without one, all that is available.
func (s *Simulator) payOutByHand(a *account, input controlInput) (any, error) {
	currency := cmp.Or(input.Currency, a.DefaultCurrency)
	if refusal := checkByHand(input.AmountMinor); refusal != nil {
		return nil, refusal
	}
	amount := cmp.Or(input.AmountMinor, max(s.st.balance(a.ID, currency).AvailableMinor, 0))
	if amount%payoutStepMinor(currency) != 0 {
		return nil, invalid("parameter_invalid_integer", "amount", "Payouts in %s must be in multiples of %d.", currency, payoutStepMinor(currency))
	}
	p := &payout{
		header: s.newHeader("po", a.ID), AmountMinor: amount, Currency: currency, Method: methodStandard, Status: "pending",
	}
	if refusal := s.checkPayout(p); refusal != nil {
		return nil, refusal
	}
	s.applyPayout(p)
	return p.view(s), nil
}

// checkByHand refuses a negative amount; 0 stands for all that is left.
func checkByHand(amountMinor int64) *apiError {
	if amountMinor < 0 {
		return invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	}
	return nil
}
