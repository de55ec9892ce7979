package workflows_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// received is what 50.00 dollars become: one dollar is 0.80 euros, and Stripe takes 1 %.
const received = int64(3960)

// setupConverted is a payout of 50.00 dollars to an account in Germany, with a bank account in euros.
func setupConverted(t *testing.T, bank string) payable {
	t.Helper()
	return setupConvertedTo(t, "DE", "EUR", "0.8", bank)
}

func setupConvertedTo(t *testing.T, country string, currency money.Currency, perDollar, bank string) payable {
	t.Helper()
	w := setup(t)
	w.control(t, "/conversion", fmt.Sprintf(`{"enabled":true,"conversion_fee_basis_points":100,"rates":{"%s":"%s"}}`, currency, perDollar))
	campaignID, _ := w.liveCampaign(t, nil)
	who := w.creatorAbroad(t, country, currency, bank)
	w.earns(t, campaignID, who, 10_000)
	return w.payableIn(t, who, "2026-W10")
}

// payableIn is the payout of a creator in the run of a week.
func (w *world) payableIn(t *testing.T, who creator, period string) payable {
	t.Helper()
	runID, err := w.store.Payouts.OpenRun(t.Context(), names.PayoutRunID(period, 1), period, w.clock.Now())
	require.NoError(t, err)
	id := names.PayoutID(runID, who.id, "USD")
	return payable{w, who, id, workflows.PayoutInput{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", Policy: policy()}}
}

// creatorAbroad has an account whose only bank account is in the currency of its country.
func (w *world) creatorAbroad(t *testing.T, country string, currency money.Currency, bank string) creator {
	t.Helper()
	form := bankForm(bank)
	for name, value := range map[string]string{
		"external_account[country]": country, "external_account[currency]": string(currency),
		"type": "custom", "country": country, "business_type": "individual", "capabilities[transfers][requested]": "true",
		"settings[payouts][schedule][interval]": "manual",
		"individual[first_name]":                "Jenny", "individual[last_name]": "Rosen", "tos_acceptance[date]": "1700000000",
		"individual[dob][day]": "1", "individual[dob][month]": "1", "individual[dob][year]": "1990",
	} {
		form.Set(name, value)
	}
	id := uuid.NewString()
	made := creator{id: id, account: w.post(t, "/v1/accounts", form)["id"].(string), handle: "handle" + id[:8]}
	_, err := w.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: id, Handle: made.handle, PayoutAccount: made.account})
	require.NoError(t, err)
	_, err = live.Prove(t.Context(), w.store, id, clip.TikTok, made.handle)
	require.NoError(t, err)
	return made
}

// rate sets what one dollar is in a currency.
func (w *world) rate(t *testing.T, currency, perDollar string) {
	t.Helper()
	w.control(t, "/conversion", fmt.Sprintf(`{"rates":{"%s":"%s"}}`, currency, perDollar))
}

// stripeIn is what an account has available at Stripe in a currency.
func (w *world) stripeIn(t *testing.T, account string, currency money.Currency) int64 {
	t.Helper()
	balances, err := w.payments.GetBalance(t.Context(), account)
	require.NoError(t, err)
	for _, balance := range balances {
		if balance.Currency == currency {
			return balance.AvailableMinor
		}
	}
	return 0
}

// requireConverted says that the creator was paid once, that the books and Stripe agree in both
// currencies, and that nothing is left between them. left is what a bank's step has left.
func (p payable) requireConverted(t *testing.T, currency money.Currency, paidMinor, leftMinor int64) payouts.Detail {
	t.Helper()
	seen := p.onRecord(t)
	require.Equal(t, payout.Paid, seen.Status)
	require.Empty(t, seen.AttentionReason)
	require.Equal(t, earnedMinor, seen.AmountMinor)
	require.Equal(t, 1, p.effects("transfer.applied"))
	banked, err := p.payments.GetBankPayout(t.Context(), p.creator.account, seen.BankPayoutID)
	require.NoError(t, err)
	require.Equal(t, money.Amount{Minor: paidMinor, Currency: currency}, money.Amount{Minor: banked.AmountMinor, Currency: banked.Currency})
	require.Equal(t, leftMinor, p.stripeIn(t, p.creator.account, currency))
	require.Equal(t, leftMinor, p.balanceIn(t, ledger.StripeConnected(p.creator.id), currency))
	require.Equal(t, -leftMinor, p.balanceIn(t, ledger.FXClearing, currency))
	require.Zero(t, p.balance(t, ledger.FXClearing))
	require.Zero(t, p.balance(t, ledger.StripeConnected(p.creator.id)))
	p.requireAt(t, 0, 0, 0)
	return seen
}

// requireConvertedBack says that the creator has the dollars available again, and Stripe the euros that
// the rate has left. lostMinor is what the platform did not get back in dollars.
func (p payable) requireConvertedBack(t *testing.T, final payout.Status, keptMinor, lostMinor int64) {
	t.Helper()
	require.Equal(t, final, p.onRecord(t).Status)
	require.Equal(t, 100_000-lostMinor, p.stripeAvailable(t, ""))
	require.Equal(t, 100_000-lostMinor, p.balance(t, ledger.StripePlatform))
	require.Equal(t, keptMinor, p.stripeIn(t, p.creator.account, "EUR"))
	require.Equal(t, keptMinor, p.balanceIn(t, ledger.StripeConnected(p.creator.id), "EUR"))
	require.Equal(t, keptMinor, p.balanceIn(t, ledger.ExchangeDifferences, "EUR"))
	require.Equal(t, -lostMinor, p.balance(t, ledger.ExchangeDifferences))
	require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"))
	require.Zero(t, p.balance(t, ledger.FXClearing))
	p.requireAt(t, earnedMinor, 0, 0)
}

func TestConvertedPayout(t *testing.T) {
	t.Parallel()

	t.Run("is paid to an account that settles in another currency", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, earnedMinor, result.AmountMinor)
		p.requireConverted(t, "EUR", received, 0)
	})

	t.Run("is paid less a fee that Stripe lists", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.control(t, "/conversion", `{"transfer_fee_listed":true}`)

		p.pay(p.begin(t))

		p.requireConverted(t, "EUR", received, 0)
	})

	for _, tc := range []struct {
		currency         money.Currency
		country, rate    string
		bank             string
		paid, left       int64
		explainedInWords string
	}{
		{"JPY", "JP", "150", goodBank, 7_425, 0, "no decimals"},
		{"KWD", "KW", "0.3071", goodBank, 15_200, 1, "three decimals, of which banks take two"},
		{"HUF", "HU", "360.07", goodBank, 1_782_300, 47, "two decimals, of which banks take none"},
	} {
		t.Run("is paid in a currency with "+tc.explainedInWords, func(t *testing.T) {
			t.Parallel()
			p := setupConvertedTo(t, tc.country, tc.currency, tc.rate, tc.bank)

			p.pay(p.begin(t))

			p.requireConverted(t, tc.currency, tc.paid, tc.left)
		})
	}

	t.Run("is instant if the account takes its own currency at once", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, instantBank)
		p.input.RunID = names.InstantRunID(p.creator.id)
		p.payoutID = names.PayoutID(p.input.RunID, p.creator.id, "USD")
		p.input.PayoutID = p.payoutID
		p.input.Instant = &payout.InstantRequest{
			Offer: payout.InstantOffer{MinimumMinor: 1_000, MaximumMinor: 999_900, FeeBasisPoints: 100, FeeBearer: payout.CreatorBears},
			Actor: "user-creator", At: start,
		}

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, []string{"instant"}, p.sentMethods(t))
		require.Zero(t, p.stripeIn(t, p.creator.account, "EUR"))
		require.Zero(t, p.balanceIn(t, ledger.FXClearing, "EUR"))
		require.Equal(t, instantFee, p.balance(t, ledger.PlatformFees))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("is not converted for an account with a bank account in dollars", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, goodBank)
		p.replaceBank(t, p.creator.account, goodBank) // in dollars
		h := p.begin(t)
		var started []string
		h.onStarted(func(name string) { started = append(started, name) })

		p.pay(h)

		require.NotContains(t, started, "ReadArrival")
		require.NotContains(t, started, "RecordConverted")
		p.requirePaidOnce(t)
	})
}
