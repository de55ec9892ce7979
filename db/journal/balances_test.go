package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/money"
)

func TestBalanceAsOf(t *testing.T) {
	t.Parallel()

	t.Run("counts a late entry from the day that it is dated, and not in the books of before", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 1) // dated noon
		before := time.Now()
		late := world.Entry("late")
		late.EffectiveAt = world.Now.Add(-48 * time.Hour)
		_, err := b.Journal.Post(t.Context(), late)
		require.NoError(t, err)

		then := func(asOf ledger.AsOf) int64 {
			balanceMinor, err := b.Journal.GetBalanceAsOf(t.Context(), "test/b", "USD", asOf)
			require.NoError(t, err)
			return balanceMinor
		}

		require.Equal(t, int64(10), then(ledger.AsOf{}))
		require.Equal(t, int64(10), then(ledger.AsOf{EffectiveAt: at(world.Now)}), "dated at the very moment")
		require.Equal(t, int64(5), then(ledger.AsOf{EffectiveAt: at(world.Now.Add(-time.Microsecond))}))
		require.Equal(t, int64(0), then(ledger.AsOf{EffectiveAt: at(world.Now.Add(-72 * time.Hour))}))
		require.Equal(t, int64(5), then(ledger.AsOf{RecordedAt: at(before)}))
		require.Equal(t, int64(0), then(ledger.AsOf{RecordedAt: at(before), EffectiveAt: at(world.Now.Add(-time.Hour))}))
	})

	tomorrow := time.Now().Add(24 * time.Hour)
	for _, tc := range []struct {
		name     string
		account  ledger.Account
		currency money.Currency
		asOf     ledger.AsOf
		kind     fault.Kind
		code     string
	}{
		{"an unknown account", "test/z", "USD", ledger.AsOf{}, fault.NotFound, "account_not_found"},
		{"an unknown currency", "test/a", "ABC", ledger.AsOf{}, fault.Invalid, "unknown_currency"},
		{"a currency that the account never had", "test/a", "EUR", ledger.AsOf{}, fault.Invalid, "account_without_currency"},
		{"a date to come", "test/a", "USD", ledger.AsOf{EffectiveAt: &tomorrow}, fault.Invalid, "as_of_in_future"},
		{"a recording to come", "test/a", "USD", ledger.AsOf{RecordedAt: &tomorrow}, fault.Invalid, "as_of_in_future"},
	} {
		t.Run("refuses "+tc.name, func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			b.Post(t, 1)

			_, err := b.Journal.GetBalanceAsOf(t.Context(), tc.account, tc.currency, tc.asOf)

			require.Equal(t, tc.kind, fault.KindOf(err), err)
			require.Equal(t, tc.code, fault.CodeOf(err))
		})
	}
}

// Whatever is posted in whatever order, dated however, sealed or not: a balance as of any
// moment is the sum over the entries that a person would pick by hand.
func TestBalancesAsOfAreThoseOfANaiveModel(t *testing.T) {
	t.Parallel()
	b := world.NewJournal(t)

	rapid.Check(t, func(t *rapid.T) {
		prefix := fmt.Sprintf("model/%x", uuid.New())
		type posted struct {
			effective, recorded time.Time
			currency            money.Currency
			amountMinor         int64
		}
		var model []posted
		for range rapid.IntRange(1, 8).Draw(t, "entries") {
			p := posted{
				effective:   world.Now.Add(time.Duration(rapid.IntRange(-50, 50).Draw(t, "minutes")) * time.Minute),
				currency:    rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY"}).Draw(t, "currency"),
				amountMinor: rapid.Int64Range(1, 1000).Draw(t, "amount") * int64(rapid.SampledFrom([]int{1, -1}).Draw(t, "sign")),
			}
			_, err := b.Journal.Post(t.Context(), ledger.Entry{
				Kind: ledger.KindAdjustment, Reference: uuid.NewString(), Currency: p.currency, EffectiveAt: p.effective,
				Postings: []ledger.Posting{{Account: ledger.Account(prefix + "/x"), AmountMinor: p.amountMinor}, {Account: ledger.Account(prefix + "/y"), AmountMinor: -p.amountMinor}},
			})
			require.NoError(t, err)
			p.recorded = time.Now()
			model = append(model, p)
			if rapid.IntRange(0, 3).Draw(t, "seal") == 0 {
				_, err := b.Journal.SealEntries(t.Context(), seal.Limits{EntriesMax: 5, TailMax: 1})
				require.NoError(t, err)
			}
		}
		for range 3 {
			var asOf ledger.AsOf
			if rapid.Bool().Draw(t, "effective") {
				asOf.EffectiveAt = at(world.Now.Add(time.Duration(rapid.IntRange(-51, 51).Draw(t, "minutes")) * time.Minute))
			}
			if rapid.Bool().Draw(t, "recorded") {
				asOf.RecordedAt = at(model[rapid.IntRange(0, len(model)-1).Draw(t, "entry")].recorded)
			}
			want := map[money.Currency]int64{}
			for _, p := range model {
				want[p.currency] += 0
				if (asOf.EffectiveAt == nil || !p.effective.After(*asOf.EffectiveAt)) && (asOf.RecordedAt == nil || !p.recorded.After(*asOf.RecordedAt)) {
					want[p.currency] -= p.amountMinor // test accounts have their balance on the credit side
				}
			}

			listed, err := b.Journal.ListBalances(t.Context(), prefix+"/x", db.Page{Size: 10}, asOf)
			require.NoError(t, err)
			got := map[money.Currency]int64{}
			for _, balance := range listed {
				got[balance.Currency] = balance.BalanceMinor
			}
			trial, err := b.Journal.ListTrialBalancesAsOf(t.Context(), asOf)
			require.NoError(t, err)

			require.Equal(t, want, got)
			for _, line := range trial {
				require.Zero(t, line.TotalMinor, line.Currency)
			}
		}
	})
}

func at(moment time.Time) *time.Time { return &moment }
