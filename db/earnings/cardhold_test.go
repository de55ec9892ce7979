package earnings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
)

const cardAge = 120 * 24 * time.Hour

// paidBy adds a payment to a world's campaign. The world's own payment is by bank debit.
func paidBy(t *testing.T, w *world.World, paymentID, method string, paidAt time.Time) {
	t.Helper()
	require.NoError(t, w.Campaigns.RecordFunding(t.Context(), ledger.Funding{
		CampaignID: w.CampaignID, PaymentIntentID: paymentID, Currency: w.Terms.Currency, GrossMinor: 1000, At: world.Now, Method: method, PaidAt: paidAt,
	}))
}

func TestCardHold(t *testing.T) {
	t.Parallel()

	t.Run("keeps earnings until the payment by card has the age", func(t *testing.T) {
		t.Parallel()
		for _, method := range []string{"card", "card_present", "link", ""} {
			w := world.New(t, 1, nil)
			w.Earnings.CardHold = earnings.CardHold(cardAge)
			paidAt := world.Now.Add(-time.Hour)
			paidBy(t, w, "pi_card", method, paidAt)
			w.Read(t, 0, 1, 1000)

			early, err := w.Earnings.ReleaseHolds(t.Context(), paidAt.Add(cardAge-time.Second), 10)
			require.NoError(t, err)
			due, err := w.Earnings.ReleaseHolds(t.Context(), paidAt.Add(cardAge), 10)
			require.NoError(t, err)

			require.Zero(t, early, method)
			require.Equal(t, 1, due, method)
			w.RequireBooksInOrder(t)
		}
	})

	t.Run("counts from the newest payment by card", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Earnings.CardHold = earnings.CardHold(cardAge)
		paidBy(t, w, "pi_old", "card", world.Now.Add(-2*cardAge))
		paidBy(t, w, "pi_new", "card", world.Now)
		w.Read(t, 0, 1, 1000)

		early, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(cardAge-time.Second), 10)

		require.NoError(t, err)
		require.Zero(t, early)
	})

	t.Run("does not concern transfers and debits of banks", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Earnings.CardHold = earnings.CardHold(cardAge)
		for _, method := range []string{"customer_balance", "sepa_debit", "us_bank_account"} {
			paidBy(t, w, "pi_"+method, method, world.Now)
		}
		w.Read(t, 0, 1, 1000)

		due, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 10)

		require.NoError(t, err)
		require.Equal(t, 1, due)
	})

	t.Run("never ends a hold before the terms say", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Earnings.CardHold = earnings.CardHold(time.Second)
		paidBy(t, w, "pi_card", "card", world.Now.Add(-time.Hour))
		w.Read(t, 0, 1, 1000)

		early, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()-time.Second), 10)

		require.NoError(t, err)
		require.Zero(t, early)
	})

	t.Run("does not stop what the same creator earned elsewhere, even in small batches", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Earnings.CardHold = earnings.CardHold(cardAge)
		byBank := w.Another(t, nil)
		paidBy(t, w, "pi_card", "card", world.Now)
		for poll := 1; poll <= 3; poll++ {
			w.Read(t, 0, poll, int64(poll)*1000)
		}
		byBank.Read(t, 0, 1, 2000)

		released, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 1)

		require.NoError(t, err)
		require.Equal(t, 1, released)
		require.Equal(t, int64(1000), w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		require.Equal(t, int64(1500), w.Balance(t, ledger.CreatorPending(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("applies the setting of the moment to what is on hold", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		paidBy(t, w, "pi_card", "card", world.Now)
		w.Read(t, 0, 1, 1000)
		at := world.Now.Add(w.Terms.Hold.Std())

		w.Earnings.CardHold = earnings.CardHold(cardAge)
		kept, err := w.Earnings.ReleaseHolds(t.Context(), at, 10)
		require.NoError(t, err)
		w.Earnings.CardHold = 0
		released, err := w.Earnings.ReleaseHolds(t.Context(), at, 10)
		require.NoError(t, err)

		require.Zero(t, kept)
		require.Equal(t, 1, released)
	})

	t.Run("is explained for the campaign and for the creator", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		byBank := w.Another(t, nil)
		paidBy(t, w, "pi_card", "card", world.Now)
		w.Read(t, 0, 1, 1000)
		byBank.Read(t, 0, 1, 1000)

		plain, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{Size: 10})
		require.NoError(t, err)
		w.Audit.CardHold = earnings.CardHold(cardAge)
		kept, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{Size: 10})
		require.NoError(t, err)
		creator, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "USD")
		require.NoError(t, err)

		require.False(t, plain.Accruals[0].ByCard)
		require.True(t, plain.Accruals[0].AvailableAt.Equal(world.Now.Add(w.Terms.Hold.Std())))
		require.True(t, kept.Accruals[0].ByCard)
		require.True(t, kept.Accruals[0].AvailableAt.Equal(world.Now.Add(cardAge)))
		for _, account := range creator.Currencies[0].Accounts {
			if account.Account != ledger.CreatorPending(w.CreatorIDs[0]) {
				require.Empty(t, account.Kept)
				continue
			}
			require.Len(t, account.Kept, 1)
			require.Equal(t, audit.KeptEarnings{CampaignID: w.CampaignID, Until: account.Kept[0].Until}, account.Kept[0])
			require.True(t, account.Kept[0].Until.Equal(world.Now.Add(cardAge)))
		}
	})
}
