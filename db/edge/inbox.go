package edge

import (
	"context"
	"strings"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/rail"
)

// NewWebhook is a verified event of an external service, with what it concerns.
type NewWebhook struct {
	Provider string
	Event    rail.Event
	Concern  rail.Concern
	// Payload is the signed body, byte by byte.
	Payload []byte
	// ClaimedUntil is how long the process that stores the event delivers it itself. Until then
	// no sweep does. The zero time leaves it to the next sweep.
	ClaimedUntil time.Time
}

// RecordWebhook stores an event in the inbox and reports whether it is new. A stored event does
// not change. One that concerns no workflow is stored as finished.
func (s *Store) RecordWebhook(ctx context.Context, webhook NewWebhook) (fresh bool, err error) {
	return s.intake.add(ctx, webhook)
}

// storable replaces the character NUL, which text in the database cannot have. JSON can, so a
// sender can put it into any field.
func storable(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

// Webhook is an event that is not finished. Tries counts deliveries that failed.
type Webhook struct {
	Provider   string
	Event      rail.Event
	Tries      int
	ReceivedAt time.Time
}

// ListPendingWebhooks returns at most limit unfinished events that are due: those about money
// first, and then in the order of their arrival.
func (s *Store) ListPendingWebhooks(ctx context.Context, now time.Time, limit int) ([]Webhook, error) {
	rows, err := s.db.Queries.ListPendingWebhooks(ctx, sqlc.ListPendingWebhooksParams{Now: now, PageSize: int32(limit)})
	if err != nil {
		return nil, db.Translate(err)
	}
	webhooks := make([]Webhook, len(rows))
	for i, row := range rows {
		webhooks[i] = Webhook{Provider: row.Provider, Tries: int(row.Tries), ReceivedAt: row.ReceivedAt, Event: rail.Event{
			ID: row.EventID, Type: row.EventType, Account: row.Account, ObjectID: row.ObjectID,
			PayoutID: db.Text(row.PayoutID), CampaignID: db.Text(row.CampaignID),
			DepositID: db.Text(row.DepositID), WithdrawalID: db.Text(row.WithdrawalID),
		}}
	}
	return webhooks, nil
}

// FinishWebhooks records what became of events, in one statement. A finished event does not
// change. An undelivered one stays, is counted as tried, and is due at its next try.
func (s *Store) FinishWebhooks(ctx context.Context, receipts []rail.Receipt) error {
	var rows sqlc.FinishWebhooksParams
	for _, receipt := range receipts {
		rows.Providers = append(rows.Providers, receipt.Provider)
		rows.EventIds = append(rows.EventIds, storable(receipt.EventID))
		rows.Outcomes = append(rows.Outcomes, string(receipt.Outcome))
		rows.NextTriesAt = append(rows.NextTriesAt, receipt.NextTryAt)
	}
	return db.Translate(s.db.Queries.FinishWebhooks(ctx, rows))
}
