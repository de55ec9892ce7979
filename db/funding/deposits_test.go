package funding_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	dbfunding "github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestDeposits(t *testing.T) {
	t.Parallel()

	t.Run("are in the balance without their surcharge, once", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.request(t, 10_000)
		require.NoError(t, b.Funding.SetPayment(t.Context(), create.ID, paymentOf(create.ID)))
		b.requireBalance(t, 0, 0, 0, 0)

		require.NoError(t, b.Funding.RecordDeposit(t.Context(), received(create)))
		require.NoError(t, b.Funding.RecordDeposit(t.Context(), received(create)))

		b.requireBalance(t, 10_000, 0, 0, 10_000)
		stored, err := b.Funding.GetDeposit(t.Context(), create.ID)
		require.NoError(t, err)
		require.Equal(t, funding.DepositReceived, stored.Status)
		found, ok, err := b.Funding.FindByPayment(t.Context(), paymentOf(create.ID))
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, dbfunding.Paid{DepositID: create.ID, OrganizationID: b.ID, Currency: "USD", Received: true}, found)
		_, ok, err = b.Funding.FindByPayment(t.Context(), "pi_other")
		require.NoError(t, err)
		require.False(t, ok)
	})

	t.Run("are stored once, and refuse another deposit with the same id", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.request(t, 10_000)

		again, err := b.Funding.CreateDeposit(t.Context(), create)
		create.AmountMinor++
		_, refused := b.Funding.CreateDeposit(t.Context(), create)

		require.NoError(t, err)
		require.Equal(t, funding.DepositPending, again.Status)
		require.Equal(t, "deposit_exists", fault.CodeOf(refused))
	})

	t.Run("refuse what cannot be paid, and an unknown organization", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		for code, create := range map[string]funding.NewDeposit{
			"amount_not_positive":    {ID: uuid.NewString(), OrganizationID: b.ID, Currency: "USD"},
			"amount_not_whole_units": {ID: uuid.NewString(), OrganizationID: b.ID, Currency: "KWD", AmountMinor: 1001},
			"unknown_currency":       {ID: uuid.NewString(), OrganizationID: b.ID, Currency: "usd", AmountMinor: 100},
			"organization_not_found": {ID: uuid.NewString(), OrganizationID: uuid.NewString(), Currency: "USD", AmountMinor: 100, RequestedBy: "eve", Now: world.Now},
		} {
			_, err := b.Funding.CreateDeposit(t.Context(), create)
			require.Equal(t, code, fault.CodeOf(err), err)
		}
		_, err := b.Funding.GetDeposit(t.Context(), uuid.NewString())
		require.Equal(t, "deposit_not_found", fault.CodeOf(err))
		_, err = b.Funding.GetWithdrawal(t.Context(), uuid.NewString())
		require.Equal(t, "withdrawal_not_found", fault.CodeOf(err))
	})

	t.Run("freeze each generation of the payment once, with the moment of its first request", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.request(t, 10_000)

		first, err := b.Funding.FreezePayment(t.Context(), create.ID, 0, world.Now)
		require.NoError(t, err)
		again, err := b.Funding.FreezePayment(t.Context(), create.ID, 0, world.Now.Add(time.Hour))
		require.NoError(t, err)
		second, err := b.Funding.FreezePayment(t.Context(), create.ID, 1, world.Now.Add(time.Hour))
		require.NoError(t, err)

		require.Equal(t, []int{1, 1, 2}, []int{first.Generation, again.Generation, second.Generation})
		require.True(t, first.AskedAt.Equal(world.Now))
		require.True(t, again.AskedAt.Equal(world.Now))
	})

	t.Run("have one payment: a second one is neither stored nor booked", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		second := received(create)
		second.PaymentIntentID = "pi_second"

		require.Equal(t, "deposit_has_payment", fault.CodeOf(b.Funding.SetPayment(t.Context(), create.ID, "pi_second")))
		require.Equal(t, "deposit_has_payment", fault.CodeOf(b.Funding.RecordDeposit(t.Context(), second)))

		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})

	t.Run("end without money, and are booked all the same if the payment arrives", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.request(t, 10_000)
		end := funding.DepositEnd{DepositID: create.ID, Status: funding.DepositDeclined, FailureCode: "card_declined", At: world.Now}

		require.NoError(t, b.Funding.EndDeposit(t.Context(), end))
		end.Status = funding.DepositCancelled
		require.NoError(t, b.Funding.EndDeposit(t.Context(), end))
		declined, err := b.Funding.GetDeposit(t.Context(), create.ID)
		require.NoError(t, err)
		require.NoError(t, b.Funding.RecordDeposit(t.Context(), received(create)))

		require.Equal(t, funding.DepositDeclined, declined.Status)
		require.Equal(t, "card_declined", declined.FailureCode)
		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})

	t.Run("are listed by organization and status", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		arrived := b.deposit(t, 10_000)
		pending := b.request(t, 500)

		all, err := b.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: b.ID}, db.Page{Size: 10})
		require.NoError(t, err)
		first, err := b.Funding.ListDeposits(t.Context(), dbfunding.Filter{Status: "received"}, db.Page{Size: 10})
		require.NoError(t, err)
		none, err := b.Funding.ListDeposits(t.Context(), dbfunding.Filter{OrganizationID: uuid.NewString()}, db.Page{Size: 10})
		require.NoError(t, err)

		require.ElementsMatch(t, []string{arrived.ID, pending.ID}, []string{all[0].ID, all[1].ID})
		require.Len(t, first, 1)
		require.Equal(t, arrived.ID, first[0].ID)
		require.Empty(t, none)
	})
}

func TestDepositDisputes(t *testing.T) {
	t.Parallel()
	disputed := func(create funding.NewDeposit, id string) ledger.Dispute {
		return ledger.Dispute{DisputeID: id, PaymentIntentID: paymentOf(create.ID), DepositID: create.ID, Currency: "USD", AmountMinor: create.PaymentMinor(), FeeMinor: 1500, At: world.Now}
	}

	t.Run("hold the amount back while they are open, and not any more when they are won", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		b.deposit(t, 2_000)

		for range 2 {
			require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), disputed(create, "dp_1")))
		}
		b.requireBalance(t, 12_000, 0, 10_300, 1_700)
		_, refused := b.Funding.Reserve(t.Context(), b.newWithdrawal(1_701))
		for range 2 {
			require.NoError(t, b.Funding.RecordDisputeWon(t.Context(), "dp_1", world.Now))
		}

		require.Equal(t, "balance_too_low", fault.CodeOf(refused))
		require.ErrorContains(t, refused, "open disputes")
		b.requireBalance(t, 12_000, 0, 0, 12_000)
		require.Equal(t, "dispute_decided", fault.CodeOf(b.Funding.RecordDisputeLost(t.Context(), "dp_1", world.Now)))
	})

	t.Run("take the amount out of the balance when they are lost, even below zero", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		require.NoError(t, b.Funding.RecordDisputeOpened(t.Context(), disputed(create, "dp_1")))

		for range 2 {
			require.NoError(t, b.Funding.RecordDisputeLost(t.Context(), "dp_1", world.Now))
		}

		b.requireBalance(t, -300, 0, 0, 0)
		_, refused := b.Funding.Reserve(t.Context(), b.newWithdrawal(1))
		require.ErrorContains(t, refused, "deposit at least 3.01 USD")
		b.deposit(t, 1_000)
		b.requireBalance(t, 700, 0, 0, 700)
		require.False(t, b.plan(t, b.withdraw(t, 700)).Exhausted, "the second deposit is refunded")
	})

	t.Run("refuse what they cannot be about", func(t *testing.T) {
		t.Parallel()
		b := newBrand(t)
		create := b.deposit(t, 10_000)
		unknown, foreign, nothing := disputed(create, "dp_1"), disputed(create, "dp_1"), disputed(create, "dp_1")
		unknown.DepositID, foreign.Currency, nothing.AmountMinor = uuid.NewString(), "EUR", 0

		require.Equal(t, "deposit_not_found", fault.CodeOf(b.Funding.RecordDisputeOpened(t.Context(), unknown)))
		require.Equal(t, "wrong_currency", fault.CodeOf(b.Funding.RecordDisputeOpened(t.Context(), foreign)))
		require.Equal(t, "amount_not_positive", fault.CodeOf(b.Funding.RecordDisputeOpened(t.Context(), nothing)))
		require.Equal(t, "dispute_not_found", fault.CodeOf(b.Funding.RecordDisputeWon(t.Context(), "dp_1", world.Now)))
		b.requireBalance(t, 10_000, 0, 0, 10_000)
	})
}
