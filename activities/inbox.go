package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/rail"
)

// The steps of the webhook inbox.
var (
	// ListPendingWebhooks lists undelivered events that are due, those about money first.
	ListPendingWebhooks = Activity[PendingWebhooks, []Webhook]{"ListPendingWebhooks"}
	// FinishWebhooks records what became of a page of events.
	FinishWebhooks = Activity[WebhookReceipts, None]{"FinishWebhooks"}
)

// Webhook is a stored event of a rail and its subject.
type Webhook struct {
	Provider string      `json:"provider"`
	EventID  string      `json:"event_id"`
	Type     string      `json:"type"`
	Notice   rail.Notice `json:"notice"`
	// Tries counts the deliveries that failed.
	Tries int `json:"tries,omitempty"`
	// PayoutIDs are the payouts that wait for the account of the notice.
	PayoutIDs []string `json:"payout_ids,omitempty"`
}

// PendingWebhooks requests undelivered events that are due.
type PendingWebhooks struct {
	Now   time.Time `json:"now"`
	Limit int       `json:"limit"`
}

// WebhookReceipts are the results of deliveries.
type WebhookReceipts struct {
	Receipts []rail.Receipt `json:"receipts"`
}

func (l Ledger) registerInbox(registry Registry) {
	bind(registry, ListPendingWebhooks, l.listPendingWebhooks)
	bindAction(registry, FinishWebhooks, func(ctx context.Context, in WebhookReceipts) error {
		return l.Books.Edge.FinishWebhooks(ctx, in.Receipts)
	})
}

// listPendingWebhooks lists stored events with what they are about. An event of a rail that this
// process does not know is about nothing, and must not block the others: every workflow also
// reads its rail without events. Events of accounts are many, and seldom does a payout wait for
// one, so the waiting payouts of all accounts are read at once.
func (l Ledger) listPendingWebhooks(ctx context.Context, in PendingWebhooks) ([]Webhook, error) {
	stored, err := l.Books.Edge.ListPendingWebhooks(ctx, in.Now, in.Limit)
	if err != nil {
		return nil, err
	}
	pending := make([]Webhook, len(stored))
	var accounts []string
	for i, webhook := range stored {
		notice, known := l.Notices[webhook.Provider]
		if !known {
			notice = ignoreEvent
		}
		event := webhook.Event
		pending[i] = Webhook{Provider: webhook.Provider, EventID: event.ID, Type: event.Type, Tries: webhook.Tries, Notice: notice(event)}
		if account := pending[i].Notice.Account; account != "" {
			accounts = append(accounts, account)
		}
	}
	if len(accounts) == 0 {
		return pending, nil
	}
	parked, err := l.Books.Payouts.ListParked(ctx, accounts...)
	for i := range pending {
		pending[i].PayoutIDs = parked[pending[i].Notice.Account]
	}
	return pending, err
}

func ignoreEvent(rail.Event) rail.Notice { return rail.Notice{Concern: rail.ConcernNone} }
