package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/payments"
)

// Ledger are the activities that write and read the database. Each is one transaction or one
// statement, and may be repeated.
type Ledger struct {
	Books *books.Books
	// Notices say what the stored events of a rail concern, by the provider of the event.
	Notices map[string]payments.Notices
}

// Register binds all activities of the database.
func (l Ledger) Register(registry Registry) {
	l.registerCampaigns(registry)
	l.registerClips(registry)
	l.registerPayouts(registry)
	l.registerCorrections(registry)
	l.registerReconciliation(registry)
	l.registerInbox(registry)
	l.registerUpkeep(registry)
}

// What keeps the books in order, whatever they are about.
var (
	// ReleaseHolds releases up to Limit holds that are due and returns how many it did.
	ReleaseHolds = Activity[ReleaseDue, int]{"ReleaseHolds"}
	// SealEntries seals the next block of the journal.
	SealEntries = Activity[seal.Limits, seal.Progress]{"SealEntries"}
	// CheckBooks returns what is wrong with the books, in sentences; none is best.
	CheckBooks = Activity[None, []string]{"CheckBooks"}
	// EnsurePartitions makes the tables of the months after a time and returns how many were
	// missing.
	EnsurePartitions = Activity[time.Time, int]{"EnsurePartitions"}
	// ForgetIdempotencyKeys deletes the API's stored answers from before a time.
	ForgetIdempotencyKeys = Activity[time.Time, int64]{"ForgetIdempotencyKeys"}
	// RecordOperatorAction records what a person did, for the audit trail.
	RecordOperatorAction = Activity[access.OperatorAction, None]{"RecordOperatorAction"}
)

// ReleaseDue asks for holds that are due by Now.
type ReleaseDue struct {
	Now   time.Time `json:"now"`
	Limit int       `json:"limit"`
}

func (l Ledger) registerUpkeep(registry Registry) {
	bind(registry, ReleaseHolds, func(ctx context.Context, in ReleaseDue) (int, error) {
		return l.Books.Earnings.ReleaseHolds(ctx, in.Now, in.Limit)
	})
	bind(registry, SealEntries, l.Books.Journal.SealEntries)
	bind(registry, CheckBooks, l.checkBooks)
	bind(registry, EnsurePartitions, l.Books.DB.EnsurePartitions)
	bind(registry, ForgetIdempotencyKeys, l.Books.Edge.ForgetIdempotent)
	bindAction(registry, RecordOperatorAction, l.Books.Edge.RecordAction)
}

// checkBooks takes sealed entries as they are: `creditroll ledger verify` reads all of them.
func (l Ledger) checkBooks(ctx context.Context, _ None) ([]string, error) {
	checked, err := l.Books.Audit.Check(ctx)
	if err != nil {
		return nil, err
	}
	sentences := make([]string, len(checked.Findings))
	for i, finding := range checked.Findings {
		sentences[i] = finding.String()
	}
	return sentences, nil
}
