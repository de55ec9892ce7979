package api

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
)

// Engine runs the commands that change money, budgets, lifecycles and clips. Commands are
// idempotent: a second call changes nothing and returns the first result. A command that
// returns nil has been stored durably. Errors are faults.
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
	ProposeAdoption(ctx context.Context, proposal adoption.Proposal) error
	DecideAdoption(ctx context.Context, c command.DecideAdoption) error
	// WakeInbox delivers stored webhooks now instead of at the next sweep.
	WakeInbox(ctx context.Context) error
}

// Payments returns the secret for a payer's browser. The API calls it and not the engine, so
// that the secret stays out of workflow histories.
type Payments interface {
	ClientSecret(ctx context.Context, paymentIntentID string) (string, error)
}

// Links follows a short link to its post.
type Links interface {
	Resolve(ctx context.Context, rawURL string) (clip.Ref, error)
}

// WebhookEvent is the subject of a verified webhook. PayoutID and CampaignID come from the
// metadata of the object, and are empty if it has none.
type WebhookEvent struct {
	ID         string
	Type       string
	Account    string
	ObjectID   string
	PayoutID   string
	CampaignID string
}

// VerifyWebhook checks signature and age of a payload and reads the event. It returns
// fault.Denied for a payload that is not signed with one of our secrets or was signed too long
// ago, and fault.Invalid for a payload that is not an event.
type VerifyWebhook func(payload []byte, signatureHeader string, now time.Time) (WebhookEvent, error)
