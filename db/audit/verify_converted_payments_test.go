package audit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/funding"
)

func TestVerifyBooksComparesConvertedPaymentsWithTheJournal(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name, plant, says string
		short             bool
	}{
		{"a payment of another amount", "UPDATE converted_payments SET net_minor = net_minor + 1", "fx/clearing USD: has -6250, but the converted payouts and payments make -6251", true},
		{"another amount that a refund took", "UPDATE converted_payment_returns SET taken_minor = taken_minor + 1", "re_1: the record of converted_payment_refunded has -6301 USD", false},
		{"another amount that a refund closed", "UPDATE converted_payment_returns SET closed_minor = closed_minor - 1", "re_1: the record of converted_payment_refunded has -6300 USD on the balance, 6249", false},
		{"a refund that failed in the table only", "UPDATE converted_payment_returns SET outcome = 'back', returned_minor = 6300", "has 0 USD on the balance, 0 between", false},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 0, nil)
			ctx := t.Context()
			paid := funding.ConvertedPayment{
				PaymentIntentID: "pi_converted", CampaignID: w.CampaignID, AmountMinor: 10_000, Currency: "EUR",
				NetMinor: 12_100, FeeMinor: 400, SettlementCurrency: "USD", At: world.Now,
			}
			require.NoError(t, w.Funding.RecordConverted(ctx, paid))
			refund := funding.ConvertedRefund{PaymentIntentID: paid.PaymentIntentID, RefundID: "re_1", AmountMinor: 5_000, TakenMinor: 6_300, At: world.Now}
			for range 2 { // a repeated step changes nothing
				require.NoError(t, w.Funding.RecordConvertedRefund(ctx, refund))
			}
			w.RequireBooksInOrder(t)

			dbtest.Tamper(t, w.URL, tc.plant)

			verified, err := w.Audit.Verify(ctx)
			if tc.short {
				verified, err = w.Audit.Check(ctx)
			}
			require.NoError(t, err)
			found := false
			for _, finding := range verified.Findings {
				found = found || finding.Check == "conversion" && strings.Contains(finding.Subject+": "+finding.Detail, tc.says)
			}
			require.True(t, found, verified.Findings)
		})
	}
}
