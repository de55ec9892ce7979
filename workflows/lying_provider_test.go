package workflows_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	stated "github.com/creditroll/creditroll/db/dbtest/world"
	simulator "github.com/creditroll/creditroll/devstack/simulators/apify"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/apify"
	"github.com/creditroll/creditroll/providers/providertest"
)

// tiktokItem is what the actor answers about a post.
func tiktokItem(id, counts string) string {
	return fmt.Sprintf(`{"id":%q,"webVideoUrl":"https://www.tiktok.com/@someone/video/%s","createTimeISO":"2026-03-02T11:00:00.000Z","authorMeta":{"name":"someone"},%s}`, id, id, counts)
}

func played(plays any) string {
	return fmt.Sprintf(`"playCount":%v,"diggCount":7,"shareCount":1,"commentCount":3`, plays)
}

// TestLyingProvider is the table of truth for answers that are wrong in every way that was seen. The answers
// are played to the real client, one an hour, and what it reads is recorded.
func TestLyingProvider(t *testing.T) {
	t.Parallel()
	w := stated.New(t, 1, func(terms *campaign.Terms) { terms.Plausibility = views.Plausibility{} }) // 1 minor unit for 2 views
	post := providertest.ExternalID(clip.TikTok, 1)
	other := providertest.ExternalID(clip.TikTok, 2)
	w.AddPost(t, w.CreatorIDs[0], post)
	sim := simulator.New(simulator.Options{Token: providertest.Credential})
	now := stated.Now
	client, err := apify.Registration().New(providers.Config{BaseURL: providertest.Serve(t, sim.Simulator), Credential: providertest.Credential, Now: func() time.Time { return now }})
	require.NoError(t, err)
	mine := func(counts string) faults.Rule {
		return faults.Rule{Action: faults.Garbage, Status: http.StatusCreated, Body: "[" + tiktokItem(post, counts) + "]"}
	}
	body := func(text string) faults.Rule {
		return faults.Rule{Action: faults.Garbage, Status: http.StatusCreated, Body: text}
	}

	polls := 0
	for _, step := range []struct {
		says string
		rule faults.Rule
		// Either the fault of the request or the reason without a reading, or what the reading counts for.
		failure  fault.Kind
		missing  string
		decision views.Decision
		signals  []views.SignalCode
		// creditable is what has earned after the step.
		creditable int64
	}{
		{says: "100", rule: mine(played(100)), decision: views.Plausible, creditable: 100},
		{says: "0", rule: mine(played(0)), decision: views.Plausible, signals: []views.SignalCode{views.ViewsFell, views.LikesOverViews, views.ViewsFellFar, views.CreditedOverReading}, creditable: 100},
		{says: "nothing", rule: body(`[]`), missing: views.Unreadable, creditable: 100},
		{says: "absent", rule: body(`[{"url":"https://www.tiktok.com/@_/video/` + post + `","error":"Post not found or private.","errorCode":"NOT_FOUND"}]`), missing: views.NotFound, creditable: 100},
		{says: "90", rule: mine(played(90)), decision: views.Plausible, signals: []views.SignalCode{views.CreditedOverReading}, creditable: 100},
		{says: "10^12", rule: mine(played(1_000_000_000_000)), decision: views.Capped, signals: []views.SignalCode{views.ViewsPerLikeOver, views.JumpOverPlausible}, creditable: 2_090},
		{says: "101", rule: mine(played(101)), decision: views.Contradicted, signals: []views.SignalCode{views.ViewsFell, views.ViewsFellFar, views.CreditedOverReading, views.ClaimContradicted}, creditable: 2_090},
		{says: "wrong order", rule: body("[" + tiktokItem(other, played(900_000)) + "," + tiktokItem(post, played(110)) + "]"), decision: views.Plausible, signals: []views.SignalCode{views.CreditedOverReading}, creditable: 2_090},
		{says: "a duplicate id", rule: body("[" + tiktokItem(post, played(111)) + "," + tiktokItem(post, played(800_000)) + "]"), decision: views.Capped, signals: []views.SignalCode{views.GrowthOver, views.ViewsPerLikeOver, views.AnswerDiffers, views.JumpOverPlausible}, creditable: 2_110},
		{says: "HTML with 200", rule: faults.Rule{Action: faults.Garbage, Body: "<html><body>Just a moment</body></html>"}, failure: fault.Unavailable, creditable: 2_110},
		{says: "429 with a reset", rule: faults.Rule{Action: faults.RateLimit, RetryAfterSeconds: 30}, failure: fault.RateLimited, creditable: 2_110},
		{says: "429 without", rule: faults.Rule{Action: faults.RateLimit}, failure: fault.RateLimited, creditable: 2_110},
		{says: "408 after its 300 s", rule: faults.Rule{Action: faults.Refuse, Status: http.StatusRequestTimeout, Type: "run-timeout-exceeded"}, failure: fault.Unavailable, creditable: 2_110},
		{says: "a reset after the request", rule: faults.Rule{Action: faults.ResetAfter}, failure: fault.Unavailable, creditable: 2_110},
		{says: "swapped counters", rule: mine(`"playCount":7,"diggCount":120,"shareCount":1,"commentCount":3`), decision: views.Contradicted, signals: []views.SignalCode{views.ViewsFell, views.LikesOverViews, views.ViewsFellFar, views.CreditedOverReading, views.ClaimContradicted}, creditable: 2_110},
		{says: "a rounded count", rule: mine(played(`"1.2K"`)), missing: views.Unreadable, creditable: 2_110},
		{says: "rounded likes", rule: mine(`"playCount":130,"diggCount":"1.2K","shareCount":1,"commentCount":-1`), decision: views.Plausible, signals: []views.SignalCode{views.CreditedOverReading}, creditable: 2_110},
		{says: "another author's copy", rule: body("[" + tiktokItem(other, played(700_000)) + "]"), missing: views.Unreadable, creditable: 2_110},
		{says: "the truth", rule: mine(played(4_000)), decision: views.Capped, signals: []views.SignalCode{views.GrowthOver, views.ViewsPerLikeOver, views.JumpOverPlausible}, creditable: 2_130},
		{says: "the truth again", rule: mine(played(4_010)), decision: views.Confirmed, signals: []views.SignalCode{views.ViewsPerLikeOver}, creditable: 4_010},
	} {
		now = now.Add(time.Hour)
		_, err := sim.Faults.Add(step.rule)
		require.NoError(t, err)

		batch, err := client.Fetch(t.Context(), clip.TikTok, []string{post})

		if step.failure != "" {
			require.Equal(t, step.failure, fault.KindOf(err), "%s: %v", step.says, err)
		} else {
			require.NoError(t, err, step.says)
			read, found := batch.Readings[post]
			require.Equal(t, step.missing == "", found, "%s: %v", step.says, batch.Missing)
			if !found {
				require.Equal(t, step.missing, missingIn(batch, post), step.says)
			} else {
				polls++
				reading := w.Reading(1, polls, read.Views)
				reading.Reading, reading.Now = read, now
				credit, err := w.Earnings.RecordReading(t.Context(), reading)
				require.NoError(t, err, step.says)
				require.Equal(t, step.decision, credit.Decision, step.says)
				listed, err := w.Clips.ListObservations(t.Context(), w.ClipIDs[1], int32(polls)-1, 1)
				require.NoError(t, err)
				var signals []views.SignalCode
				for _, signal := range listed[0].Signals {
					signals = append(signals, signal.Code)
				}
				require.Equal(t, step.signals, signals, step.says)
			}
		}
		kept, err := w.Clips.Get(t.Context(), w.ClipIDs[1])
		require.NoError(t, err)
		require.Equal(t, step.creditable, kept.AcceptedViews, step.says)
		require.Equal(t, step.creditable/2, kept.EarnedMinor, step.says)
		require.Equal(t, step.creditable/2, w.Facts(t).SpentMinor, step.says)
	}
	w.RequireBooksInOrder(t)
}

// missingIn is why a batch has no reading of a post. One that it leaves out is unreadable.
func missingIn(batch providers.Batch, post string) string {
	if reason, ok := batch.Missing[post]; ok {
		return reason
	}
	return views.Unreadable
}
