package ledger_test

import (
	"fmt"
	"time"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// A payment of 1,000.00 USD goes to the campaign's escrow in full. The fee of the processor
// is an expense of the platform. Debits are positive, and the entry sums to zero.
func ExampleCampaignFunded() {
	entry := ledger.CampaignFunded(ledger.Funding{
		CampaignID: "k1", PaymentIntentID: "pi_1", Currency: "USD", GrossMinor: 100_000, FeeMinor: 2_930,
		At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
	})

	fmt.Println(entry.Kind, entry.Reference)
	for _, posting := range entry.Postings {
		fmt.Printf("%-24s %13s\n", posting.Account, money.Amount{Minor: posting.AmountMinor, Currency: entry.Currency})
	}
	// Output:
	// campaign_funded pi_1
	// stripe/platform             970.70 USD
	// platform/processing_fees     29.30 USD
	// campaign/k1/escrow        -1000.00 USD
}
