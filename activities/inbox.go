package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/rail"
)

// The steps of the webhook inbox.
var (
	// ListPendingWebhooks lists undelivered events, oldest first.
	ListPendingWebhooks = Activity[PendingWebhooks, []Webhook]{"ListPendingWebhooks"}
	// FinishWebhook marks a stored event as delivered.
	FinishWebhook = Activity[WebhookOutcome, None]{"FinishWebhook"}
)

// Webhook is a stored event of a rail and its subject.
type Webhook struct {
	Provider string      `json:"provider"`
	EventID  string      `json:"event_id"`
	Type     string      `json:"type"`
	Notice   rail.Notice `json:"notice"`
}

// PendingWebhooks requests undelivered events. If LeftBehindFor is above zero, younger events
// are excluded, because another pass may be delivering them.
type PendingWebhooks struct {
	LeftBehindFor duration.Text `json:"left_behind_for"`
	Limit         int           `json:"limit"`
}

// WebhookOutcome is the result of a delivery.
type WebhookOutcome struct {
	Provider string `json:"provider"`
	EventID  string `json:"event_id"`
	Outcome  string `json:"outcome"`
}

func (l Ledger) registerInbox(registry Registry) {
	bind(registry, ListPendingWebhooks, l.listPendingWebhooks)
	bindAction(registry, FinishWebhook, func(ctx context.Context, in WebhookOutcome) error {
		return l.Books.Edge.FinishWebhook(ctx, in.Provider, in.EventID, in.Outcome)
	})
}

// listPendingWebhooks lists stored events with what they are about. An event of a rail that this
// process does not know is about nothing, and must not block the others: every workflow also
// reads its rail without events.
func (l Ledger) listPendingWebhooks(ctx context.Context, in PendingWebhooks) ([]Webhook, error) {
	stored, err := l.Books.Edge.ListPendingWebhooks(ctx, in.LeftBehindFor.Std(), in.Limit)
	if err != nil {
		return nil, err
	}
	pending := make([]Webhook, len(stored))
	for i, webhook := range stored {
		notice, known := l.Notices[webhook.Provider]
		if !known {
			notice = ignoreEvent
		}
		pending[i] = Webhook{Provider: webhook.Provider, EventID: webhook.EventID, Type: webhook.EventType, Notice: notice(rail.Event{
			ID: webhook.EventID, Type: webhook.EventType, Account: webhook.Account, ObjectID: webhook.ObjectID,
			PayoutID: webhook.PayoutID, CampaignID: webhook.CampaignID,
		})}
	}
	return pending, nil
}

func ignoreEvent(rail.Event) rail.Notice { return rail.Notice{Concern: rail.ConcernNone} }
