package world

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// Journal is books that hold nothing but a journal, with entries of five cents.
type Journal struct {
	*books.Books
	URL string
}

// NewJournal returns an empty journal in a database of its own.
func NewJournal(t testing.TB) *Journal {
	t.Helper()
	url := dbtest.URL(t)
	return &Journal{Books: dbtest.Open(t, url), URL: url}
}

// Entry moves five cents from test/b to test/a.
func Entry(reference string) ledger.Entry {
	return ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: reference, Currency: "USD", EffectiveAt: Now,
		Postings: []ledger.Posting{{Account: "test/a", AmountMinor: 5}, {Account: "test/b", AmountMinor: -5}},
	}
}

// Post posts so many entries.
func (j *Journal) Post(t dbtest.T, entries int) {
	t.Helper()
	for range entries {
		_, err := j.Journal.Post(t.Context(), Entry(uuid.NewString()))
		require.NoError(t, err)
	}
}

// SealAll seals until nothing is left, and returns the sizes of the blocks.
func (j *Journal) SealAll(t dbtest.T, limits seal.Limits) []int64 {
	t.Helper()
	return dbtest.SealAll(t, j.Books, limits)
}

// Verify holds every promise of the books.
func (j *Journal) Verify(t dbtest.T) audit.Verification {
	t.Helper()
	verified, err := j.Audit.Verify(t.Context())
	require.NoError(t, err)
	return verified
}

// Checks names the checks of what a verification found, in its order.
func Checks(verified audit.Verification) []string {
	checks := []string{}
	for _, finding := range verified.Findings {
		checks = append(checks, finding.Check)
	}
	return checks
}
