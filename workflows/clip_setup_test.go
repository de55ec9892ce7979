package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// tracked is a world with a live campaign and a creator's post in it.
type tracked struct {
	*world
	campaignID string
	creator    creator
	input      workflows.ClipInput
}

func setupClip(t *testing.T, change func(*campaign.Terms)) *tracked {
	t.Helper()
	w := setup(t)
	c := &tracked{world: w, creator: w.creator(t, goodBank)}
	c.campaignID, _ = w.liveCampaign(t, change)
	w.posts.author = c.creator.handle
	c.input = workflows.ClipInput{
		ClipID: uuid.NewString(), CampaignID: c.campaignID, CreatorID: c.creator.id, Platform: clip.TikTok, ExternalID: newPost(),
		URL: "https://example.test", Chain: []string{"apify", "rapidapi"}, Schedule: views.DefaultSchedule(),
	}
	return c
}

func (c *tracked) track(h *history) workflows.ClipResult {
	h.t.Helper()
	return completed[workflows.ClipResult](h, workflows.ClipTracking, c.input)
}

func (c *tracked) onRecord(t *testing.T) clips.Clip {
	t.Helper()
	found, err := c.store.Clips.Get(t.Context(), c.input.ClipID)
	require.NoError(t, err)
	return found
}

// requireEarned says what the clip earned, in the clip, the books and the campaign.
func (c *tracked) requireEarned(t *testing.T, grossMinor int64) {
	t.Helper()
	require.Equal(t, grossMinor, c.onRecord(t).EarnedMinor)
	require.Equal(t, grossMinor, c.balance(t, ledger.CreatorPending(c.creator.id))+c.balance(t, ledger.CreatorAvailable(c.creator.id)))
	c.requireBooksInOrder(t)
}

func (c *tracked) clipStatus(h *history, d time.Duration) *clip.Status {
	var seen clip.Status
	h.at(d, func() { seen = c.onRecord(h.t).Status })
	return &seen
}

func reviewed(approve bool) workflows.Review {
	if approve {
		return decided(clip.Approve)
	}
	return decided(clip.Reject)
}

func decided(decision clip.Decision) workflows.Review {
	review := workflows.Review{Decision: decision, Actor: uuid.NewString()}
	if decision != clip.Approve {
		review.Reason = clip.OffBrief
	}
	return review
}

func readings(counts ...int64) []count {
	all := make([]count, len(counts))
	for i, n := range counts {
		all[i].views = n
	}
	return all
}

func manualReview(agreed *campaign.Terms) { agreed.AutoApproveClips = false }
