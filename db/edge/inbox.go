package edge

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// Webhook is a verified event of an external service. PayoutID and CampaignID come from the
// metadata of its object, or are empty.
type Webhook struct {
	Provider   string
	EventID    string
	EventType  string
	Account    string
	ObjectID   string
	PayoutID   string
	CampaignID string
	// Payload is the signed JSON.
	Payload    []byte
	ReceivedAt time.Time
}

// RecordWebhook stores an event in the inbox and reports whether it is new. A stored event does
// not change.
func (s *Store) RecordWebhook(ctx context.Context, webhook Webhook) (fresh bool, err error) {
	inserted, err := s.db.Queries.InsertWebhook(ctx, sqlc.InsertWebhookParams{
		Provider: webhook.Provider, EventID: webhook.EventID, EventType: webhook.EventType,
		Account: webhook.Account, ObjectID: webhook.ObjectID,
		PayoutID: db.Optional(webhook.PayoutID), CampaignID: db.Optional(webhook.CampaignID), Payload: webhook.Payload,
	})
	return inserted == 1, db.Translate(err)
}

// ListPendingWebhooks returns at most limit unfinished events, oldest first. It leaves out
// events younger than minAge, which may be in delivery.
func (s *Store) ListPendingWebhooks(ctx context.Context, minAge time.Duration, limit int) ([]Webhook, error) {
	rows, err := s.db.Queries.ListPendingWebhooks(ctx, sqlc.ListPendingWebhooksParams{WaitingSeconds: minAge.Seconds(), PageSize: int32(limit)})
	if err != nil {
		return nil, db.Translate(err)
	}
	webhooks := make([]Webhook, len(rows))
	for i, row := range rows {
		webhooks[i] = Webhook{
			Provider: row.Provider, EventID: row.EventID, EventType: row.EventType, Account: row.Account, ObjectID: row.ObjectID,
			PayoutID: db.Text(row.PayoutID), CampaignID: db.Text(row.CampaignID), Payload: row.Payload, ReceivedAt: row.ReceivedAt,
		}
	}
	return webhooks, nil
}

// FinishWebhook marks an event as finished with a one-word outcome. A finished event does not
// change.
func (s *Store) FinishWebhook(ctx context.Context, provider, eventID, outcome string) error {
	return db.Translate(s.db.Queries.FinishWebhook(ctx, sqlc.FinishWebhookParams{Provider: provider, EventID: eventID, Outcome: &outcome}))
}
