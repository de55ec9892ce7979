package workflows_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/workflows"
)

// continued runs histories of a campaign until the last one ends, each going on as new as
// soon as it can.
func (b *brand) continued(t *testing.T, prepare ...func(h *history)) (campaign.Status, int) {
	t.Helper()
	for n := range 300 {
		h := b.begin(t)
		h.SetContinueAsNewSuggested(true)
		if n < len(prepare) {
			prepare[n](h)
		}
		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		var next *workflow.ContinueAsNewError
		if !errors.As(h.GetWorkflowError(), &next) {
			require.NoError(t, h.GetWorkflowError())
			var result workflows.CampaignResult
			require.NoError(t, h.GetWorkflowResult(&result))
			return result.Status, n
		}
		carryOver(t, next, &b.input)
	}
	require.FailNow(t, "the campaign never ends")
	return "", 0
}

func TestCampaignContinuesAsNew(t *testing.T) {
	t.Parallel()
	ask := func(name string, args ...any) func(h *history) {
		return func(h *history) { h.ask(time.Minute, name, args...) }
	}
	toLive := []func(*history){
		ask(workflows.UpdateTransition, asks(campaign.Submit)),
		ask(workflows.UpdateTransition, asks(campaign.Approve)),
		ask(workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"}),
		func(*history) {}, // books the payment
		func(*history) {}, // goes live
	}
	endings := map[string]struct {
		prepare func(h *history)
		want    campaign.Status
	}{
		"a command":                 {ask(workflows.UpdateTransition, asks(campaign.Complete)), campaign.Closed},
		"a cancellation":            {ask(workflows.UpdateTransition, asks(campaign.Cancel)), campaign.Cancelled},
		"a cancellation by the CLI": {func(h *history) { h.at(time.Minute, h.CancelWorkflow) }, campaign.Cancelled},
	}
	for name, ending := range endings {
		t.Run("and loses neither state nor "+name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)

			status, histories := b.continued(t, append(append([]func(*history){}, toLive...), ending.prepare)...)

			require.Equal(t, ending.want, status)
			require.Greater(t, histories, 4)
			require.Less(t, b.clock.Now().Sub(start), days, "it ended for that reason, not at its last day")
			require.Equal(t, 1, b.effects("charge.succeeded"))
			b.requireRefunded(t, 0)
			require.True(t, strings.HasPrefix(b.onRecord(t).PaymentIntentID, "pi_"))
		})
	}
}
