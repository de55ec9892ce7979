package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// movements are the platform's balance transactions of a type, newest first.
func (b *bundle) movements(kind string) []*stripe.BalanceTransaction {
	b.t.Helper()
	list := b.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Type: stripe.String(kind)})
	require.NoError(b.t, list.Err())
	return list.BalanceTransactionList().Data
}

func TestProcessingFees(t *testing.T) {
	t.Parallel()

	t.Run("are 2.9 % and 0.30 in production, as a line of fee_details", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) {
			production := stripesim.Production()
			o.FeeBasisPoints, o.FeeFixedMinor = production.FeeBasisPoints, production.FeeFixedMinor
		})

		booked := b.fund(1_000_00, "pm_card_visa").LatestCharge.BalanceTransaction

		require.Equal(t, int64(29_30), booked.Fee)
		require.Equal(t, int64(970_70), booked.Net)
		require.Len(t, booked.FeeDetails, 1)
		require.Equal(t, "stripe_fee", booked.FeeDetails[0].Type)
		require.Equal(t, "Stripe processing fees", booked.FeeDetails[0].Description)
		require.Equal(t, int64(29_30), booked.FeeDetails[0].Amount)
		require.Equal(t, stripe.CurrencyUSD, booked.FeeDetails[0].Currency)
		require.Zero(t, booked.ExchangeRate)
	})

	t.Run("have a fixed part by currency", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.FeeFixedByCurrency = map[string]int64{"eur": 25, "jpy": 0} })
		for currency, want := range map[string]int64{"eur": 290 + 25, "jpy": 290, "gbp": 290 + 30, "kwd": 320} {
			params := intentParams(100_00, "pm_card_visa")
			params.Currency = stripe.String(currency)

			intent, err := b.api.PaymentIntents.New(params)

			require.NoError(t, err)
			require.Equal(t, want, intent.LatestCharge.BalanceTransaction.Fee, currency)
		}
	})

	t.Run("change by control for later charges, and what makes no sense changes nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		var now map[string]any

		b.control(http.MethodPost, "fees", map[string]any{"charge_basis_points": 150, "charge_fixed_by_currency": map[string]int64{"usd": 25}}, &now)

		require.InDelta(t, 150, now["charge_basis_points"], 0)
		require.InDelta(t, 30, now["charge_fixed_minor"], 0, "what is left out stays")
		require.Equal(t, int64(1_75), b.fund(100_00, "pm_card_visa").LatestCharge.BalanceTransaction.Fee)
		require.Contains(t, b.refusedControl("fees", map[string]any{"charge_basis_points": 10_000}), "basis points")
		require.Contains(t, b.refusedControl("fees", map[string]any{"payout_minor": -1}), "negative")
		require.Contains(t, b.refusedControl("fees", map[string]any{"charge_fixed_by_currency": map[string]int64{"xyz": 1}}), "xyz")
		require.Equal(t, int64(1_75), b.fund(100_00, "pm_card_visa").LatestCharge.BalanceTransaction.Fee)
	})

	t.Run("that make no sense make New fail", func(t *testing.T) {
		t.Parallel()
		for want, options := range map[string]stripesim.Options{
			"basis points":   {FeeBasisPoints: -1},
			"negative":       {PayoutFeeMinor: -1},
			"conversion fee": {ConversionFeeBasisPoints: 10_000},
			"rate of eur":    {Rates: map[string]string{"eur": "0"}},
			"bank account":   {PlatformBanks: []string{"euro"}},
		} {
			_, err := stripesim.New(options)
			require.ErrorContains(t, err, want)
		}
	})
}

func TestConnectFees(t *testing.T) {
	t.Parallel()
	connect := func(o *stripesim.Options) {
		startingOn(time.January, 15, 10)(o)
		o.ActiveAccountFeeMinor, o.PayoutFeeMinor, o.PayoutFeeBasisPoints = 2_00, 25, 25
	}

	t.Run("are billed to the platform for each payout of an account", func(t *testing.T) {
		t.Parallel()
		b := setup(t, connect)
		b.fund(500_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.transfer(100_00, creator.ID)
		before, _ := b.balance("")

		b.payout(100_00, creator.ID)

		billed := b.movements("stripe_fee")
		require.Len(t, billed, 1)
		require.Equal(t, int64(-50), billed[0].Amount, "0.25 and 0.25 % of 100.00")
		require.Equal(t, int64(-50), billed[0].Net)
		require.Zero(t, billed[0].Fee)
		require.Equal(t, "Connect (2026-01-15): Payout Fee", billed[0].Description)
		require.Equal(t, stripe.BalanceTransactionReportingCategoryFee, billed[0].ReportingCategory)
		require.Nil(t, billed[0].Source)
		b.requireAvailable("", before-50)
		b.requireAvailable(creator.ID, 0)
		require.Len(t, b.effects("fee.charged"), 1)
	})

	t.Run("are billed once a month for the accounts that were paid out in it", func(t *testing.T) {
		t.Parallel()
		b := setup(t, connect)
		b.fund(500_00, "pm_card_visa")
		for range 2 {
			creator := b.creator(goodNumber)
			b.transfer(50_00, creator.ID)
			b.payout(10_00, creator.ID)
			b.payout(10_00, creator.ID)
		}
		b.creator(goodNumber)
		b.control(http.MethodPost, "fees", map[string]any{"payout_minor": 0, "payout_basis_points": 0}, nil)
		perPayout := len(b.movements("stripe_fee"))

		b.sim.Advance(90 * aDay)

		billed := b.movements("stripe_fee")
		require.Len(t, billed, perPayout+1, "nothing was paid out in February and March")
		require.Equal(t, int64(-4_00), billed[0].Amount)
		require.Equal(t, "Connect (2026-01-01 - 2026-01-31): Active Account Billing", billed[0].Description)
		require.Equal(t, time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC).Unix(), billed[0].Created)
	})

	t.Run("carry tax as a movement of its own", func(t *testing.T) {
		t.Parallel()
		b := setup(t, connect, func(o *stripesim.Options) { o.FeeTaxBasisPoints = 2_000 })
		b.fund(500_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.transfer(100_00, creator.ID)

		b.payout(100_00, creator.ID)

		taxed := b.movements("tax_fee")
		require.Len(t, taxed, 1)
		require.Equal(t, int64(-10), taxed[0].Amount)
		require.Equal(t, stripe.BalanceTransactionReportingCategoryTax, taxed[0].ReportingCategory)
		require.Nil(t, taxed[0].Source)
	})

	t.Run("are not billed for the platform's own payouts", func(t *testing.T) {
		t.Parallel()
		b := setup(t, connect)
		b.fund(500_00, "pm_card_visa")

		_, err := b.api.Payouts.New(&stripe.PayoutParams{Amount: stripe.Int64(100_00), Currency: stripe.String("usd")})
		require.NoError(t, err)
		b.sim.Advance(31 * aDay)

		require.Empty(t, b.movements("stripe_fee"))
	})

	t.Run("in another currency are billed in the platform's", func(t *testing.T) {
		t.Parallel()
		b := setup(t, connect)
		creator := b.holding("GB", "gbp", 79_00)

		params := payoutIn("gbp", 79_00, creator)
		_, err := b.api.Payouts.New(params)

		require.NoError(t, err)
		require.Equal(t, int64(-25-25), b.movements("stripe_fee")[0].Amount, "79.00 GBP are 100.00 USD")
		require.Equal(t, stripe.CurrencyUSD, b.movements("stripe_fee")[0].Currency)
	})

	t.Run("come by control, and the balance may go below zero", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		b.control(http.MethodPost, "fees/charge", map[string]any{"amount_minor": 12_00}, nil)
		b.control(http.MethodPost, "fees/charge", map[string]any{"type": "tax_fee", "amount_minor": 2_00, "currency": "USD", "description": "VAT"}, nil)

		require.Equal(t, "Connect (monthly active accounts)", b.movements("stripe_fee")[0].Description)
		require.Equal(t, "VAT", b.movements("tax_fee")[0].Description)
		b.requireAvailable("", -14_00)
		require.Contains(t, b.refusedControl("fees/charge", map[string]any{"amount_minor": 0}), "above zero")
		require.Contains(t, b.refusedControl("fees/charge", map[string]any{"amount_minor": 1, "type": "charge"}), "type must be")
		require.Contains(t, b.refusedControl("fees/charge", map[string]any{"amount_minor": 1, "currency": "xyz"}), "xyz")
		b.requireAvailable("", -14_00)
	})
}

func TestReserves(t *testing.T) {
	t.Parallel()

	t.Run("lower what is available until they are released", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		var held struct{ ID string }

		b.control(http.MethodPost, "reserves", map[string]any{"amount_minor": 90_00}, &held)

		b.requireAvailable("", 6_80)
		_, err := b.api.Transfers.New(transferParams(10_00, creator.ID))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		booked := b.movements("reserved_funds")
		require.Len(t, booked, 1)
		require.Equal(t, int64(-90_00), booked[0].Amount)
		require.Equal(t, stripe.BalanceTransactionReportingCategoryRiskReservedFunds, booked[0].ReportingCategory)
		b.control(http.MethodPost, "reserves/"+held.ID+"/release", map[string]any{"amount_minor": 40_00}, nil)
		b.requireAvailable("", 46_80)
		require.Contains(t, b.refusedControl("reserves/"+held.ID+"/release", map[string]any{"amount_minor": 50_01}), "5000 left")
		b.control(http.MethodPost, "reserves/"+held.ID+"/release", nil, nil)
		b.requireAvailable("", 96_80)
		require.Contains(t, b.refusedControl("reserves/"+held.ID+"/release", nil), "0 left")
		require.Len(t, b.movements("reserved_funds"), 3)
		require.Len(t, b.effects("reserve.held", "reserve.released"), 3)
	})

	t.Run("for connected accounts are shown in the balance", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.control(http.MethodPost, "reserves", map[string]any{"amount_minor": 5_00, "type": "reserve_transaction", "currency": "EUR"}, nil)

		balance, err := b.api.Balance.Get(nil)

		require.NoError(t, err)
		require.Len(t, balance.ConnectReserved, 1)
		require.Equal(t, int64(5_00), balance.ConnectReserved[0].Amount)
		require.Equal(t, stripe.CurrencyEUR, balance.ConnectReserved[0].Currency)
		params := &stripe.BalanceTransactionListParams{Type: stripe.String("reserve_transaction")}
		params.AddExpand("data.source")
		booked := b.api.BalanceTransactions.List(params).BalanceTransactionList().Data
		require.Equal(t, stripe.BalanceTransactionReportingCategoryConnectReservedFunds, booked[0].ReportingCategory)
		require.Equal(t, int64(5_00), booked[0].Source.ReserveTransaction.Amount)
		require.Contains(t, b.refusedControl("reserves", map[string]any{"amount_minor": 1, "type": "hold"}), "type must be")
		require.Contains(t, b.refusedControl("reserves", map[string]any{}), "above zero")
		require.Contains(t, b.refusedControl("reserves", map[string]any{"amount_minor": 1, "currency": "xyz"}), "xyz")
		code, _ := b.tryControl("reserves/rsv_no/release", nil)
		require.Equal(t, http.StatusNotFound, code)
	})
}
