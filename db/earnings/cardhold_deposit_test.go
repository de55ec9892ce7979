package earnings_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// raise takes 10.00 out of the organization's balance for a world's campaign, whose own payment is by
// bank debit.
func raise(t *testing.T, w *world.World) {
	t.Helper()
	budgetMinor := w.Facts(t).BudgetMinor + 1000
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{
		CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: budgetMinor}, Actor: "ann", Now: world.Now,
	})
	require.NoError(t, err)
}

func organizationOf(t *testing.T, w *world.World) string {
	t.Helper()
	stored, err := w.Campaigns.Get(t.Context(), w.CampaignID)
	require.NoError(t, err)
	return stored.OrganizationID
}

// requireKeptUntil requires that what the world's first clip earns is released at that time, and not a
// second before.
func requireKeptUntil(t *testing.T, w *world.World, at time.Time) {
	t.Helper()
	w.Earnings.CardHold = earnings.CardHold(cardAge)
	w.Read(t, 0, 1, 1000)
	early, err := w.Earnings.ReleaseHolds(t.Context(), at.Add(-time.Second), 10)
	require.NoError(t, err)
	due, err := w.Earnings.ReleaseHolds(t.Context(), at, 10)
	require.NoError(t, err)
	require.Zero(t, early)
	require.Equal(t, 1, due)
	w.RequireBooksInOrder(t)
}

func TestCardHoldOfDeposits(t *testing.T) {
	t.Parallel()
	paidAt := world.Now.Add(-time.Hour)

	t.Run("keeps what was earned from a budget that a deposit by card can be in", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.DepositBy(t, organizationOf(t, w), 5_000, "card", paidAt)

		raise(t, w)

		requireKeptUntil(t, w, paidAt.Add(cardAge))
	})

	t.Run("counts from the newest deposit by card, even if another one would cover the allocation", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.DepositBy(t, organizationOf(t, w), 5_000, "card", paidAt.Add(-cardAge))
		w.DepositBy(t, organizationOf(t, w), 1, "card", paidAt)
		w.DepositBy(t, organizationOf(t, w), 50_000, "sepa_debit", world.Now)

		raise(t, w)

		requireKeptUntil(t, w, paidAt.Add(cardAge))
	})

	t.Run("counts each allocation of a campaign, and a deposit twice without harm", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.DepositBy(t, organizationOf(t, w), 5_000, "link", paidAt.Add(-time.Hour))
		raise(t, w)
		raise(t, w)
		w.DepositBy(t, organizationOf(t, w), 5_000, "link", paidAt)
		raise(t, w)

		requireKeptUntil(t, w, paidAt.Add(cardAge))
	})

	t.Run("concerns a deposit whose refund has not succeeded yet", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		organizationID := organizationOf(t, w)
		w.DepositBy(t, organizationID, 50_000, "us_bank_account", paidAt.Add(-time.Hour))
		w.DepositBy(t, organizationID, 5_000, "card", paidAt)
		create := funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: organizationID, Currency: w.Terms.Currency, AmountMinor: 5_000, RequestedBy: "ann", Now: world.Now}
		_, err := w.Funding.Reserve(t.Context(), create)
		require.NoError(t, err)
		plan, err := w.Funding.Plan(t.Context(), create.ID, world.Now)
		require.NoError(t, err)
		require.Equal(t, int64(5_000), plan.Refund.AmountMinor)

		raise(t, w)

		requireKeptUntil(t, w, paidAt.Add(cardAge))
	})

	t.Run("does not concern deposits that were wholly refunded, or are by bank, or arrive later", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		organizationID := organizationOf(t, w)
		byCard := w.DepositBy(t, organizationID, 5_000, "card", paidAt)
		w.DepositBy(t, organizationID, 50_000, "us_bank_account", world.Now)
		require.NoError(t, w.Funding.RecordRefund(t.Context(), ledger.DepositRefund{DepositID: byCard, RefundID: "re_1", Currency: w.Terms.Currency, AmountMinor: 5_000, At: world.Now}))

		raise(t, w)
		w.DepositBy(t, organizationID, 5_000, "card", world.Now)

		requireKeptUntil(t, w, world.Now.Add(w.Terms.Hold.Std()))
	})

	t.Run("does not concern deposits of another organization", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		other := world.In(t, w.URL, w.Books, 0, nil)
		other.DepositBy(t, organizationOf(t, other), 5_000, "card", paidAt)
		w.DepositBy(t, organizationOf(t, w), 50_000, "us_bank_account", world.Now)

		raise(t, w)

		requireKeptUntil(t, w, world.Now.Add(w.Terms.Hold.Std()))
	})
}
