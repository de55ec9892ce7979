package db_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// storedKinds returns what the table ledger_kinds says.
func storedKinds(t *testing.T, url string) []ledger.Traits {
	t.Helper()
	rows, err := dbtest.Connect(t, url).Query(t.Context(), `SELECT kind, reverses, budget, dispute, payout_step, hold, object_type, reversal_object_type, named_by_object, bulk FROM ledger_kinds`)
	require.NoError(t, err)
	kinds, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Traits])
	require.NoError(t, err)
	return kinds
}

func TestLedgerKinds(t *testing.T) {
	t.Parallel()

	t.Run("are in the table as the code lists them", func(t *testing.T) {
		t.Parallel()

		require.ElementsMatch(t, ledger.Kinds(), storedKinds(t, dbtest.URL(t)))
	})

	t.Run("are in the documentation as the code lists them", func(t *testing.T) {
		t.Parallel()
		var want []string
		for _, kind := range ledger.Kinds() {
			want = append(want, traitsInWords(kind))
		}

		require.ElementsMatch(t, want, documentedKinds(t))
	})

	t.Run("are brought up to date by every migration", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		_, err := dbtest.Connect(t, url).Exec(t.Context(), "UPDATE ledger_kinds SET budget = '', bulk = NOT bulk, hold = ''")
		require.NoError(t, err)

		require.NoError(t, db.Migrate(t.Context(), url))

		require.ElementsMatch(t, ledger.Kinds(), storedKinds(t, url))
	})

	t.Run("keep a process from starting whose database lacks one", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		dbtest.Tamper(t, url, "DELETE FROM ledger_kinds WHERE kind = 'adjustment'")

		_, err := db.Open(t.Context(), url, db.Options{})

		require.Equal(t, "not_migrated", fault.CodeOf(err))
		require.ErrorContains(t, err, "adjustment")
	})

	t.Run("are the only ones that an entry may have, in the code and in the database", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		gift := world.Entry("x")
		gift.Kind = "gift"

		_, posted := b.Journal.Post(t.Context(), gift)
		_, inserted := dbtest.Connect(t, dbtest.Member(t, b.URL, db.AppRole)).Exec(t.Context(), strings.Replace(insertEntry, "'adjustment'", "'gift'", 1), uuid.NewString())

		require.Equal(t, "unknown_kind", fault.CodeOf(posted))
		require.Equal(t, "journal_entries_kind_fkey", dbtest.Constraint(inserted), inserted)
		require.Equal(t, "unknown_kind", fault.CodeOf(db.Translate(inserted)))
	})

	t.Run("never go, and keep their names", func(t *testing.T) {
		t.Parallel()
		owner := dbtest.Connect(t, dbtest.URL(t))

		for _, statement := range []string{"DELETE FROM ledger_kinds", "TRUNCATE ledger_kinds", "UPDATE ledger_kinds SET kind = kind || 's'"} {
			_, err := owner.Exec(t.Context(), statement)

			require.Equal(t, "23001", dbtest.SQLState(err), statement)
		}
	})

	t.Run("are missed by verification where a trigger did not hold them", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 2)
		dbtest.Tamper(t, b.URL, "UPDATE journal_entries SET kind = 'gift' WHERE seq = 2")

		verified := b.Verify(t)

		require.Contains(t, world.Checks(verified), "reference")
		require.Contains(t, fmt.Sprint(verified.Findings), "kind gift: 1 entries have this kind")
	})
}

// traitsInWords is what the documentation says of a kind, apart from its reference.
func traitsInWords(kind ledger.Traits) string {
	reverses := ""
	if kind.Reverses != "" {
		reverses = "`" + string(kind.Reverses) + "`"
	}
	stands := ""
	if kind.ObjectType != "" {
		stands = "`" + kind.ObjectType + "`"
	}
	if kind.ReversalObjectType != kind.ObjectType && kind.ReversalObjectType != "" {
		stands += ", or `" + kind.ReversalObjectType + "` if it reverses"
	}
	bulk := ""
	if kind.Bulk {
		bulk = "yes"
	}
	return strings.Join([]string{string(kind.Kind), reverses, stands, kind.Budget, kind.Dispute, kind.PayoutStep, kind.Hold, bulk}, " | ")
}

// documentedKinds reads the table of kinds. A condition after what a kind reverses is for people.
func documentedKinds(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../docs/reference/ledger.md")
	require.NoError(t, err)
	var kinds []string
	for _, row := range regexp.MustCompile("(?m)^\\| \\[`([a-z_]+)`\\]\\([^)]*\\) \\|(.*)\\|$").FindAllStringSubmatch(string(page), -1) {
		cells := strings.Split(row[2], "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		cells[1], _, _ = strings.Cut(cells[1], ",")
		kinds = append(kinds, strings.Join(append([]string{row[1]}, cells[1:]...), " | "))
	}
	return kinds
}
