package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// What each account has after the entries of a converted payout: 50.00 dollars that became 45.60 euros.
func TestWhereConvertedMoneyGoes(t *testing.T) {
	t.Parallel()
	payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "USD", AmountMinor: 5000, At: noon}
	euros := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "EUR", AmountMinor: 4560, At: noon, Converted: true}
	conversion := ledger.Conversion{Sent: payout, Generation: 1, Currency: "EUR", ReceivedMinor: 4560, At: noon}
	arrived := []ledger.Entry{ledger.TransferSettled(payout, 1), ledger.ConversionSent(conversion), ledger.ConversionReceived(conversion)}
	paid := append(arrived[:3:3], ledger.BankPayoutSettled(euros, 1), ledger.ConvertedPayoutSettled(payout, 1))
	cases := []struct {
		name    string
		entries []ledger.Entry
		want    map[string]int64
	}{
		{"on the account it is euros, and the creator is owed dollars", arrived, map[string]int64{
			"USD creator/c1/in_transit": 5000, "USD stripe/platform": -5000, "USD creator/c1/connected": -5000, "USD fx/clearing": 5000,
			"EUR stripe/connected/c1": 4560, "EUR fx/clearing": -4560,
		}},
		{"at the bank nothing is left between the currencies", paid, map[string]int64{
			"USD creator/c1/in_transit": 5000, "USD stripe/platform": -5000,
		}},
		{"when the bank refuses it, nothing changes", append(arrived[:3:3], ledger.BankPayoutRefused(euros, 1)), map[string]int64{
			"USD creator/c1/in_transit": 5000, "USD stripe/platform": -5000, "USD creator/c1/connected": -5000, "USD fx/clearing": 5000,
			"EUR stripe/connected/c1": 4560, "EUR fx/clearing": -4560,
		}},
		{"when the bank returns it, it is euros on the account again", append(paid[:5:5], ledger.BankPayoutReturned(euros, 1), ledger.ConvertedPayoutReturned(payout, 1)), map[string]int64{
			"USD creator/c1/in_transit": 5000, "USD stripe/platform": -5000, "USD creator/c1/connected": -5000, "USD fx/clearing": 5000,
			"EUR stripe/connected/c1": 4560, "EUR fx/clearing": -4560,
		}},
		{
			"a reversal at a better rate leaves euros on the account, which we gain",
			append(arrived[:3:3], ledger.ConversionUndone(conversion), ledger.ConversionClosed(conversion, 4500), ledger.TransferReversed(payout, 1)),
			map[string]int64{"EUR stripe/connected/c1": 60, "EUR platform/exchange_differences": -60},
		},
		{
			"a reversal at a worse rate takes more than had arrived, which we lose",
			append(arrived[:3:3], ledger.ConversionUndone(conversion), ledger.ConversionClosed(conversion, 4600), ledger.TransferReversed(payout, 1)),
			map[string]int64{"EUR stripe/connected/c1": -40, "EUR platform/exchange_differences": 40},
		},
		{
			"a reversal of what the account can give costs us the rest, and the creator nothing",
			append(arrived[:3:3], ledger.ConversionUndone(conversion), ledger.ConversionClosed(conversion, 4560), ledger.TransferPartlyReversed(payout, 1, 4950)),
			map[string]int64{"USD stripe/platform": -50, "USD platform/exchange_differences": 50},
		},
		{
			"settled outside, the account has nothing of it",
			append(arrived[:3:3], ledger.ConversionUndone(conversion), ledger.ConversionClosed(conversion, 4560), ledger.PayoutSettledOnAccount(payout)),
			map[string]int64{"USD creator/c1/in_transit": 5000, "USD stripe/platform": -5000},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]int64{}

			for _, entry := range tc.entries {
				require.NoError(t, entry.Validate())
				for _, posting := range entry.Postings {
					account := string(entry.Currency) + " " + string(posting.Account)
					if got[account] += posting.AmountMinor; got[account] == 0 {
						delete(got, account)
					}
				}
			}

			require.Equal(t, tc.want, got)
		})
	}

	t.Run("a conversion has a debit and a credit side", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, ledger.Debit, ledger.FXClearing.NormalSide())
		require.Equal(t, ledger.Credit, ledger.ExchangeDifferences.NormalSide())
	})

	t.Run("each entry of a conversion has one currency", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, money.Currency("USD"), ledger.ConversionSent(conversion).Currency)
		require.Equal(t, money.Currency("EUR"), ledger.ConversionClosed(conversion, 1).Currency)
	})
}
