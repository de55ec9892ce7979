package corrections_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
)

func outsideWithdrawal(withdrawalID string, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleWithdrawal, Currency: "USD", WithdrawalID: withdrawalID, AmountMinor: amountMinor, ProposedBy: "ann",
		Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: world.Now,
	}
}

// withdrawing is a brand that deposited 500.00 and withdraws 400.00 of it.
func withdrawing(t *testing.T) (w *world.World, withdrawalID, organizationID string) {
	t.Helper()
	w = world.New(t, 0, nil)
	stored, err := w.Campaigns.Get(t.Context(), w.CampaignID)
	require.NoError(t, err)
	w.Deposit(t, stored.OrganizationID, 50_000)
	create := funding.NewWithdrawal{ID: uuid.NewString(), OrganizationID: stored.OrganizationID, Currency: "USD", AmountMinor: 40_000, RequestedBy: "ann", Now: world.Now}
	_, err = w.Funding.Reserve(t.Context(), create)
	require.NoError(t, err)
	return w, create.ID, stored.OrganizationID
}

// refuse has the processor refuse what the withdrawal requests next.
func refuse(t *testing.T, w *world.World, withdrawalID string) {
	t.Helper()
	plan, err := w.Funding.Plan(t.Context(), withdrawalID, world.Now)
	require.NoError(t, err)
	require.NoError(t, w.Funding.EndRefund(t.Context(), funding.RefundEnd{
		WithdrawalID: withdrawalID, Number: plan.Refund.Number, Status: funding.RefundRefused, FailureCode: "charge_too_old", ClosesDeposit: true, At: world.Now,
	}))
}

func TestSettleWithdrawal(t *testing.T) {
	t.Parallel()

	t.Run("books in parts what the brand received elsewhere, until nothing is left", func(t *testing.T) {
		t.Parallel()
		w, id, organizationID := withdrawing(t)
		refuse(t, w, id)

		part := w.Correct(t, outsideWithdrawal(id, 10_000))
		sending, err := w.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)
		rest := w.Correct(t, outsideWithdrawal(id, 30_000))
		ended, err := w.Funding.GetWithdrawal(t.Context(), id)
		require.NoError(t, err)

		require.Equal(t, []int64{10_000, 30_000}, []int64{part.CorrectedMinor, rest.CorrectedMinor})
		require.Equal(t, id, part.WithdrawalID)
		require.Equal(t, funding.WithdrawalSending, sending.Status)
		require.Equal(t, int64(30_000), sending.LeftMinor())
		require.Equal(t, funding.WithdrawalCompleted, ended.Status)
		require.Equal(t, int64(40_000), ended.SentMinor)
		require.Zero(t, w.Balance(t, ledger.OrganizationWithdrawing(organizationID)))
		require.Equal(t, int64(10_000), w.Balance(t, ledger.OrganizationBalance(organizationID)))
		require.Equal(t, int64(40_000), w.Balance(t, ledger.PlatformCapital))
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses more than is left, also after the proposal", func(t *testing.T) {
		t.Parallel()
		w, id, _ := withdrawing(t)
		refuse(t, w, id)
		_, tooMuch := w.Corrections.Propose(t.Context(), outsideWithdrawal(id, 40_001))
		late := outsideWithdrawal(id, 40_000)
		_, err := w.Corrections.Propose(t.Context(), late)
		require.NoError(t, err)
		w.Correct(t, outsideWithdrawal(id, 1))

		_, refused := w.Corrections.Decide(t.Context(), world.Approve(late.ID))

		require.Equal(t, "above_withdrawal", fault.CodeOf(tooMuch))
		require.Equal(t, "above_withdrawal", fault.CodeOf(refused))
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves alone what a refund may still bring", func(t *testing.T) {
		t.Parallel()
		w, id, _ := withdrawing(t)
		_, err := w.Funding.Plan(t.Context(), id, world.Now)
		require.NoError(t, err)

		_, refused := w.Corrections.Propose(t.Context(), outsideWithdrawal(id, 1))

		require.Equal(t, "above_withdrawal", fault.CodeOf(refused))
		require.ErrorContains(t, refused, "0.00 USD")
	})

	t.Run("refuses an ended withdrawal, an unknown one, and another currency", func(t *testing.T) {
		t.Parallel()
		w, id, _ := withdrawing(t)
		euros := outsideWithdrawal(id, 1)
		euros.Currency = "EUR"
		_, foreign := w.Corrections.Propose(t.Context(), euros)
		_, unknown := w.Corrections.Propose(t.Context(), outsideWithdrawal(uuid.NewString(), 1))
		w.Correct(t, outsideWithdrawal(id, 40_000))

		_, ended := w.Corrections.Propose(t.Context(), outsideWithdrawal(id, 1))

		require.Equal(t, "wrong_currency", fault.CodeOf(foreign))
		require.Equal(t, "withdrawal_not_found", fault.CodeOf(unknown))
		require.Equal(t, "withdrawal_ended", fault.CodeOf(ended))
	})

	t.Run("is compared with the journal", func(t *testing.T) {
		t.Parallel()
		w, id, _ := withdrawing(t)
		w.Correct(t, outsideWithdrawal(id, 10_000))
		w.RequireBooksInOrder(t)

		dbtest.Tamper(t, w.URL, "UPDATE withdrawals SET sent_minor = sent_minor - 1")

		verified, err := w.Audit.Check(t.Context())
		require.NoError(t, err)
		require.Contains(t, world.Checks(verified), "organization")
	})
}
