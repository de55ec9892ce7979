package db

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutRun is the batch of payouts of one period. Payouts counts those it started.
type PayoutRun struct {
	ID            string
	Period        string
	Status        string
	BlockedReason string
	Payouts       int32
	StartedAt     time.Time
	FinishedAt    *time.Time
}

// ReadPayoutRun returns one run, or fault.NotFound "payout_run_not_found".
func (s *Store) ReadPayoutRun(ctx context.Context, id string) (PayoutRun, error) {
	row, err := s.queries.ReadPayoutRun(ctx, id)
	if err != nil {
		return PayoutRun{}, orNotFound(err, "payout_run")
	}
	return newPayoutRun(row), nil
}

// ListPayoutRuns returns a page, latest period first; page.After is a period.
func (s *Store) ListPayoutRuns(ctx context.Context, page Page) ([]PayoutRun, error) {
	rows, err := s.queries.ListPayoutRunPage(ctx, sqlc.ListPayoutRunPageParams{BeforePeriod: optional(page.After), PageSize: page.Size})
	if err != nil {
		return nil, translate(err)
	}
	runs := make([]PayoutRun, len(rows))
	for i, row := range rows {
		runs[i] = newPayoutRun(row)
	}
	return runs, nil
}

func newPayoutRun(row sqlc.PayoutRun) PayoutRun {
	return PayoutRun{
		ID: row.ID, Period: row.Period, Status: row.Status, BlockedReason: value(row.BlockedReason),
		Payouts: row.Payouts, StartedAt: row.StartedAt, FinishedAt: row.FinishedAt,
	}
}

// Payout is what one creator is paid in one currency by one run. Amount, lines and
// destination were frozen by its reservation.
type Payout struct {
	ID              string
	RunID           string
	Period          string
	CreatorID       string
	Currency        money.Currency
	AmountMinor     int64
	Status          payout.Status
	AttentionReason string
	FailureCode     string
	TransferID      string
	BankPayoutID    string
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// PayoutLine is a campaign's part of a payout.
type PayoutLine struct {
	CampaignID  string
	AmountMinor int64
}

// PayoutAttempt is one intent to move a payout's money, recorded before the call.
type PayoutAttempt struct {
	Phase       payout.Phase
	Generation  int32
	Outcome     string
	ExternalID  string
	FailureCode string
	IntendedAt  time.Time
	SettledAt   *time.Time
}

// PayoutDetail is a payout with its lines and every attempt to move its money.
type PayoutDetail struct {
	Payout
	Lines    []PayoutLine
	Attempts []PayoutAttempt
}

// ReadPayout returns one payout, or fault.NotFound "payout_not_found".
func (s *Store) ReadPayout(ctx context.Context, id string) (PayoutDetail, error) {
	var detail PayoutDetail
	err := s.inTx(ctx, func(q *sqlc.Queries) error {
		var err error
		detail, err = readPayout(ctx, q, id)
		return err
	})
	return detail, err
}

func readPayout(ctx context.Context, q *sqlc.Queries, id string) (PayoutDetail, error) {
	row, err := q.ReadPayout(ctx, id)
	if err != nil {
		return PayoutDetail{}, orNotFound(err, "payout")
	}
	detail := PayoutDetail{Payout: newPayout(sqlc.ListPayoutPageRow(row))}
	lines, err := q.ListPayoutLines(ctx, id)
	if err != nil {
		return PayoutDetail{}, err
	}
	for _, line := range lines {
		detail.Lines = append(detail.Lines, PayoutLine(line))
	}
	attempts, err := q.ListPayoutAttempts(ctx, id)
	if err != nil {
		return PayoutDetail{}, err
	}
	for _, attempt := range attempts {
		detail.Attempts = append(detail.Attempts, PayoutAttempt{
			Phase: payout.Phase(attempt.Phase), Generation: attempt.Generation, Outcome: attempt.Outcome,
			ExternalID: value(attempt.ExternalID), FailureCode: value(attempt.FailureCode),
			IntendedAt: attempt.IntendedAt, SettledAt: attempt.SettledAt,
		})
	}
	return detail, nil
}

// PayoutFilter narrows a list of payouts; empty fields do not.
type PayoutFilter struct {
	RunID     string
	CreatorID string
	Status    payout.Status
}

// ListPayouts returns a page in the order of ids.
func (s *Store) ListPayouts(ctx context.Context, narrow PayoutFilter, page Page) ([]Payout, error) {
	rows, err := s.queries.ListPayoutPage(ctx, sqlc.ListPayoutPageParams{
		RunID: optional(narrow.RunID), CreatorID: optional(narrow.CreatorID), Status: optional(string(narrow.Status)),
		AfterID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	payouts := make([]Payout, len(rows))
	for i, row := range rows {
		payouts[i] = newPayout(row)
	}
	return payouts, nil
}

func newPayout(row sqlc.ListPayoutPageRow) Payout {
	return Payout{
		ID: row.ID, RunID: row.RunID, Period: row.Period, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency),
		AmountMinor: row.AmountMinor, Status: payout.Status(row.Status),
		AttentionReason: value(row.AttentionReason), FailureCode: value(row.FailureCode),
		TransferID: value(row.TransferID), BankPayoutID: value(row.BankPayoutID),
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}
