package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

const (
	heldNumber    = "000777777773"
	instantNumber = "000666666662"
)

func TestArrivalDates(t *testing.T) {
	t.Parallel()

	t.Run("a payout says when it arrives, and lists can be filtered by that", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		first := b.payout(10_00, creator)
		require.Equal(t, b.sim.Now().Add(48*time.Hour).Unix(), first.ArrivalDate)
		b.sim.Advance(time.Hour)
		second := b.payout(10_00, creator)

		params := &stripe.PayoutListParams{ArrivalDateRange: &stripe.RangeQueryParams{GreaterThan: first.ArrivalDate}}
		params.SetStripeAccount(creator)
		found := b.api.Payouts.List(params).PayoutList().Data

		require.Len(t, found, 1)
		require.Equal(t, second.ID, found[0].ID)
	})

	t.Run("one that is held stays in transit after it, until control decides", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		payout := b.payout(10_00, creator)

		b.control(http.MethodPost, "payouts/"+payout.ID+"/hold", nil, nil)
		require.Equal(t, stripe.PayoutStatusInTransit, b.getPayout(payout.ID, creator).Status)
		b.sim.Advance(30 * aDay)

		after := b.getPayout(payout.ID, creator)
		require.Equal(t, stripe.PayoutStatusInTransit, after.Status)
		require.Less(t, after.ArrivalDate, b.sim.Now().Unix())
		b.control(http.MethodPost, "payouts/"+payout.ID+"/fail", map[string]any{"failure_code": "could_not_process"}, nil)
		require.Equal(t, stripe.PayoutStatusFailed, b.getPayout(payout.ID, creator).Status)
		b.requireAvailable(creator, 50_00)
		require.Contains(t, b.refusedControl("payouts/"+payout.ID+"/hold", nil), "payout is failed")
	})

	t.Run("a bank account number holds all payouts to it", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, heldNumber)
		payout := b.payout(10_00, creator)

		b.sim.Advance(30 * aDay)

		require.Equal(t, stripe.PayoutStatusInTransit, b.getPayout(payout.ID, creator).Status)
		b.control(http.MethodPost, "payouts/"+payout.ID+"/pay", nil, nil)
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(payout.ID, creator).Status)
	})
}

func instantly(amountMinor int64, account string) *stripe.PayoutParams {
	params := payoutParams(amountMinor, account)
	params.Method = stripe.String("instant")
	return params
}

// instantAvailable sums instant_available over the currencies.
func (b *bundle) instantAvailable(account string) int64 {
	b.t.Helper()
	params := &stripe.BalanceParams{}
	params.SetStripeAccount(account)
	balance, err := b.api.Balance.Get(params)
	require.NoError(b.t, err)
	var sum int64
	for _, part := range balance.InstantAvailable {
		sum += part.Amount
	}
	return sum
}

func TestInstantPayouts(t *testing.T) {
	t.Parallel()

	t.Run("arrive at once on a bank account that takes them", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, instantNumber)
		require.Equal(t, int64(50_00), b.instantAvailable(creator))

		made, err := b.api.Payouts.New(instantly(20_00, creator))
		require.NoError(t, err)

		require.Equal(t, stripe.PayoutMethodInstant, made.Method)
		require.Equal(t, made.Created, made.ArrivalDate)
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(made.ID, creator).Status)
		require.Equal(t, int64(30_00), b.instantAvailable(creator))
		account, err := b.api.Accounts.GetByID(creator, nil)
		require.NoError(t, err)
		require.Contains(t, account.ExternalAccounts.Data[0].BankAccount.AvailablePayoutMethods, stripe.BankAccountAvailablePayoutMethodInstant)
	})

	t.Run("are refused on another bank account, until control makes it eligible", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		require.Zero(t, b.instantAvailable(creator))
		_, err := b.api.Payouts.New(instantly(20_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeInstantPayoutsUnsupported)

		b.control(http.MethodPost, "accounts/"+creator+"/instant", nil, nil)
		_, err = b.api.Payouts.New(instantly(20_00, creator))
		require.NoError(t, err)
		b.control(http.MethodPost, "accounts/"+creator+"/instant", map[string]any{"instant": false}, nil)
		_, err = b.api.Payouts.New(instantly(20_00, creator))

		requireRefusal(t, err, 400, stripe.ErrorCodeInstantPayoutsUnsupported)
	})

	t.Run("have limits of their own, and not every currency", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, instantNumber)
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": 20_000_00}, nil)
		polish := b.holding("PL", "pln", 100_00)

		_, err := b.api.Payouts.New(instantly(49, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooSmall)
		_, err = b.api.Payouts.New(instantly(10_000_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooLarge)
		zloty := instantly(10_00, polish)
		zloty.Currency = stripe.String("pln")
		_, err = b.api.Payouts.New(zloty)
		requireRefusal(t, err, 400, stripe.ErrorCodeInstantPayoutsCurrencyDisabled)

		require.Empty(t, b.effects("payout.applied"))
	})

	t.Run("a negative balance has nothing to pay out instantly", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, instantNumber)

		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -60_00}, nil)

		require.Zero(t, b.instantAvailable(creator))
		_, err := b.api.Payouts.New(instantly(1_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})
}
