package stripe

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// balance is the running sum of an account's movements in one currency.
type balance struct{ AvailableMinor, PendingMinor int64 }

// movement is a balance transaction. Money enters or leaves an account in no other way.
type movement struct {
	header
	AmountMinor int64
	FeeMinor    int64 // the sum of Fees
	Fees        []feeLine
	Currency    string
	Rate        string // by which the amount was converted; empty if it was not
	Type        string
	Category    string
	Source      string
	Description string
	AvailableAt time.Time
	Matured     bool
	CoveredBy   string // the automatic payout that paid it out
}

func (m *movement) netMinor() int64 { return m.AmountMinor - m.FeeMinor }

// move books the movement. Money with a later AvailableAt is pending until then.
func (s *Simulator) move(m movement) *movement {
	owner := m.Owner
	m.header = s.newHeader("txn", owner)
	m.FeeMinor = sumOf(m.Fees)
	m.Matured = !m.AvailableAt.After(m.Created)
	if m.Matured {
		m.AvailableAt = m.Created
	} else {
		s.schedule("funds.available", m.ID, m.AvailableAt)
	}
	s.st.Movements.add(&m)
	s.st.book(&m)
	s.dirty = true
	return &m
}

func (st *state) book(m *movement) {
	sum := st.balance(m.Owner, m.Currency)
	if m.Matured {
		sum.AvailableMinor += m.netMinor()
	} else {
		sum.PendingMinor += m.netMinor()
	}
}

func (st *state) balance(account, currency string) *balance {
	if st.balances[account] == nil {
		st.balances[account] = map[string]*balance{}
	}
	if st.balances[account][currency] == nil {
		st.balances[account][currency] = &balance{}
	}
	return st.balances[account][currency]
}

// matureFunds makes pending money available. A control call may have done so earlier.
func (s *Simulator) matureFunds(id string) {
	m := s.st.Movements.byID[id]
	if m.Matured {
		return
	}
	sum := s.st.balance(m.Owner, m.Currency)
	sum.PendingMinor -= m.netMinor()
	sum.AvailableMinor += m.netMinor()
	m.Matured, m.AvailableAt = true, s.now()
	s.emit("balance.available", m.Owner, s.balanceView(m.Owner), nil)
}

// canDraw reports whether the amount can leave the account. Money that came with a
// pending movement may leave with a movement that is pending as long.
func (s *Simulator) canDraw(account, currency string, amountMinor int64, origin *movement) bool {
	sum := s.st.balance(account, currency)
	if origin != nil && !origin.Matured {
		return sum.AvailableMinor+sum.PendingMinor >= amountMinor
	}
	return sum.AvailableMinor >= amountMinor
}

func getBalance(c *call) (any, *apiError) { return c.sim.balanceView(c.account), nil }

func (s *Simulator) balanceView(account string) object {
	available, pending, instant := []object{}, []object{}, []object{}
	for _, currency := range s.st.currenciesOf(account) {
		sum := s.st.balance(account, currency)
		available = append(available, amountView(sum.AvailableMinor, currency))
		pending = append(pending, amountView(sum.PendingMinor, currency))
		if bank := s.defaultBank(account, currency); bank != nil && bank.Instant && instantLimits[currency].MaxMinor > 0 {
			instant = append(instant, amountView(max(sum.AvailableMinor, 0), currency))
		}
	}
	return object{
		"object": "balance", "livemode": false,
		"available": available, "pending": pending,
		"instant_available": instant,
		"connect_reserved":  s.connectReserved(account),
	}
}

// currenciesOf lists the default currency of the account first. It is shown even for an account
// without money.
func (st *state) currenciesOf(account string) []string {
	preferred := "usd"
	if owner, ok := st.Accounts.byID[account]; ok {
		preferred = owner.DefaultCurrency
	}
	found := []string{preferred}
	for _, currency := range slices.Sorted(maps.Keys(st.balances[account])) {
		if currency != preferred {
			found = append(found, currency)
		}
	}
	return found
}

func amountView(amountMinor int64, currency string) object {
	return object{"amount": amountMinor, "currency": currency, "source_types": object{"card": amountMinor}}
}

func (m *movement) view(*Simulator) object {
	status := "pending"
	if m.Matured {
		status = "available"
	}
	fees := []object{}
	for _, line := range m.Fees {
		fees = append(fees, object{
			"amount": line.AmountMinor, "application": nil, "currency": m.Currency,
			"description": line.Description, "type": line.Type,
		})
	}
	return object{
		"id": m.ID, "object": "balance_transaction", "created": m.Created.Unix(),
		"amount": m.AmountMinor, "fee": m.FeeMinor, "net": m.netMinor(), "fee_details": fees,
		"currency": m.Currency, "exchange_rate": rateView(m.Rate), "description": orNull(m.Description),
		"available_on": m.AvailableAt.Unix(), "status": status,
		"type": m.Type, "reporting_category": cmp.Or(m.Category, m.Type), "source": ref(m.Source),
	}
}

func getMovement(c *call) (any, *apiError) {
	m, refusal := find(c, c.sim.st.Movements, "balance transaction", c.path("id"))
	if refusal != nil {
		return nil, refusal
	}
	return m.view(c.sim), nil
}

func listMovements(c *call) (any, *apiError) {
	kind, source, currency := c.params.text("type"), c.params.text("source"), c.params.text("currency")
	payout, refusal := c.reconciledPayout()
	if refusal != nil {
		return nil, refusal
	}
	return page(c, c.sim.st.Movements.order, func(m *movement) bool {
		return (kind == "" || m.Type == kind) && (source == "" || m.Source == source) &&
			(currency == "" || m.Currency == currency) && (payout == "" || m.CoveredBy == payout)
	})
}

// reconciledPayout reads payout. Only an automatic payout knows what it paid out.
func (c *call) reconciledPayout() (string, *apiError) {
	id := c.params.text("payout")
	if id == "" {
		return "", nil
	}
	p, ok := c.sim.st.Payouts.byID[id]
	if !ok || p.Owner != c.account {
		return "", unknownReference("payout", "payout", id)
	}
	if !p.Automatic {
		return "", invalid("", "payout", "Balance transaction history can only be filtered on automatic transfers, not manual.")
	}
	return id, nil
}

// coverBy marks the payout and what it paid out: all that is available and was not paid out by
// an earlier automatic payout.
func (st *state) coverBy(p *payout) {
	for _, m := range st.Movements.order {
		if m.Owner == p.Owner && m.Currency == p.Currency && m.Matured && m.CoveredBy == "" {
			m.CoveredBy = p.ID
		}
	}
}
