package payouts

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Run is a batch of payouts of one period. Payouts counts those it started, and AtBank those of
// them whose bank had not answered when the run last moved.
type Run struct {
	ID                    string
	Period                string
	Number                int
	Status                payout.RunStatus
	BlockedReason         string
	Payouts               int32
	AtBank                int32
	UnassignedDifferences int32
	StartedBy             string
	ApprovedBy            string
	CancelledBy           string
	CancelReason          string
	StartedAt             time.Time
	FinishedAt            *time.Time
}

// GetRun returns one run, or fault.NotFound "payout_run_not_found".
func (s *Store) GetRun(ctx context.Context, id string) (Run, error) {
	row, err := s.db.Queries.ReadPayoutRun(ctx, id)
	if err != nil {
		return Run{}, db.OrNotFound(err, "payout_run")
	}
	return newPayoutRun(row), nil
}

// RunPlace is a run's place in lists.
type RunPlace struct {
	Period string
	Number int
}

// ListRuns returns a page of at most size runs of a kind, latest first, from before a place on. An
// empty kind stands for all.
func (s *Store) ListRuns(ctx context.Context, kind payout.RunKind, before RunPlace, size int32) ([]Run, error) {
	first, last := kind.Numbers()
	rows, err := s.db.Queries.ListPayoutRunPage(ctx, sqlc.ListPayoutRunPageParams{
		BeforePeriod: db.Optional(before.Period), BeforeNumber: int32(before.Number), PageSize: size,
		FirstNumber: int32(first), LastNumber: int32(last),
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	runs := make([]Run, len(rows))
	for i, row := range rows {
		runs[i] = newPayoutRun(row)
	}
	return runs, nil
}

func newPayoutRun(row sqlc.PayoutRun) Run {
	return Run{
		ID: row.ID, Period: row.Period, Number: int(row.Number), Status: payout.RunStatus(row.Status), BlockedReason: db.Text(row.BlockedReason),
		Payouts: row.Payouts, AtBank: row.AtBank, UnassignedDifferences: row.UnassignedDifferences,
		StartedBy: row.StartedBy, ApprovedBy: db.Text(row.ApprovedBy), CancelledBy: db.Text(row.CancelledBy), CancelReason: db.Text(row.CancelReason),
		StartedAt: row.StartedAt, FinishedAt: row.FinishedAt,
	}
}

// Payout is what one creator is paid in one currency by one run. Amount, lines and
// destination were frozen by its reservation.
type Payout struct {
	ID              string
	RunID           string
	Period          string
	RunNumber       int
	CreatorID       string
	Currency        money.Currency
	AmountMinor     int64
	Status          payout.Status
	AttentionReason string
	FailureCode     string
	TransferID      string
	BankPayoutID    string
	// Method is the one that was asked for. FeeMinor is the fee of an instant payout, which the creator
	// pays in addition to the amount. FallbackCode says why it was sent by the standard method.
	Method       payout.Method
	FeeMinor     int64
	FallbackCode string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Attempt is one intent to move a payout's money, recorded before the call.
type Attempt struct {
	Phase       payout.Phase
	Generation  int32
	AmountMinor int64
	// Currency is that of the amount: another one than the payout's for what was converted.
	Currency    money.Currency
	Outcome     payout.AttemptStatus
	ExternalID  string
	FailureCode string
	// Remark is what the rail said about a refusal.
	Remark fault.Remark
	// Method is that of a bank payout.
	Method     payout.Method
	IntendedAt time.Time
	SettledAt  *time.Time
}

// Detail is a payout with its lines and every attempt to move its money.
type Detail struct {
	Payout
	Lines    []payout.Line
	Attempts []Attempt
	// Conversions are what its transfers became, if that was another currency, the newest last.
	Conversions []Conversion
}

// Get returns one payout, or fault.NotFound "payout_not_found".
func (s *Store) Get(ctx context.Context, id string) (Detail, error) {
	var detail Detail
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		var err error
		detail, err = Read(ctx, q, id)
		return err
	})
	return detail, err
}

// Read returns one payout in a transaction, or fault.NotFound "payout_not_found".
func Read(ctx context.Context, q *sqlc.Queries, id string) (Detail, error) {
	row, err := q.ReadPayout(ctx, id)
	if err != nil {
		return Detail{}, db.OrNotFound(err, "payout")
	}
	detail := Detail{Payout: newPayout(sqlc.ListPayoutPageRow(row))}
	lines, err := q.ListPayoutLines(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	for _, line := range lines {
		detail.Lines = append(detail.Lines, payout.Line(line))
	}
	attempts, err := q.ListPayoutAttempts(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	for _, attempt := range attempts {
		made := Attempt{
			Phase: payout.Phase(attempt.Phase), Generation: attempt.Generation, AmountMinor: attempt.AmountMinor, Currency: money.Currency(attempt.Currency), Outcome: payout.AttemptStatus(attempt.Outcome),
			ExternalID: db.Text(attempt.ExternalID), FailureCode: db.Text(attempt.FailureCode),
			IntendedAt: attempt.IntendedAt, SettledAt: attempt.SettledAt, Method: payout.Method(attempt.Method),
		}
		if len(attempt.FailureRemark) > 0 {
			if err := json.Unmarshal(attempt.FailureRemark, &made.Remark); err != nil {
				return Detail{}, err
			}
		}
		detail.Attempts = append(detail.Attempts, made)
	}
	detail.Conversions, err = listConversions(ctx, q, id)
	return detail, err
}

// Filter narrows a list of payouts; empty fields do not.
type Filter struct {
	RunID     string
	CreatorID string
	Status    payout.Status
}

// List returns a page in the order of ids.
func (s *Store) List(ctx context.Context, narrow Filter, page db.Page) ([]Payout, error) {
	rows, err := s.db.Queries.ListPayoutPage(ctx, sqlc.ListPayoutPageParams{
		RunID: db.Optional(narrow.RunID), CreatorID: db.Optional(narrow.CreatorID), Status: db.Optional(string(narrow.Status)),
		AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	payouts := make([]Payout, len(rows))
	for i, row := range rows {
		payouts[i] = newPayout(row)
	}
	return payouts, nil
}

func newPayout(row sqlc.ListPayoutPageRow) Payout {
	return Payout{
		ID: row.ID, RunID: row.RunID, Period: row.Period, RunNumber: int(row.RunNumber), CreatorID: row.CreatorID, Currency: money.Currency(row.Currency),
		AmountMinor: row.AmountMinor, Status: payout.Status(row.Status),
		AttentionReason: db.Text(row.AttentionReason), FailureCode: db.Text(row.FailureCode),
		TransferID: db.Text(row.TransferID), BankPayoutID: db.Text(row.BankPayoutID),
		Method: payout.Method(row.Method), FeeMinor: row.FeeMinor, FallbackCode: db.Text(row.FallbackCode),
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

// FindIdentity returns what the workflow of a payout is started with, or false if the books have
// no such payout.
func (s *Store) FindIdentity(ctx context.Context, id string) (payout.Identity, bool, error) {
	found, err := s.db.Queries.FindPayoutIdentity(ctx, id)
	if err != nil || len(found) == 0 {
		return payout.Identity{}, false, db.Translate(err)
	}
	row := found[0]
	return payout.Identity{PayoutID: row.ID, RunID: row.RunID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency)}, true, nil
}

// ListParked lists the payouts of connected accounts that wait for a person, by account.
func (s *Store) ListParked(ctx context.Context, accounts ...string) (map[string][]string, error) {
	rows, err := s.db.Queries.ListParkedPayouts(ctx, accounts)
	parked := make(map[string][]string)
	for _, row := range rows {
		parked[row.PayoutAccount] = append(parked[row.PayoutAccount], row.ID)
	}
	return parked, db.Translate(err)
}
