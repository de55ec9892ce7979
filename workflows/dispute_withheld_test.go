package workflows_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

// A clip has its final reading while a dispute freezes the budget. Ten days later the dispute is won.
func TestWithheldReadingIsCreditedOnce(t *testing.T) {
	t.Parallel()
	play := func(t *testing.T, rule *mishap) {
		t.Helper()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		if rule != nil {
			b.befall(t, *rule)
		}
		var d disputed
		dispute := sync.OnceFunc(func() {
			d = b.dispute(t, 100_000)
			require.NoError(t, b.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: d.input.DisputeID, PaymentIntentID: b.onRecord(t).PaymentIntentID, CampaignID: b.input.CampaignID,
				Currency: "USD", AmountMinor: 100_000, At: b.clock.Now(),
			}))
		})
		read := sync.OnceFunc(func() {
			b.submit(t, who, 120_000)
			deferred, err := b.store.Earnings.RecordReading(t.Context(), b.finalReading(t, 120_000))
			require.NoError(t, err)
			require.Zero(t, deferred.GrossMinor)
		})
		win := sync.OnceFunc(func() {
			require.Zero(t, b.onRecord(t).SpentMinor)
			d.decide(t, "win")
			require.NoError(t, b.store.Campaigns.RecordDisputeWon(t.Context(), d.input.DisputeID, b.clock.Now()))
		})
		pay := sync.OnceFunc(func() { b.settle(t, b.reserve(t, who)) })
		begin := func() *history {
			h := b.begin(t)
			b.fund(h, "pm_card_bypassPending")
			h.at(hour, dispute)
			h.at(2*hour, read)
			h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))
			h.at(10*days, win)
			h.at(30*days, pay)
			return h
		}

		result := survive[workflows.CampaignResult](begin, workflows.CampaignLifecycle, b.input)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 60_000)
	}

	t.Run("before the rest is refunded", func(t *testing.T) {
		t.Parallel()
		play(t, nil)
	})
	for clause, rule := range misfortunesAt(step{"CreditWithheld", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			play(t, &rule)
		})
	}
}
