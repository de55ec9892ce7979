package stripe

import (
	"cmp"
	"time"
)

// bankErrored is the status of a bank account to which a payout failed.
const bankErrored = "errored"

// applyPayout takes the money from the balance and plans the way to the bank.
func (s *Simulator) applyPayout(p *payout) {
	p.ArrivalAt = p.Created.Add(s.opts.PayoutTransit)
	if p.Method == methodInstant {
		p.ArrivalAt = p.Created
	}
	out := movement{
		AmountMinor: -p.AmountMinor, Currency: p.Currency, Type: "payout", Source: p.ID,
		Description: cmp.Or(p.Description, "STRIPE PAYOUT"),
	}
	out.Owner = p.Owner
	p.MovementID = s.move(out).ID
	s.chargeInstantFee(p)
	s.billPayout(p)
	s.st.Payouts.add(p)
	s.schedule("payout.in_transit", p.ID, p.Created.Add(p.ArrivalAt.Sub(p.Created)/2))
	s.schedule("payout.settle", p.ID, p.ArrivalAt)

	s.effect("payout.applied", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.created", p.Owner, p.view(s), nil)
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
	case p.Held || bank.Holds:
		s.sendPayout(p.ID)
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

	if bank := s.st.Banks.byID[p.Destination]; bank.Status != bankErrored && !bank.Deleted {
		bank.Status = bankErrored
		s.emit("account.external_account.updated", p.Owner, bank.view(s), object{"status": "new"})
	}
}

func (s *Simulator) returnFunds(p *payout, kind string) {
	back := movement{AmountMinor: p.AmountMinor, Currency: p.Currency, Type: kind, Category: "payout_reversal", Source: p.ID}
	back.Owner = p.Owner
	p.FailureID = s.move(back).ID
}

// cancelPayout returns the money of a payout that is still pending.
func (s *Simulator) cancelPayout(p *payout) *apiError {
	if p.Status != "pending" {
		return refused("", "", "Payouts can only be canceled while they are pending; %s is %s.", p.ID, p.Status)
	}
	p.Status = "canceled"
	s.returnFunds(p, "payout_cancel")
	s.effect("payout.canceled", p, p.AmountMinor, p.Currency, p.Owner)
	s.emit("payout.canceled", p.Owner, p.view(s), nil)
	return nil
}

// holdPayout leaves a payout in transit. No bank answers any more, and its arrival_date passes.
func (s *Simulator) holdPayout(p *payout) {
	p.Held = true
	s.sendPayout(p.ID)
	s.dirty = true
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
