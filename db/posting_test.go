package db_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestPost(t *testing.T) {
	t.Parallel()
	refund := ledger.Refund{CampaignID: "0b0c9ae2-6b3c-4d44-8a3a-1d5c3b0b3f10", RefundID: "re_1", Currency: "USD", AmountMinor: 500, At: now}

	t.Run("finds the first entry when an event is told again", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)

		first, err := store.Journal.Post(t.Context(), ledger.EscrowRefunded(refund))
		require.NoError(t, err)
		again, err := store.Journal.Post(t.Context(), ledger.EscrowRefunded(refund))
		require.NoError(t, err)

		require.False(t, first.Replayed)
		require.True(t, again.Replayed)
		require.Equal(t, first.EntryID, again.EntryID)
	})

	t.Run("refuses other amounts, accounts and currencies under the same reference", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		_, err := store.Journal.Post(t.Context(), ledger.EscrowRefunded(refund))
		require.NoError(t, err)
		amount, account, currency := refund, refund, refund
		amount.AmountMinor, account.CampaignID, currency.Currency = 501, "another", "EUR"

		for _, other := range []ledger.Refund{amount, account, currency} {
			_, err := store.Journal.Post(t.Context(), ledger.EscrowRefunded(other))

			require.Equal(t, "reference_reused", fault.CodeOf(err))
		}
		balances, err := store.Journal.ListTrialBalances(t.Context())
		require.NoError(t, err)
		require.Len(t, balances, 1)
		require.Equal(t, int64(2), balances[0].Postings)
	})

	t.Run("posts once for many callers at once", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		var fresh atomic.Int64
		ids := make([]string, 16)

		var callers sync.WaitGroup
		for i := range ids {
			callers.Go(func() {
				posted, err := store.Journal.Post(t.Context(), ledger.EscrowRefunded(refund))
				if err != nil {
					t.Error(err)
				}
				ids[i] = posted.EntryID
				if !posted.Replayed {
					fresh.Add(1)
				}
			})
		}
		callers.Wait()

		require.Equal(t, int64(1), fresh.Load())
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
	})

	t.Run("refuses an entry that does not balance before it reaches the database", func(t *testing.T) {
		t.Parallel()
		entry := ledger.EscrowRefunded(refund)
		entry.Postings[0].AmountMinor++

		_, err := dbtest.New(t).Journal.Post(t.Context(), entry)

		require.Equal(t, "entry_unbalanced", fault.CodeOf(err))
	})
}

func TestReversal(t *testing.T) {
	t.Parallel()
	payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "USD", AmountMinor: 700, At: now}

	t.Run("happens at most once, under whatever reference", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		_, err := store.Journal.Post(t.Context(), ledger.PayoutReserved(payout))
		require.NoError(t, err)
		_, err = store.Journal.Post(t.Context(), ledger.PayoutCancelled(payout))
		require.NoError(t, err)
		second := ledger.PayoutCancelled(payout)
		second.Reference = "p1-again"

		_, err = store.Journal.Post(t.Context(), second)

		require.Equal(t, "already_reversed", fault.CodeOf(err))
		balanceMinor, err := store.Journal.GetBalance(t.Context(), ledger.CreatorAvailable("c1"), "USD")
		require.NoError(t, err)
		require.Zero(t, balanceMinor)
	})

	t.Run("needs something to reverse", func(t *testing.T) {
		t.Parallel()

		_, err := dbtest.New(t).Journal.Post(t.Context(), ledger.PayoutCancelled(payout))

		require.Equal(t, "nothing_to_reverse", fault.CodeOf(err))
	})
}
