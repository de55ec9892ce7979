package demo

import (
	"context"
	"testing"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// sound is evidence of a small world in which every promise holds: one campaign, two
// clips, one payout with two attempts, one parked payout, one that was converted into euros, and one refund.
func validEvidence() evidence {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	transfer := stripeObject{kind: kindTransfer, id: "tr_1", payoutID: "p1", amountMinor: 900, currency: "USD"}
	failed := stripeObject{kind: kindPayout, id: "po_1", payoutID: "p1", amountMinor: 900, currency: "USD", status: "failed"}
	paid := stripeObject{kind: kindPayout, id: "po_2", payoutID: "p1", amountMinor: 900, currency: "USD", status: "paid"}
	sent := stripeObject{kind: kindTransfer, id: "tr_3", payoutID: "p3", amountMinor: 500, currency: "USD"}
	became := stripeObject{kind: kindPayout, id: "po_3", payoutID: "p3", amountMinor: 455, currency: "EUR", status: "paid"}
	refund := stripeObject{kind: kindRefund, id: "re_1", amountMinor: 800, currency: "USD"}
	payment := stripeObject{kind: kindPayment, id: "pi_1", amountMinor: 2000, currency: "USD", status: "succeeded"}
	charge := stripeObject{kind: kindCharge, id: "ch_1", amountMinor: 2000, currency: "USD"}
	return evidence{
		watched: watched{samples: 9},
		books: ledgerFacts{
			snapshot: snapshot{trialBalance: map[string]int64{"USD": 0}, paid: map[string]int64{"USD": 1400}},
			terms: []campaignFacts{{
				ID: "k1", Status: "closed", Currency: "USD", FundedMinor: 2000, SpentMinor: 1200, RefundedMinor: 800,
				Terms: campaign.Terms{RateMinorPerThousand: 1000, MaxPerClipMinor: 1000, MinimumViews: 100},
			}},
			clips: []clipFact{
				{ID: "c1", CampaignID: "k1", CreatorID: "u1", Platform: "tiktok", ExternalID: "1", Status: "finished", EarnedMinor: 1000},
				{ID: "c2", CampaignID: "k1", CreatorID: "u2", Platform: "tiktok", ExternalID: "2", Status: "removed", EarnedMinor: 200},
			},
			observations: []observationFact{
				{ClipID: "c1", Views: 5000, RecordedAt: at},
				{ClipID: "c1", Views: 4000, RecordedAt: at.Add(time.Minute)},
				{ClipID: "c2", Views: 200, RecordedAt: at},
			},
			payouts: []payoutFact{
				{ID: "p1", CreatorID: "u1", Currency: "USD", Status: "paid", AmountMinor: 900},
				{ID: "p2", CreatorID: "u2", Currency: "USD", Status: "needs_attention", Reason: "account_not_verified", AmountMinor: 180},
				{ID: "p3", CreatorID: "u3", Currency: "USD", Status: "paid", AmountMinor: 500},
			},
			underWay: []underWay{{CreatorID: "u2", Currency: "USD", AmountMinor: 180}},
			owed:     []owed{{Currency: "USD", AmountMinor: 180}},
			atBanks:  map[string]int64{"USD": 900, "EUR": 455},
			conversions: []conversionFact{{
				PayoutID: "p3", CreatorID: "u3", SourceMinor: 500, SourceCurrency: "USD", AmountMinor: 460, FeeMinor: 5, BankMinor: 455, Currency: "EUR", Rate: "0.92", Held: true,
			}},
			external: []externalFact{
				{kindTransfer, "tr_3"}, {kindPayout, "po_3"}, {kindTransfer, "tr_1"}, {kindPayout, "po_1"}, {kindPayout, "po_2"}, {kindRefund, "re_1"}, {kindPayment, "pi_1"},
			},
		},
		listed:   []stripeObject{transfer, failed, paid, sent, became, refund, payment},
		journal:  []stripeObject{charge, transfer, failed, paid, sent, became, refund},
		balances: map[string]int64{"USD": 180},
		shown:    map[string]map[int64]bool{"tiktok/1": {5000: true, 4000: true}, "tiktok/2": {200: true}},
		workflows: []workflowFact{
			{ID: "campaign/k1", Status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED},
			{ID: "payout/p1", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, openTimers: 1},
			{ID: "payout/p2", Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, NeedsAttention: true, Reason: "account_not_verified"},
		},
		acknowledged: []string{"k1", "c1", "c2"},
		restarted:    at.Add(time.Second),
		planned:      planned{abroad: []string{"u3"}, unverified: "u2"},
	}
}

func broken(verdicts []verdict) map[string][]string {
	found := map[string][]string{}
	for _, v := range verdicts {
		if len(v.Broken) > 0 {
			found[v.Promise] = v.Broken
		}
	}
	return found
}

// openTestBooks returns an auditor of a new database, and a function that runs statements on it
// as the owner.
func openTestBooks(t *testing.T) (*auditor, func(statement string)) {
	t.Helper()
	b, err := openAuditor(context.Background(), dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b, func(statement string) {
		t.Helper()
		if _, err := b.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
