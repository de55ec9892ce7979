package db_test

import (
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestMigrate(t *testing.T) {
	t.Parallel()

	t.Run("makes an empty database usable, and a second time changes nothing", func(t *testing.T) {
		t.Parallel()
		url := dbtest.EmptyURL(t)

		require.NoError(t, db.Migrate(t.Context(), url))
		first := schemaOf(t, url)
		require.NoError(t, db.Migrate(t.Context(), url))

		require.Equal(t, first, schemaOf(t, url))
		world.In(t, url, dbtest.Open(t, url), 1, nil)
	})

	t.Run("is safe to run from several processes at once", func(t *testing.T) {
		t.Parallel()
		url := dbtest.EmptyURL(t)
		failures := make([]error, 4)

		var processes sync.WaitGroup
		for i := range failures {
			processes.Go(func() { failures[i] = db.Migrate(t.Context(), url) })
		}
		processes.Wait()

		for _, err := range failures {
			require.NoError(t, err)
		}
		require.NotEmpty(t, schemaOf(t, url))
	})

	t.Run("works step by step: each leaves a schema that can be read, and tells that more is to come", func(t *testing.T) {
		t.Parallel()
		url := dbtest.EmptyURL(t)
		provider := migrator(t, url)
		steps, reader := provider.ListSources(), dbtest.Connect(t, url)

		for i, step := range steps {
			_, err := provider.ApplyVersion(t.Context(), step.Version, true)
			require.NoError(t, err, step.Path)
			for table := range schemaOf(t, url) {
				_, err := reader.Exec(t.Context(), "SELECT FROM "+table+" LIMIT 0")
				require.NoError(t, err, table)
			}
			_, err = books.Open(t.Context(), url, db.Options{})
			if i < len(steps)-1 {
				require.Error(t, err, step.Path)
				require.Contains(t, []string{"not_migrated", "database_right_missing"}, fault.CodeOf(err), step.Path)
			}
		}

		require.NoError(t, db.Migrate(t.Context(), url))
		whole := dbtest.URL(t)
		require.Equal(t, schemaOf(t, whole), schemaOf(t, url))
		world.In(t, url, dbtest.Open(t, url), 1, nil)
	})

	t.Run("is refused to a login that owns nothing", func(t *testing.T) {
		t.Parallel()

		err := db.Migrate(t.Context(), dbtest.Member(t, dbtest.EmptyURL(t), ""))

		require.Error(t, err)
	})
}

func migrator(t *testing.T, url string) *goose.Provider {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	connection := stdlib.OpenDB(*config)
	t.Cleanup(func() { _ = connection.Close() })
	provider, err := goose.NewProvider(goose.DialectPostgres, connection, os.DirFS("migrations"))
	require.NoError(t, err)
	return provider
}

// schemaOf returns the columns of every table and view of ours.
func schemaOf(t *testing.T, url string) map[string][]string {
	t.Helper()
	rows, err := dbtest.Connect(t, url).Query(t.Context(), `SELECT table_schema || '.' || table_name, column_name || ' ' || data_type || ' ' || is_nullable
		FROM information_schema.columns WHERE table_schema IN ('public', 'audit') ORDER BY 1, ordinal_position`)
	require.NoError(t, err)
	defer rows.Close()
	schema := map[string][]string{}
	for rows.Next() {
		var table, column string
		require.NoError(t, rows.Scan(&table, &column))
		schema[table] = append(schema[table], column)
	}
	require.NoError(t, rows.Err())
	return schema
}

func TestOpen(t *testing.T) {
	t.Parallel()

	t.Run("lets an ordinary login work that is only a member of the application's role", func(t *testing.T) {
		t.Parallel()
		url := dbtest.Member(t, dbtest.URL(t), db.AppRole)

		w := world.In(t, url, dbtest.Open(t, url), 1, nil)
		recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1000))

		require.NoError(t, err)
		require.Equal(t, int64(500), recorded.GrossMinor)
		w.RequireBooksInOrder(t)
	})

	refusals := []struct {
		name string
		url  func(t *testing.T) string
		kind fault.Kind
		code string
	}{
		{"says that the schema is missing", func(t *testing.T) string { return dbtest.EmptyURL(t) }, fault.Conflict, "not_migrated"},
		{"says that the login is no member", func(t *testing.T) string { return dbtest.Member(t, dbtest.URL(t), "") }, fault.Denied, "not_a_member"},
		{"says that the address is malformed", func(*testing.T) string { return "postgres://%zz" }, fault.Invalid, "database_url_malformed"},
		{"says that nothing answers", func(*testing.T) string { return "postgres://127.0.0.1:1/creditroll" }, fault.Unavailable, "database_unreachable"},
		{"says that there is no such database", func(t *testing.T) string {
			address, err := url.Parse(dbtest.EmptyURL(t))
			require.NoError(t, err)
			address.Path = "/nowhere"
			return address.String()
		}, fault.Unavailable, "database_unreachable"},
	}
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			_, err := books.Open(t.Context(), tc.url(t), db.Options{})

			require.Equal(t, tc.kind, fault.KindOf(err), err)
			require.Equal(t, tc.code, fault.CodeOf(err), err)
		})
	}
}
