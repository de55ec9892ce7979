package workflows_test

import (
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// yearCampaign is a campaign of a year. Its workflow runs in pieces: a piece ends as if the process had been
// terminated, and the next one begins with what is on record.
type yearCampaign struct {
	input    workflows.CampaignInput
	ending   bool // it was asked to end
	disputed bool
	// affiliates are those who referred its creators, by creator.
	affiliates map[string]string
	ended      bool
}

// yearClip is a clip whose views are read until its campaign ends.
type yearClip struct {
	id       string
	post     string
	campaign *yearCampaign
	creator  creator
	polls    int64
	views    int64
	finished bool
}

func (y *year) newBrand() string {
	made, err := y.store.Campaigns.CreateOrganization(y.t.Context(), campaigns.NewOrganization{ID: uuid.NewString(), Name: "Brand"})
	require.NoError(y.t, err)
	return made.ID
}

// newCampaign draws the terms of a campaign that is not funded yet.
func (y *year) newCampaign() *yearCampaign {
	now := y.clock.Now()
	asked := campaign.Terms{
		Currency: y.currency(), BudgetMinor: 20_000 + y.random.Int64N(180_000), RateMinorPerThousand: 200 + y.random.Int64N(600),
		Platforms: []clip.Platform{clip.TikTok}, StartsAt: now.Add(-hour), EndsAt: now.Add(time.Duration(4+y.random.IntN(8)) * week),
		Hold: duration.Text(time.Duration(1+y.random.IntN(10)) * days), TrackingWindow: duration.Text(90 * days), AutoApproveClips: true,
		FeeBasisPoints: 500 + y.random.IntN(1_500), AffiliateBasisPoints: pick(y, 0, 500), Plausibility: live.AnyGrowth,
	}
	policy := campaign.Policy{FeeBasisPoints: asked.FeeBasisPoints, PaidBy: pick(y, campaign.BrandPays, campaign.PlatformPays), ProcessingFee: yearFee}
	agreed, err := policy.Freeze(campaign.Asked{Terms: asked})
	require.NoError(y.t, err)
	c := &yearCampaign{affiliates: map[string]string{}, input: workflows.CampaignInput{
		CampaignID: uuid.NewString(), OrganizationID: pick(y, y.brands...), Name: "Spring", Terms: agreed, Settings: yearSettings(),
	}}
	y.campaigns = append(y.campaigns, c)
	return c
}

func pick[T any](y *year, choices ...T) T { return choices[y.random.IntN(len(choices))] }

func (y *year) currency() money.Currency { return pick(y, yearCurrencies...) }

func (y *year) onRecord(c *yearCampaign) campaigns.Campaign {
	found, err := y.store.Campaigns.Get(y.t.Context(), c.input.CampaignID)
	require.NoError(y.t, err)
	return found
}

// campaignIn draws one of the campaigns in a status; nil if there is none.
func (y *year) campaignIn(statuses ...campaign.Status) *yearCampaign {
	var found []*yearCampaign
	for _, c := range y.campaigns {
		if !c.ended && !c.ending {
			for _, status := range statuses {
				if y.onRecord(c).Status == status {
					found = append(found, c)
				}
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(y, found...)
}

// runs lets a campaign's workflow run for a while. It must not wait for a person when the piece ends.
func (y *year) runs(c *yearCampaign, d time.Duration, plan func(h *history)) {
	y.t.Helper()
	h := y.begin(y.t)
	h.onSignal = func(workflowID, signal string) {
		for _, each := range y.clips {
			if workflowID == names.Clip(each.id) && signal == workflows.SignalFinalSweep {
				y.finish(each)
			}
		}
	}
	if plan != nil {
		plan(h)
	}
	h.SetWorkflowRunTimeout(d)
	h.ExecuteWorkflow(workflows.CampaignLifecycle, c.input)
	err := h.GetWorkflowError()
	var timeout *temporal.TimeoutError
	if err != nil {
		require.ErrorAs(y.t, err, &timeout, "campaign %s", c.input.CampaignID)
	}
	c.ended = err == nil
	found := y.onRecord(c)
	c.input.Terms = found.Terms
	y.note("campaign %.8s is %s: budget %d, spent %d, refunded %d %s", c.input.CampaignID, found.Status, found.Terms.BudgetMinor, found.SpentMinor, found.RefundedMinor, found.Terms.Currency)
	if y.refundFailed && y.attentionReason() == "refund_failed" && d < 2*days {
		y.count["refund_failed was shown"]++
		y.runs(c, 2*days, nil) // it is shown until the refund is made again, which needs no person
		return
	}
	if y.heldBack(found.Terms.Currency) {
		return
	}
	y.requireNoAttention("campaign " + c.input.CampaignID)
}

// submit puts a clip into a campaign.
func (y *year) submit(c *yearCampaign) {
	made := &yearClip{id: uuid.NewString(), post: newPost(), campaign: c, creator: pick(y, y.creators...)}
	_, err := y.store.Clips.Create(y.t.Context(), clip.NewClip{
		ID: made.id, CampaignID: c.input.CampaignID, CreatorID: made.creator.id, Platform: clip.TikTok, ExternalID: made.post, URL: "https://example.test",
	})
	require.NoError(y.t, err)
	require.NoError(y.t, live.Own(y.t.Context(), y.store, made.id))
	require.NoError(y.t, y.store.Clips.Move(y.t.Context(), made.id, clip.Tracking, ""))
	y.clips = append(y.clips, made)
	y.refer(made)
}

// refer has another creator refer that of a clip, or none, as of its first clip in the campaign.
func (y *year) refer(made *yearClip) {
	affiliate, applied := pick(y, y.creators...), made.campaign.affiliates
	if _, decided := applied[made.creator.id]; decided {
		return
	}
	if applied[made.creator.id] = ""; affiliate.id == made.creator.id || y.random.IntN(2) == 0 {
		return
	}
	_, err := y.store.Campaigns.CreateParticipation(y.t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: made.campaign.input.CampaignID, CreatorID: made.creator.id, AffiliateID: affiliate.id, Status: campaign.ParticipationAccepted,
	})
	require.NoError(y.t, err)
	applied[made.creator.id] = affiliate.id
}

// poll reads every open clip a few times.
func (y *year) poll() {
	for _, each := range y.clips {
		for range y.random.IntN(3) {
			if !each.finished && y.onRecord(each.campaign).Status == campaign.Live {
				each.views += y.random.Int64N(20_000)
				y.read(each)
			}
		}
	}
}

func (y *year) read(each *yearClip) {
	ctx, attempt, now := y.t.Context(), uuid.NewString(), y.clock.Now()
	require.NoError(y.t, y.store.Clips.RecordAttempt(ctx, views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: now}))
	each.polls++
	credit, err := y.store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: each.campaign.input.CampaignID, ClipID: each.id, Poll: int(each.polls), Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: each.post, Views: each.views, ObservedAt: now}, Now: now,
	})
	require.NoError(y.t, err)
	y.model.earn(each, credit)
	y.count["readings"]++
}

func (y *year) finish(each *yearClip) {
	require.NoError(y.t, y.store.Clips.Move(y.t.Context(), each.id, clip.Finished, ""))
	each.finished = true
}

// endCampaigns lets the workflows of campaigns run whose end has passed, until each has refunded what is
// left. A campaign that waits for the payout of its earnings goes on in another week.
func (y *year) endCampaigns() {
	for _, c := range y.campaigns {
		if !c.ended && (c.ending || y.onRecord(c).Terms.EndsAt.Before(y.clock.Now())) {
			c.ending = true
			y.runs(c, 8*hour, nil)
		}
	}
}
