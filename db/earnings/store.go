// Package earnings stores what clips earn: readings that credit accruals under every cap,
// holds and their release, and what creators can be paid.
//
// Readings of one campaign are committed in groups (commit.go). Each group is one transaction
// (readings.go): load, decide, write.
package earnings

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/recent"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Store reads and writes earnings.
type Store struct {
	// CardHold is the present setting of the process. Set it before the first use.
	CardHold earnings.CardHold

	db      *db.DB
	journal *journal.Store
	// beneficiaries are the accounts that receive a clip's earnings, by clip.
	beneficiaries *recent.Facts[string, []ledger.Account]
	commits       *commitGroups
}

// beneficiariesMax bounds the clips whose beneficiaries a process keeps in memory.
const beneficiariesMax = 50_000

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	store := &Store{db: db, journal: journal, beneficiaries: recent.New[string, []ledger.Account](beneficiariesMax)}
	store.commits = newCommitGroups(store)
	return store
}
