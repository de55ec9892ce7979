package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// converting charges no fees but 1 % for conversion. One dollar is 0.80 euros.
func converting(o *stripesim.Options) {
	o.FeeBasisPoints, o.FeeFixedMinor, o.DisputeFeeMinor = 0, 0, 0
	o.Convert, o.ConversionFeeBasisPoints, o.Rates = true, 100, map[string]string{"eur": "0.8"}
}

func (b *bundle) rate(currency, perDollar string) {
	b.t.Helper()
	b.control(http.MethodPost, "conversion", map[string]any{"rates": map[string]string{currency: perDollar}}, nil)
}

// charge pays an amount in a currency into the platform's balance.
func (b *bundle) charge(currency string, amountMinor int64) *stripe.Charge {
	b.t.Helper()
	params := intentParams(amountMinor, "pm_card_visa")
	params.Currency = stripe.String(currency)
	intent, err := b.api.PaymentIntents.New(params)
	require.NoError(b.t, err)
	return intent.LatestCharge
}

// creatorIn opens an account whose default currency is that of its country.
func (b *bundle) creatorIn(country, currency string) string {
	b.t.Helper()
	params := creatorParams(goodNumber)
	params.Country = stripe.String(country)
	params.ExternalAccount.Country, params.ExternalAccount.Currency = stripe.String(country), stripe.String(currency)
	made, err := b.api.Accounts.New(params)
	require.NoError(b.t, err)
	return made.ID
}

// balanceIn returns what an account has available in a currency, and whether it shows the currency.
func (b *bundle) balanceIn(account, currency string) (availableMinor int64, shown bool) {
	b.t.Helper()
	params := &stripe.BalanceParams{}
	if account != "" {
		params.SetStripeAccount(account)
	}
	balance, err := b.api.Balance.Get(params)
	require.NoError(b.t, err)
	for _, each := range balance.Available {
		if string(each.Currency) == currency {
			return each.Amount, true
		}
	}
	return 0, false
}

func (b *bundle) requireIn(account, currency string, want int64) {
	b.t.Helper()
	available, _ := b.balanceIn(account, currency)
	require.Equal(b.t, want, available, currency)
}

// arrived is the balance transaction of a transfer's payment on the connected account.
func (b *bundle) arrived(transfer *stripe.Transfer) *stripe.BalanceTransaction {
	b.t.Helper()
	params := &stripe.ChargeParams{}
	params.AddExpand("balance_transaction")
	params.SetStripeAccount(transfer.Destination.ID)
	payment, err := b.api.Charges.Get(transfer.DestinationPayment.ID, params)
	require.NoError(b.t, err)
	require.Equal(b.t, transfer.Amount, payment.Amount)
	require.Equal(b.t, transfer.Currency, payment.Currency, "the payment is in the transfer's currency")
	return payment.BalanceTransaction
}

func TestConvertedCharges(t *testing.T) {
	t.Parallel()

	t.Run("settle in the platform's currency, with the rate and both fees", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.FeeBasisPoints, o.FeeFixedMinor = 290, 30 })

		charge := b.charge("eur", 80_00)

		require.Equal(t, stripe.CurrencyEUR, charge.Currency)
		booked := charge.BalanceTransaction
		require.Equal(t, stripe.CurrencyUSD, booked.Currency)
		require.Equal(t, int64(100_00), booked.Amount)
		require.InDelta(t, 1.25, booked.ExchangeRate, 0)
		require.Equal(t, int64(1_00+3_20), booked.Fee)
		require.Equal(t, int64(95_80), booked.Net)
		require.Len(t, booked.FeeDetails, 2)
		require.Equal(t, "Stripe currency conversion fee", booked.FeeDetails[0].Description)
		require.Equal(t, int64(1_00), booked.FeeDetails[0].Amount)
		require.Equal(t, int64(3_20), booked.FeeDetails[1].Amount)
		b.requireIn("", "usd", 95_80)
		_, shown := b.balanceIn("", "eur")
		require.False(t, shown)
	})

	t.Run("are not converted where the platform has a bank account", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.PlatformBanks = []string{"eur"} })

		booked := b.charge("eur", 80_00).BalanceTransaction

		require.Equal(t, stripe.CurrencyEUR, booked.Currency)
		require.Zero(t, booked.ExchangeRate)
		require.Zero(t, booked.Fee)
		b.requireIn("", "eur", 80_00)
	})

	t.Run("are not converted once the platform has added a bank account, and are again once it is closed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)
		settled := func() []stripe.Currency {
			own, err := b.api.Accounts.Get()
			require.NoError(t, err)
			var all []stripe.Currency
			for _, bank := range own.ExternalAccounts.Data {
				all = append(all, bank.BankAccount.Currency)
			}
			return all
		}
		before := settled()

		b.control(http.MethodPost, "platform/banks", map[string]any{"currency": "EUR"}, nil)
		added, kept := settled(), b.charge("eur", 80_00).BalanceTransaction
		b.control(http.MethodPost, "platform/banks", map[string]any{"currency": "eur", "enabled": false}, nil)
		closed, converted := settled(), b.charge("eur", 80_00).BalanceTransaction

		require.Equal(t, []stripe.Currency{"usd"}, before)
		require.Equal(t, []stripe.Currency{"eur", "usd"}, added)
		require.Equal(t, before, closed)
		require.Equal(t, []stripe.Currency{"eur", "usd"}, []stripe.Currency{kept.Currency, converted.Currency})
		require.Contains(t, b.refusedControl("platform/banks", map[string]any{"currency": "xyz"}), "xyz")
	})

	t.Run("between currencies of other decimals keep their worth", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)

		booked := b.charge("jpy", 15_000).BalanceTransaction

		require.Equal(t, int64(100_00), booked.Amount)
		require.InDelta(t, 0.66666667, booked.ExchangeRate, 0, "of one yen into one cent")
	})

	t.Run("are refunded at the rate of the moment, without the fees", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)
		charge := b.charge("eur", 80_00)
		b.charge("usd", 100_00)
		b.requireIn("", "usd", 199_00)

		b.rate("eur", "0.5")
		params := &stripe.RefundParams{Charge: stripe.String(charge.ID), Amount: stripe.Int64(40_00)}
		params.AddExpand("balance_transaction")
		part, err := b.api.Refunds.New(params)

		require.NoError(t, err)
		require.Equal(t, stripe.CurrencyEUR, part.Currency)
		require.Equal(t, int64(-80_00), part.BalanceTransaction.Amount, "half of the charge takes 80 % of what came")
		require.InDelta(t, 2, part.BalanceTransaction.ExchangeRate, 0)
		require.Zero(t, part.BalanceTransaction.Fee)
		b.requireIn("", "usd", 119_00)
		b.rate("eur", "0.1")
		_, err = b.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(charge.ID)})
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})

	t.Run("whose refund fails get back what it is worth then", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)
		params := intentParams(80_00, "pm_card_refundFail")
		params.Currency = stripe.String("eur")
		intent, err := b.api.PaymentIntents.New(params)
		require.NoError(t, err)
		b.charge("usd", 100_00)
		_, err = b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})
		require.NoError(t, err)
		b.requireIn("", "usd", 99_00)

		b.rate("eur", "0.5")
		b.sim.Advance(25 * aDay)

		require.Equal(t, int64(160_00), b.movements("refund_failure")[0].Amount)
		b.requireIn("", "usd", 99_00+160_00)
	})

	t.Run("that are disputed lose and regain at the rates of their moments", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.DisputeFeeMinor = 15_00 })
		charge := b.charge("eur", 80_00)
		var opened struct{ ID string }

		b.rate("eur", "0.5")
		b.control(http.MethodPost, "disputes", map[string]any{"charge": charge.ID}, &opened)
		b.requireIn("", "usd", 99_00-160_00-15_00)
		b.rate("eur", "1")
		b.control(http.MethodPost, "disputes/"+opened.ID+"/win", nil, nil)

		won, err := b.api.Disputes.Get(opened.ID, nil)
		require.NoError(t, err)
		require.Equal(t, stripe.CurrencyEUR, won.Currency)
		require.Equal(t, int64(-160_00), won.BalanceTransactions[0].Amount)
		require.Equal(t, int64(15_00), won.BalanceTransactions[0].Fee)
		require.Equal(t, stripe.CurrencyUSD, won.BalanceTransactions[0].Currency)
		require.Equal(t, int64(80_00), won.BalanceTransactions[1].Amount)
		require.InDelta(t, 1, won.BalanceTransactions[1].ExchangeRate, 0)
		b.requireIn("", "usd", 99_00-160_00-15_00+80_00)
	})

	t.Run("fund transfers in the currency in which they settled, up to what settled", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, delayed)
		charge, creator := b.charge("eur", 80_00), b.creator(goodNumber).ID
		from := func(amountMinor int64, currency string) *stripe.TransferParams {
			params := transferParams(amountMinor, creator)
			params.Currency, params.SourceTransaction = stripe.String(currency), stripe.String(charge.ID)
			return params
		}

		_, err := b.api.Transfers.New(from(10_00, "eur"))
		requireRefusal(t, err, 400, "")
		_, err = b.api.Transfers.New(from(100_01, "usd"))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		_, err = b.api.Transfers.New(from(100_00, "usd"))

		require.NoError(t, err)
	})
}

func TestConversionControl(t *testing.T) {
	t.Parallel()

	t.Run("turns conversion on, and what was left out stays", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.FeeBasisPoints, o.FeeFixedMinor = 0, 0 })
		require.Equal(t, stripe.CurrencyEUR, b.charge("eur", 80_00).BalanceTransaction.Currency)

		b.control(http.MethodPost, "conversion", map[string]any{"enabled": true, "conversion_fee_basis_points": 200, "rates": map[string]string{"EUR": "0.8"}}, nil)
		b.control(http.MethodPost, "conversion", map[string]any{"transfer_fee_listed": true}, nil)

		booked := b.charge("eur", 80_00).BalanceTransaction
		require.Equal(t, int64(98_00), booked.Net)
		sterling := b.arrived(b.transfer(50_00, b.creatorIn("GB", "gbp")))
		require.Equal(t, int64(39_50), sterling.Amount)
		require.Equal(t, int64(79), sterling.Fee)
	})

	t.Run("refuses what is no rate or no fee", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, rates := range []map[string]string{{"eur": "-1"}, {"eur": "many"}, {"eur": "0"}, {"xyz": "1"}, {"usd": "2"}} {
			require.Contains(t, b.refusedControl("conversion", map[string]any{"enabled": true, "rates": rates}), "error", rates)
		}
		require.Contains(t, b.refusedControl("conversion", map[string]any{"conversion_fee_basis_points": 10_000}), "basis points")
		require.Equal(t, stripe.CurrencyEUR, b.charge("eur", 80_00).BalanceTransaction.Currency)
	})
}
