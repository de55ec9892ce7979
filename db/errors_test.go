package db_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestTranslate(t *testing.T) {
	t.Parallel()

	t.Run("knows only constraints that exist", func(t *testing.T) {
		t.Parallel()
		// Triggers raise errors under their own names.
		rows, err := dbtest.Connect(t, dbtest.URL(t)).Query(t.Context(), `SELECT conname::text FROM pg_constraint UNION SELECT relname::text FROM pg_class WHERE relkind = 'i'
			UNION SELECT tgname::text FROM pg_trigger
			UNION SELECT (regexp_matches(prosrc, 'CONSTRAINT = ''(\w+)''', 'g'))[1] FROM pg_proc`)
		require.NoError(t, err)
		var existing []string
		for rows.Next() {
			var name string
			require.NoError(t, rows.Scan(&name))
			existing = append(existing, name)
		}
		require.NoError(t, rows.Err())

		for _, name := range db.MappedConstraints() {
			require.Contains(t, existing, name)
		}
	})

	cases := []struct {
		name string
		err  error
		kind fault.Kind
	}{
		{"keeps nothing as nothing", nil, ""},
		{"keeps a constraint without a mapping internal", &pgconn.PgError{Code: "23505", ConstraintName: "unheard_of"}, fault.Internal},
		{"keeps a broken statement internal", &pgconn.PgError{Code: "42601"}, fault.Internal},
		{"keeps what is not of the database internal", errors.New("no idea"), fault.Internal},
		{"calls text that is not UTF-8 invalid", &pgconn.PgError{Code: "22021"}, fault.Invalid},
		{"calls a deadlock unavailable", &pgconn.PgError{Code: "40P01"}, fault.Unavailable},
		{"calls a server that shuts down unavailable", &pgconn.PgError{Code: "57P01"}, fault.Unavailable},
		{"calls a full server unavailable", &pgconn.PgError{Code: "53300"}, fault.Unavailable},
		{"passes a fault on", fault.New(fault.Denied, "x", "x"), fault.Denied},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.kind, fault.KindOf(db.Translate(tc.err)))
		})
	}

	t.Run("calls a text with a zero byte invalid", func(t *testing.T) {
		t.Parallel()

		_, err := dbtest.New(t).Audit.ExplainPayment(t.Context(), "pi_\x00")

		require.Equal(t, "malformed_text", fault.CodeOf(err), err)
	})

	t.Run("calls an id that is none invalid", func(t *testing.T) {
		t.Parallel()

		_, err := dbtest.New(t).Clips.GetCreator(t.Context(), "not-a-uuid")

		require.Equal(t, "malformed_id", fault.CodeOf(err))
	})
}
