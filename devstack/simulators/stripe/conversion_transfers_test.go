package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

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
