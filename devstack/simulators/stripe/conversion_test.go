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

func TestConvertedTransfers(t *testing.T) {
	t.Parallel()

	t.Run("arrive in the account's currency, with the fee within the rate", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)
		b.charge("usd", 200_00)
		creator := b.creatorIn("DE", "eur")

		transfer := b.transfer(100_00, creator)

		booked := b.arrived(transfer)
		require.Equal(t, stripe.BalanceTransactionTypePayment, booked.Type)
		require.Equal(t, stripe.CurrencyEUR, booked.Currency)
		require.Equal(t, int64(79_20), booked.Amount)
		require.Equal(t, int64(79_20), booked.Net)
		require.InDelta(t, 0.792, booked.ExchangeRate, 0)
		params := &stripe.BalanceTransactionParams{}
		params.SetStripeAccount(creator)
		byID, err := b.api.BalanceTransactions.Get(booked.ID, params)
		require.NoError(t, err)
		require.Equal(t, booked.Net, byID.Net)
		out := b.movements("transfer")[0]
		require.Equal(t, int64(-100_00), out.Amount)
		require.Zero(t, out.ExchangeRate, "the platform's side shows no conversion")
		b.requireIn(creator, "eur", 79_20)
		_, shown := b.balanceIn(creator, "usd")
		require.False(t, shown)
	})

	t.Run("list the fee when they are told to", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.TransferFeeListed = true })
		b.charge("usd", 200_00)
		creator := b.creatorIn("DE", "eur")

		booked := b.arrived(b.transfer(100_00, creator))

		require.Equal(t, int64(80_00), booked.Amount)
		require.Equal(t, int64(80), booked.Fee)
		require.Equal(t, int64(79_20), booked.Net)
		require.InDelta(t, 0.8, booked.ExchangeRate, 0)
	})

	t.Run("stay as they are in a currency with a bank account, and end in the account's own without one", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.PlatformBanks = []string{"eur"} })
		b.charge("usd", 200_00)
		b.charge("eur", 200_00)
		inDollars, inEuros := b.creatorIn("DE", "usd"), b.creatorIn("US", "usd")
		euros := transferParams(79_20, inEuros)
		euros.Currency = stripe.String("eur")

		b.transfer(100_00, inDollars)
		_, err := b.api.Transfers.New(euros)

		require.NoError(t, err)
		b.requireIn(inDollars, "usd", 100_00)
		b.requireIn(inEuros, "usd", 98_01)
		_, err = b.api.Payouts.New(payoutParams(98_01, inEuros))
		require.NoError(t, err)
	})

	t.Run("that are worth less than a minor unit there are not credited, and can be reversed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting, func(o *stripesim.Options) { o.PlatformBanks = []string{"jpy"} })
		b.charge("jpy", 15_000)
		creator := b.creatorIn("KW", "kwd")
		b.rate("kwd", "0.0001")
		params := transferParams(1, creator)
		params.Currency = stripe.String("jpy")

		transfer, err := b.api.Transfers.New(params)

		require.NoError(t, err)
		require.Nil(t, b.arrived(transfer))
		b.requireIn("", "jpy", 14_999)
		require.Contains(t, b.refusedControl("disputes", map[string]any{"charge": transfer.DestinationPayment.ID}), "credited")
		onward := transferParams(1, b.creator(goodNumber).ID)
		onward.SourceTransaction = stripe.String(transfer.DestinationPayment.ID)
		onward.SetStripeAccount(creator)
		_, err = b.api.Transfers.New(onward)
		requireRefusal(t, err, 400, "")
		_, err = b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})
		require.NoError(t, err)
		b.requireIn("", "jpy", 15_000)
	})

	t.Run("are refused in a currency without a rate, and nothing moves", func(t *testing.T) {
		t.Parallel()
		b := setup(t, converting)
		b.charge("usd", 200_00)
		creator := b.creatorIn("DZ", "dzd")

		_, err := b.api.Transfers.New(transferParams(100_00, creator))
		requireRefusal(t, err, 400, "")
		charge := intentParams(100_00, "pm_card_visa")
		charge.Currency = stripe.String("zmw")
		_, err = b.api.PaymentIntents.New(charge)
		requireRefusal(t, err, 400, "")

		b.requireIn("", "usd", 200_00)
		b.rate("dzd", "134")
		require.Equal(t, int64(132_66), b.arrived(b.transfer(1_00, creator)).Net)
	})
}

func TestConvertedReversals(t *testing.T) {
	t.Parallel()
	reverse := func(b *bundle, transfer *stripe.Transfer, amountMinor int64) (*stripe.TransferReversal, error) {
		return b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID), Amount: stripe.Int64(amountMinor)})
	}
	sent := func(t *testing.T) (*bundle, string, *stripe.Transfer) {
		b := setup(t, converting)
		b.charge("usd", 200_00)
		creator := b.creatorIn("DE", "eur")
		return b, creator, b.transfer(100_00, creator)
	}

	t.Run("take what had arrived while the rate stays", func(t *testing.T) {
		t.Parallel()
		b, creator, transfer := sent(t)

		_, err := reverse(b, transfer, 100_00)

		require.NoError(t, err)
		b.requireIn(creator, "eur", 0)
		b.requireIn("", "usd", 200_00)
	})

	t.Run("return the amount itself, and take less or more from the account as the rate moved", func(t *testing.T) {
		t.Parallel()
		b, creator, transfer := sent(t)
		b.rate("eur", "0.9")

		made, err := reverse(b, transfer, 50_00)

		require.NoError(t, err)
		require.Equal(t, stripe.CurrencyUSD, made.Currency)
		params := &stripe.RefundParams{}
		params.AddExpand("balance_transaction")
		params.SetStripeAccount(creator)
		taken, err := b.api.Refunds.Get(made.DestinationPaymentRefund.ID, params)
		require.NoError(t, err)
		require.Equal(t, int64(50_00), taken.Amount)
		require.Equal(t, int64(-44_55), taken.BalanceTransaction.Net)
		require.InDelta(t, 0.891, taken.BalanceTransaction.ExchangeRate, 0)
		b.requireIn("", "usd", 150_00)
		b.requireIn(creator, "eur", 79_20-44_55)
		b.rate("eur", "0.7")
		_, err = reverse(b, transfer, 50_00)
		require.NoError(t, err)
		b.requireIn(creator, "eur", 79_20-44_55-34_65)
		b.requireIn("", "usd", 200_00)
	})

	t.Run("are refused when the account has too little at the rate of the moment", func(t *testing.T) {
		t.Parallel()
		b, creator, transfer := sent(t)
		b.rate("eur", "0.81")

		_, err := reverse(b, transfer, 100_00)

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		b.requireIn(creator, "eur", 79_20)
		b.requireIn("", "usd", 100_00)
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
