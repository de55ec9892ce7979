package workflows

import (
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// Search attributes of all workflows, registered by `creditroll migrate`.
var (
	AttributeCampaignID      = temporal.NewSearchAttributeKeyKeyword("CampaignId")
	AttributeCreatorID       = temporal.NewSearchAttributeKeyKeyword("CreatorId")
	AttributeOrganizationID  = temporal.NewSearchAttributeKeyKeyword("OrganizationId")
	AttributePayoutRunID     = temporal.NewSearchAttributeKeyKeyword("PayoutRunId")
	AttributePayoutStatus    = temporal.NewSearchAttributeKeyKeyword("PayoutStatus")
	AttributePlatform        = temporal.NewSearchAttributeKeyKeyword("Platform")
	AttributeNeedsAttention  = temporal.NewSearchAttributeKeyBool("NeedsAttention")
	AttributeAttentionReason = temporal.NewSearchAttributeKeyKeyword("AttentionReason")
)

// attention is why a workflow waits for a person: a stable reason to search by, what to do, and
// the command lines for it.
type attention struct {
	Reason   string
	Detail   string
	Commands []string
}

// showAttention puts the workflow on the needs-attention list. Its current details say what to
// do, and end with the place in the runbook.
func showAttention(ctx workflow.Context, a attention) {
	upsert(ctx, AttributeNeedsAttention.ValueSet(true), AttributeAttentionReason.ValueSet(a.Reason))
	describeAttention(ctx, a)
}

// describeAttention shows only the details, of what is on the list already.
func describeAttention(ctx workflow.Context, a attention) {
	var details strings.Builder
	details.WriteString("**Needs attention: " + a.Reason + "**\n\n" + a.Detail + "\n")
	for _, line := range a.Commands {
		details.WriteString("\n```\n" + strings.ReplaceAll(line, " --", " \\\n  --") + "\n```\n")
	}
	details.WriteString("\nSee " + names.RunbookLink(a.Reason) + ".\n")
	workflow.SetCurrentDetails(ctx, details.String())
}

// unforeseen is the attention for a refusal that the workflow has no rule for. The workflow must
// not end, because money may be in transit.
func unforeseen(err error, retryLine string) attention {
	a := attention{
		Reason: "unforeseen_refusal",
		Detail: "A step was refused for an unexpected reason (" + fault.CodeOf(err) + "): " + err.Error() + "\n\nNothing is lost: every earlier step is recorded. Fix the cause, then retry.",
	}
	if retryLine != "" {
		a.Commands = []string{retryLine}
	}
	return a
}

func clearAttention(ctx workflow.Context) {
	unlistAttention(ctx)
	workflow.SetCurrentDetails(ctx, "")
}

// unlistAttention clears the list and leaves the details, which say something else by now.
func unlistAttention(ctx workflow.Context) {
	upsert(ctx, AttributeNeedsAttention.ValueSet(false), AttributeAttentionReason.ValueUnset())
}

// upsert sets search attributes. It fails only on an empty update, which is a defect. The error
// is logged: an outdated list must not stop a payment.
func upsert(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not updated", "error", err)
	}
}
