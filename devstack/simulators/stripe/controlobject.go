package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

func (s *Simulator) forcePayout(r *http.Request, input controlInput) (any, error) {
	p, ok := s.st.Payouts.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	moving := p.Status == "pending" || p.Status == "in_transit"
	switch r.PathValue("step") {
	case "pay":
		if !moving {
			return nil, fmt.Errorf("payout is %s", p.Status)
		}
		s.payPayout(p)
	case "fail":
		code := cmp.Or(input.FailureCode, "could_not_process")
		if payoutFailureMessages[code] == "" {
			return nil, fmt.Errorf("%q is not a failure code", code)
		}
		if !moving && p.Status != "paid" {
			return nil, fmt.Errorf("payout is %s", p.Status)
		}
		s.failPayout(p, code)
	case "cancel":
		if refusal := s.cancelPayout(p); refusal != nil {
			return nil, refusal
		}
	case "hold":
		if !moving {
			return nil, fmt.Errorf("payout is %s", p.Status)
		}
		s.holdPayout(p)
	default:
		return nil, errNotFound
	}
	return p.view(s), nil
}

func (s *Simulator) forceRefund(r *http.Request, input controlInput) (any, error) {
	refunded, ok := s.st.Refunds.byID[r.PathValue("id")]
	if !ok || refunded.ReversalID != "" {
		return nil, errNotFound
	}
	if input.Reason != "" && !knownFailureReason(input.Reason) {
		return nil, fmt.Errorf("%q is not a failure reason", input.Reason)
	}
	switch step := r.PathValue("step"); {
	case step == "succeed" && refunded.Status == "pending":
		s.succeedRefund(refunded)
	case step == "fail" && refunded.Status != "failed":
		s.failRefund(refunded, input.Reason)
	default:
		return nil, fmt.Errorf("cannot %s a refund that is %s", step, refunded.Status)
	}
	return refunded.view(s), nil
}

func (s *Simulator) forceIntent(r *http.Request, input controlInput) (any, error) {
	p, ok := s.st.Intents.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	asked := p.Status == "requires_action"
	if p.Status != "processing" && !asked {
		return nil, fmt.Errorf("payment intent is %s", p.Status)
	}
	switch step := r.PathValue("step"); {
	case asked && (step == "succeed" || step == "fail"):
		s.authenticate(p, step == "succeed")
	case step == "succeed":
		s.succeedIntent(p)
	case step == "fail":
		s.failIntent(p, cmp.Or(input.FailureCode, "insufficient_funds"))
	default:
		return nil, errNotFound
	}
	return p.view(s), nil
}

func (s *Simulator) scriptDispute(_ *http.Request, input controlInput) (any, error) {
	ch, ok := s.st.Charges.byID[input.Charge]
	if !ok {
		return nil, errNotFound
	}
	if ch.Status != "succeeded" || ch.MovementID == "" || ch.DisputeID != "" || input.AmountMinor > ch.AmountMinor {
		return nil, errors.New("only a succeeded charge that was credited can be disputed, once, and for no more than its amount")
	}
	return s.openDispute(ch, cmp.Or(input.AmountMinor, ch.AmountMinor), cmp.Or(input.Reason, "fraudulent")).view(s), nil
}

func (s *Simulator) forceDispute(r *http.Request, _ controlInput) (any, error) {
	d, ok := s.st.Disputes.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	step := r.PathValue("step")
	if d.closed() || step != "win" && step != "lose" {
		return nil, fmt.Errorf("cannot %s a dispute that is %s", step, d.Status)
	}
	s.closeDispute(d, step == "win")
	return d.view(s), nil
}

// overrideAccount forces a state on an account. DELETE removes the override.
func (s *Simulator) overrideAccount(r *http.Request, input controlInput) (any, error) {
	a, ok := s.st.Accounts.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	if t := input.Transfers; t != "" && t != "active" && t != "inactive" && t != "pending" {
		return nil, errors.New("transfers must be active, inactive or pending")
	}
	s.changeAccount(a, func() { a.Override = input.accountOverride })
	return a.view(s), nil
}

func (s *Simulator) forceAccount(r *http.Request, input controlInput) (any, error) {
	a, ok := s.st.Accounts.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	switch r.PathValue("step") {
	case "complete":
		s.completeAccount(a)
	case "adjust":
		s.adjustBalance(a, input.AmountMinor, cmp.Or(input.Currency, a.DefaultCurrency))
	case "deauthorize", "reconnect":
		return s.connect(a, r.PathValue("step") == "reconnect")
	case "schedule":
		return s.forceSchedule(a, input)
	case "payout":
		return s.payOutByHand(a, input)
	case "instant":
		for _, bank := range s.banksOf(a.ID) {
			bank.Instant = input.Instant == nil || *input.Instant
			s.emit("account.external_account.updated", a.ID, bank.view(s), object{})
		}
	default:
		return nil, errNotFound
	}
	return a.view(s), nil
}

// connect ends or restores the platform's access to an account.
func (s *Simulator) connect(a *account, connected bool) (any, error) {
	switch {
	case a.ID == PlatformID:
		return nil, errors.New("the platform is always connected")
	case a.Deauthorized != connected:
		return nil, errors.New("the account is in this state already")
	}
	application := object{"id": applicationID, "object": "application", "name": "Creditroll"}
	if connected {
		a.Deauthorized = false
		s.emit("account.application.authorized", a.ID, application, nil)
	} else {
		s.emit("account.application.deauthorized", a.ID, application, nil)
		a.Deauthorized = true
	}
	return a.view(s), nil
}

// adjustBalance changes a balance without a cause. It may go below zero.
func (s *Simulator) adjustBalance(a *account, amountMinor int64, currency string) {
	m := movement{AmountMinor: amountMinor, Currency: currency, Type: "adjustment", Category: "other_adjustment"}
	m.Owner = a.ID
	booked := s.move(m)
	s.effect("balance.adjusted", booked, amountMinor, currency, a.ID)
}

func (s *Simulator) resetLocked(*http.Request, controlInput) (any, error) {
	s.script.Remove("")
	s.hooks.clear()
	s.clock.reset()
	s.st = s.freshState()
	s.journal.Replace(nil)
	s.dirty = true
	return object{"reset": true}, nil
}

// dumpLocked returns the whole state, newest objects last.
func (s *Simulator) dumpLocked() any {
	balances := map[string]map[string]object{}
	for account, currencies := range s.st.balances {
		balances[account] = map[string]object{}
		for currency, sum := range currencies {
			balances[account][currency] = object{"available_minor": sum.AvailableMinor, "pending_minor": sum.PendingMinor}
		}
	}
	return object{
		"now": s.clock.now().UTC().Format(time.RFC3339Nano), "platform": PlatformID, "balances": balances,
		"accounts": views(s, s.st.Accounts), "payment_intents": views(s, s.st.Intents), "charges": views(s, s.st.Charges),
		"refunds": views(s, s.st.Refunds), "disputes": views(s, s.st.Disputes), "verification_sessions": views(s, s.st.Sessions), "transfers": views(s, s.st.Transfers),
		"reversals": views(s, s.st.Reversals), "payouts": views(s, s.st.Payouts), "topups": views(s, s.st.Topups),
		"reserves":             views(s, s.st.Reserves),
		"balance_transactions": s.movementsByAccount(), "scheduled": len(s.st.Tasks),
		"list_lag":         s.st.Rules.ListLag.String(),
		"idempotency_keys": slices.Sorted(maps.Keys(s.st.Idempotency)),
	}
}

// movementsByAccount are all balance transactions, each with the account whose balance it changed.
func (s *Simulator) movementsByAccount() []object {
	all := views(s, s.st.Movements)
	for i, m := range s.st.Movements.order {
		all[i]["account"] = m.Owner
	}
	return all
}

func views[T record](s *Simulator, t *table[T]) []object {
	all := make([]object, 0, len(t.order))
	for _, item := range t.order {
		all = append(all, item.view(s))
	}
	return all
}

// markDelivered records how a receiver answered an event.
func (s *Simulator) markDelivered(eventID string, status int, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.st.Events.byID[eventID]
	if !ok {
		return
	}
	kind := "webhook.refused"
	if status >= 200 && status < 300 {
		kind = "webhook.delivered"
		e.Deliveries++
	}
	if last {
		e.Undecided = false
	}
	s.journal.Append(faults.Entry{
		Kind: kind, ObjectID: eventID, Status: status, Account: e.Owner, Details: map[string]any{"type": e.Type},
	})
}
