package stripe

import (
	"cmp"
	"time"
)

// payout moves money from an account's balance to its bank:
//
//	pending -> in_transit -> paid -> failed (returned by the bank)
//	pending -> canceled     in_transit -> failed
type payout struct {
	header
	AmountMinor   int64
	Currency      string
	Destination   string
	Description   string
	Descriptor    string
	Method        string
	Status        string
	ArrivalAt     time.Time
	MovementID    string
	Automatic     bool
	Held          bool   // by the control API; it stays in transit
	FailureID     string // the movement that returned the money
	FailureCode   string
	FailureDetail string
}

var payoutParams = []string{"amount", "currency", "description", "destination", "metadata", "method", "source_type", "statement_descriptor"}

func createPayout(c *call) (any, *apiError) {
	p, refusal := c.readPayout()
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.sim.checkPayout(p); refusal != nil {
		return nil, refusal
	}
	c.sim.applyPayout(p)
	return p.view(c.sim), nil
}

func (c *call) readPayout() (*payout, *apiError) {
	amount, refusal := c.params.amount("amount")
	if refusal != nil {
		return nil, refusal
	}
	currency, refusal := c.params.currency()
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(nil)
	if refusal != nil {
		return nil, refusal
	}
	method := cmp.Or(c.params.text("method"), methodStandard)
	if method != methodStandard && method != methodInstant {
		return nil, invalid("", "method", "Invalid method: must be one of standard or instant")
	}
	if step := payoutStepMinor(currency); amount%step != 0 {
		return nil, invalid("parameter_invalid_integer", "amount", "Payouts in %s must be in multiples of %d.", currency, step)
	}
	p := &payout{
		header: c.sim.newHeader("po", c.account), AmountMinor: amount, Currency: currency, Method: method,
		Destination: c.params.text("destination"), Description: c.params.text("description"),
		Descriptor: c.params.text("statement_descriptor"), Status: "pending",
	}
	p.Metadata = metadata
	return p, nil
}

// The ways of a payout. An instant one arrives at once and needs a bank account that takes it.
const (
	methodStandard = "standard"
	methodInstant  = "instant"
)

// checkPayout checks that the account may pay out, that it has a bank account for the currency
// and enough money, and that the banks carry the amount.
func (s *Simulator) checkPayout(p *payout) *apiError {
	owner := s.st.Accounts.byID[p.Owner]
	if !owner.payoutsEnabled(s) {
		return refused("payouts_not_allowed", "", "Cannot create payouts; this account has requirements that need to be collected. Check the account's requirements.currently_due and payouts_enabled.")
	}
	bank, refusal := s.payoutBank(p)
	if refusal != nil {
		return refusal
	}
	p.Destination = bank.ID
	if p.Method == methodInstant {
		if refusal := s.checkInstant(p, bank); refusal != nil {
			return refusal
		}
	}
	if refusal := s.checkLimits(owner, p); refusal != nil {
		return refusal
	}
	if !s.canDraw(p.Owner, p.Currency, p.AmountMinor, nil) {
		return refused("balance_insufficient", "amount", "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can use the the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).")
	}
	return nil
}

func (s *Simulator) payoutBank(p *payout) (*bankAccount, *apiError) {
	if p.Destination != "" {
		bank, ok := s.st.Banks.byID[p.Destination]
		if !ok || bank.Owner != p.Owner || bank.Deleted {
			return nil, unknownReference("external account", "destination", p.Destination)
		}
		return bank, nil
	}
	if bank := s.defaultBank(p.Owner, p.Currency); bank != nil {
		return bank, nil
	}
	return nil, refused("", "currency", "Sorry, you don't have any external accounts in that currency (%s).", p.Currency)
}

// defaultBank returns nil for an account without a bank account in the currency.
func (s *Simulator) defaultBank(account, currency string) *bankAccount {
	for _, bank := range s.banksOf(account) {
		if bank.Currency == currency && bank.DefaultForCurrency {
			return bank
		}
	}
	return nil
}

func getPayout(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Payouts, "payout", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return p.view(c.sim), nil
}

func cancelPayout(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Payouts, "payout", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.sim.cancelPayout(p); refusal != nil {
		return nil, refusal
	}
	return p.view(c.sim), nil
}

func updatePayout(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Payouts, "payout", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	metadata, refusal := c.params.changeMetadata(p.Metadata)
	if refusal != nil {
		return nil, refusal
	}
	before := copyMetadata(p.Metadata)
	p.Metadata = metadata
	c.sim.emit("payout.updated", p.Owner, p.view(c.sim), object{"metadata": before})
	return p.view(c.sim), nil
}

func listPayouts(c *call) (any, *apiError) {
	status, destination := c.params.text("status"), c.params.text("destination")
	arrives, refusal := c.params.timeIn("arrival_date")
	if refusal != nil {
		return nil, refusal
	}
	return page(c, c.sim.st.Payouts.order, func(p *payout) bool {
		return (status == "" || p.Status == status) && (destination == "" || p.Destination == destination) && arrives(p.ArrivalAt)
	})
}

func (p *payout) view(*Simulator) object {
	reconciliation := "not_applicable"
	if p.Automatic {
		reconciliation = "completed"
	}
	return p.wire("payout").with(object{
		"amount": p.AmountMinor, "currency": p.Currency, "status": p.Status, "method": p.Method,
		"arrival_date": p.ArrivalAt.Unix(), "automatic": p.Automatic, "type": "bank_account",
		"balance_transaction": ref(p.MovementID), "destination": ref(p.Destination),
		"description": orNull(p.Description), "statement_descriptor": orNull(p.Descriptor),
		"failure_balance_transaction": ref(p.FailureID), "failure_code": orNull(p.FailureCode),
		"failure_message": orNull(p.FailureDetail), "original_payout": nil, "reversed_by": nil,
		"reconciliation_status": reconciliation, "source_type": "card",
		"application_fee": nil, "application_fee_amount": nil,
	})
}
