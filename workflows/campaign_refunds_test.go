package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// failRefund has the brand's bank send the newest refund back.
func (b *brand) failRefund(t *testing.T) {
	t.Helper()
	applied := b.sim.Journal().Entries(0, "refund.applied")
	require.NotEmpty(t, applied)
	b.control(t, "/refunds/"+applied[len(applied)-1].ObjectID+"/fail", `{}`)
}

// requireRefundedAgain says that everything went back in the end, by more than one refund.
func (b *brand) requireRefundedAgain(t *testing.T, refunds int) {
	t.Helper()
	found := b.onRecord(t)
	require.Equal(t, found.FundedMinor-found.SpentMinor, found.RefundedMinor)
	require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
	require.Equal(t, found.SpentMinor, b.stripeAvailable(t, ""))
	require.Equal(t, refunds, b.effects("refund.applied"))
	b.requireBooksInOrder(t)
}

func TestRefundThatFails(t *testing.T) {
	t.Parallel()

	t.Run("after it was booked is booked back, and made again", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		escrowMinor := int64(-1)
		h.at(3*hour, func() {
			require.Equal(t, int64(95_000), b.onRecord(t).RefundedMinor)
			b.failRefund(t)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(3*hour+time.Minute, func() { escrowMinor = b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)) })
		h.at(5*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, int64(95_000), escrowMinor, "it waits for a while before the next try")
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefundedAgain(t, 2)
	})

	t.Run("is made again at once when a person asks for it", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_pendingRefund")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(2*hour, func() { b.failRefund(t) })
		h.at(2*hour+20*time.Minute, func() { require.Equal(t, 1, b.effects("refund.applied")) })
		h.ask(2*hour+20*time.Minute, workflows.UpdateRetry, operator())
		h.at(2*hour+25*time.Minute, func() { require.Equal(t, 2, b.effects("refund.applied")) })

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		b.requireRefundedAgain(t, 2)
	})

	for clause, rule := range misfortunesAt(step{"RecordRefundFailed", 1}) {
		t.Run("is booked back once although "+clause, func(t *testing.T) {
			t.Parallel()
			b := ended(t)
			b.failRefund(t)
			b.befall(t, rule)

			survive[workflows.CampaignResult](func() *history { return b.begin(t) }, workflows.CampaignLifecycle, b.input)

			b.requireRefundedAgain(t, 2)
		})
	}

	t.Run("in the last step of its campaign's process is booked back by it, and made again", func(t *testing.T) {
		t.Parallel()
		b := ended(t)
		h := b.begin(t)
		lists := 0
		h.onStarted(func(started string) {
			if started != "ListBookedRefunds" {
				return
			}
			if lists++; lists == 1 { // Stripe's list is read already
				b.failRefund(t)
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		b.requireRefundedAgain(t, 2)
	})

	t.Run("while an ended campaign answers a request is booked back as well", func(t *testing.T) {
		t.Parallel()
		b := ended(t)
		h := b.begin(t)
		answering := false
		h.onStarted(func(started string) {
			switch {
			case started == "ListBookedRefunds" && !answering:
				answering = true
				h.update(&answer{}, workflows.UpdateRetry, operator())
			case started == "RecordOperatorAction":
				b.failRefund(t)
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		b.live(h)

		require.True(t, answering)
		b.requireRefundedAgain(t, 2)
	})

	t.Run("when its campaign has long ended starts the campaign's process again", func(t *testing.T) {
		t.Parallel()
		b := ended(t)
		b.failRefund(t)
		b.receive(t, rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", CampaignID: b.input.CampaignID})
		h := b.begin(t)
		h.gone[names.Campaign(b.input.CampaignID)] = true

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Campaign: b.input.Settings})

		b.requireRefundedAgain(t, 2)
	})

	t.Run("and is of no campaign of ours is left alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := uuid.NewString()
		w.receive(t, rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", CampaignID: campaignID})
		h := w.begin(t)
		h.gone[names.Campaign(campaignID)] = true

		delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 1, delivered)
	})
}

// ended is a campaign that was cancelled and refunded, and whose process has ended.
func ended(t *testing.T) *brand {
	t.Helper()
	b := setupCampaign(t, nil)
	h := b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
	b.live(h)
	b.requireRefunded(t, 0)
	return b
}
