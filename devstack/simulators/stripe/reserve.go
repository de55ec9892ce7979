package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// reserve is money of the platform that Stripe holds back: it is not available until released. For
// the risk of the platform itself its balance transactions are reserved_funds, and for negative
// balances of connected accounts reserve_transaction.
type reserve struct {
	header
	AmountMinor   int64
	ReleasedMinor int64
	Currency      string
	Type          string
}

// The types of the balance transactions that hold money back and release it.
const (
	reserveRisk    = "reserved_funds"
	reserveConnect = "reserve_transaction"
)

var reserveCategories = map[string]string{reserveRisk: "risk_reserved_funds", reserveConnect: "connect_reserved_funds"}

func (s *Simulator) holdReserve(_ *http.Request, input controlInput) (any, error) {
	held := &reserve{
		header: s.newHeader("rsv", PlatformID), AmountMinor: input.AmountMinor, Type: cmp.Or(input.Type, reserveRisk),
		Currency: cmp.Or(strings.ToLower(input.Currency), s.st.Accounts.byID[PlatformID].DefaultCurrency),
	}
	switch {
	case reserveCategories[held.Type] == "":
		return nil, fmt.Errorf("type must be %s or %s", reserveRisk, reserveConnect)
	case held.AmountMinor <= 0:
		return nil, errors.New("amount_minor must be above zero")
	case !slices.Contains(currencies, held.Currency):
		return nil, fmt.Errorf("currency %q is unknown", held.Currency)
	}
	s.st.Reserves.add(held)
	s.moveReserve(held, -held.AmountMinor)
	s.effect("reserve.held", held, held.AmountMinor, held.Currency, PlatformID)
	return held.view(s), nil
}

// releaseReserve makes an amount of the reserve available again; without one, all that is left.
func (s *Simulator) releaseReserve(r *http.Request, input controlInput) (any, error) {
	held, ok := s.st.Reserves.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	left := held.AmountMinor - held.ReleasedMinor
	amount := cmp.Or(input.AmountMinor, left)
	if amount <= 0 || amount > left {
		return nil, fmt.Errorf("the reserve has %d left to release", left)
	}
	held.ReleasedMinor += amount
	s.moveReserve(held, amount)
	s.effect("reserve.released", held, amount, held.Currency, PlatformID)
	return held.view(s), nil
}

func (s *Simulator) moveReserve(held *reserve, amountMinor int64) {
	m := movement{
		AmountMinor: amountMinor, Currency: held.Currency, Type: held.Type, Category: reserveCategories[held.Type], Source: held.ID,
		Description: "Reserve",
	}
	m.Owner = held.Owner
	s.move(m)
}

// connectReserved is what Stripe holds back of an account for its connected accounts.
func (s *Simulator) connectReserved(account string) []object {
	sums := map[string]int64{}
	for _, held := range s.st.Reserves.order {
		if held.Owner == account && held.Type == reserveConnect {
			sums[held.Currency] += held.AmountMinor - held.ReleasedMinor
		}
	}
	reserved := []object{}
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		reserved = append(reserved, amountView(sums[currency], currency))
	}
	return reserved
}

func (r *reserve) view(*Simulator) object {
	return object{
		"id": r.ID, "object": "reserve_transaction", "amount": r.AmountMinor, "currency": r.Currency, "description": nil,
	}
}
