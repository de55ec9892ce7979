package funding_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestReserve(t *testing.T) {
	t.Parallel()

	t.Run("takes the amount out of the balance once", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		create := b.newWithdrawal(4_000)

		first, err := b.Funding.Reserve(t.Context(), create)
		require.NoError(t, err)
		again, err := b.Funding.Reserve(t.Context(), create)
		require.NoError(t, err)

		require.Equal(t, []funding.WithdrawalStatus{funding.WithdrawalSending, funding.WithdrawalSending}, []funding.WithdrawalStatus{first.Status, again.Status})
		b.requireBalance(t, 6_000, 4_000, 0, 6_000)
	})

	t.Run("refuses more than is available, and leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		b.withdraw(t, 10_000)
		create := b.newWithdrawal(1)

		_, refused := b.Funding.Reserve(t.Context(), create)

		require.Equal(t, fault.Conflict, fault.KindOf(refused))
		require.Equal(t, "balance_too_low", fault.CodeOf(refused))
		_, err := b.Funding.GetWithdrawal(t.Context(), create.ID)
		require.Equal(t, "withdrawal_not_found", fault.CodeOf(err))
		b.requireBalance(t, 0, 10_000, 0, 0)
	})

	t.Run("refuses another amount under the same id, what cannot be refunded, and an unknown organization", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		other, nothing, unknown := b.newWithdrawal(100), b.newWithdrawal(0), b.newWithdrawal(100)
		_, err := b.Funding.Reserve(t.Context(), other)
		require.NoError(t, err)
		other.AmountMinor, unknown.OrganizationID = 101, uuid.NewString()

		for code, create := range map[string]funding.NewWithdrawal{"withdrawal_exists": other, "amount_not_positive": nothing, "organization_not_found": unknown} {
			_, err := b.Funding.Reserve(t.Context(), create)
			require.Equal(t, code, fault.CodeOf(err), err)
		}
		b.requireBalance(t, 9_900, 100, 0, 9_900)
	})

	t.Run("never spends the same money twice, however many ask at once", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		var reserved atomic.Int64

		var callers sync.WaitGroup
		for range 12 {
			callers.Go(func() {
				_, err := b.Funding.Reserve(context.Background(), b.newWithdrawal(3_000))
				switch fault.CodeOf(err) {
				case "":
					reserved.Add(1)
				default:
					assert.Equal(t, "balance_too_low", fault.CodeOf(err), err)
				}
			})
		}
		callers.Wait()

		require.Equal(t, int64(3), reserved.Load())
		b.requireBalance(t, 1_000, 9_000, 0, 1_000)
	})
}

func TestPlan(t *testing.T) {
	t.Parallel()

	t.Run("takes the newest deposit first, and each no further than it reaches", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		oldest, newest := b.deposit(t, 10_000), b.deposit(t, 2_000)
		id := b.withdraw(t, 5_000)

		first, again := b.plan(t, id), b.plan(t, id)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(first, "re_1")))
		second := b.plan(t, id)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(second, "re_2")))
		done := b.plan(t, id)

		require.Equal(t, first, again, "until it has ended, a refund is the next one")
		require.Equal(t, funding.Refund{WithdrawalID: id, Number: 1, DepositID: newest.ID, PaymentIntentID: paymentOf(newest.ID), Currency: "USD", AmountMinor: 2_000}, *first.Refund)
		require.Equal(t, funding.Refund{WithdrawalID: id, Number: 2, DepositID: oldest.ID, PaymentIntentID: paymentOf(oldest.ID), Currency: "USD", AmountMinor: 3_000}, *second.Refund)
		require.Nil(t, done.Refund)
		require.False(t, done.Exhausted)
		require.Equal(t, funding.WithdrawalCompleted, done.Withdrawal.Status)
		b.requireBalance(t, 7_000, 0, 0, 7_000)
		stored, err := b.Funding.GetDeposit(t.Context(), oldest.ID)
		require.NoError(t, err)
		require.Equal(t, int64(3_000), stored.RefundedMinor)
	})

	t.Run("leaves out a deposit that was refused, until a person asks again", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 5_000)
		require.NotNil(t, b.plan(t, id).Refund)

		for range 2 {
			require.NoError(t, b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: id, Number: 1, Status: funding.RefundRefused, FailureCode: "charge_too_old", ClosesDeposit: true, At: world.Now}))
		}
		exhausted := b.plan(t, id)
		require.NoError(t, b.Funding.Reopen(t.Context(), id))
		next := b.plan(t, id)

		require.True(t, exhausted.Exhausted)
		require.Nil(t, exhausted.Refund)
		require.Equal(t, 2, next.Refund.Number)
		b.requireBalance(t, 5_000, 5_000, 0, 5_000)
	})

	t.Run("takes a deposit again whose refund was refused for a while", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		id := b.withdraw(t, 5_000)
		b.plan(t, id)

		require.NoError(t, b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: id, Number: 1, Status: funding.RefundRefused, FailureCode: "balance_insufficient", At: world.Now}))

		require.Equal(t, create.ID, b.plan(t, id).Refund.DepositID)
	})

	t.Run("leaves out a deposit in dispute", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		older, newer := b.deposit(t, 10_000), b.deposit(t, 4_000)
		require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: paymentOf(newer.ID), DepositID: newer.ID, Currency: "USD", AmountMinor: 1_000, At: world.Now}))

		plan := b.plan(t, b.withdraw(t, 13_000))

		require.Equal(t, older.ID, plan.Refund.DepositID)
		require.Equal(t, int64(10_000), plan.Refund.AmountMinor)
	})

	for taken, take := range map[string]func(t *testing.T, b *brand, of funding.NewDeposit){
		"by a dispute": func(t *testing.T, b *brand, of funding.NewDeposit) {
			require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), disputeOf(of)))
		},
		"by a dispute that was lost": func(t *testing.T, b *brand, of funding.NewDeposit) {
			require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), disputeOf(of)))
			require.NoError(t, b.Funding.RecordDisputeLost(t.Context(), disputeOf(of).DisputeID, world.Now))
		},
		"by a refund by hand": func(t *testing.T, b *brand, of funding.NewDeposit) {
			require.NoError(t, b.Funding.RecordRefund(t.Context(), ledger.DepositRefund{DepositID: of.ID, RefundID: "re_by_hand", Currency: "USD", AmountMinor: of.AmountMinor, At: world.Now}))
		},
	} {
		t.Run("refunds no other deposit after the reserved money was taken "+taken, func(t *testing.T) {
			t.Parallel()
			b := newBrand(t)
			b.deposit(t, 10_000) // a campaign has its money
			spend(t, b, 10_000)
			newer := b.deposit(t, 10_000)
			id := b.withdraw(t, 10_000)

			take(t, b, newer)

			plan := b.plan(t, id)
			require.Nil(t, plan.Refund)
			require.False(t, plan.Exhausted)
			require.GreaterOrEqual(t, plan.UncoveredMinor, int64(10_000))
			b.deposit(t, plan.UncoveredMinor)
			require.NotNil(t, b.plan(t, id).Refund, "a deposit covers it")
		})
	}

	t.Run("of an unknown withdrawal is refused", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)

		_, err := b.Funding.Plan(t.Context(), uuid.NewString(), world.Now)

		require.Equal(t, "withdrawal_not_found", fault.CodeOf(err))
	})
}

func TestCancelWithdrawal(t *testing.T) {
	t.Parallel()

	t.Run("returns what was not sent", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		b.deposit(t, 3_000)
		id := b.withdraw(t, 5_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, id), "re_1")))

		cancelled := b.cancel(t, id)

		require.Equal(t, funding.WithdrawalCompleted, cancelled.Status)
		require.Equal(t, []int64{3_000, 2_000}, []int64{cancelled.SentMinor, cancelled.ReturnedMinor})
		b.requireBalance(t, 2_000, 0, 0, 2_000)
		_, err := b.Funding.Cancel(t.Context(), id, actionOf(id), world.Now)
		require.Equal(t, "withdrawal_ended", fault.CodeOf(err))
	})

	t.Run("of one that has sent nothing cancels it", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		id := b.withdraw(t, 2_000)

		require.Equal(t, funding.WithdrawalCancelled, b.cancel(t, id).Status)
		b.requireBalance(t, 2_000, 0, 0, 2_000)
	})

	t.Run("waits for the refund that is requested, which may be sent", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		b.deposit(t, 3_000)
		id := b.withdraw(t, 5_000)
		plan := b.plan(t, id)

		cancelled, again := b.cancel(t, id), b.cancel(t, id)
		b.requireBalance(t, 2_000, 3_000, 0, 2_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(plan, "re_1")))

		require.Equal(t, []funding.WithdrawalStatus{funding.WithdrawalCancelling, funding.WithdrawalCancelling}, []funding.WithdrawalStatus{cancelled.Status, again.Status})
		done := b.plan(t, id)
		require.Equal(t, funding.WithdrawalCompleted, done.Withdrawal.Status)
		require.Nil(t, done.Refund)
		b.requireBalance(t, 2_000, 0, 0, 2_000)
	})

	t.Run("returns the refund that is requested if it is refused", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		id := b.withdraw(t, 2_000)
		b.plan(t, id)
		b.cancel(t, id)

		require.NoError(t, b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: id, Number: 1, Status: funding.RefundRefused, At: world.Now}))

		read, err := b.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, funding.WithdrawalCancelled, read.Status)
		b.requireBalance(t, 2_000, 0, 0, 2_000)
	})
}

func TestListWithdrawals(t *testing.T) {
	t.Parallel()
	b := newBrand(t)
	b.deposit(t, 2_000)
	id := b.withdraw(t, 500)
	cancelled := b.withdraw(t, 500)
	b.cancel(t, cancelled)

	all, err := b.Funding.ListWithdrawals(t.Context(), dbfunding.Filter{OrganizationID: b.ID}, db.Page{Size: 10})
	require.NoError(t, err)
	sending, err := b.Funding.ListWithdrawals(t.Context(), dbfunding.Filter{Status: "sending"}, db.Page{Size: 10})
	require.NoError(t, err)

	require.Len(t, all, 2)
	require.Len(t, sending, 1)
	require.Equal(t, id, sending[0].ID)
}

func disputeOf(deposit funding.NewDeposit) ledger.Dispute {
	return ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: paymentOf(deposit.ID), DepositID: deposit.ID, Currency: "USD", AmountMinor: deposit.AmountMinor, At: world.Now}
}

// spend takes money out of the balance, as an allocation does.
func spend(t *testing.T, b *brand, amountMinor int64) {
	t.Helper()
	_, err := b.Books.Journal.Post(t.Context(), ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: uuid.NewString(), Currency: "USD", EffectiveAt: world.Now,
		Postings: []ledger.Posting{{Account: ledger.OrganizationBalance(b.ID), AmountMinor: amountMinor}, {Account: ledger.PlatformFees, AmountMinor: -amountMinor}},
	})
	require.NoError(t, err)
}
