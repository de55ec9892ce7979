package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// brand is a world with a campaign that is not created yet.
type brand struct {
	*world
	input workflows.CampaignInput
	// open is a clip that finishes as soon as it is told of the final sweep.
	open string
	// openPost is its post.
	openPost string
}

func setupCampaign(t *testing.T, change func(*campaign.Terms)) *brand {
	t.Helper()
	agreed := agree(t, change)
	w := setup(t)
	return &brand{world: w, input: workflows.CampaignInput{
		CampaignID: uuid.NewString(), OrganizationID: w.organizationID, Name: "Spring", Terms: agreed,
		Settings: workflows.CampaignSettings{CheckInterval: duration.Text(15 * time.Minute), PayoutMinimumMinor: payout.EveryMinimum(1000)},
	}}
}

func (b *brand) live(h *history) workflows.CampaignResult {
	h.t.Helper()
	return completed[workflows.CampaignResult](h, workflows.CampaignLifecycle, b.input)
}

func (b *brand) begin(t *testing.T) *history {
	t.Helper()
	h := b.world.begin(t)
	h.onSignal = func(workflowID, signal string) {
		if b.open != "" && workflowID == names.Clip(b.open) && signal == workflows.SignalFinalSweep {
			b.finish(t)
		}
	}
	return h
}

func asks(command campaign.Command) workflows.Transition {
	return workflows.Transition{Command: command, Actor: uuid.NewString(), Reason: "asked for by the test"}
}

// fund takes the campaign from draft to funded within three minutes.
func (b *brand) fund(h *history, paymentMethod string) *answer {
	h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
	h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
	return h.ask(3*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: paymentMethod, Actor: "brand"})
}

func (b *brand) status(h *history, d time.Duration) *campaign.Status {
	var seen campaign.Status
	h.at(d, func() { seen = b.onRecord(h.t).Status })
	return &seen
}

func (b *brand) onRecord(t *testing.T) campaigns.Campaign {
	t.Helper()
	found, err := b.store.Campaigns.Get(t.Context(), b.input.CampaignID)
	require.NoError(t, err)
	return found
}

// submit puts a clip with some views into the campaign.
func (b *brand) submit(t *testing.T, who creator, count int64) {
	t.Helper()
	ctx := t.Context()
	b.open, b.openPost = uuid.NewString(), newPost()
	_, err := b.store.Clips.Create(ctx, clip.NewClip{ID: b.open, CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: b.openPost, URL: "https://example.test"})
	require.NoError(t, err)
	require.NoError(t, live.Own(ctx, b.store, b.open))
	require.NoError(t, b.store.Clips.Move(ctx, b.open, clip.Tracking, ""))
	attempt := uuid.NewString()
	require.NoError(t, b.store.Clips.RecordAttempt(ctx, views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: start}))
	_, err = b.store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: b.input.CampaignID, ClipID: b.open, Poll: 1, Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: b.openPost, Views: count, ObservedAt: b.clock.Now()}, Now: b.clock.Now(),
	})
	require.NoError(t, err)
}

// finalReading is the last reading of the clip that was submitted.
func (b *brand) finalReading(t *testing.T, count int64) views.Observation {
	t.Helper()
	attempt := uuid.NewString()
	require.NoError(t, b.store.Clips.RecordAttempt(t.Context(), views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: start}))
	return views.Observation{
		CampaignID: b.input.CampaignID, ClipID: b.open, Poll: 2, Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: b.openPost, Views: count, ObservedAt: b.clock.Now()}, IsFinal: true, Now: b.clock.Now(),
	}
}

func (b *brand) finish(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Clips.Move(t.Context(), b.open, clip.Finished, ""))
}

// reserve releases what is due and takes it into a payout; settle books that it is paid.
func (b *brand) reserve(t *testing.T, who creator) (payoutID string) {
	t.Helper()
	return b.reserveFrom(t, who, 1000)
}

// reserveFrom takes earnings of a minimum, which is lower in an operator's run.
func (b *brand) reserveFrom(t *testing.T, who creator, minimumMinor int64) (payoutID string) {
	t.Helper()
	ctx, id, now := t.Context(), uuid.NewString(), b.clock.Now()
	_, err := b.store.Earnings.ReleaseHolds(ctx, now, 100)
	require.NoError(t, err)
	runID, err := b.store.Payouts.OpenRun(ctx, uuid.NewString(), dbtest.Week(), now)
	require.NoError(t, err)
	_, err = b.store.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", MinimumMinor: minimumMinor, Now: now})
	require.NoError(t, err)
	return id
}

func (b *brand) settle(t *testing.T, payoutID string) {
	t.Helper()
	ctx, now := t.Context(), b.clock.Now()
	_, err := b.store.Payouts.RecordIntent(ctx, payoutID, payout.Transfer, 0, now)
	require.NoError(t, err)
	require.NoError(t, b.store.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_" + payoutID, Now: now}))
	_, err = b.store.Payouts.RecordIntent(ctx, payoutID, payout.BankPayout, 0, now)
	require.NoError(t, err)
	bank := payout.Outcome{PayoutID: payoutID, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_" + payoutID, Now: now}
	require.NoError(t, b.store.Payouts.RecordBankPayoutAccepted(ctx, bank))
	require.NoError(t, b.store.Payouts.RecordBankPayoutPaid(ctx, bank))
}

// requireRefunded says that the brand has everything back but what was spent, once.
func (b *brand) requireRefunded(t *testing.T, spentMinor int64) {
	t.Helper()
	found := b.onRecord(t)
	require.Equal(t, spentMinor, found.SpentMinor)
	require.Equal(t, found.FundedMinor-spentMinor, found.RefundedMinor)
	require.Equal(t, spentMinor, b.stripeAvailable(t, ""))
	require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
	require.LessOrEqual(t, b.effects("refund.applied"), 1)
	b.requireBooksInOrder(t)
}
