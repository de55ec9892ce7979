package statement_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

func posted(kind ledger.Kind, part, reference string, sumMinor int64) statement.BalancePosted {
	return statement.BalancePosted{Line: statement.BalanceLine{Kind: kind, Reference: reference}, Part: part, SumMinor: sumMinor}
}

func TestBalanceStatement(t *testing.T) {
	t.Parallel()

	t.Run("goes from the opening to the closing balance", func(t *testing.T) {
		t.Parallel()
		var read statement.Organization
		read.AddBalance("balance", -700)
		read.AddBalance("withdrawing", -50)
		read.AddLater("balance", -100)
		read.AddLater("withdrawing", 20)

		for _, each := range []statement.BalancePosted{
			posted(ledger.KindDepositReceived, "balance", "pi_1", -1000),
			posted(ledger.KindBudgetAllocated, "balance", "c1/1", 400),
			posted(ledger.KindBudgetReturned, "balance", "c1/2", -30),
			posted(ledger.KindDepositRefunded, "withdrawing", "re_1", 200),
			posted(ledger.KindDepositRefundFailed, "withdrawing", "re_1", -200),
			posted(ledger.KindDepositRefunded, "balance", "re_2", 60),
			posted(ledger.KindDepositRefundFailed, "balance", "re_2", -10),
			posted(ledger.KindDisputeLost, "balance", "dp_1", 5),
			posted(ledger.KindWithdrawalSettled, "withdrawing", "k1", 8),
			posted(ledger.KindAdjustment, "balance", "k2", -3),
		} {
			read.Add(each)
		}

		require.Equal(t, statement.BalanceFigures{
			DepositedMinor: 1000, ToCampaignsMinor: -400, FromCampaignsMinor: 30, WithdrawnMinor: -200, WithdrawalsReturnedMinor: 200,
			RefundedDirectlyMinor: -50, ChargedBackMinor: -5, SettledOutsideMinor: -8, AdjustmentsMinor: 3,
		}, read.BalanceFigures)
		require.Equal(t, []int64{100, 670, 70, 0}, []int64{read.OpeningMinor, read.ClosingMinor, read.WithdrawingMinor, read.DifferenceMinor()})
		require.Len(t, read.Lines, 10)
		require.Equal(t, []string{"c1", "c1", ""}, []string{read.Lines[1].CampaignID, read.Lines[2].CampaignID, read.Lines[3].CampaignID})
		require.Equal(t, []statement.Item{statement.Withdrawn, statement.RefundedDirectly}, []statement.Item{read.Lines[3].Item, read.Lines[5].Item})
	})

	t.Run("does not list what withdrawals reserve", func(t *testing.T) {
		t.Parallel()
		var read statement.Organization
		read.AddBalance("balance", -60)
		read.AddBalance("withdrawing", -40)

		read.Add(posted(ledger.KindWithdrawalReserved, "balance", "w1", 40))
		read.Add(posted(ledger.KindWithdrawalReserved, "withdrawing", "w1", -40))

		require.Equal(t, []int64{100, 100, 40}, []int64{read.OpeningMinor, read.ClosingMinor, read.WithdrawingMinor})
		require.Zero(t, read.BalanceFigures)
		require.Empty(t, read.Lines)
		require.False(t, read.Empty())
	})

	t.Run("shows a reservation that changes the balance after all", func(t *testing.T) {
		t.Parallel()
		var read statement.Organization

		read.Add(posted(ledger.KindWithdrawalReserved, "balance", "w1", 7))

		require.Equal(t, []int64{7, -7, 0, 0}, []int64{read.OpeningMinor, read.OtherMinor, read.ClosingMinor, read.DifferenceMinor()})
	})

	t.Run("is empty only if nothing is owed and nothing happened", func(t *testing.T) {
		t.Parallel()
		var quiet, swapped statement.Organization
		swapped.AddBalance("balance", 40)
		swapped.AddBalance("withdrawing", -40)

		require.True(t, quiet.Empty())
		require.False(t, swapped.Empty())
		require.False(t, (&statement.Organization{Disputes: make([]statement.Dispute, 1)}).Empty())
		require.False(t, (&statement.Organization{BalanceFigures: statement.BalanceFigures{OtherMinor: 1}}).Empty())
	})

	t.Run("says what was in dispute", func(t *testing.T) {
		t.Parallel()
		read := statement.Organization{Disputes: []statement.Dispute{{AmountMinor: 9, FrozenMinor: 9}, {AmountMinor: 5}}}

		require.Equal(t, int64(9), read.DisputedMinor())
	})
}

func TestDepositReceipt(t *testing.T) {
	t.Parallel()

	t.Run("says what was paid and what went back", func(t *testing.T) {
		t.Parallel()
		read := statement.DepositReceipt{
			PaidMinor: 1030, SurchargeMinor: 30, DepositedMinor: 1000, PaidAt: time.Now(),
			Disputes: []statement.Dispute{{AmountMinor: 100, FrozenMinor: 100}, {AmountMinor: 50}},
		}

		for _, each := range []statement.BalancePosted{
			posted(ledger.KindDepositRefunded, "withdrawing", "re_1", 300),
			posted(ledger.KindDepositRefundFailed, "withdrawing", "re_1", -300),
			posted(ledger.KindDepositRefunded, "balance", "re_2", 20),
			posted(ledger.KindDisputeLost, "balance", "dp_1", 50),
		} {
			read.Add(each)
		}

		require.Equal(t, []int64{0, -20, -50, 960, 100}, []int64{read.OtherMinor(), read.RefundedMinor, read.ChargedBackMinor, read.NetMinor(), read.DisputedMinor()})
		items := make([]statement.Item, len(read.Returns))
		for i, each := range read.Returns {
			items[i] = each.Item
		}
		require.Equal(t, []statement.Item{statement.Withdrawn, statement.WithdrawalsReturned, statement.RefundedDirectly, statement.ChargedBack}, items)
	})
}
