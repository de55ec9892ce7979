package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

func TestCampaignMoneyMovesOnce(t *testing.T) {
	t.Parallel()
	steps := []step{
		{"CreateCampaign", 1},
		{"CreateFunding", 1},
		{"RecordPayment", 1},
		{"GetFunding", 1},
		{"RecordFunding", 1},
		{"MoveCampaign", 3}, // confirm_funding
		{"StopSubmissions", 1},
		{"ListRefunds", 1},
		{"CreateRefund", 1},
		{"RecordRefund", 1},
	}
	// ask asks for everything again and again, as a person does who was shown an error.
	ask := func(h *history, b *brand, complete time.Duration) {
		b.fund(h, "pm_card_bypassPending")
		for again := time.Hour; again < complete; again += time.Hour {
			h.ask(again, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		}
		h.ask(complete, workflows.UpdateTransition, asks(campaign.Complete))
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.befall(t, rule)
			begin := func() *history {
				h := b.begin(t)
				ask(h, b, 5*hour)
				return h
			}

			survive[workflows.CampaignResult](begin, workflows.CampaignLifecycle, b.input)

			require.Equal(t, campaign.Closed, b.onRecord(t).Status)
			require.Equal(t, 1, b.effects("charge.succeeded"))
			require.Equal(t, 1, b.effects("refund.applied"))
			b.requireRefunded(t, 0)
		})
	}

	for name, rule := range map[string]faults.Rule{
		"a lost answer":             {Action: faults.ResetAfter},
		"an hour of lost answers":   {Action: faults.ResetAfter, Count: 20},
		"garbage":                   {Action: faults.Garbage, AfterEffect: true},
		"an hour without an answer": {Action: faults.ResetBefore, Count: 20},
	} {
		for what, path := range map[string]string{"payment": "/v1/payment_intents", "refund": "/v1/refunds"} {
			t.Run("one "+what+" is made in spite of "+name, func(t *testing.T) {
				t.Parallel()
				b := setupCampaign(t, nil)
				rule.Method, rule.Path = http.MethodPost, path
				b.script(t, rule)
				h := b.begin(t)
				ask(h, b, 6*hour)

				b.live(h)

				require.Equal(t, 1, b.effects("charge.succeeded"))
				require.Equal(t, 1, b.effects("refund.applied"))
				b.requireRefunded(t, 0)
			})
		}
	}

	t.Run("a repeated request returns the payment that has funded the campaign", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		again := h.ask(time.Hour, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		fromElsewhere := h.ask(time.Hour+time.Minute, workflows.UpdateFund, fromBalance())
		h.ask(2*time.Hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.NoError(t, again.failed)
		require.Equal(t, "succeeded", again.result.(workflows.FundingStarted).Status)
		require.Equal(t, "not_fundable", fault.CodeOf(fromElsewhere.rejected))
		require.Equal(t, 1, b.effects("charge.succeeded"))
	})

	t.Run("a refund on its way is booked when it has arrived", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_pendingRefund")
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		booked := int64(-1)
		h.at(5*hour, func() { booked = b.onRecord(t).RefundedMinor })

		b.live(h)

		require.Zero(t, booked)
		b.requireRefunded(t, 0)
	})

	t.Run("a cancellation does not overtake a payment that is being made", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(3*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, int64(100_000), result.RefundedMinor)
		b.requireRefunded(t, 0)
	})

	t.Run("a refund waits for the platform's balance and goes on by itself", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-50000,"currency":"usd"}`)
		})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		waiting := b.status(h, 3*hour)
		h.at(4*hour, func() {
			b.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":50000,"currency":"usd"}`)
		})

		b.live(h)

		require.Equal(t, campaign.Cancelled, *waiting)
		b.requireRefunded(t, 0)
	})
}
