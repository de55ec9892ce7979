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
	FailureID     string // the movement that returned the money
	FailureCode   string
	FailureDetail string
}

var payoutParams = []string{"amount", "currency", "description", "destination", "metadata", "method", "source_type", "statement_descriptor"}

func createPayout(c *call) (any, *apiError) {
	s := c.sim
	p, refusal := c.readPayout()
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.checkPayout(p); refusal != nil {
		return nil, refusal
	}

	out := movement{
		AmountMinor: -p.AmountMinor, Currency: p.Currency, Type: "payout", Source: p.ID,
		Description: cmp.Or(p.Description, "STRIPE PAYOUT"),
	}
	out.Owner = p.Owner
	p.MovementID = s.move(out).ID
	s.st.Payouts.add(p)
	s.schedule("payout.in_transit", p.ID, p.Created.Add(s.opts.PayoutTransit/2))
	s.schedule("payout.settle", p.ID, p.ArrivalAt)

	s.effect("payout.applied", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.created", p.Owner, p.view(s), nil)
	return p.view(s), nil
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
	method := cmp.Or(c.params.text("method"), "standard")
	if method != "standard" && method != "instant" {
		return nil, invalid("", "method", "Invalid method: must be one of standard or instant")
	}
	if wholeUnitPayouts[currency] && amount%100 != 0 {
		return nil, invalid("parameter_invalid_integer", "amount", "Payouts in %s must be in multiples of 100.", currency)
	}
	if refusal := checkFineness(amount, currency); refusal != nil {
		return nil, refusal
	}
	p := &payout{
		header: c.sim.newHeader("po", c.account), AmountMinor: amount, Currency: currency, Method: method,
		Destination: c.params.text("destination"), Description: c.params.text("description"),
		Descriptor: c.params.text("statement_descriptor"), Status: "pending",
	}
	p.Metadata = metadata
	p.ArrivalAt = p.Created.Add(c.sim.opts.PayoutTransit)
	return p, nil
}

// checkPayout checks that the account may pay out, and that it has a bank account for the
// currency and enough money.
func (c *call) checkPayout(p *payout) *apiError {
	s := c.sim
	owner := s.st.Accounts.byID[p.Owner]
	if !owner.payoutsEnabled(s) {
		return refused("payouts_not_allowed", "", "Cannot create payouts; this account has requirements that need to be collected. Check the account's requirements.currently_due and payouts_enabled.")
	}
	bank, refusal := s.payoutBank(p)
	if refusal != nil {
		return refusal
	}
	p.Destination = bank.ID
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
	for _, bank := range s.banksOf(p.Owner) {
		if bank.Currency == p.Currency && bank.DefaultForCurrency {
			return bank, nil
		}
	}
	return nil, refused("", "currency", "Sorry, you don't have any external accounts in that currency (%s).", p.Currency)
}

func (s *Simulator) sendPayout(id string) {
	p := s.st.Payouts.byID[id]
	if p.Status != "pending" {
		return
	}
	p.Status = "in_transit"
	s.emit("payout.updated", p.Owner, p.view(s), object{"status": "pending"})
}

// settlePayout ends the transit with the outcome of the bank account.
func (s *Simulator) settlePayout(id string, at time.Time) {
	p := s.st.Payouts.byID[id]
	bank := s.st.Banks.byID[p.Destination]
	switch {
	case p.Status != "pending" && p.Status != "in_transit":
	case bank.FailureCode != "" && !bank.Returns:
		s.failPayout(p, bank.FailureCode)
	default:
		s.payPayout(p)
		if bank.Returns {
			s.schedule("payout.return", p.ID, at.Add(s.opts.PayoutReturnAfter))
		}
	}
}

func (s *Simulator) returnPayout(id string) {
	p := s.st.Payouts.byID[id]
	if p.Status == "paid" {
		s.failPayout(p, s.st.Banks.byID[p.Destination].FailureCode)
	}
}

func (s *Simulator) payPayout(p *payout) {
	p.Status = "paid"
	s.effect("payout.paid", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.paid", p.Owner, p.view(s), nil)
}

// failPayout returns the money to the balance of the account, and marks its bank account.
func (s *Simulator) failPayout(p *payout, code string) {
	p.Status, p.FailureCode, p.FailureDetail = "failed", code, payoutFailureMessages[code]
	s.returnFunds(p, "payout_failure")
	s.effect("payout.failed", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.failed", p.Owner, p.view(s), nil)

	if bank := s.st.Banks.byID[p.Destination]; bank.Status != "errored" && !bank.Deleted {
		bank.Status = "errored"
		s.emit("account.external_account.updated", p.Owner, bank.view(s), object{"status": "new"})
	}
}

func (s *Simulator) returnFunds(p *payout, kind string) {
	back := movement{AmountMinor: p.AmountMinor, Currency: p.Currency, Type: kind, Category: "payout_reversal", Source: p.ID}
	back.Owner = p.Owner
	p.FailureID = s.move(back).ID
}

func cancelPayout(c *call) (any, *apiError) {
	s := c.sim
	p, refusal := find(c, s.st.Payouts, "payout", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if p.Status != "pending" {
		return nil, refused("", "", "Payouts can only be canceled while they are pending; %s is %s.", p.ID, p.Status)
	}
	p.Status = "canceled"
	s.returnFunds(p, "payout_cancel")
	s.effect("payout.canceled", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.canceled", p.Owner, p.view(s), nil)
	return p.view(s), nil
}

func getPayout(c *call) (any, *apiError) {
	p, refusal := find(c, c.sim.st.Payouts, "payout", c.path("id"))
	if refusal != nil {
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
	return page(c, c.sim.st.Payouts.order, func(p *payout) bool {
		return (status == "" || p.Status == status) && (destination == "" || p.Destination == destination)
	})
}

func (p *payout) view(*Simulator) object {
	return p.wire("payout").with(object{
		"amount": p.AmountMinor, "currency": p.Currency, "status": p.Status, "method": p.Method,
		"arrival_date": p.ArrivalAt.Unix(), "automatic": false, "type": "bank_account",
		"balance_transaction": ref(p.MovementID), "destination": ref(p.Destination),
		"description": orNull(p.Description), "statement_descriptor": orNull(p.Descriptor),
		"failure_balance_transaction": ref(p.FailureID), "failure_code": orNull(p.FailureCode),
		"failure_message": orNull(p.FailureDetail), "original_payout": nil, "reversed_by": nil,
		"reconciliation_status": "not_applicable", "source_type": "card",
		"application_fee": nil, "application_fee_amount": nil,
	})
}

// payoutFailureMessages holds a message for each failure code. Other codes are not valid.
var payoutFailureMessages = map[string]string{
	"account_closed":                   "The bank account has been closed.",
	"account_frozen":                   "The bank account has been frozen.",
	"bank_account_restricted":          "The bank account has restrictions on either the type, or the number, of payouts allowed.",
	"bank_ownership_changed":           "The destination bank account is no longer valid because its branch has changed ownership.",
	"could_not_process":                "The bank could not process this payout.",
	"debit_not_authorized":             "Debit transactions are not approved on the bank account.",
	"declined":                         "The bank has declined this transfer.",
	"insufficient_funds":               "The Stripe account has insufficient funds to cover the payout.",
	"invalid_account_number":           "The routing number seems correct, but the account number is invalid.",
	"incorrect_account_holder_name":    "The bank could not process this payout: the account holder's name is incorrect.",
	"incorrect_account_holder_address": "The bank could not process this payout: the account holder's address is incorrect.",
	"incorrect_account_holder_tax_id":  "The bank could not process this payout: the account holder's tax id is incorrect.",
	"invalid_currency":                 "The bank was unable to process this payout because of its currency.",
	"no_account":                       "The bank account details on file are probably incorrect: no account was found.",
	"unsupported_card":                 "The bank no longer supports payouts to this card.",
}
