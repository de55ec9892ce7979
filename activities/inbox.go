package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Webhook is a stored event of a rail, and what it concerns.
type Webhook struct {
	Provider string      `json:"provider"`
	EventID  string      `json:"event_id"`
	Type     string      `json:"type"`
	Notice   rail.Notice `json:"notice"`
}

// PendingWebhooks asks for stored events that nobody has been told of.
type PendingWebhooks struct {
	LeftBehindFor duration.Text `json:"left_behind_for"`
	Limit         int           `json:"limit"`
}

// ListPendingWebhooks lists stored events that nobody has been told of, oldest first. An event
// of a rail that this process does not know is fault.Internal "unknown_rail", so that the event
// waits for a process that does.
func (a *Ledger) ListPendingWebhooks(ctx context.Context, in PendingWebhooks) ([]Webhook, error) {
	stored, err := a.Store.Edge.ListPendingWebhooks(ctx, in.LeftBehindFor.Std(), in.Limit)
	if err != nil {
		return nil, Failure(err)
	}
	pending := make([]Webhook, len(stored))
	for i, webhook := range stored {
		notice, known := a.Notices[webhook.Provider]
		if !known {
			return nil, Failure(fault.New(fault.Internal, "unknown_rail", "no payment rail is called %q", webhook.Provider))
		}
		pending[i] = Webhook{Provider: webhook.Provider, EventID: webhook.EventID, Type: webhook.EventType, Notice: notice(rail.Event{
			ID: webhook.EventID, Type: webhook.EventType, Account: webhook.Account, ObjectID: webhook.ObjectID,
			PayoutID: webhook.PayoutID, CampaignID: webhook.CampaignID,
		})}
	}
	return pending, nil
}

// FinishWebhook says what became of a stored event.
type FinishWebhook struct {
	Provider string `json:"provider"`
	EventID  string `json:"event_id"`
	Outcome  string `json:"outcome"`
}

// FinishWebhook marks an event as dealt with.
func (a *Ledger) FinishWebhook(ctx context.Context, in FinishWebhook) error {
	return Failure(a.Store.Edge.FinishWebhook(ctx, in.Provider, in.EventID, in.Outcome))
}

// ListParkedPayouts lists payouts that an event about a connected account may set free.
func (a *Ledger) ListParkedPayouts(ctx context.Context, account string) ([]string, error) {
	ids, err := a.Store.Payouts.ListParked(ctx, account)
	return ids, Failure(err)
}

// EnsurePartitions makes the tables of the months after now, and returns how many were missing.
func (a *Ledger) EnsurePartitions(ctx context.Context, now time.Time) (int, error) {
	made, err := a.Store.DB.EnsurePartitions(ctx, now)
	return made, Failure(err)
}

// ForgetIdempotencyKeys drops the API's stored answers from before a time.
func (a *Ledger) ForgetIdempotencyKeys(ctx context.Context, before time.Time) (int64, error) {
	dropped, err := a.Store.Edge.ForgetIdempotent(ctx, before)
	return dropped, Failure(err)
}
