package payout

import (
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// AccountCheck asks whether a connected account can take a payout.
type AccountCheck struct {
	PayoutID    string         `json:"payout_id"`
	Account     string         `json:"account"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
	// Instant reports that the bank payout is to arrive within minutes.
	Instant bool `json:"instant,omitempty"`
	// Arrived reports that the money is on the account already, in this currency: it is not converted
	// any more.
	Arrived bool `json:"arrived,omitempty"`
	// LastRate is nil if no transfer to the account was converted before.
	LastRate *SeenRate `json:"last_rate,omitempty"`
	// WithBank asks for the bank account that bank payouts go to.
	WithBank bool `json:"with_bank,omitempty"`
}

// AccountVerdict is why an account cannot take a payout, or NoReason. Codes are the rail's word for
// it, or the names of the fields that it asks for. They never have contents.
type AccountVerdict struct {
	Reason Reason   `json:"reason"`
	Codes  []string `json:"codes,omitempty"`
	// NotInstant reports that the account can be paid, but not within minutes as requested.
	NotInstant bool `json:"not_instant,omitempty"`
	// Into is the currency that a transfer to the account is converted into; empty if it is not.
	Into money.Currency `json:"into,omitempty"`
	// BankAccount is the rail's id of the bank account or card that bank payouts in the currency go to, if
	// that was asked for. It is empty if there is none.
	BankAccount string `json:"bank_account,omitempty"`
}

// Code returns all codes as one text.
func (v AccountVerdict) Code() string { return strings.Join(v.Codes, ", ") }

// CreatorVerdict is why a creator's payout must not begin for a reason in our own books, or
// NoReason. Account is the connected account that the payout goes to by now.
type CreatorVerdict struct {
	Reason  Reason `json:"reason"`
	Account string `json:"account"`
	// LastRate is nil if no transfer to the account was converted before.
	LastRate *SeenRate `json:"last_rate,omitempty"`
}

// GateRequest is the payout that an account is to take.
type GateRequest struct {
	Currency    money.Currency
	AmountMinor int64
	Instant     bool
	Arrived     bool
	LastRate    *SeenRate
	WithBank    bool
}

// Into returns the currency in which an account receives a transfer. The rail converts one for which
// the account has no bank account into the account's own currency.
func Into(account rail.Account, currency money.Currency) money.Currency {
	if account.TakesToBank(currency) || account.DefaultCurrency == "" {
		return currency
	}
	return account.DefaultCurrency
}

// inBankCurrency returns the payout as the bank would get it. The amount of a conversion is estimated
// by the last one. Without one it is not known before it has arrived.
func (r GateRequest) inBankCurrency(account rail.Account) (banked GateRequest, isKnown bool) {
	into := Into(account, r.Currency)
	if into == r.Currency || r.Arrived {
		return r, true
	}
	banked = r
	banked.Currency = into
	if r.LastRate == nil || r.LastRate.Currency != into {
		return banked, false
	}
	banked.AmountMinor = r.LastRate.estimateMinor(r.AmountMinor)
	return banked, true
}

// Gate returns the first reason for which no transfer may be sent to an account, or NoReason. What
// the creator cannot change by supplying information comes first. The country is no reason of its
// own: the rail does not say that a transfer would cross a border that it does not support, and
// refuses the transfer instead.
func Gate(account rail.Account, want GateRequest) Reason {
	banked, isKnown := want.inBankCurrency(account)
	balance := account.BalanceIn(banked.Currency)
	obstacle := AccountObstacle(account.State())
	switch {
	case obstacle != NoReason:
		return obstacle
	case !account.TakesToBank(banked.Currency):
		return bankObstacle(account, want)
	case balance.AvailableMinor < 0 || balance.TotalMinor() < 0:
		return BalanceNegative
	case !isKnown:
		return NoReason
	case banked.AmountMinor < BankMinimumMinor(banked.Currency, account.Country):
		return BelowBankMinimum
	case banked.AmountMinor > bankMaximumMinor:
		return AboveBankMaximum
	}
	return NoReason
}

// AccountObstacle returns why no payout can be sent to an account in its state, whatever its
// currency and amount, or NoReason.
func AccountObstacle(state rail.AccountState) Reason {
	switch {
	case !state.Connected:
		return AccountDisconnected
	case state.Disabled:
		return AccountDisabled
	case !state.TransfersActive || len(state.PastDue) > 0:
		return AccountNotVerified
	case !state.PayoutsEnabled:
		return PayoutsDisabled
	case state.PayoutInterval != rail.IntervalManual:
		return ScheduleNotManual
	}
	return NoReason
}

// bankObstacle names why an account without a bank account for a currency cannot take it. It could
// hold its default currency. Another one would be converted to that, for which it has none either.
func bankObstacle(account rail.Account, want GateRequest) Reason {
	if want.Arrived || len(account.BankCurrencies) == 0 || account.DefaultCurrency == want.Currency {
		return BankAccountMissing
	}
	return CurrencyNotSettled
}

// CheckAccount is Gate with the codes that explain its reason.
func CheckAccount(account rail.Account, want GateRequest) AccountVerdict {
	verdict := AccountVerdict{Reason: Gate(account, want)}
	banked, _ := want.inBankCurrency(account)
	verdict.NotInstant = verdict.Reason == NoReason && want.Instant && !account.TakesInstantly(banked.Currency)
	if verdict.Reason == NoReason && banked.Currency != want.Currency {
		verdict.Into = banked.Currency
	}
	if want.WithBank {
		verdict.BankAccount = account.DefaultBanks[banked.Currency]
	}
	switch verdict.Reason {
	case AccountDisabled:
		verdict.Codes = codes(account.DisabledReason)
	case AccountNotVerified, PayoutsDisabled:
		verdict.Codes = codes(mostUrgent(account)...)
		if len(verdict.Codes) == 0 {
			verdict.Codes = codes(account.DisabledReason)
		}
	case ScheduleNotManual:
		verdict.Codes = codes(account.PayoutInterval)
	}
	return verdict
}

// ReplacedBank reports whether bank payouts go to another bank account now than the one that rejected the
// last one. It is false if either is not known, or if no bank account of the currency can be used.
func (v AccountVerdict) ReplacedBank(rejected string) bool {
	return rejected != "" && v.BankAccount != "" && v.BankAccount != rejected && v.Reason != BankAccountMissing
}

// mostUrgent returns the most urgent fields that the rail asks for.
func mostUrgent(account rail.Account) []string {
	for _, fields := range [][]string{account.PastDue, account.CurrentlyDue, account.PendingVerification} {
		if len(fields) > 0 {
			return fields
		}
	}
	return nil
}

// codesMax bounds what a payload and a row show of a long list.
const codesMax = 5

// codes keeps the first names that are not empty.
func codes(names ...string) []string {
	var kept []string
	for _, name := range rail.FieldNames(names) {
		if name != "" && len(kept) < codesMax {
			kept = append(kept, name)
		}
	}
	return kept
}

// AccountUnread returns why an account could not be read, from the error of the call.
func AccountUnread(kind fault.Kind, meaning rail.Meaning) Reason {
	switch {
	case meaning == rail.AccountGone || meaning == rail.ObjectMissing:
		return AccountDisconnected
	case kind == fault.Denied:
		return CredentialsRejected
	}
	return ProcessorUnavailable
}
