package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

// budget changes the budget of the world's campaign.
func budget(t *testing.T, w *world.World, budgetMinor int64) error {
	t.Helper()
	_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: w.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: budgetMinor}, Actor: "ann", Now: world.Now})
	return err
}

// withdraw takes an amount out of the balance, and lets refunds arrive until none is planned. It returns
// what was refunded, by deposit.
func withdraw(t *testing.T, w *world.World, amountMinor int64) map[string]int64 {
	t.Helper()
	id, refunded := uuid.NewString(), map[string]int64{}
	_, err := w.Funding.Reserve(t.Context(), funding.NewWithdrawal{ID: id, OrganizationID: organizationOf(t, w), Currency: "USD", AmountMinor: amountMinor, RequestedBy: "ann", Now: world.Now})
	require.NoError(t, err)
	for {
		plan, err := w.Funding.Plan(t.Context(), id, world.Now)
		require.NoError(t, err)
		if plan.Refund == nil {
			return refunded
		}
		refunded[plan.Refund.DepositID] += plan.Refund.AmountMinor
		require.NoError(t, w.Funding.RecordRefund(t.Context(), ledger.DepositRefund{
			DepositID: plan.Refund.DepositID, RefundID: "re_" + uuid.NewString(), WithdrawalID: id, Number: plan.Refund.Number, Currency: "USD", AmountMinor: plan.Refund.AmountMinor, At: world.Now,
		}))
	}
}

// deposits returns the deposits of the world's organization.
func deposits(t *testing.T, w *world.World) []funding.Deposit {
	t.Helper()
	listed, err := w.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: organizationOf(t, w)}, db.Page{Size: 10})
	require.NoError(t, err)
	return listed
}

func availableOf(t *testing.T, w *world.World) int64 {
	t.Helper()
	read, err := w.Funding.GetBalance(t.Context(), organizationOf(t, w), "USD")
	require.NoError(t, err)
	return read.AvailableMinor()
}

// The world's campaign has paid 1,000.00 for itself.
func TestMovePaymentToTheBalance(t *testing.T) {
	t.Parallel()

	t.Run("gives a lowered budget back as a deposit, which a withdrawal refunds", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 20_000) // 100.00

		require.NoError(t, budget(t, w, 40_000))

		require.Equal(t, int64(60_000), balanceOf(t, w))
		moved := deposits(t, w)
		require.Len(t, moved, 1)
		require.Equal(t, funding.DepositReceived, moved[0].Status)
		require.Equal(t, w.CampaignID, moved[0].CampaignID)
		require.Equal(t, int64(60_000), moved[0].AmountMinor)
		require.NotEmpty(t, moved[0].PaymentIntentID)
		_, ours, err := w.Funding.FindByPayment(t.Context(), moved[0].PaymentIntentID)
		require.NoError(t, err)
		require.False(t, ours, "the payment is the campaign's")
		require.Equal(t, map[string]int64{moved[0].ID: 50_000}, withdraw(t, w, 50_000))
		require.Equal(t, int64(10_000), balanceOf(t, w))
		require.Zero(t, w.Facts(t).ReturnableMinor())
		require.Equal(t, int64(30_000), w.Facts(t).RefundableMinor())
		w.RequireBooksInOrder(t)
	})

	t.Run("takes what came from the balance first, and counts a payment once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		deposited := w.Deposit(t, organizationOf(t, w), 20_000)
		require.NoError(t, budget(t, w, 120_000))
		require.NoError(t, budget(t, w, 70_000)) // 200.00 and 300.00 of the payment
		require.NoError(t, budget(t, w, 90_000))
		require.NoError(t, budget(t, w, 60_000))

		require.Equal(t, int64(60_000), balanceOf(t, w))
		amounts := map[string]int64{}
		for _, deposit := range deposits(t, w) {
			amounts[deposit.CampaignID] += deposit.AmountMinor
		}
		require.Equal(t, map[string]int64{"": 20_000, w.CampaignID: 40_000}, amounts)
		refunded := withdraw(t, w, 60_000)
		require.Len(t, refunded, 3)
		require.Equal(t, int64(20_000), refunded[deposited])
		w.RequireBooksInOrder(t)
	})

	t.Run("in two parts books the refund of one also when it is read for the other", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		require.NoError(t, budget(t, w, 70_000))
		require.NoError(t, budget(t, w, 60_000))
		create := funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: organizationOf(t, w), Currency: "USD", AmountMinor: 40_000, RequestedBy: "ann", Now: world.Now}
		_, err := w.Funding.Reserve(t.Context(), create)
		require.NoError(t, err)
		readFor := ""
		for _, refundID := range []string{"re_" + uuid.NewString(), "re_" + uuid.NewString()} {
			plan, err := w.Funding.Plan(t.Context(), create.ID, world.Now)
			require.NoError(t, err)
			if readFor == "" {
				readFor = plan.Refund.DepositID
			} else {
				require.NotEqual(t, readFor, plan.Refund.DepositID)
			}
			require.NoError(t, w.Funding.RecordRefund(t.Context(), ledger.DepositRefund{
				DepositID: readFor, RefundID: refundID, WithdrawalID: create.ID, Number: plan.Refund.Number, Currency: "USD", AmountMinor: plan.Refund.AmountMinor, At: world.Now,
			}))
		}

		read, err := w.Funding.GetBalance(t.Context(), create.OrganizationID, "USD")
		require.NoError(t, err)
		require.Equal(t, []int64{0, 0}, []int64{read.BalanceMinor, read.WithdrawingMinor})
		requested, err := w.Funding.ListRefunds(t.Context(), create.ID)
		require.NoError(t, err)
		require.Len(t, requested, 2)
		require.NotEqual(t, requested[0].DepositID, requested[1].DepositID)
		w.RequireBooksInOrder(t)
	})

	t.Run("never refunds more than the payment, by a campaign or by withdrawals", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		require.NoError(t, budget(t, w, 40_000))
		require.Len(t, withdraw(t, w, 60_000), 1)
		deposited := w.Deposit(t, organizationOf(t, w), 60_000)
		require.NoError(t, budget(t, w, 100_000), "with other money")

		require.Equal(t, int64(60_000), w.Facts(t).ReturnableMinor())
		require.NoError(t, w.Campaigns.ReturnBudget(t.Context(), w.CampaignID, world.Now))

		require.Equal(t, int64(40_000), w.Facts(t).RefundableMinor())
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_end", 40_000)))
		require.Equal(t, map[string]int64{deposited: 60_000}, withdraw(t, w, 60_000))
		require.Zero(t, balanceOf(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("refunds less by a withdrawal if the campaign has refunded the payment", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		older := w.DepositBy(t, organizationOf(t, w), 40_000, "card", world.Now.Add(-time.Hour))
		require.NoError(t, budget(t, w, 70_000))
		require.NoError(t, budget(t, w, 100_000))
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_hand", 90_000)))

		refunded := withdraw(t, w, 40_000)

		require.Len(t, refunded, 2)
		require.Equal(t, int64(30_000), refunded[older], "only 100.00 of the payment were left")
		w.RequireBooksInOrder(t)
	})

	t.Run("keeps what pacing has put off", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.DailyPacingMinor = 3_000 })
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Tracking, ""))
		w.Read(t, 0, 1, 20_000) // 100.00, of which 30.00 are credited

		refused := budget(t, w, 9_999)
		allowed := budget(t, w, 10_000)

		require.Equal(t, "pacing_defers_earnings", fault.CodeOf(refused))
		require.NoError(t, allowed)
		last := w.Reading(0, 2, 20_000)
		last.IsFinal = true
		credited, err := w.Earnings.RecordReading(t.Context(), last)
		require.NoError(t, err)
		require.Equal(t, int64(7_000), credited.GrossMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("carries the age of a payment by card into the next campaign", func(t *testing.T) {
		t.Parallel()
		const age = 120 * 24 * time.Hour
		w := world.New(t, 1, nil)
		w.Earnings.CardHold = earnings.CardHold(age)
		byCard, paidAt := approved(t, w, 30_000), world.Now.Add(-time.Minute)
		require.NoError(t, w.Campaigns.RecordFunding(t.Context(), ledger.Funding{
			CampaignID: byCard, PaymentIntentID: "pi_card", Currency: "USD", GrossMinor: 30_000, At: world.Now, Method: "card", PaidAt: paidAt,
		}))
		require.NoError(t, live.Move(t.Context(), w.Books, campaign.Move{CampaignID: byCard, StartsAt: w.Terms.StartsAt, Now: world.Now}, campaign.ConfirmFunding))
		_, err := w.Campaigns.Amend(t.Context(), campaign.Amendment{CampaignID: byCard, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: 10_000}, Actor: "ann", Now: world.Now})
		require.NoError(t, err)
		require.NoError(t, budget(t, w, 120_000))
		w.Read(t, 0, 1, 1000)

		early, err := w.Earnings.ReleaseHolds(t.Context(), paidAt.Add(age-time.Second), 10)
		require.NoError(t, err)
		due, err := w.Earnings.ReleaseHolds(t.Context(), paidAt.Add(age), 10)
		require.NoError(t, err)

		require.Zero(t, early)
		require.Equal(t, 1, due)
		w.RequireBooksInOrder(t)
	})

	for name, planted := range map[string]string{
		"more that moved than the journal returned": "UPDATE deposits SET amount_minor = amount_minor + 1 WHERE campaign_id IS NOT NULL",
		"a move that the journal does not have":     "UPDATE deposits SET moved_by = 'other' WHERE campaign_id IS NOT NULL",
	} {
		t.Run("verify finds "+name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 0, nil)
			require.NoError(t, budget(t, w, 40_000))
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, planted)

			verified, err := w.Audit.Check(t.Context())
			require.NoError(t, err)
			require.Contains(t, world.Checks(verified), "deposit")
		})
	}
}

// Of the 1,000.00, creators have earned 100.00, and 600.00 are moved to the balance.
func TestMovedPaymentIsTakenBack(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T) *world.World {
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 20_000)
		require.NoError(t, budget(t, w, 40_000))
		return w
	}

	t.Run("is held back while a dispute over the payment is open", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(70_000)))

		require.Equal(t, int64(60_000-40_000), availableOf(t, w), "the escrow covers 300.00 of the dispute")
		require.Empty(t, withdraw(t, w, 20_000), "Stripe refunds no payment in dispute")
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), w.Dispute(1).DisputeID, world.Now))
		require.Equal(t, int64(40_000), availableOf(t, w))
		require.Len(t, withdraw(t, w, 40_000), 1)
		w.RequireBooksInOrder(t)
	})

	t.Run("comes out of the balance when the dispute is lost, and the rest is our loss", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(100_000)))
		require.Zero(t, availableOf(t, w))

		for range 2 {
			require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), w.Dispute(1).DisputeID, world.Now))
		}

		require.Zero(t, balanceOf(t, w))
		require.Equal(t, int64(10_000), w.Balance(t, ledger.PlatformLosses), "what creators had earned")
		require.Zero(t, w.Facts(t).EscrowMinor())
		require.Zero(t, w.Facts(t).MovedMinor())
		w.Deposit(t, organizationOf(t, w), 5_000)
		require.Len(t, withdraw(t, w, 5_000), 1, "the deposit, and not the lost payment")
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves the balance below zero if campaigns have got it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		require.NoError(t, w.Campaigns.AllocateBudget(t.Context(), approved(t, w, 50_000), world.Now, ""))
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(100_000)))

		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), w.Dispute(1).DisputeID, world.Now))

		require.Equal(t, int64(-50_000), balanceOf(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("comes out of the balance if a person refunds the payment by hand", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		for range 2 {
			require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_hand", 50_000)))
		}

		require.Equal(t, int64(40_000), balanceOf(t, w), "the escrow had 300.00")
		require.Zero(t, w.Balance(t, ledger.PlatformLosses))
		w.RequireBooksInOrder(t)
	})
}
