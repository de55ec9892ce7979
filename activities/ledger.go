package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/payments"
)

// Ledger has the activities that read and write the database. Each is idempotent,
// and calls nothing outside the database.
type Ledger struct {
	Books *books.Books
	// Notices derive the subject of a stored event, by the event's provider.
	Notices map[string]payments.Notices
	// VerifyAbove has the budgets above which a brand must be verified; nil asks for none.
	VerifyAbove campaign.VerifyAbove
}

// Register binds all activities of the database.
func (l Ledger) Register(registry Registry) {
	l.registerCampaigns(registry)
	l.registerDisputes(registry)
	l.registerFunding(registry)
	l.registerConverted(registry)
	l.registerClips(registry)
	l.registerSnapshots(registry)
	l.registerChannels(registry)
	l.registerEvidence(registry)
	l.registerPayouts(registry)
	l.registerCorrections(registry)
	l.registerAdoptions(registry)
	l.registerReconciliation(registry)
	l.registerInbox(registry)
	l.registerVerifications(registry)
	l.registerUpkeep(registry)
}

// The steps that maintain the ledger.
var (
	// ReleaseHolds releases up to Limit due holds and returns how many it released.
	ReleaseHolds = Activity[ReleaseDue, int]{"ReleaseHolds"}
	// SealEntries seals the next block of the journal.
	SealEntries = Activity[seal.Limits, seal.Progress]{"SealEntries"}
	// CheckBooks returns the errors in the books, one sentence each.
	CheckBooks = Activity[None, []string]{"CheckBooks"}
	// EnsurePartitions creates the tables of the months after a time and returns how many were
	// missing.
	EnsurePartitions = Activity[time.Time, int]{"EnsurePartitions"}
	// ForgetIdempotencyKeys deletes the API's stored answers that are older than a time.
	ForgetIdempotencyKeys = Activity[time.Time, int64]{"ForgetIdempotencyKeys"}
	// RecordOperatorAction records a person's action in the audit trail.
	RecordOperatorAction = Activity[access.OperatorAction, None]{"RecordOperatorAction"}
	// ReadSwitches reads what a person has stopped at once.
	ReadSwitches = Activity[None, []killswitch.Switch]{"ReadSwitches"}
)

// ReleaseDue requests the holds that are due by Now.
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
	bind(registry, ReadSwitches, func(ctx context.Context, _ None) ([]killswitch.Switch, error) { return l.Books.Edge.ListSwitches(ctx) })
}

// checkBooks does not read sealed entries again; `creditroll ledger verify` reads all of them.
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
