package dbtest

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// RequireBooksInOrder requires that every promise of the books holds.
func RequireBooksInOrder(t T, store *books.Books) {
	t.Helper()
	verified, err := store.Audit.Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
}

// SealAll seals until nothing is left, and returns the sizes of the blocks. Transactions of
// other tests on the same server may hold a pass up.
func SealAll(t T, store *books.Books, limits seal.Limits) []int64 {
	t.Helper()
	var sizes []int64
	for deadline := time.Now().Add(patience); ; {
		sealed, err := store.Journal.SealEntries(t.Context(), limits)
		require.NoError(t, err)
		require.True(t, time.Now().Before(deadline), "held up for %s", patience)
		if sealed.Held {
			continue
		}
		if sealed.Number == 0 {
			return sizes
		}
		sizes, deadline = append(sizes, sealed.Entries), time.Now().Add(patience)
	}
}

// Period returns an accounting period by its name, such as 2026-02.
func Period(t testing.TB, name string) ledger.Period {
	t.Helper()
	period, err := ledger.ParsePeriod(name)
	require.NoError(t, err)
	return period
}

// SQLState returns the code with which the server refused a statement, or nothing.
func SQLState(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// Constraint returns the name of the constraint that a statement violated, or nothing.
func Constraint(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.ConstraintName
	}
	return ""
}
