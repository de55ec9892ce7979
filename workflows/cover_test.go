package workflows_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/workflows"
)

func TestCampaignWaitsForCover(t *testing.T) {
	t.Parallel()
	platformPays := func(terms *campaign.Terms) {
		terms.ProcessingFeePaidBy, terms.SurchargeMinor = campaign.PlatformPays, 0
	}

	t.Run("until a top-up covers the fee that the platform bears", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		platformPays(&b.input.Terms)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(5*hour, func() {
			require.Equal(t, campaign.Funded, b.onRecord(t).Status)
			require.Equal(t, "balance_not_covered", b.attentionReason())
			require.Contains(t, h.details(), "29.30 USD short")
			b.topUp(t, 2930)
		})
		h.at(11*hour, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.Empty(t, b.attentionReason())
		})

		b.live(h)

		b.requireBooksInOrder(t)
	})

	t.Run("and is refunded if it is cancelled instead", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		platformPays(&b.input.Terms)
		b.topUp(t, 100) // some of it
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(5*hour, func() {
			require.Contains(t, h.details(), "28.30 USD short")
			b.topUp(t, 50_000) // for the fee, which a refund does not bring back
		})
		h.ask(6*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, int64(100_000), result.RefundedMinor)
	})

	t.Run("not at all if the brand has paid the fee", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { require.Equal(t, campaign.Live, b.onRecord(t).Status) })

		b.live(h)
	})
}

// topUp adds money of the platform's own to its balance at Stripe.
func (b *brand) topUp(t *testing.T, amountMinor int64) {
	t.Helper()
	b.call(t, http.MethodPost, "/_sim/accounts/"+platform+"/adjust", "", "application/json", fmt.Sprintf(`{"amount_minor":%d}`, amountMinor))
}
