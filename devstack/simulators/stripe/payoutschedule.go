package stripe

import (
	"container/heap"
	"slices"
	"strconv"
	"strings"
	"time"
)

// payoutSchedule says when Stripe pays an account's balance out by itself. The zero value is
// manual: only API calls and people make payouts.
type payoutSchedule struct {
	Interval      string
	DelayDays     int64
	WeeklyAnchor  string
	MonthlyAnchor int64
}

const (
	scheduleManual  = "manual"
	scheduleDaily   = "daily"
	scheduleWeekly  = "weekly"
	scheduleMonthly = "monthly"

	scheduleParam = "settings[payouts][schedule]"
	delayDaysMax  = 31
)

var (
	payoutIntervals = []string{scheduleManual, scheduleDaily, scheduleWeekly, scheduleMonthly}
	weekdays        = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

// minimumDelayDays is the shortest delay in a country; others have defaultDelayDays.
var minimumDelayDays = map[string]int64{"US": 2, "AU": 2, "JP": 4, "BR": 30}

const defaultDelayDays = 3

func knownInterval(interval string) bool { return slices.Contains(payoutIntervals, interval) }

// defaultSchedule is what Stripe gives an account that asks for none.
func defaultSchedule(country string) payoutSchedule {
	return payoutSchedule{Interval: scheduleDaily, DelayDays: leastDelayDays(country)}
}

func leastDelayDays(country string) int64 {
	if days, known := minimumDelayDays[country]; known {
		return days
	}
	return defaultDelayDays
}

// readSchedule applies settings[payouts][schedule] to the present schedule.
func (c *call) readSchedule(was payoutSchedule, country string) (payoutSchedule, *apiError) {
	changed := was
	asked := c.params.fields(scheduleParam)
	if interval, given := asked["interval"]; given {
		changed.Interval = interval
	}
	if anchor, given := asked["weekly_anchor"]; given {
		changed.WeeklyAnchor = strings.ToLower(anchor)
	}
	if text, given := asked["monthly_anchor"]; given {
		day, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return was, invalid("parameter_invalid_integer", scheduleParam+"[monthly_anchor]", "Invalid integer: %s", text)
		}
		changed.MonthlyAnchor = day
	}
	if text, given := asked["delay_days"]; given {
		days, refusal := readDelayDays(text, country)
		if refusal != nil {
			return was, refusal
		}
		changed.DelayDays = days
	}
	if refusal := changed.check(); refusal != nil {
		return was, refusal
	}
	return changed, nil
}

func readDelayDays(text, country string) (int64, *apiError) {
	const param = scheduleParam + "[delay_days]"
	least := leastDelayDays(country)
	if text == "minimum" {
		return least, nil
	}
	days, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", param, "Invalid integer: %s", text)
	}
	if days < least || days > delayDaysMax {
		return 0, invalid("", param, "Invalid delay_days: must be between %d and %d for this account.", least, delayDaysMax)
	}
	return days, nil
}

// check clears the anchors that the interval does not use, as Stripe does, and refuses an
// interval without its anchor.
func (p *payoutSchedule) check() *apiError {
	if p.Interval != scheduleWeekly {
		p.WeeklyAnchor = ""
	}
	if p.Interval != scheduleMonthly {
		p.MonthlyAnchor = 0
	}
	switch {
	case !knownInterval(p.Interval) && p.Interval != "":
		return invalid("", scheduleParam+"[interval]", "Invalid interval: must be one of manual, daily, weekly, or monthly")
	case p.Interval == scheduleWeekly && p.WeeklyAnchor == "":
		return invalid("parameter_missing", scheduleParam+"[weekly_anchor]", "You must provide a weekly_anchor for a weekly payout schedule.")
	case p.Interval == scheduleWeekly && !slices.Contains(weekdays, p.WeeklyAnchor):
		return invalid("", scheduleParam+"[weekly_anchor]", "Invalid weekly_anchor: must be a day of the week")
	case p.Interval == scheduleMonthly && p.MonthlyAnchor == 0:
		return invalid("parameter_missing", scheduleParam+"[monthly_anchor]", "You must provide a monthly_anchor for a monthly payout schedule.")
	case p.Interval == scheduleMonthly && (p.MonthlyAnchor < 1 || p.MonthlyAnchor > 31):
		return invalid("", scheduleParam+"[monthly_anchor]", "Invalid monthly_anchor: must be between 1 and 31")
	}
	return nil
}

// paysOn reports whether a payout is made on the day. A monthly anchor past the end of a month
// means its last day.
func (p *payoutSchedule) paysOn(day time.Time) bool {
	switch p.Interval {
	case scheduleDaily:
		return true
	case scheduleWeekly:
		return weekdays[day.Weekday()] == p.WeeklyAnchor
	case scheduleMonthly:
		last := day.AddDate(0, 1, -day.Day()).Day()
		return int64(day.Day()) == min(p.MonthlyAnchor, int64(last))
	default:
		return false
	}
}

func (p *payoutSchedule) view() object {
	view := object{"delay_days": p.DelayDays, "interval": p.Interval}
	if p.Interval == "" {
		view["interval"] = scheduleManual
	}
	if p.WeeklyAnchor != "" {
		view["weekly_anchor"] = p.WeeklyAnchor
	}
	if p.MonthlyAnchor != 0 {
		view["monthly_anchor"] = p.MonthlyAnchor
	}
	return view
}

// sweepTask is the task that makes the automatic payouts of a day. There is always exactly one.
const sweepTask = "balances.sweep"

const day = 24 * time.Hour

// scheduleSweep plans the payouts of the next day, at its first moment in UTC.
func (st *state) scheduleSweep(after time.Time) {
	st.Counter++
	heap.Push(&st.Tasks, task{Due: after.UTC().Truncate(day).Add(day), Seq: st.Counter, Kind: sweepTask})
}

func (st *state) scheduled(kind string) bool {
	return slices.ContainsFunc(st.Tasks, func(t task) bool { return t.Kind == kind })
}

// sweepBalances pays out what is available on every account whose schedule names this day.
func (s *Simulator) sweepBalances(today time.Time) {
	for _, a := range s.st.Accounts.order {
		if !a.Schedule.paysOn(today.UTC()) || !a.payoutsEnabled(s) {
			continue
		}
		for _, currency := range s.st.currenciesOf(a.ID) {
			s.sweepBalance(a, currency)
		}
	}
	s.st.scheduleSweep(today)
}

// sweepBalance makes the automatic payout of one currency. Money without a usable bank account
// stays, and so does less than the minimum. Stripe makes no scheduled payouts to a bank account
// that has failed until it is replaced.
func (s *Simulator) sweepBalance(a *account, currency string) {
	bank := s.defaultBank(a.ID, currency)
	if bank == nil || bank.Status == bankErrored {
		return
	}
	limits := s.payoutLimits(a, currency, methodStandard)
	amount := min(s.st.balance(a.ID, currency).AvailableMinor, limits.MaxMinor)
	amount -= max(amount, 0) % payoutStepMinor(currency)
	if amount < max(limits.MinMinor, 1) {
		return
	}
	p := &payout{
		header: s.newHeader("po", a.ID), AmountMinor: amount, Currency: currency, Destination: bank.ID,
		Method: methodStandard, Status: "pending", Automatic: true,
	}
	s.applyPayout(p)
	s.st.coverBy(p)
}
