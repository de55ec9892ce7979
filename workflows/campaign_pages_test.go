package workflows_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// A history has room for so many signals only. So a campaign with very many clips signals them over several histories.
func TestCampaignSignalsManyClipsOverSeveralHistories(t *testing.T) {
	t.Parallel()
	const many = 250
	b := setupCampaign(t, nil)
	who := b.creator(t, goodBank)
	clips, signals := []string{}, map[string]int{}
	var mu sync.Mutex
	var histories []int // how many clips each history has signalled
	prepared := make([]func(*history), 300)
	for i := range prepared {
		prepared[i] = func(h *history) {
			histories = append(histories, 0)
			h.onSignal = func(workflowID, signal string) {
				mu.Lock()
				histories[i]++
				signals[workflowID+" "+signal]++
				mu.Unlock()
				if signal == workflows.SignalFinalSweep {
					require.NoError(t, b.store.Clips.Move(t.Context(), workflowID[len(names.Clip("")):], clip.Rejected, clip.NotVerifiable))
				}
			}
		}
	}
	then := func(i int, do func(h *history)) {
		before := prepared[i]
		prepared[i] = func(h *history) { before(h); do(h) }
	}
	ask := func(i int, name string, args ...any) {
		then(i, func(h *history) { h.ask(time.Minute, name, args...) })
	}
	ask(0, workflows.UpdateTransition, asks(campaign.Submit))
	ask(1, workflows.UpdateTransition, asks(campaign.Approve))
	ask(2, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
	then(5, func(h *history) {
		for range many {
			id := uuid.NewString()
			_, err := b.store.Clips.Create(t.Context(), clip.NewClip{ID: id, CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: newPost(), URL: "https://example.test"})
			require.NoError(t, err)
			clips = append(clips, id)
		}
		h.at(time.Minute, func() { h.SignalWorkflow(workflows.SignalBudgetNearlySpent, nil) })
	})
	ask(9, workflows.UpdateTransition, asks(campaign.Complete))

	status, _ := b.continued(t, prepared...)

	require.Equal(t, campaign.Closed, status)
	for _, id := range clips {
		require.Equal(t, 1, signals[names.Clip(id)+" "+workflows.SignalRead])
		require.Equal(t, 1, signals[names.Clip(id)+" "+workflows.SignalFinalSweep])
	}
	for _, signalled := range histories {
		require.LessOrEqual(t, signalled, 100)
	}
}
