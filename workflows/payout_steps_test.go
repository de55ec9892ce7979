package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// paidIn is a creator with a bank account in another currency.
func (w *world) paidIn(t *testing.T, currency money.Currency) creator {
	t.Helper()
	who := w.creator(t, goodBank)
	form := bankForm(goodBank)
	form.Set("external_account[currency]", strings.ToLower(string(currency)))
	form.Set("default_for_currency", "true")
	w.post(t, "/v1/accounts/"+who.account+"/external_accounts", form)
	return who
}

func (w *world) balanceIn(t *testing.T, account ledger.Account, currency money.Currency) int64 {
	t.Helper()
	balanceMinor, err := w.store.Journal.GetBalance(t.Context(), account, currency)
	require.NoError(t, err)
	return balanceMinor
}

func TestPayoutInSteps(t *testing.T) {
	t.Parallel()

	for _, c := range []struct {
		currency   money.Currency
		views      int64
		paid, left int64
	}{{"HUF", 10_106, 5000, 53}, {"TWD", 160_106, 80_000, 53}, {"KWD", 10_106, 5050, 3}} {
		t.Run("pays what Stripe and a bank take of "+string(c.currency)+", and the rest stays available", func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			campaignID, _ := w.liveCampaign(t, func(agreed *campaign.Terms) { agreed.Currency = c.currency })
			who := w.paidIn(t, c.currency)
			w.earns(t, campaignID, who, c.views)
			runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), w.clock.Now())
			require.NoError(t, err)
			id := names.PayoutID(runID, who.id, string(c.currency))
			h := w.begin(t)

			result := completed[workflows.PayoutResult](h, workflows.CreatorPayout, workflows.PayoutInput{
				PayoutID: id, RunID: runID, CreatorID: who.id, Currency: c.currency, Policy: policy(),
			})

			require.Equal(t, payout.Paid, result.Status)
			require.Equal(t, c.paid, result.AmountMinor)
			require.Equal(t, 1, w.effects("payout.paid"))
			require.Equal(t, c.left, w.balanceIn(t, ledger.CreatorAvailable(who.id), c.currency))
			w.requireBooksInOrder(t)
		})
	}

	t.Run("refunds what Stripe takes of a currency, and closes with less than a step in escrow", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, func(agreed *campaign.Terms) { agreed.Currency = "KWD" })
		who := b.paidIn(t, "KWD")
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_106) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(5*hour, func() {
			_, err := b.store.Earnings.ReleaseHolds(t.Context(), b.clock.Now(), 100)
			require.NoError(t, err)
			runID, err := b.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), b.clock.Now())
			require.NoError(t, err)
			reserved, err := b.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{
				PayoutID: uuid.NewString(), RunID: runID, CreatorID: who.id, Currency: "KWD", MinimumMinor: 1000, Now: b.clock.Now(),
			})
			require.NoError(t, err)
			b.settle(t, reserved.PayoutID)
		})

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		require.Equal(t, int64(5053), result.SpentMinor)
		require.Equal(t, int64(94_940), result.RefundedMinor)
		require.Equal(t, int64(7), b.balanceIn(t, ledger.CampaignEscrow(b.input.CampaignID), "KWD"))
		require.Equal(t, int64(3), b.balanceIn(t, ledger.CreatorAvailable(who.id), "KWD"))
		require.Equal(t, 1, b.effects("refund.applied"))
		require.Less(t, h.Now().Sub(start), 14*days+time.Hour)
		b.requireBooksInOrder(t)
	})
}
