package stripe

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// newPlatform returns the account whose balance pays the transfers. Its schedule is manual unless
// asked for, because an automatic one pays the escrow out to the operator's own bank.
func newPlatform(now time.Time, interval string) *account {
	a := &account{
		header: header{ID: PlatformID, Owner: PlatformID, Created: now, Metadata: map[string]string{}},
		Type:   "standard", Country: "US", DefaultCurrency: "usd", Email: "platform@example.com",
		Requested: map[string]bool{"card_payments": true, "transfers": true}, Given: map[string]string{},
	}
	a.Schedule = anchored(cmp.Or(interval, scheduleManual), a.Country)
	return a
}

// anchored returns a schedule with the anchors that the control API does not ask for: Monday and
// the first of the month.
func anchored(interval, country string) payoutSchedule {
	schedule := payoutSchedule{Interval: interval, DelayDays: leastDelayDays(country)}
	switch interval {
	case scheduleWeekly:
		schedule.WeeklyAnchor = "monday"
	case scheduleMonthly:
		schedule.MonthlyAnchor = 1
	}
	return schedule
}

// platformBankCurrency is the currency of the bank account that every platform has.
const platformBankCurrency = "usd"

// platformCurrencies are those in which the platform has a bank account, dollars first.
func (o Options) platformCurrencies() []string {
	all := []string{platformBankCurrency}
	for _, currency := range o.PlatformBanks {
		if !slices.Contains(all, currency) {
			all = append(all, currency)
		}
	}
	return all
}

// newPlatformBank is where the platform's own payouts in a currency go. Every platform that takes
// live payments has one.
func newPlatformBank(now time.Time, currency string) *bankAccount {
	id := "ba_platform0000001"
	if currency != platformBankCurrency {
		id = "ba_platform_" + currency
	}
	return &bankAccount{
		header: header{ID: id, Owner: PlatformID, Created: now, Metadata: map[string]string{}},
		Holder: "Platform", HolderType: "company", Country: "US", Currency: currency, Routing: "110000000", Last4: "6789",
		Fingerprint: "platform00000001", Status: "new", DefaultForCurrency: true,
	}
}

// changePlatformBank adds a bank account of the platform in a currency, or closes those in it.
func (s *Simulator) changePlatformBank(_ *http.Request, input controlInput) (any, error) {
	currency := strings.ToLower(input.Currency)
	if !slices.Contains(currencies, currency) {
		return nil, fmt.Errorf("the currency %q is unknown", input.Currency)
	}
	s.dirty = true
	if input.Enabled == nil || *input.Enabled {
		bank := newPlatformBank(s.now(), currency)
		bank.header = s.newHeader("ba", PlatformID)
		s.addBank(bank, true, true)
		return bank.view(s), nil
	}
	for _, bank := range s.banksOf(PlatformID) {
		if bank.Currency == currency {
			bank.Deleted, bank.DefaultForCurrency = true, false
			s.emit("account.external_account.deleted", PlatformID, bank.view(s), nil)
		}
	}
	return object{"currency": currency, "deleted": true}, nil
}
