package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

func TestCampaignLifecycle(t *testing.T) {
	t.Parallel()

	t.Run("goes from draft to closed", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		created := h.ask(0, workflows.UpdateCreated)
		draft := b.status(h, 30*time.Second)
		funding := b.fund(h, "pm_card_bypassPending")
		live := b.status(h, 10*time.Minute)
		h.at(hour, func() { b.submit(t, who, 10_000) })
		completedAt := b.status(h, 14*days+20*time.Minute)
		payoutID := ""
		h.at(15*days, func() { payoutID = b.reserve(t, who) })
		paidOut := b.status(h, 15*days+hour)
		h.at(16*days, func() { b.settle(t, payoutID) })

		result := b.live(h)

		require.True(t, created.done)
		require.NoError(t, created.failed)
		require.Equal(t, campaign.Draft, *draft)
		require.NoError(t, funding.failed)
		require.Equal(t, campaign.Live, *live)
		require.Equal(t, campaign.Completed, *completedAt)
		require.Equal(t, campaign.PaidOut, *paidOut)
		require.Equal(t, workflows.CampaignResult{Status: campaign.Closed, SpentMinor: 5000, RefundedMinor: 95_000}, result)
		b.requireRefunded(t, 5000)
		var method string
		require.NoError(t, dbtest.Connect(t, b.databaseURL).QueryRow(t.Context(), `SELECT method FROM campaign_payments WHERE campaign_id = $1`, b.input.CampaignID).Scan(&method))
		require.Equal(t, "card", method)
	})

	t.Run("refuses illegal jumps before they are recorded", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		refused := map[string]*answer{
			"illegal_transition": h.ask(10*time.Second, workflows.UpdateTransition, asks(campaign.Approve)),
			"not_fundable":       h.ask(10*time.Second, workflows.UpdateFund, workflows.Fund{Actor: "brand"}),
			"unknown_command":    h.ask(10*time.Second, workflows.UpdateTransition, asks(campaign.GoLive)),
			"actor_missing":      h.ask(10*time.Second, workflows.UpdateTransition, workflows.Transition{Command: campaign.Submit}),
		}
		b.fund(h, "pm_card_bypassPending")
		again := h.ask(hour, workflows.UpdateTransition, asks(campaign.Submit))
		resume := h.ask(hour, workflows.UpdateTransition, asks(campaign.Resume))
		fundTwice := h.ask(hour, workflows.UpdateFund, workflows.Fund{Actor: "brand"})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		for code, given := range refused {
			require.Equal(t, code, fault.CodeOf(given.rejected))
			require.False(t, given.accepted)
		}
		require.Equal(t, "illegal_transition", fault.CodeOf(again.rejected))
		require.Equal(t, "illegal_transition", fault.CodeOf(resume.rejected))
		require.NoError(t, fundTwice.failed, "it is answered as the first time")
		require.Equal(t, 1, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	t.Run("is refused when the organization does not exist", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.OrganizationID = uuid.NewString()
		h := b.begin(t)
		created := h.ask(0, workflows.UpdateCreated)

		b.live(h)

		require.Equal(t, "organization_not_found", fault.CodeOf(created.failed))
	})

	t.Run("is never live without its budget", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "")
		unpaid := b.status(h, 20*days)
		h.ask(21*days, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Approved, *unpaid)
		require.Equal(t, campaign.Cancelled, result.Status)
		require.Zero(t, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	t.Run("is live only when a bank debit has succeeded", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_usBankAccount_success")
		processing := b.status(h, 2*days)
		live := b.status(h, 4*days)
		h.ask(5*days, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, campaign.Approved, *processing)
		require.Equal(t, campaign.Live, *live)
	})

	t.Run("takes another payment method when the first is declined", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		declined := b.fund(h, "pm_card_chargeDeclined")
		second := h.ask(4*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_visa_chargeDeclined", Actor: "brand"})
		third := h.ask(5*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		live := b.status(h, 10*time.Minute)
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, "card_declined", fault.CodeOf(declined.failed))
		require.Equal(t, "card_declined", fault.CodeOf(second.failed))
		require.NoError(t, third.failed)
		require.Equal(t, campaign.Live, *live)
		require.Equal(t, 1, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	t.Run("waits for its start", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(5 * days) })
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		before, after := b.status(h, 4*days), b.status(h, 6*days)

		b.live(h)

		require.Equal(t, campaign.Funded, *before)
		require.Equal(t, campaign.Live, *after)
	})

	t.Run("pauses and resumes", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Pause))
		paused := b.status(h, 2*hour)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Resume))
		resumed := b.status(h, 4*hour)
		h.at(5*hour, func() { b.submit(t, who, 1_000) })

		h.ask(6*hour, workflows.UpdateTransition, asks(campaign.Pause))
		h.at(15*days, func() { b.settle(t, b.reserveFrom(t, who, 1)) })

		result := b.live(h)

		require.Equal(t, campaign.Paused, *paused)
		require.Equal(t, campaign.Live, *resumed)
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 500)
	})

	t.Run("has its open clips read when it is paused and when it is resumed", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Pause))
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Resume))
		reads := 0
		h.at(4*hour, func() {
			for _, signal := range h.signals.all() {
				if signal == names.Clip(b.open)+" "+workflows.SignalRead {
					reads++
				}
			}
		})
		h.at(15*days, func() { b.settle(t, b.reserve(t, who)) })

		b.live(h)

		require.Equal(t, 2, reads)
	})

	t.Run("completes at once when its budget is exhausted", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.submit(t, who, 200_000)
			h.SignalWorkflow(workflows.SignalBudgetExhausted, nil)
		})
		ended := b.status(h, hour+20*time.Minute)
		h.at(3*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Completed, *ended)
		require.Equal(t, workflows.CampaignResult{Status: campaign.Closed, SpentMinor: 100_000}, result)
		require.Zero(t, b.effects("refund.applied"))
	})

	t.Run("completes only when every clip was read once more", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.world.begin(t) // the clip is not finished
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		ending := h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		waiting := b.status(h, 5*hour)
		second := h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Complete))
		late := error(nil)
		h.at(5*hour, func() {
			_, late = b.store.Clips.Create(t.Context(), clip.NewClip{ID: uuid.NewString(), CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: newPost(), URL: "https://example.test"})
		})
		h.at(6*hour, func() { b.finish(t) })
		completedAt := b.status(h, 7*hour)
		h.at(8*hour, func() { b.settle(t, b.reserve(t, who)) })

		b.live(h)

		require.NoError(t, ending.rejected)
		require.Equal(t, campaign.Live, *waiting)
		require.Equal(t, "campaign_ending", fault.CodeOf(second.rejected))
		require.Equal(t, "campaign_not_live", fault.CodeOf(late))
		require.Equal(t, campaign.Completed, *completedAt)
		require.Contains(t, h.signals.all(), names.Clip(b.open)+" "+workflows.SignalFinalSweep)
	})
}
