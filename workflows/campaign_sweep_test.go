package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// The workflow of a clip is terminated after it was signalled to take its final reading.
func TestCampaignEndsAlthoughAClipIsTerminated(t *testing.T) {
	t.Parallel()
	b := setupCampaign(t, nil)
	who := b.creator(t, goodBank)
	h := b.begin(t)
	h.SetWorkflowRunTimeout(10 * days)
	b.fund(h, "pm_card_bypassPending")
	h.at(hour, func() {
		b.submit(t, who, 10_000)
		h.gone[names.Clip(b.open)], b.open = false, "" // it takes the signal, and never finishes
	})
	h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
	h.at(3*hour, func() {
		for id := range h.gone {
			h.gone[id] = true
		}
	})
	h.at(5*hour, func() {
		require.Contains(t, h.details(), "1 clips are still open")
	})
	h.at(3*days, func() { b.settle(t, b.reserve(t, who)) })

	result := b.live(h)

	require.Equal(t, campaign.Closed, result.Status)
	require.Equal(t, int64(5_000), result.SpentMinor)
	b.requireRefunded(t, 5_000)
}
