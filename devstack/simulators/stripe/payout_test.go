package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

// funded returns a creator with 50.00 on the connected account.
func funded(t *testing.T, number string) (*bundle, string) {
	t.Helper()
	b := setup(t)
	b.fund(100_00, "pm_card_visa")
	creator := b.creator(number)
	b.transfer(50_00, creator.ID)
	return b, creator.ID
}

func TestPayouts(t *testing.T) {
	t.Parallel()

	t.Run("is pending, then in transit, then paid, as time passes", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		payout := b.payout(20_00, creator)
		require.Equal(t, stripe.PayoutStatusPending, payout.Status)
		b.requireAvailable(creator, 30_00)
		b.sim.Advance(25 * time.Hour)
		require.Equal(t, stripe.PayoutStatusInTransit, b.getPayout(payout.ID, creator).Status)
		b.sim.Advance(25 * time.Hour)

		after := b.getPayout(payout.ID, creator)
		require.Equal(t, stripe.PayoutStatusPaid, after.Status)
		require.Equal(t, "p1", after.Metadata["payout_id"])
		require.Equal(t, stripe.PayoutDestinationTypeBankAccount, mustExpandBank(t, b, payout.ID, creator).Type)
		b.requireAvailable(creator, 30_00)
		require.Len(t, b.effects("payout.applied"), 1)
		require.Len(t, b.effects("payout.paid"), 1)
		require.Equal(t, creator, b.effects("payout.paid")[0].Account)
	})

	t.Run("names the bank account that it went to, and a later one the account that replaced it", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, closedNumber)
		refused := b.payout(20_00, creator)
		b.control(http.MethodPost, "webhooks", map[string]any{"lost_events": []string{"account.external_account.created"}}, nil)
		b.sim.Advance(49 * time.Hour)

		_, err := b.api.BankAccounts.New(&stripe.BankAccountParams{
			Account: &creator, Country: stripe.String("US"), Currency: stripe.String("usd"),
			RoutingNumber: stripe.String("110000000"), AccountNumber: stripe.String(closedNumber), DefaultForCurrency: stripe.Bool(true),
		})
		require.NoError(t, err)
		paid := b.payout(20_00, creator)

		before, after := b.getPayout(refused.ID, creator).Destination.ID, b.getPayout(paid.ID, creator).Destination.ID
		require.NotEmpty(t, before)
		require.Equal(t, refused.Destination.ID, before, "it does not change later")
		require.NotEmpty(t, after)
		require.NotEqual(t, before, after)
	})

	t.Run("fails as its test bank account says, and returns the money", func(t *testing.T) {
		t.Parallel()
		for number, code := range map[string]stripe.PayoutFailureCode{
			noAccountNumber: stripe.PayoutFailureCodeNoAccount, closedNumber: stripe.PayoutFailureCodeAccountClosed,
			"000222222227": stripe.PayoutFailureCodeInsufficientFunds, "000333333335": stripe.PayoutFailureCodeDebitNotAuthorized,
			"000444444440": stripe.PayoutFailureCodeInvalidCurrency, "000555555559": stripe.PayoutFailureCodeCouldNotProcess,
		} {
			b, creator := funded(t, number)
			payout := b.payout(20_00, creator)

			b.sim.Advance(49 * time.Hour)

			after := b.getPayout(payout.ID, creator)
			require.Equal(t, stripe.PayoutStatusFailed, after.Status)
			require.Equal(t, code, after.FailureCode)
			require.NotEmpty(t, after.FailureMessage)
			require.Equal(t, int64(20_00), after.FailureBalanceTransaction.Net)
			b.requireAvailable(creator, 50_00)
			require.Empty(t, b.effects("payout.paid"))
			require.Len(t, b.effects("payout.failed"), 1)
		}
	})

	t.Run("may be paid and fail later", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, returnedNumber)
		payout := b.payout(20_00, creator)
		b.sim.Advance(49 * time.Hour)
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(payout.ID, creator).Status)

		b.sim.Advance(73 * time.Hour)

		after := b.getPayout(payout.ID, creator)
		require.Equal(t, stripe.PayoutStatusFailed, after.Status)
		require.Equal(t, stripe.PayoutFailureCodeAccountClosed, after.FailureCode)
		b.requireAvailable(creator, 50_00)
	})

	t.Run("one long jump of the clock has the same result as many short ones", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, returnedNumber)
		payout := b.payout(20_00, creator)

		b.sim.Advance(30 * 24 * time.Hour)

		require.Equal(t, stripe.PayoutStatusFailed, b.getPayout(payout.ID, creator).Status)
		require.Len(t, b.effects("payout.paid"), 1)
		require.Len(t, b.effects("payout.failed"), 1)
	})

	t.Run("succeeds after the bank account is replaced", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, closedNumber)
		b.payout(20_00, creator)
		b.sim.Advance(49 * time.Hour)

		_, err := b.api.Accounts.Update(creator, &stripe.AccountParams{ExternalAccount: bankParams(goodNumber)})
		require.NoError(t, err)
		second := b.payout(20_00, creator)
		b.sim.Advance(49 * time.Hour)

		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(second.ID, creator).Status)
		b.requireAvailable(creator, 30_00)
	})

	t.Run("can be cancelled only while it is pending", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		params := &stripe.PayoutParams{}
		params.SetStripeAccount(creator)
		cancelled, sent := b.payout(10_00, creator), b.payout(10_00, creator)

		after, err := b.api.Payouts.Cancel(cancelled.ID, params)
		require.NoError(t, err)
		require.Equal(t, stripe.PayoutStatusCanceled, after.Status)
		b.requireAvailable(creator, 40_00)
		b.sim.Advance(25 * time.Hour)
		_, err = b.api.Payouts.Cancel(sent.ID, params)

		requireRefusal(t, err, 400, "")
	})

	t.Run("is refused without the money, without enabled payouts, or in an unknown currency", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		_, err := b.api.Payouts.New(payoutParams(50_01, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)

		euros := payoutParams(10_00, creator)
		euros.Currency = stripe.String("eur")
		_, err = b.api.Payouts.New(euros)
		require.Equal(t, "currency", requireRefusal(t, err, 400, "").Param)

		b.control(http.MethodPost, "accounts/"+creator, map[string]any{"payouts_enabled": false}, nil)
		_, err = b.api.Payouts.New(payoutParams(10_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodePayoutsNotAllowed)

		require.Empty(t, b.effects("payout.applied"))
		b.requireAvailable(creator, 50_00)
	})

	t.Run("currencies without decimals at the bank need multiples of 100", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		params := payoutParams(10_50, creator)
		params.Currency = stripe.String("huf")

		_, err := b.api.Payouts.New(params)

		require.Equal(t, "amount", requireRefusal(t, err, 400, stripe.ErrorCodeParameterInvalidInteger).Param)
	})

	t.Run("belongs only to its account", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		payout := b.payout(10_00, creator)
		other := b.creator(goodNumber)
		foreign := &stripe.PayoutParams{}
		foreign.SetStripeAccount(other.ID)

		_, err := b.api.Payouts.Get(payout.ID, foreign)
		requireRefusal(t, err, 404, stripe.ErrorCodeResourceMissing)
		_, err = b.api.Payouts.Get(payout.ID, nil)
		requireRefusal(t, err, 404, stripe.ErrorCodeResourceMissing)

		list := &stripe.PayoutListParams{Status: stripe.String("pending")}
		list.SetStripeAccount(creator)
		found := b.api.Payouts.List(list).PayoutList().Data
		require.Len(t, found, 1)
		require.Equal(t, payout.ID, found[0].ID)
	})

	t.Run("control pays and fails on demand", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		payout := b.payout(10_00, creator)

		b.control(http.MethodPost, "payouts/"+payout.ID+"/pay", nil, nil)
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(payout.ID, creator).Status)
		b.control(http.MethodPost, "payouts/"+payout.ID+"/fail", map[string]any{"failure_code": "account_frozen"}, nil)

		require.Equal(t, stripe.PayoutFailureCodeAccountFrozen, b.getPayout(payout.ID, creator).FailureCode)
		b.requireAvailable(creator, 50_00)
	})
}

func mustExpandBank(t *testing.T, b *bundle, id, account string) *stripe.PayoutDestination {
	t.Helper()
	params := &stripe.PayoutParams{}
	params.SetStripeAccount(account)
	params.AddExpand("destination")
	payout, err := b.api.Payouts.Get(id, params)
	require.NoError(t, err)
	require.Equal(t, "6789", payout.Destination.BankAccount.Last4)
	return payout.Destination
}
