package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
)

const (
	// failedAttention is how many rounds in a row may fail before the clip needs attention.
	failedAttention = 5
	// heldAttention is how many readings a count may stay unconfirmed before a person should look at it.
	heldAttention = 6
	// contestAttention is how often a provider may contradict what another one claims.
	contestAttention = 3
)

// sleep is waiting.sleep, and brings the needs-attention list up to date before.
func (c *clipProcess) sleep(ctx workflow.Context, d time.Duration, summary string) {
	c.showWanted(ctx)
	c.waiting.sleep(ctx, d, summary)
}

// wanted is why a person should look at the clip now. It follows from the state alone, so that it is on the list
// exactly as long as it is true.
func (c *clipProcess) wanted() (attention, bool) {
	open := c.State.Recheck
	switch {
	case c.State.Status.Terminal(), c.State.Status == clip.InReview && c.State.Review.Shown:
		return attention{}, false
	case c.State.Failing:
		return attention{
			Reason: "providers_failing",
			Detail: "No provider has answered about this clip for several rounds (" + c.failure + "). Check their credentials and quotas. The workflow continues once a provider answers." + c.heldDetail(),
		}, true
	case c.State.Status == clip.InReview, c.State.Spent: // a person looks at it anyway, or nothing depends on it
		return attention{}, false
	case c.State.Contest != nil && c.State.Contest.Times >= contestAttention:
		return attention{
			Reason: "providers_disagree",
			Detail: "One provider claims " + strconv.FormatInt(c.contested().Views, 10) + " views, and another one shows fewer, again and again. One of them is wrong. The rest is held. Look at the post and at the clip's observations; confirm the count if it is true.",
		}, true
	case open != nil && open.Tries >= heldAttention:
		return attention{
			Reason: clip.UnconfirmedCount,
			Detail: "A count of the clip is above the plausible, and no other reading has confirmed it, or the readings cannot be used. The rest is held. Look at the post and at the clip's observations; confirm the count if it is true. The workflow continues by itself once a reading confirms or contradicts it." + c.heldDetail(),
		}, true
	}
	return attention{}, false
}

// showWanted shows what is wanted, again if others have cleared the list in the time between, and clears what is not
// any more. The details of the last reading have less to say.
func (c *clipProcess) showWanted(ctx workflow.Context) {
	a, needed := c.wanted()
	listed, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(AttributeAttentionReason)
	switch {
	case needed && listed == a.Reason:
		describeAttention(ctx, a)
	case needed:
		showAttention(ctx, a)
	case c.State.Shown != "" && listed == c.State.Shown:
		unlistAttention(ctx)
	}
	c.State.Shown = a.Reason
}
