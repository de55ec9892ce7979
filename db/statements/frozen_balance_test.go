package statements_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// organizationOf is the organization of the world's campaign.
func organizationOf(t *testing.T, w *world.World) string {
	t.Helper()
	read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
	require.NoError(t, err)
	return read.OrganizationID
}

// playBalance has everything happen to the balance of the brand, from March to August. Its campaign was
// paid for directly.
func (f *frozen) playBalance() {
	ctx := f.t.Context()
	first := f.deposit("pi_first", "USD", 50_000, 1_500, march)

	f.budget(120_000, april)
	withdrawal := f.withdraw(10_000, april)
	f.send(withdrawal, "re_first", april)

	// The bank does not accept it. What a lower budget frees is a part of the campaign's payment now, and
	// the withdrawal refunds it.
	require.NoError(f.t, f.Funding.RecordRefundFailed(ctx, funding.FailedRefund{RefundID: "re_first", TransactionID: "txn_first", FailureCode: "account_closed", At: may}))
	f.budget(90_000, may)
	f.send(withdrawal, "re_moved", may)

	second := f.deposit("pi_second", "USD", 40_000, 0, june)
	f.dispute("dp_first", first, "pi_first", 5_000)
	f.dispute("dp_second", second, "pi_second", 40_000)
	f.refundByHand(first, "re_hand", 3_000)
	f.refundByHand(first, "re_hand_failed", 2_000)
	require.NoError(f.t, f.Funding.RecordRefundFailed(ctx, funding.FailedRefund{RefundID: "re_hand_failed", TransactionID: "txn_hand", At: june}))
	outside := f.withdraw(15_000, june)

	require.NoError(f.t, f.Funding.RecordDisputeWon(ctx, "dp_first", july))
	require.NoError(f.t, f.Funding.RecordDisputeLost(ctx, "dp_second", july))
	f.settleOutside(outside, 6_000)

	f.correct(correction.Proposal{Kind: correction.Adjustment, Reason: "sorry for the delay", EffectiveAt: &august, Postings: []ledger.Posting{
		{Account: ledger.OrganizationBalance(f.brand), AmountMinor: -700}, {Account: ledger.PlatformFees, AmountMinor: 700},
	}}, august)
	f.loseCampaignPayment()
	f.deposit("pi_euro", "EUR", 8_000, 0, august)
	f.requestDeposit("EUR", 100, 0, august)
}

func (f *frozen) requestDeposit(currency money.Currency, amountMinor, surchargeMinor int64, at time.Time) (depositID string) {
	id := uuid.NewString()
	_, err := f.Funding.CreateDeposit(f.t.Context(), funding.NewDeposit{
		ID: id, OrganizationID: f.brand, Currency: currency, AmountMinor: amountMinor, SurchargeMinor: surchargeMinor, RequestedBy: "eve", Now: at,
	})
	require.NoError(f.t, err)
	return id
}

func (f *frozen) deposit(paymentID string, currency money.Currency, amountMinor, surchargeMinor int64, at time.Time) (depositID string) {
	id := f.requestDeposit(currency, amountMinor, surchargeMinor, at)
	require.NoError(f.t, f.Funding.RecordDeposit(f.t.Context(), ledger.Deposit{
		DepositID: id, OrganizationID: f.brand, PaymentIntentID: paymentID, Currency: currency, GrossMinor: amountMinor + surchargeMinor, SurchargeMinor: surchargeMinor,
		FeeMinor: 30, Method: "card", PaidAt: at.Add(-time.Hour), At: at,
	}))
	return id
}

// budget raises the budget of the brand's campaign out of the balance, or lowers it.
func (f *frozen) budget(budgetMinor int64, at time.Time) {
	_, err := f.Campaigns.Amend(f.t.Context(), campaign.Amendment{
		CampaignID: f.lowered.CampaignID, ID: uuid.NewString(), Change: campaign.Change{BudgetMinor: budgetMinor}, Actor: "eve", Now: at,
	})
	require.NoError(f.t, err)
}

func (f *frozen) withdraw(amountMinor int64, at time.Time) (withdrawalID string) {
	id := uuid.NewString()
	_, err := f.Funding.Reserve(f.t.Context(), funding.NewWithdrawal{ID: id, OrganizationID: f.brand, Currency: "USD", AmountMinor: amountMinor, RequestedBy: "eve", Now: at})
	require.NoError(f.t, err)
	return id
}

// send lets the next refund of a withdrawal arrive.
func (f *frozen) send(withdrawalID, refundID string, at time.Time) {
	plan, err := f.Funding.Plan(f.t.Context(), withdrawalID, at)
	require.NoError(f.t, err)
	require.NotNil(f.t, plan.Refund)
	require.NoError(f.t, f.Funding.RecordRefund(f.t.Context(), ledger.DepositRefund{
		DepositID: plan.Refund.DepositID, RefundID: refundID, WithdrawalID: withdrawalID, Number: plan.Refund.Number, Currency: "USD", AmountMinor: plan.Refund.AmountMinor, At: at,
	}))
}

func (f *frozen) refundByHand(depositID, refundID string, amountMinor int64) {
	require.NoError(f.t, f.Funding.RecordRefund(f.t.Context(), ledger.DepositRefund{DepositID: depositID, RefundID: refundID, Currency: "USD", AmountMinor: amountMinor, At: june}))
}

func (f *frozen) dispute(disputeID, depositID, paymentID string, amountMinor int64) {
	require.NoError(f.t, f.Funding.RecordDisputeOpened(f.t.Context(), ledger.Dispute{
		DisputeID: disputeID, DepositID: depositID, PaymentIntentID: paymentID, Currency: "USD", AmountMinor: amountMinor, FeeMinor: 1500, At: june,
	}))
}

// loseCampaignPayment has the brand's bank take back more of the campaign's payment than the campaign has
// left. What moved to the balance pays the rest.
func (f *frozen) loseCampaignPayment() {
	ctx := f.t.Context()
	f.budget(70_000, august)
	dispute := f.lowered.Dispute(85_000)
	dispute.At = august
	require.NoError(f.t, f.Campaigns.RecordDisputeOpened(ctx, dispute))
	require.NoError(f.t, f.Campaigns.RecordDisputeLost(ctx, dispute.DisputeID, august))
}

// settleOutside has the processor refuse what a withdrawal requests, pays a part of it elsewhere and
// cancels the rest.
func (f *frozen) settleOutside(withdrawalID string, amountMinor int64) {
	ctx := f.t.Context()
	plan, err := f.Funding.Plan(ctx, withdrawalID, july)
	require.NoError(f.t, err)
	require.NotNil(f.t, plan.Refund)
	require.NoError(f.t, f.Funding.EndRefund(ctx, funding.RefundEnd{
		WithdrawalID: withdrawalID, Number: plan.Refund.Number, Status: funding.RefundRefused, FailureCode: "charge_too_old", ClosesDeposit: true, At: july,
	}))
	f.correct(correction.Proposal{
		Kind: correction.SettleWithdrawal, WithdrawalID: withdrawalID, AmountMinor: amountMinor, Reason: "the card expired", Evidence: "bank statement", Reference: "wire 3",
	}, july)
	_, err = f.Funding.Cancel(ctx, withdrawalID, access.OperatorAction{ID: uuid.NewString(), Subject: "withdrawal/" + withdrawalID, Action: "cancel", Actor: "eve", Reason: "keep the rest"}, july)
	require.NoError(f.t, err)
}
