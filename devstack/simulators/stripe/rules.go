package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// rules are the settings that the control API changes while the simulator runs.
type rules struct {
	// ListLag hides objects younger than this from lists.
	ListLag time.Duration
	// BankRefundWindow and CardRefundWindow are how old a refunded charge may be; 0 is any age.
	BankRefundWindow time.Duration
	CardRefundWindow time.Duration
	Instant          instantRules
	Fees             feeRules
	Conversion       conversionRules
}

// bankRefundWindow is how long Stripe refunds a debit of a US bank account.
const bankRefundWindow = 180 * 24 * time.Hour

func (o Options) rules() rules {
	return rules{
		BankRefundWindow: cmp.Or(o.BankRefundWindow, bankRefundWindow), CardRefundWindow: o.CardRefundWindow, Fees: o.feeRules(),
		Conversion: conversionRules{
			On: o.Convert, FeeBasisPoints: o.ConversionFeeBasisPoints, TransferFeeListed: o.TransferFeeListed, Rates: maps.Clone(o.Rates),
		},
	}
}

func (s *Simulator) setListLag(_ *http.Request, input controlInput) (any, error) {
	if err := readDuration("lag", input.Lag, &s.st.Rules.ListLag); err != nil {
		return nil, err
	}
	s.dirty = true
	return object{"lag": s.st.Rules.ListLag.String()}, nil
}

func (s *Simulator) setRefundWindows(_ *http.Request, input controlInput) (any, error) {
	changed := s.st.Rules
	err := errors.Join(
		readDuration("us_bank_account", input.BankWindow, &changed.BankRefundWindow),
		readDuration("card", input.CardWindow, &changed.CardRefundWindow),
	)
	if err != nil {
		return nil, err
	}
	s.st.Rules, s.dirty = changed, true
	return object{"us_bank_account": changed.BankRefundWindow.String(), "card": changed.CardRefundWindow.String()}, nil
}

func readDuration(name, text string, into *time.Duration) error {
	if text == "" {
		return nil
	}
	found, err := time.ParseDuration(text)
	if err != nil || found < 0 {
		return fmt.Errorf("%s must be a duration like 30s, and not negative", name)
	}
	*into = found
	return nil
}

// loseCard makes all later refunds of a charge fail, because its card is gone.
func (s *Simulator) loseCard(r *http.Request, input controlInput) (any, error) {
	ch, ok := s.st.Charges.byID[r.PathValue("id")]
	if !ok {
		return nil, errNotFound
	}
	reason := cmp.Or(input.Reason, "lost_or_stolen_card")
	if !knownFailureReason(reason) {
		return nil, fmt.Errorf("%q is not a failure reason", reason)
	}
	ch.CardGone, s.dirty = reason, true
	return ch.view(s), nil
}

// forceSchedule changes a payout schedule as a person does in the dashboard.
func (s *Simulator) forceSchedule(a *account, input controlInput) (any, error) {
	schedule := a.Schedule
	if input.Schedule != "" {
		schedule = anchored(input.Schedule, a.Country)
	}
	schedule.WeeklyAnchor = cmp.Or(strings.ToLower(input.WeeklyAnchor), schedule.WeeklyAnchor)
	schedule.MonthlyAnchor = cmp.Or(input.MonthlyAnchor, schedule.MonthlyAnchor)
	if refusal := schedule.check(); refusal != nil {
		return nil, refusal
	}
	s.changeAccount(a, func() { a.Schedule = schedule })
	return a.view(s), nil
}

// forcePlatform changes the platform's own account.
func (s *Simulator) forcePlatform(_ *http.Request, input controlInput) (any, error) {
	platform := s.st.Accounts.byID[PlatformID]
	country := strings.ToUpper(input.Country)
	if country != "" && countryCurrency[country] == "" {
		return nil, fmt.Errorf("country %q is unknown", country)
	}
	if country != "" {
		platform.Country, platform.DefaultCurrency = country, countryCurrency[country]
	}
	if input.Currency != "" {
		platform.DefaultCurrency = strings.ToLower(input.Currency)
	}
	return s.forceSchedule(platform, input)
}
