package workflows

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/fault"
)

// Search attributes of all workflows, registered by `creditroll migrate`.
var (
	AttributeCampaignID      = temporal.NewSearchAttributeKeyKeyword("CampaignId")
	AttributeCreatorID       = temporal.NewSearchAttributeKeyKeyword("CreatorId")
	AttributePayoutRunID     = temporal.NewSearchAttributeKeyKeyword("PayoutRunId")
	AttributePayoutStatus    = temporal.NewSearchAttributeKeyKeyword("PayoutStatus")
	AttributePlatform        = temporal.NewSearchAttributeKeyKeyword("Platform")
	AttributeNeedsAttention  = temporal.NewSearchAttributeKeyBool("NeedsAttention")
	AttributeAttentionReason = temporal.NewSearchAttributeKeyKeyword("AttentionReason")
)

// attention is why a workflow waits for a person: a stable reason to search by, a sentence,
// and the command lines that help.
type attention struct {
	Reason   string
	Detail   string
	Commands []string
}

// showAttention puts the workflow on the needs-attention list, with what to do about it in
// its current details.
func showAttention(ctx workflow.Context, a attention) {
	upsert(ctx, AttributeNeedsAttention.ValueSet(true), AttributeAttentionReason.ValueSet(a.Reason))
	var details strings.Builder
	details.WriteString("**Needs attention: " + a.Reason + "**\n\n" + a.Detail + "\n")
	for _, line := range a.Commands {
		details.WriteString("\n```\n" + strings.ReplaceAll(line, " --", " \\\n  --") + "\n```\n")
	}
	workflow.SetCurrentDetails(ctx, details.String())
}

// unforeseen is the attention for a refusal that the process has no plan for: it must not
// end the process, because money may be on its way.
func unforeseen(err error, retryLine string) attention {
	a := attention{
		Reason: "unforeseen_refusal",
		Detail: "A step was refused in a way that nobody foresaw (" + fault.CodeOf(err) + "): " + err.Error() + "\n\nNothing is lost: what has happened is on record. Mend the cause, then retry.",
	}
	if retryLine != "" {
		a.Commands = []string{retryLine}
	}
	return a
}

func clearAttention(ctx workflow.Context) {
	upsert(ctx, AttributeNeedsAttention.ValueSet(false), AttributeAttentionReason.ValueUnset())
	workflow.SetCurrentDetails(ctx, "")
}

// upsert sets search attributes. It can only fail on an empty update, which is a defect; a
// list that is out of date must not stop money.
func upsert(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not updated", "error", err)
	}
}
