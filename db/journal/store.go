// Package journal stores the journal: accounts, entries and postings, balances, accounting
// periods and seals. It also exports and imports the whole journal.
package journal

import (
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/recent"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Store reads and writes the journal.
type Store struct {
	db *db.DB
	// accounts has the ids of accounts by code.
	accounts *recent.Facts[ledger.Account, int64]
}

// accountsMax bounds the account ids that a process keeps in memory.
const accountsMax = 200_000

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db, accounts: recent.New[ledger.Account, int64](accountsMax)}
}
