package payout_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func instantTerms() payout.InstantTerms {
	return payout.InstantTerms{
		MaximumMinor: map[money.Currency]int64{"USD": 999_900, "HUF": 1_000_000}, MinimumMinor: payout.EveryMinimum(1000),
		FeeBasisPoints: 100, FeeMinimumMinor: map[money.Currency]int64{"USD": 50}, FeeBearer: payout.CreatorBears,
	}
}

func TestInstantQuote(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		name      string
		currency  money.Currency
		available int64
		change    func(*payout.InstantTerms)
		want      payout.InstantQuote
	}{
		{"takes one percent", "USD", 10_000, nil, payout.InstantQuote{AvailableMinor: 10_000, AmountMinor: 9_900, FeeMinor: 100}},
		{"rounds the fee down, for the creator", "USD", 10_099, nil, payout.InstantQuote{AvailableMinor: 10_099, AmountMinor: 9_999, FeeMinor: 100}},
		{"takes the least fee of a small amount", "USD", 1_000, nil, payout.InstantQuote{AvailableMinor: 1_000, AmountMinor: 950, FeeMinor: 50}},
		{"never takes more than there is", "USD", 20, nil, payout.InstantQuote{AvailableMinor: 20, FeeMinor: 20}},
		{"takes nothing from the creator if the platform bears it", "USD", 10_000, func(terms *payout.InstantTerms) { terms.FeeBearer = payout.PlatformBears }, payout.InstantQuote{AvailableMinor: 10_000, AmountMinor: 10_000}},
		{"leaves what no bank takes", "HUF", 10_000, nil, payout.InstantQuote{AvailableMinor: 10_000, AmountMinor: 9_900, FeeMinor: 100}},
		{"leaves a fraction that the fee makes", "HUF", 12_300, nil, payout.InstantQuote{AvailableMinor: 12_300, AmountMinor: 12_100, FeeMinor: 123, LeftMinor: 77}},
		{"is nothing of a debt", "USD", -5, nil, payout.InstantQuote{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			terms := instantTerms()
			if c.change != nil {
				c.change(&terms)
			}

			require.Equal(t, c.want, terms.Of(c.currency).Quote(c.currency, c.available))
		})
	}

	t.Run("always adds up", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			currency := rapid.SampledFrom(money.Currencies()).Draw(t, "currency")
			offer := payout.InstantOffer{
				FeeBasisPoints: rapid.Int64Range(0, 9_999).Draw(t, "basis points"), FeeMinimumMinor: rapid.Int64Range(0, 10_000).Draw(t, "least fee"),
				FeeBearer: rapid.SampledFrom([]payout.FeeBearer{payout.CreatorBears, payout.PlatformBears}).Draw(t, "bearer"),
			}
			available := rapid.Int64Range(0, 999_999_999_999).Draw(t, "available")

			quote := offer.Quote(currency, available)

			require.Equal(t, available, quote.AmountMinor+quote.FeeMinor+quote.LeftMinor)
			require.Zero(t, quote.AmountMinor%currency.PayoutStepMinor())
			require.True(t, quote.AmountMinor >= 0 && quote.FeeMinor >= 0 && quote.LeftMinor >= 0 && quote.LeftMinor < currency.PayoutStepMinor())
			require.True(t, offer.FeeBearer == payout.CreatorBears || quote.FeeMinor == 0)
		})
	})
}

func TestInstantRefusal(t *testing.T) {
	t.Parallel()
	fine := payout.InstantFacts{Account: "acct_1", AvailableMinor: 10_000}
	fee := func(minor int64) *int64 { return &minor }

	for _, c := range []struct {
		name     string
		currency money.Currency
		facts    func(*payout.InstantFacts)
		feeMax   *int64
		want     payout.InstantRefusal
	}{
		{"none", "USD", nil, nil, payout.NotRefused},
		{"none for the accepted fee", "USD", nil, fee(100), payout.NotRefused},
		{"a currency without terms", "EUR", nil, nil, payout.InstantNotOffered},
		{"paused payouts", "USD", func(f *payout.InstantFacts) { f.Paused, f.Frozen = true, true }, nil, payout.InstantPaused},
		{"a frozen creator", "USD", func(f *payout.InstantFacts) { f.Frozen, f.Account = true, "" }, nil, payout.InstantFrozen},
		{"no account", "USD", func(f *payout.InstantFacts) { f.Account = "" }, nil, payout.InstantAccountMissing},
		{"a difference", "USD", func(f *payout.InstantFacts) { f.Differs, f.Busy = true, true }, nil, payout.InstantDiffers},
		{"another payout on the account", "USD", func(f *payout.InstantFacts) { f.Busy, f.AvailableMinor = true, 0 }, nil, payout.InstantBusy},
		{"nothing available", "USD", func(f *payout.InstantFacts) { f.AvailableMinor = 0 }, nil, payout.InstantBelowMinimum},
		{"one below the minimum", "USD", func(f *payout.InstantFacts) { f.AvailableMinor = 999 }, nil, payout.InstantBelowMinimum},
		{"none at the minimum", "USD", func(f *payout.InstantFacts) { f.AvailableMinor = 1_000 }, nil, payout.NotRefused},
		{"none at the maximum", "USD", func(f *payout.InstantFacts) { f.AvailableMinor = 999_900 }, nil, payout.NotRefused},
		{"one above the maximum", "USD", func(f *payout.InstantFacts) { f.AvailableMinor = 999_901 }, nil, payout.InstantAboveMaximum},
		{"a fee above the accepted one", "USD", nil, fee(99), payout.InstantFeeTooHigh},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			facts := fine
			if c.facts != nil {
				c.facts(&facts)
			}

			require.Equal(t, c.want, instantTerms().Of(c.currency).Refusal(c.currency, facts, c.feeMax))
		})
	}

	t.Run("has a sentence and a fault with its code, each of its own", func(t *testing.T) {
		t.Parallel()
		said := map[string]bool{}
		for _, refusal := range payout.InstantRefusals() {
			require.NotEmpty(t, refusal.Sentence())
			require.Equal(t, string(refusal), fault.CodeOf(refusal.Fault()))
			require.True(t, fault.Is(refusal.Fault(), fault.Conflict))
			said[refusal.Sentence()] = true
		}
		require.Len(t, said, len(payout.InstantRefusals()))
	})

	t.Run("of an amount that the fee eats up is below the minimum, whatever the terms say", func(t *testing.T) {
		t.Parallel()
		offer := payout.InstantOffer{MinimumMinor: 1, MaximumMinor: 100, FeeMinimumMinor: 100, FeeBearer: payout.CreatorBears}

		require.Equal(t, payout.InstantBelowMinimum, offer.Refusal("USD", payout.InstantFacts{Account: "acct_1", AvailableMinor: 100}, nil))
	})
}

func TestInstantTerms(t *testing.T) {
	t.Parallel()

	t.Run("offer nothing by default", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, payout.InstantTerms{}.Of("USD"))
	})

	t.Run("stay within the amounts that need an approval", func(t *testing.T) {
		t.Parallel()
		within := instantTerms().Within(map[money.Currency]int64{"USD": 5_000, "EUR": 1})

		require.Equal(t, int64(5_000), within.Of("USD").MaximumMinor)
		require.Equal(t, int64(1_000_000), within.Of("HUF").MaximumMinor)
		require.Zero(t, within.Of("EUR"), "a limit offers nothing")
		require.Equal(t, int64(999_900), instantTerms().Within(nil).Of("USD").MaximumMinor)
	})

	for name, change := range map[string]func(*payout.InstantTerms){
		"unknown_fee_bearer":        func(terms *payout.InstantTerms) { terms.FeeBearer = "bank" },
		"fee_out_of_range":          func(terms *payout.InstantTerms) { terms.FeeBasisPoints = 10_000 },
		"instant_maximum_too_small": func(terms *payout.InstantTerms) { terms.MaximumMinor["USD"] = 999 },
	} {
		t.Run("are refused with "+name, func(t *testing.T) {
			t.Parallel()
			terms := instantTerms()
			change(&terms)

			require.Equal(t, name, fault.CodeOf(terms.Validate()))
			require.NoError(t, instantTerms().Validate())
		})
	}
}

func TestInstantAccount(t *testing.T) {
	t.Parallel()
	ready := rail.Account{
		ID: "acct_1", PayoutsEnabled: true, TransfersActive: true, PayoutInterval: rail.IntervalManual, DefaultCurrency: "USD", Country: "US",
		BankCurrencies: []money.Currency{"USD"}, InstantCurrencies: []money.Currency{"USD"},
	}

	t.Run("is paid at once if its default bank account takes that", func(t *testing.T) {
		t.Parallel()
		refusal, _ := payout.InstantAccountRefusal(ready, "USD", 5_000)
		require.Equal(t, payout.NotRefused, refusal)
		require.Equal(t, payout.AccountVerdict{}, payout.CheckAccount(ready, payout.GateRequest{Currency: "USD", AmountMinor: 5_000, Instant: true}))
	})

	t.Run("is not with a bank account that takes standard payouts only, which is no obstacle to those", func(t *testing.T) {
		t.Parallel()
		slow := ready
		slow.InstantCurrencies = nil

		refusal, sentence := payout.InstantAccountRefusal(slow, "USD", 5_000)

		require.Equal(t, payout.InstantBankUnsupported, refusal)
		require.Equal(t, payout.InstantBankUnsupported.Sentence(), sentence)
		require.Equal(t, payout.AccountVerdict{NotInstant: true}, payout.CheckAccount(slow, payout.GateRequest{Currency: "USD", AmountMinor: 5_000, Instant: true}))
		require.Equal(t, payout.AccountVerdict{}, payout.CheckAccount(slow, payout.GateRequest{Currency: "USD", AmountMinor: 5_000}))
	})

	t.Run("is not while a standard payout would wait, and says why", func(t *testing.T) {
		t.Parallel()
		blocked := ready
		blocked.TransfersActive = false

		refusal, sentence := payout.InstantAccountRefusal(blocked, "USD", 5_000)

		require.Equal(t, payout.InstantAccountNotReady, refusal)
		require.Equal(t, payout.AccountNotVerified.Guidance().Creator, sentence)
		require.Equal(t, payout.AccountNotVerified, payout.CheckAccount(blocked, payout.GateRequest{Currency: "USD", AmountMinor: 5_000, Instant: true}).Reason)
	})
}

func TestFallsBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		method  payout.Method
		kind    fault.Kind
		meaning rail.Meaning
		want    bool
	}{
		{"when the method is refused", payout.Instant, fault.Conflict, rail.InstantRefused, true},
		{"when too little can be paid at once", payout.Instant, fault.Conflict, rail.InsufficientBalance, true},
		{"when the amount is too large for it", payout.Instant, fault.Invalid, rail.AmountTooLarge, true},
		{"when the amount is too small for it", payout.Instant, fault.Invalid, rail.AmountTooSmall, true},
		{"when the refusal has no meaning", payout.Instant, fault.Conflict, rail.NoMeaning, true},
		{"not a standard payout", payout.Standard, fault.Conflict, rail.InsufficientBalance, false},
		{"not when the outcome is unknown", payout.Instant, fault.UnknownOutcome, rail.NoMeaning, false},
		{"not while Stripe is unavailable", payout.Instant, fault.Unavailable, rail.NoMeaning, false},
		{"not when the rate is limited", payout.Instant, fault.RateLimited, rail.NoMeaning, false},
		{"not when the key belongs to another request", payout.Instant, fault.Conflict, rail.KeyReused, false},
		{"not when our API key is refused", payout.Instant, fault.Denied, rail.NoMeaning, false},
		{"not when the account is gone", payout.Instant, fault.Conflict, rail.AccountGone, false},
		{"not when the account makes no bank payouts", payout.Instant, fault.Conflict, rail.PayoutsDisabled, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			verdict := payout.Classify(payout.BankPayout, c.kind, c.meaning)
			require.Equal(t, c.want, payout.FallsBack(c.method, verdict, c.kind, c.meaning))
		})
	}
}

func TestKindsOfRuns(t *testing.T) {
	t.Parallel()
	for number, want := range map[int]payout.RunKind{1: payout.RunWeekly, 2: payout.RunManual, 99: payout.RunManual, 1001: payout.RunInstant, math.MaxInt32: payout.RunInstant} {
		first, last := want.Numbers()
		require.Equal(t, want, payout.KindOfRun(number))
		require.True(t, first <= number && number <= last)
	}
	first, last := payout.RunKind("").Numbers()
	require.Equal(t, []int{1, math.MaxInt32}, []int{first, last})
}
