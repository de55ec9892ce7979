package funding_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func actionOf(withdrawalID string) access.OperatorAction {
	return access.OperatorAction{ID: uuid.NewString(), Subject: "withdrawal/" + withdrawalID, Action: "cancel", Actor: "eve", Reason: "not needed"}
}

func failedRefund(id string) funding.FailedRefund {
	return funding.FailedRefund{RefundID: id, TransactionID: "txn_" + id, FailureCode: "expired_or_canceled_card", At: world.Now}
}

func TestRefunds(t *testing.T) {
	t.Parallel()

	t.Run("of a withdrawal are booked once, by all who see them at once", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 4_000)
		made := refund(b.plan(t, id), "re_1")

		var callers sync.WaitGroup
		for range 6 {
			callers.Go(func() { assert.NoError(t, b.Funding.RecordRefund(context.Background(), made)) })
		}
		callers.Wait()

		b.requireBalance(t, 6_000, 0, 0, 6_000)
		booked, failed, err := b.Funding.ListBooked(t.Context(), []string{"re_1", "re_2"})
		require.NoError(t, err)
		require.Equal(t, []string{"re_1"}, booked)
		require.Empty(t, failed)
	})

	t.Run("that a person made by hand come out of the balance, even below zero", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		b.withdraw(t, 9_000)
		byHand := ledger.DepositRefund{DepositID: create.ID, RefundID: "re_hand", Currency: "USD", AmountMinor: 3_000, At: world.Now}

		for range 2 {
			require.NoError(t, b.Funding.RecordRefund(t.Context(), byHand))
		}

		b.requireBalance(t, -2_000, 9_000, 0, 0)
		_, refused := b.Funding.Reserve(t.Context(), b.newWithdrawal(1))
		require.Equal(t, "balance_too_low", fault.CodeOf(refused))
	})

	t.Run("that only claim to be of a withdrawal count as made by hand", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 4_000)
		forged := refund(b.plan(t, id), "re_forged")
		forged.AmountMinor--

		require.NoError(t, b.Funding.RecordRefund(t.Context(), forged))

		b.requireBalance(t, 2_001, 4_000, 0, 2_001)
		require.Equal(t, 1, b.plan(t, id).Refund.Number, "the request stands")
	})

	t.Run("of a request that was refused are of the withdrawal while it holds the amount", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 4_000)
		made := refund(b.plan(t, id), "re_1")
		require.NoError(t, b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: id, Number: 1, Status: funding.RefundRefused, FailureCode: "permission_denied", At: world.Now}))

		for range 2 {
			require.NoError(t, b.Funding.RecordRefund(t.Context(), made))
		}

		b.requireBalance(t, 6_000, 0, 0, 6_000)
	})

	t.Run("of a request that was refused count as made by hand once the amount is in the balance again", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		id := b.withdraw(t, 4_000)
		made := refund(b.plan(t, id), "re_1")
		require.NoError(t, b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: id, Number: 1, Status: funding.RefundRefused, FailureCode: "permission_denied", At: world.Now}))
		_, err := b.Funding.Cancel(t.Context(), id, actionOf(id), world.Now)
		require.NoError(t, err)

		require.NoError(t, b.Funding.RecordRefund(t.Context(), made))

		b.requireBalance(t, 6_000, 0, 0, 6_000)
	})

	t.Run("that fail are sent again from another deposit while the withdrawal goes on", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		older := b.deposit(t, 10_000)
		b.deposit(t, 4_000)
		id := b.withdraw(t, 5_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, id), "re_1")))

		for range 2 {
			require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1")))
		}
		next := b.plan(t, id)

		require.Equal(t, older.ID, next.Refund.DepositID)
		require.Equal(t, int64(5_000), next.Refund.AmountMinor)
		b.requireBalance(t, 9_000, 5_000, 0, 9_000)
	})

	t.Run("that are sent are listed while they can fail, one of each deposit", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 10_000)
		b.deposit(t, 4_000)
		id := b.withdraw(t, 5_000)
		newest := b.plan(t, id)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(newest, "re_1")))
		first := b.plan(t, id) // is requested only

		one, err := b.Funding.ListSent(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(first, "re_2")))
		both, err := b.Funding.ListSent(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1")))
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, id), "re_3"))) // of the older deposit again
		left, err := b.Funding.ListSent(t.Context(), id)
		require.NoError(t, err)

		require.Equal(t, []funding.Refund{*newest.Refund}, one)
		require.Equal(t, []funding.Refund{*newest.Refund, *first.Refund}, both)
		require.Equal(t, []funding.Refund{*first.Refund}, left)
	})

	t.Run("that fail after the end are sent again from another deposit", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		older := b.deposit(t, 10_000)
		newer := b.deposit(t, 4_000)
		id := b.withdraw(t, 4_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, id), "re_1")))
		none, err := b.Funding.ListReopened(t.Context(), newer.ID)
		require.NoError(t, err)
		require.Empty(t, none)

		for range 2 {
			require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1")))
		}

		read, err := b.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, funding.WithdrawalSending, read.Status)
		require.Nil(t, read.EndedAt)
		reopened, err := b.Funding.ListReopened(t.Context(), newer.ID)
		require.NoError(t, err)
		require.Equal(t, []funding.NewWithdrawal{read.NewWithdrawal}, reopened)
		b.requireBalance(t, 10_000, 4_000, 0, 10_000)
		next := b.plan(t, id)
		require.Equal(t, older.ID, next.Refund.DepositID)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(next, "re_2")))
		done, err := b.Funding.ListReopened(t.Context(), newer.ID)
		require.NoError(t, err)
		require.Empty(t, done)
		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})

	t.Run("that fail after a person has cancelled the rest are in the balance again", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		b.deposit(t, 4_000)
		id := b.withdraw(t, 5_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, id), "re_1")))
		require.Equal(t, funding.WithdrawalCompleted, b.cancel(t, id).Status)

		for range 2 {
			require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1")))
		}

		read, err := b.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, funding.WithdrawalCancelled, read.Status)
		require.Equal(t, []int64{0, 5_000}, []int64{read.SentMinor, read.ReturnedMinor})
		b.requireBalance(t, 6_000, 0, 0, 6_000)
	})

	t.Run("that fail weeks after a person has cancelled, when everything was requested, are in the balance again", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		b.deposit(t, 2_000)
		b.deposit(t, 4_000)
		id := b.withdraw(t, 4_000)
		requested := b.plan(t, id)
		require.Equal(t, funding.WithdrawalCancelling, b.cancel(t, id).Status)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(requested, "re_1")))

		require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1")))

		read, err := b.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, funding.WithdrawalCancelled, read.Status)
		require.Equal(t, []int64{0, 4_000}, []int64{read.SentMinor, read.ReturnedMinor})
		require.Nil(t, b.plan(t, id).Refund)
		b.requireBalance(t, 6_000, 0, 0, 6_000)
	})

	t.Run("that were made by hand and fail are in the balance again", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		require.NoError(t, b.Funding.RecordRefund(t.Context(), ledger.DepositRefund{DepositID: create.ID, RefundID: "re_hand", Currency: "USD", AmountMinor: 3_000, At: world.Now}))

		require.NoError(t, b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_hand")))

		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})

	t.Run("refuse what they cannot be", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		unknown := ledger.DepositRefund{DepositID: uuid.NewString(), RefundID: "re_1", Currency: "USD", AmountMinor: 1, At: world.Now}
		foreign := ledger.DepositRefund{DepositID: create.ID, RefundID: "re_1", Currency: "EUR", AmountMinor: 1, At: world.Now}

		require.Equal(t, "deposit_not_found", fault.CodeOf(b.Funding.RecordRefund(t.Context(), unknown)))
		require.Equal(t, "wrong_currency", fault.CodeOf(b.Funding.RecordRefund(t.Context(), foreign)))
		require.Equal(t, "nothing_to_reverse", fault.CodeOf(b.Funding.RecordRefundFailed(t.Context(), failedRefund("re_1"))))
		require.Equal(t, "withdrawal_not_found", fault.CodeOf(b.Funding.EndRefund(t.Context(), funding.RefundEnd{WithdrawalID: uuid.NewString(), Number: 1, At: world.Now})))
		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})
}

func TestVerifyComparesBalancesWithDepositsAndWithdrawals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, tamper, check string }{
		{"a deposit that is gone", "UPDATE deposits SET status = 'cancelled', paid_at = NULL WHERE amount_minor = 10000", "deposit"},
		{"a deposit of another amount", "UPDATE deposits SET amount_minor = amount_minor + 1 WHERE amount_minor = 10000", "deposit"},
		{"a deposit that never arrived", "UPDATE deposits SET status = 'received', payment_intent_id = 'pi_x', paid_at = now(), ended_at = now() WHERE status = 'pending'", "deposit"},
		{"a refund of another amount", "UPDATE deposit_refunds SET amount_minor = amount_minor + 1", "deposit"},
		{"a refund that has failed only on record", "UPDATE deposit_refunds SET status = 'failed'", "deposit"},
		{"a withdrawal of another amount", "UPDATE withdrawals SET amount_minor = amount_minor + 1 WHERE status = 'sending'", "organization"},
		{"a withdrawal that is gone", "DELETE FROM withdrawals WHERE status = 'sending'", "organization"},
		{"a dispute that was lost only on record", "UPDATE funding_disputes SET status = 'lost', closed_at = now()", "organization"},
		{"a dispute about another payment", "UPDATE funding_disputes SET payment_intent_id = 'pi_x'", "dispute"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrand(t)
			create := b.deposit(t, 10_000)
			b.request(t, 7)
			require.NoError(t, b.Funding.RecordRefund(t.Context(), refund(b.plan(t, b.withdraw(t, 4_000)), "re_1")))
			b.withdraw(t, 1_000)
			require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: paymentOf(create.ID), DepositID: create.ID, Currency: "USD", AmountMinor: 500, At: world.Now}))
			b.requireBalance(t, 5_000, 1_000, 500, 4_500)

			dbtest.Tamper(t, b.URL, tc.tamper)

			require.Contains(t, world.Checks(b.Verify(t)), tc.check)
		})
	}
}

func TestCoverOwesBalancesToBrands(t *testing.T) {
	t.Parallel()
	b := newBrand(t)
	create := b.deposit(t, 10_000)
	b.withdraw(t, 1_000)
	require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: paymentOf(create.ID), DepositID: create.ID, Currency: "USD", AmountMinor: 500, At: world.Now}))
	owing := &brand{Journal: b.Journal, ID: uuid.NewString()}
	dbtest.Tamper(t, b.URL, "INSERT INTO organizations (id, name) VALUES ('"+owing.ID+"', 'Owing')")
	byHand := owing.deposit(t, 300)
	require.NoError(t, b.Funding.RecordRefund(t.Context(), ledger.DepositRefund{DepositID: byHand.ID, RefundID: "re_hand", Currency: "USD", AmountMinor: 400, At: world.Now}))

	cover, err := b.Reconciliation.ListCover(t.Context())

	require.NoError(t, err)
	require.Len(t, cover, 1)
	require.Equal(t, []int64{9_000, 1_000, 500}, []int64{cover[0].BalancesMinor, cover[0].WithdrawingMinor, cover[0].AtRiskMinor}, "a brand that owes us pays no one else")
	require.Equal(t, int64(9_500), cover[0].OwedMinor())
}
