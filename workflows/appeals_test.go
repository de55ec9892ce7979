package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// appeal has the creator appeal the decision on the clip that was submitted.
func (b *brand) appeal(t *testing.T) (appealID string) { return b.appealAt(t, b.clock.Now()) }

func (b *brand) appealAt(t *testing.T, at time.Time) (appealID string) {
	t.Helper()
	appealID = uuid.NewString()
	_, err := b.store.Clips.FileAppeal(t.Context(), clips.NewAppeal{ID: appealID, ClipID: b.open, Statement: "It is on brief.", FiledBy: "creator", At: at})
	require.NoError(t, err)
	return appealID
}

func (b *brand) uphold(t *testing.T, appealID string) {
	t.Helper()
	require.NoError(t, b.store.Clips.UpholdAppeal(t.Context(), clip.Appeal{ID: appealID, Actor: "bob", At: b.clock.Now()}))
}

// closedWithRejection has a campaign that has closed, and a clip in it that a person has rejected after that.
func closedWithRejection(t *testing.T) *brand {
	t.Helper()
	b := setupCampaign(t, manualReview)
	h := b.inReview(t, b.creator(t, goodBank), 0)
	require.Equal(t, campaign.Closed, b.live(h).Status)
	b.decideNow(t, clip.Rejected, clip.Reject)
	return b
}

// liveWithAppeal has a live campaign, and an appeal in it that was filed at the start.
func liveWithAppeal(t *testing.T) (b *brand, appealID string) {
	t.Helper()
	b = setupCampaign(t, manualReview)
	b.input.CampaignID, _ = b.liveCampaign(t, manualReview)
	b.submitForReview(t, b.creator(t, goodBank), 0)
	b.decideNow(t, clip.Rejected, clip.Reject)
	return b, b.appeal(t)
}

// checkAppeals is a pass by the schedule at a time. It returns the watches that were started.
func (w *world) checkAppeals(t *testing.T, at time.Time) (started []string, result workflows.AppealCheckResult) {
	t.Helper()
	h := w.begin(t)
	h.SetStartTime(at)
	h.OnWorkflow(workflows.OverdueAppeals, mock.Anything, mock.Anything).Return(nil).Maybe()
	h.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		started = append(started, info.WorkflowExecution.ID)
	})
	result = completed[workflows.AppealCheckResult](h, workflows.AppealCheck)
	return started, result
}

func TestAppealCheck(t *testing.T) {
	t.Parallel()

	t.Run("finds an appeal that was filed after its campaign had ended, once it is overdue", func(t *testing.T) {
		t.Parallel()
		b := closedWithRejection(t)
		filedAt := b.clock.Now()
		appealID := b.appeal(t)

		early, _ := b.checkAppeals(t, filedAt.Add(71*hour))
		late, found := b.checkAppeals(t, filedAt.Add(73*hour))
		b.uphold(t, appealID)
		decided, none := b.checkAppeals(t, filedAt.Add(74*hour))

		require.Empty(t, early)
		require.Equal(t, []string{names.Appeals}, late)
		require.Equal(t, 1, found.Overdue)
		require.Empty(t, decided)
		require.Zero(t, none.Overdue)
	})

	t.Run("finds an appeal of a live campaign", func(t *testing.T) {
		t.Parallel()
		b, _ := liveWithAppeal(t)

		started, _ := b.checkAppeals(t, start.Add(4*days))

		require.Equal(t, []string{names.Appeals}, started)
	})
}

func TestOverdueAppeals(t *testing.T) {
	t.Parallel()

	t.Run("are shown until they are decided", func(t *testing.T) {
		t.Parallel()
		b, appealID := liveWithAppeal(t)
		h := b.world.begin(t)
		h.SetStartTime(start.Add(80 * hour))
		h.at(hour, func() {
			require.Equal(t, "appeal_overdue", b.attentionReason())
			require.Contains(t, h.details(), "POST /v1/appeals/"+appealID+"/uphold")
			require.Contains(t, h.details(), names.RunbookLink("appeal_overdue"))
		})
		h.at(10*days, func() {
			require.Equal(t, "appeal_overdue", b.attentionReason())
			b.uphold(t, appealID)
		})

		h.ExecuteWorkflow(workflows.OverdueAppeals, workflows.OverdueAppealsInput{})

		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, b.attentionReason())
		require.LessOrEqual(t, b.clock.Now().Sub(start), 80*hour+10*days+hour)
	})

	t.Run("leave the list when a person cancels the watch", func(t *testing.T) {
		t.Parallel()
		b, _ := liveWithAppeal(t)
		h := b.world.begin(t)
		h.SetStartTime(start.Add(80 * hour))
		h.at(hour, h.CancelWorkflow)

		h.ExecuteWorkflow(workflows.OverdueAppeals, workflows.OverdueAppealsInput{})

		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, b.attentionReason())
	})

	t.Run("are listed again when the books can be reached", func(t *testing.T) {
		t.Parallel()
		b, appealID := liveWithAppeal(t)
		h := b.world.begin(t)
		h.SetStartTime(start.Add(80 * hour))
		h.at(2*hour+time.Minute, func() {
			for range 4 {
				b.mishaps.putAway("ListOverdueAppeals")
			}
		})
		h.at(days, func() {
			require.Equal(t, "appeal_overdue", b.attentionReason())
			b.uphold(t, appealID)
		})

		h.ExecuteWorkflow(workflows.OverdueAppeals, workflows.OverdueAppealsInput{})

		require.NoError(t, h.GetWorkflowError())
		require.Empty(t, b.attentionReason())
	})
}
