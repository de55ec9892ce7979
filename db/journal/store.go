// Package journal stores the journal: accounts, entries and postings, balances, accounting periods, seals, and export and import of all of it.
package journal

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/recent"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Store reads and writes journal.
type Store struct {
	db *db.DB
	// accounts are ids by code.
	accounts *recent.Facts[ledger.Account, int64]
}

// accountsRemembered bounds the ids of accounts that a process keeps.
const accountsRemembered = 200_000

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db, accounts: recent.New[ledger.Account, int64](accountsRemembered)}
}
