package stripe

import (
	"cmp"
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

// newPlatformBank is where the platform's own payouts go. Every platform that takes live payments
// has one.
func newPlatformBank(now time.Time) *bankAccount {
	return &bankAccount{
		header: header{ID: "ba_platform0000001", Owner: PlatformID, Created: now, Metadata: map[string]string{}},
		Holder: "Platform", HolderType: "company", Country: "US", Currency: "usd", Routing: "110000000", Last4: "6789",
		Fingerprint: "platform00000001", Status: "new", DefaultForCurrency: true,
	}
}
