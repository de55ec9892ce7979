package api

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
)

// Engine carries out what changes money, budgets, lifecycles and clips. Every command may
// be given twice: the second time changes nothing and answers as the first did. A command
// that returns nil has been stored for good. Errors are faults.
type Engine interface {
	CreateCampaign(ctx context.Context, c command.CreateCampaign) error
	CommandCampaign(ctx context.Context, c command.CampaignCommand) (campaign.Status, error)
	FundCampaign(ctx context.Context, c command.FundCampaign) (command.Funding, error)
	SubmitClip(ctx context.Context, c command.SubmitClip) (clip.Status, error)
	ReviewClip(ctx context.Context, c command.ReviewClip) (clip.Status, error)
	StartPayoutRun(ctx context.Context, period string) (runID string, err error)
	ApprovePayoutRun(ctx context.Context, period, actor string) error
	CommandPayout(ctx context.Context, c command.PayoutCommand) (status string, err error)
	ProposeCorrection(ctx context.Context, proposal correction.Proposal) error
	DecideCorrection(ctx context.Context, c command.DecideCorrection) error
	// WakeInbox makes the inbox be looked at now; without it that happens at the next sweep.
	WakeInbox(ctx context.Context) error
}

// Payments hands out what a payer's browser needs. It is asked here, and not by the engine,
// so that the secret stays out of workflow histories.
type Payments interface {
	ClientSecret(ctx context.Context, paymentIntentID string) (string, error)
}

// Links follows a short link to the post behind it.
type Links interface {
	Resolve(ctx context.Context, rawURL string) (clip.Ref, error)
}

// WebhookEvent is what a verified webhook is about. PayoutID and CampaignID are ours, from
// the metadata of the object, and empty if it has none.
type WebhookEvent struct {
	ID         string
	Type       string
	Account    string
	ObjectID   string
	PayoutID   string
	CampaignID string
}

// VerifyWebhook checks the signature of a payload against the time and reads the event. It
// returns fault.Denied for a payload that is not signed with one of our secrets, or was
// signed too long ago, and fault.Invalid for what is no event.
type VerifyWebhook func(payload []byte, signatureHeader string, now time.Time) (WebhookEvent, error)
