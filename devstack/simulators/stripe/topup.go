package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// topup brings money from the platform's bank to its balance:
//
//	pending -> succeeded -> reversed (taken back by the bank)
//	pending -> failed       pending -> canceled
//
// The money is on the balance from the start, pending as long as the top-up is. What ends otherwise
// takes it off again.
type topup struct {
	header
	AmountMinor   int64
	Currency      string
	Description   string
	Descriptor    string
	Group         string
	Status        string
	ExpectedAt    time.Time
	MovementID    string
	ReversalID    string // the movement that took the money off again
	WillFailWith  string // the failure_code that the bank will answer
	FailureCode   string
	FailureDetail string
}

var (
	topupParams       = []string{"amount", "currency", "description", "metadata", "source", "statement_descriptor", "transfer_group"}
	topupChangeParams = []string{"description", "metadata"}
)

func createTopup(c *call) (any, *apiError) {
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
	metadata, refusal := c.params.changeMetadata(nil)
	if refusal != nil {
		return nil, refusal
	}
	outcome, refusal := c.topupSource()
	if refusal != nil {
		return nil, refusal
	}
	t := &topup{
		header: c.sim.newHeader("tu", c.account), AmountMinor: amount, Currency: currency, Description: c.params.text("description"),
		Descriptor: c.params.text("statement_descriptor"), Group: c.params.text("transfer_group"), WillFailWith: outcome,
	}
	t.Metadata = metadata
	if refusal := c.sim.applyTopup(t); refusal != nil {
		return nil, refusal
	}
	return t.view(c.sim), nil
}

// topupSource reads source, which is optional: one of Stripe's test tokens, whose number decides
// how the top-up ends.
func (c *call) topupSource() (failureCode string, refusal *apiError) {
	token := c.params.text("source")
	if token == "" {
		return "", nil
	}
	number, known := bankTokens[token]
	if !known {
		return "", invalid("resource_missing", "source", "No such token: '%s'", token)
	}
	return numberEndings[number[len(number)-8:]].code, nil
}

// applyTopup books the money, which needs a bank account in its currency.
func (s *Simulator) applyTopup(t *topup) *apiError {
	if s.defaultBank(t.Owner, t.Currency) == nil {
		return refused("", "currency", "You do not have a bank account in %s to top up from.", t.Currency)
	}
	t.Status, t.ExpectedAt = "pending", t.Created.Add(s.opts.TopupTransit)
	in := movement{
		AmountMinor: t.AmountMinor, Currency: t.Currency, Type: "topup", Source: t.ID, AvailableAt: t.ExpectedAt,
		Description: cmp.Or(t.Description, "Top-up"),
	}
	in.Owner = t.Owner
	t.MovementID = s.move(in).ID
	s.st.Topups.add(t)
	s.emit("topup.created", t.Owner, t.view(s), nil)
	if t.ExpectedAt.After(t.Created) {
		s.schedule("topup.settle", t.ID, t.ExpectedAt)
	} else {
		s.settleTopup(t.ID)
	}
	return nil
}

// settleTopup ends the transit.
func (s *Simulator) settleTopup(id string) {
	t := s.st.Topups.byID[id]
	switch {
	case t.Status != "pending":
	case t.WillFailWith != "":
		s.failTopup(t, t.WillFailWith)
	default:
		s.succeedTopup(t)
	}
}

func (s *Simulator) succeedTopup(t *topup) {
	s.matureFunds(t.MovementID)
	t.Status = "succeeded"
	s.effect("topup.succeeded", t, t.AmountMinor, t.Currency, t.Owner)
	s.emit("topup.succeeded", t.Owner, t.view(s), nil)
}

func (s *Simulator) failTopup(t *topup, code string) {
	t.FailureCode, t.FailureDetail = code, payoutFailureMessages[code]
	s.undoTopup(t, "failed")
}

// undoTopup takes the money off again, even if it is spent: the balance may go below zero. Money
// that is still pending leaves with a movement that is pending as long.
func (s *Simulator) undoTopup(t *topup, status string) {
	booked := s.st.Movements.byID[t.MovementID]
	out := movement{
		AmountMinor: -t.AmountMinor, Currency: t.Currency, Type: "topup_reversal", Source: t.ID, AvailableAt: booked.AvailableAt,
		Description: booked.Description,
	}
	out.Owner = t.Owner
	t.Status, t.ReversalID = status, s.move(out).ID
	s.effect("topup."+status, t, t.AmountMinor, t.Currency, t.Owner)
	s.emit("topup."+status, t.Owner, t.view(s), nil)
}

func (s *Simulator) cancelTopup(t *topup) *apiError {
	if t.Status != "pending" {
		return refused("", "", "Top-ups can only be canceled while they are pending; %s is %s.", t.ID, t.Status)
	}
	s.undoTopup(t, "canceled")
	return nil
}

func cancelTopup(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Topups, "topup", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.sim.cancelTopup(t); refusal != nil {
		return nil, refusal
	}
	return t.view(c.sim), nil
}

func getTopup(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Topups, "topup", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return t.view(c.sim), nil
}

func updateTopup(c *call) (any, *apiError) {
	t, refusal := find(c, c.sim.st.Topups, "topup", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	if t.Metadata, refusal = c.keepMetadata(t.Metadata); refusal != nil {
		return nil, refusal
	}
	if c.params.has("description") {
		t.Description = c.params.text("description")
	}
	c.sim.dirty = true
	return t.view(c.sim), nil
}

func listTopups(c *call) (any, *apiError) {
	status := c.params.text("status")
	return page(c, c.sim.st.Topups.order, func(t *topup) bool { return status == "" || t.Status == status })
}

// topUpByHand is a top-up that a person makes in the dashboard.
func (s *Simulator) topUpByHand(_ *http.Request, input controlInput) (any, error) {
	currency := cmp.Or(strings.ToLower(input.Currency), s.st.Accounts.byID[PlatformID].DefaultCurrency)
	if input.AmountMinor <= 0 {
		return nil, errors.New("amount_minor must be above zero")
	}
	if refusal := checkFineness(input.AmountMinor, currency); refusal != nil {
		return nil, refusal
	}
	t := &topup{header: s.newHeader("tu", PlatformID), AmountMinor: input.AmountMinor, Currency: currency, Description: input.Description}
	if refusal := s.applyTopup(t); refusal != nil {
		return nil, refusal
	}
	return t.view(s), nil
}

func (s *Simulator) forceTopup(r *http.Request, input controlInput) (any, error) {
	t, ok := s.st.Topups.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	code := cmp.Or(input.FailureCode, "could_not_process")
	if payoutFailureMessages[code] == "" {
		return nil, fmt.Errorf("%q is not a failure code", code)
	}
	switch step := r.PathValue("step"); {
	case step == "succeed" && t.Status == "pending":
		s.succeedTopup(t)
	case step == "fail" && t.Status == "pending":
		s.failTopup(t, code)
	case step == "cancel" && t.Status == "pending":
		s.undoTopup(t, "canceled")
	case step == "reverse" && t.Status == "succeeded":
		t.FailureCode, t.FailureDetail = code, payoutFailureMessages[code]
		s.undoTopup(t, "reversed")
	default:
		return nil, fmt.Errorf("cannot %s a top-up that is %s", step, t.Status)
	}
	return t.view(s), nil
}

func (t *topup) view(*Simulator) object {
	return t.wire("topup").with(object{
		"amount": t.AmountMinor, "currency": t.Currency, "status": t.Status, "description": orNull(t.Description),
		"balance_transaction": ref(t.MovementID), "expected_availability_date": t.ExpectedAt.Unix(), "arrival_date": t.ExpectedAt.Unix(),
		"failure_code": orNull(t.FailureCode), "failure_message": orNull(t.FailureDetail), "source": nil,
		"statement_descriptor": orNull(t.Descriptor), "transfer_group": orNull(t.Group),
	})
}
