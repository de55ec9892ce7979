// Package earnings stores what clips earn: readings that credit accruals under every cap, holds and their release, and what creators can be paid.
package earnings

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/recent"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Store reads and writes earnings.
type Store struct {
	db      *db.DB
	journal *journal.Store
	// beneficiaries are the accounts that a clip's earnings go to, by clip.
	earners *recent.Facts[string, []ledger.Account]
	commits *commitGroups
}

// earnersRemembered bounds the clips whose beneficiaries a process keeps.
const earnersRemembered = 50_000

// New returns a Store on an open database.
func New(db *db.DB, journal *journal.Store) *Store {
	store := &Store{db: db, journal: journal, earners: recent.New[string, []ledger.Account](earnersRemembered)}
	store.commits = newCommitGroups(store)
	return store
}
