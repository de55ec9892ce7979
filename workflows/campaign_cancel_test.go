package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/workflows"
)

func TestCancelCampaign(t *testing.T) {
	t.Parallel()
	ways := map[string]func(h *history, d time.Duration){
		"by the brand": func(h *history, d time.Duration) { h.ask(d, workflows.UpdateTransition, asks(campaign.Cancel)) },
		"from the CLI": func(h *history, d time.Duration) { h.at(d, h.CancelWorkflow) },
		"twice at once": func(h *history, d time.Duration) {
			h.at(d, h.CancelWorkflow)
			h.ask(d, workflows.UpdateTransition, asks(campaign.Cancel))
		},
	}
	funded := func(paymentMethod string) func(*brand, *history) {
		return func(b *brand, h *history) { b.fund(h, paymentMethod) }
	}

	for _, stage := range []struct {
		name    string
		change  func(*campaign.Terms)
		reach   func(b *brand, h *history)
		after   time.Duration
		want    workflows.CampaignResult
		charges int
	}{
		{"as a draft", nil, func(*brand, *history) {}, 30 * time.Second, workflows.CampaignResult{}, 0},
		{"before it is funded", nil, funded(""), hour, workflows.CampaignResult{}, 0},
		{
			"while the payment is on its way, which is refunded when it arrives", nil, funded("pm_usBankAccount_success"), hour,
			workflows.CampaignResult{RefundedMinor: 100_000},
			1,
		},
		{
			"after it is funded, which refunds everything", func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(5 * days) },
			funded("pm_card_bypassPending"), hour,
			workflows.CampaignResult{RefundedMinor: 100_000},
			1,
		},
		{"while live, which refunds what was not earned", nil, func(b *brand, h *history) {
			who := b.creator(h.t, goodBank)
			b.fund(h, "pm_card_bypassPending")
			h.at(hour, func() { b.submit(h.t, who, 10_000) })
			h.at(4*hour, func() {
				require.Equal(h.t, campaign.Cancelled, b.onRecord(h.t).Status)
				b.settle(h.t, b.reserve(h.t, who))
			})
		}, 2 * hour, workflows.CampaignResult{SpentMinor: 5000, RefundedMinor: 95_000}, 1},
	} {
		for way, cancel := range ways {
			t.Run(stage.name+", "+way, func(t *testing.T) {
				t.Parallel()
				b := setupCampaign(t, stage.change)
				h := b.begin(t)
				stage.reach(b, h)
				cancel(h, stage.after)

				result := b.live(h)

				stage.want.Status = campaign.Cancelled
				require.Equal(t, stage.want, result)
				require.Equal(t, stage.charges, b.effects("charge.succeeded"))
				b.requireRefunded(t, stage.want.SpentMinor)
			})
		}
	}

	t.Run("is too late once it is completed", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		creator := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, creator, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		late := h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(3*hour, h.CancelWorkflow)
		h.at(4*hour, func() { b.settle(t, b.reserve(t, creator)) })

		result := b.live(h)

		require.Error(t, late.rejected)
		require.Equal(t, campaign.Closed, result.Status)
	})
}
