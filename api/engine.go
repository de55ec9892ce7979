package api

import (
	"context"
	"net/url"
	"time"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/rail"
)

// Engine runs the commands that change money, budgets, lifecycles and clips. Commands are
// idempotent: a second call changes nothing and returns the first result. A command that
// returns nil has been stored durably. Errors are faults.
type Engine interface {
	CreateCampaign(ctx context.Context, c command.CreateCampaign) error
	CommandCampaign(ctx context.Context, c command.CampaignCommand) (campaign.Status, error)
	FundCampaign(ctx context.Context, c command.FundCampaign) (command.Funding, error)
	AmendCampaign(ctx context.Context, c command.AmendCampaign) (campaign.Amended, error)
	// CreateDeposit returns once the payment is created, or the fault of a declined payment.
	CreateDeposit(ctx context.Context, c command.CreateDeposit) (command.DepositStarted, error)
	CancelDeposit(ctx context.Context, c command.CancelDeposit) (funding.DepositStatus, error)
	// CreateWithdrawal returns once the amount is reserved.
	CreateWithdrawal(ctx context.Context, c command.CreateWithdrawal) (funding.WithdrawalStatus, error)
	CancelWithdrawal(ctx context.Context, c command.CancelWithdrawal) (funding.WithdrawalStatus, error)
	SubmitClip(ctx context.Context, c command.SubmitClip) (clip.Status, error)
	ReviewClip(ctx context.Context, c command.ReviewClip) (clip.Status, error)
	// StartChannelProof returns once the code is issued.
	StartChannelProof(ctx context.Context, c command.StartChannelProof) (clip.ProofState, error)
	CancelChannelProof(ctx context.Context, c command.CancelChannelProof) error
	// NotifyChannel has the clips of a channel's account look at it now. One that is not reached does so at its next
	// reading.
	NotifyChannel(ctx context.Context, clipIDs []string)
	// StartPayoutRun returns fault.Conflict "run_exists" if another request has started the run.
	StartPayoutRun(ctx context.Context, c command.StartPayoutRun) (runID string, err error)
	CommandPayoutRun(ctx context.Context, c command.PayoutRunCommand) error
	// RequestInstantPayout returns once the payout is reserved, or the fault of a
	// payout.InstantRefusal.
	RequestInstantPayout(ctx context.Context, c command.RequestInstantPayout) error
	CommandPayout(ctx context.Context, c command.PayoutCommand) (status string, err error)
	ProposeCorrection(ctx context.Context, proposal correction.Proposal) error
	DecideCorrection(ctx context.Context, c command.DecideCorrection) error
	ProposeAdoption(ctx context.Context, proposal adoption.Proposal) error
	DecideAdoption(ctx context.Context, c command.DecideAdoption) error
	// Notify signals the workflow that an event concerns. It returns rail.Undelivered without an
	// error if only a sweep of the inbox can deliver the event. A notice about an account also
	// names a payout that waits for it.
	Notify(ctx context.Context, notice rail.Notice) (rail.Delivery, error)
	// WakeInbox sweeps the inbox now instead of at the next interval.
	WakeInbox(ctx context.Context) error
}

// Payments returns the secret for a payer's browser. The API calls it and not the engine, so
// that the secret stays out of workflow histories.
type Payments interface {
	ClientSecret(ctx context.Context, paymentIntentID string) (string, error)
}

// Onboarding creates and reads the connected accounts of creators and the verifications of brands. The API calls it and not the
// engine, so that links and secrets stay out of workflow histories.
type Onboarding interface {
	CreateAccount(ctx context.Context, request rail.NewAccount) (rail.Account, error)
	GetAccount(ctx context.Context, account string) (rail.Account, error)
	CreateAccountLink(ctx context.Context, request rail.AccountLinkRequest) (rail.AccountLink, error)
	CreateAccountSession(ctx context.Context, account string) (rail.AccountSession, error)
	CreateVerification(ctx context.Context, request rail.NewVerification) (rail.VerificationSession, error)
	GetVerification(ctx context.Context, id string) (rail.VerificationSession, error)
}

// Links follows a short link to its post.
type Links interface {
	Resolve(ctx context.Context, rawURL string) (clip.Ref, error)
}

// VerifyWebhook checks signature and age of a payload and reads the event. It returns
// fault.Denied for a payload that is not signed with one of our secrets or was signed too long
// ago, and fault.Invalid for a payload that is not an event.
type VerifyWebhook func(payload []byte, signatureHeader string, now time.Time) (rail.Event, error)

// ProviderWebhook receives the notifications of one view provider.
type ProviderWebhook struct {
	// Accepts reports whether an Authorization header has one of the provider's secrets.
	Accepts func(authorization string) bool
	// Parse returns our id of a snapshot, and the provider's if it is named. It returns fault.Invalid
	// "webhook_malformed".
	Parse func(query url.Values, body []byte) (job, snapshotID string, err error)
}

// RouteWebhook returns what an event concerns. It is a pure function.
type RouteWebhook func(rail.Event) rail.Notice
