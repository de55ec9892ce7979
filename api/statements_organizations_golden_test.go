package api_test

import (
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

const (
	goldenDepositID  = "00000000-0000-7000-8000-000000000006"
	goldenWithdrawal = "00000000-0000-7000-8000-000000000007"
	// goldenName must not become markup.
	goldenName = `Acme <script>alert(1)</script> & Sons`
)

// goldenBalance has a line of each kind that a statement of a balance shows.
func goldenBalance() statement.Organization {
	read := statement.Organization{
		OrganizationID: goldenBrand, Currency: "USD", Preliminary: true,
		Period: ledger.Period{Name: "2026-03", StartsAt: goldenDay.AddDate(0, 0, -1), EndsAt: goldenDay.AddDate(0, 1, -1)},
		Disputes: []statement.Dispute{
			{DisputeID: "dp_1", PaymentID: "pi_1", Status: "lost", AmountMinor: 4000, OpenedAt: goldenDay, ClosedAt: &goldenDay},
			{DisputeID: "dp_2", PaymentID: "pi_1", Status: "open", AmountMinor: 1500, FrozenMinor: 1500, OpenedAt: goldenDay},
		},
	}
	read.AddBalance("balance", -119_000)
	read.AddBalance("withdrawing", -2000)
	for _, posted := range []statement.BalancePosted{
		goldenLine(ledger.KindDepositReceived, "pi_1", "balance", -100_000, statement.BalanceLine{DepositID: goldenDepositID, PaymentID: "pi_1"}),
		goldenLine(ledger.KindBudgetAllocated, goldenCampaign+"/1", "balance", 20_000, statement.BalanceLine{CampaignName: "Spring"}),
		goldenLine(ledger.KindBudgetReturned, goldenCampaign+"/2", "balance", -30_000, statement.BalanceLine{CampaignName: "Spring"}),
		goldenLine(ledger.KindDepositRefunded, "re_1", "withdrawing", 10_000, statement.BalanceLine{DepositID: goldenDepositID, PaymentID: "pi_1", WithdrawalID: goldenWithdrawal}),
		goldenLine(ledger.KindDepositRefundFailed, "re_1", "withdrawing", -10_000, statement.BalanceLine{DepositID: goldenDepositID, PaymentID: "pi_1", WithdrawalID: goldenWithdrawal}),
		goldenLine(ledger.KindDepositRefunded, "re_2", "withdrawing", 10_000, statement.BalanceLine{
			DepositID: goldenDepositID, PaymentID: "pi_2", WithdrawalID: goldenWithdrawal, CampaignID: goldenCampaign, CampaignName: "Spring",
		}),
		goldenLine(ledger.KindDepositRefunded, "re_3", "balance", 3000, statement.BalanceLine{DepositID: goldenDepositID, PaymentID: "pi_1"}),
		goldenLine(ledger.KindDisputeLost, "dp_1", "balance", 4000, statement.BalanceLine{DepositID: goldenDepositID, PaymentID: "pi_1"}),
		goldenLine(ledger.KindWithdrawalSettled, goldenFix, "withdrawing", 2700, statement.BalanceLine{WithdrawalID: goldenWithdrawal, Reason: "the card expired"}),
		goldenLine(ledger.KindAdjustment, goldenFix, "balance", -700, statement.BalanceLine{Reason: `=HYPERLINK("x")`}),
	} {
		read.Add(posted)
	}
	return read
}

func goldenLine(kind ledger.Kind, reference, part string, sumMinor int64, line statement.BalanceLine) statement.BalancePosted {
	line.EntryID, line.Kind, line.Reference, line.At = goldenFix, kind, reference, goldenDay
	return statement.BalancePosted{Line: line, Part: part, SumMinor: sumMinor}
}

func goldenDeposit() statement.DepositReceipt {
	read := statement.DepositReceipt{
		OrganizationID: goldenBrand, Name: goldenName, DepositID: goldenDepositID, PaymentID: "pi_1", Method: "us_bank_account", EntryID: goldenFix,
		PaidAt: goldenDay, BookedAt: goldenDay, Currency: "USD", PaidMinor: 103_018, SurchargeMinor: 3018, DepositedMinor: 100_000,
		Disputes: goldenBalance().Disputes,
	}
	read.Add(goldenLine(ledger.KindDepositRefunded, "re_1", "withdrawing", 10_000, statement.BalanceLine{PaymentID: "pi_1", WithdrawalID: goldenWithdrawal}))
	read.Add(goldenLine(ledger.KindDepositRefundFailed, "re_1", "withdrawing", -10_000, statement.BalanceLine{PaymentID: "pi_1", WithdrawalID: goldenWithdrawal}))
	read.Add(goldenLine(ledger.KindDepositRefunded, "re_3", "balance", 3000, statement.BalanceLine{PaymentID: "pi_1"}))
	read.Add(goldenLine(ledger.KindDisputeLost, "dp_1", "balance", 4000, statement.BalanceLine{PaymentID: "pi_1"}))
	return read
}
