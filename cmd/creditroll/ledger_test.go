package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// desk runs ledger commands on its own database.
type desk struct {
	t   *testing.T
	url string
}

func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{t, createDatabase(t, sharedStack(t).DatabaseURL)}
	require.NoError(t, db.Migrate(t.Context(), d.url))
	return d
}

// run returns standard output and standard error of a ledger command.
func (d desk) run(args ...string) (stdout, stderr string, err error) {
	d.t.Helper()
	executable, err := os.Executable()
	require.NoError(d.t, err)
	var out, log bytes.Buffer
	command := exec.CommandContext(d.t.Context(), executable, append([]string{"ledger"}, args...)...)
	command.Env = append(os.Environ(), asCommand+"=1", "DATABASE_URL="+d.url)
	command.Stdout, command.Stderr = &out, &log
	err = command.Run()
	return out.String(), log.String(), err
}

func (d desk) mustRun(args ...string) string {
	d.t.Helper()
	stdout, stderr, err := d.run(args...)
	require.NoError(d.t, err, stderr)
	return stdout
}

// fund books and seals five payments of 10.00 USD, one per day up to now.
func (d desk) fund(now time.Time) {
	d.t.Helper()
	store, err := books.Open(d.t.Context(), d.url, db.Options{})
	require.NoError(d.t, err)
	defer store.DB.Close()
	for days := range 5 {
		_, err := store.Journal.Post(d.t.Context(), ledger.CampaignFunded(ledger.Funding{
			CampaignID: "k1", PaymentIntentID: uuid.NewString(), Currency: "USD", GrossMinor: 1000, FeeMinor: 30, At: now.AddDate(0, 0, -days),
		}))
		require.NoError(d.t, err)
	}
	require.Eventually(d.t, func() bool {
		sealed, err := store.Journal.SealEntries(d.t.Context(), seal.DefaultLimits())
		return err == nil && sealed.Number == 1
	}, patience, 50*time.Millisecond)
}

func TestLedgerCommands(t *testing.T) {
	t.Parallel()

	t.Run("print balances of now and of an earlier moment", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		now := time.Now()
		d.fund(now)
		yesterday := now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)

		require.Equal(t, "50.00 USD\n", d.mustRun("balance", "campaign/k1/escrow", "USD"))
		require.Equal(t, "40.00 USD\n", d.mustRun("balance", "campaign/k1/escrow", "USD", "--as-of", yesterday))
		require.Equal(t, "0.00 USD\n", d.mustRun("balance", "campaign/k1/escrow", "USD", "--recorded-as-of", yesterday))
		require.JSONEq(t, `{"account":"platform/processing_fees","currency":"USD","balance_minor":150}`, d.mustRun("balance", "platform/processing_fees", "USD", "--json"))
		require.JSONEq(t, `{"trial_balance":{"USD":0}}`, d.mustRun("trial-balance", "--json", "--as-of", yesterday))
	})

	t.Run("export the journal and replay it with the same seal", func(t *testing.T) {
		t.Parallel()
		d, again := newDesk(t), newDesk(t)
		d.fund(time.Now())
		for _, file := range []string{"journal.jsonl", "journal.csv"} {
			path := filepath.Join(t.TempDir(), file)
			format := strings.TrimPrefix(filepath.Ext(file), ".")

			require.Empty(t, d.mustRun("export", "--format", format, "--output", path))

			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(text), d.mustRun("export", "--format", format), "standard output has only data")
			if format == "csv" {
				again = newDesk(t)
			}
			var before, after, imported struct{ Head any }
			require.NoError(t, json.Unmarshal([]byte(d.mustRun("verify", "--json")), &before))
			require.NoError(t, json.Unmarshal([]byte(again.mustRun("import", path, "--json")), &imported))
			require.NoError(t, json.Unmarshal([]byte(again.mustRun("verify", "--json")), &after))
			require.NotNil(t, before.Head)
			require.Equal(t, before, after)
			require.Equal(t, before, imported)
			require.Equal(t, string(text), again.mustRun("export", "--format", format))
		}
	})

	t.Run("fail if the books were tampered with, and name the row", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.fund(time.Now())
		owner, err := pgx.Connect(t.Context(), d.url)
		require.NoError(t, err)
		t.Cleanup(func() { _ = owner.Close(context.Background()) })
		_, err = owner.Exec(t.Context(), "SET session_replication_role = replica; UPDATE journal_entries SET effective_at = effective_at - interval '1 day' WHERE seq = 3")
		require.NoError(t, err)

		stdout, stderr, err := d.run("verify")

		require.Error(t, err)
		require.Regexp(t, `^seal 3 campaign_funded \S+ \(\S+\): the entry is not what was sealed in block 1`, stdout)
		require.Contains(t, stderr, "verification found 1 errors in the books")
	})

	t.Run("compare the chain with a seal that was stored outside", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		d.fund(time.Now())
		var verified struct {
			Head struct {
				Number int64
				Hash   string
			}
		}
		require.NoError(t, json.Unmarshal([]byte(d.mustRun("verify", "--json")), &verified))
		kept := fmt.Sprintf("%d:%s", verified.Head.Number, verified.Head.Hash)

		require.Contains(t, d.mustRun("verify", "--expect", kept), "0 findings")
		require.Contains(t, d.mustRun("verify"), "owed, ")
		require.Contains(t, d.mustRun("verify"), " by the books: ")
		stdout, _, err := d.run("verify", "--expect", kept, "--expect", "9:"+verified.Head.Hash)
		require.Error(t, err)
		require.Contains(t, stdout, "seal 9: was kept with the hash "+verified.Head.Hash+" and is not there")
		_, stderr, err := d.run("verify", "--expect", verified.Head.Hash)
		require.Error(t, err)
		require.Contains(t, stderr, "write its number, a colon and its hash")
	})

	t.Run("detach a month and print how to attach it again", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		owner, err := pgx.Connect(t.Context(), d.url)
		require.NoError(t, err)
		t.Cleanup(func() { _ = owner.Close(context.Background()) })
		_, err = owner.Exec(t.Context(), "SELECT make_partition('postings', '2026-01-01Z')")
		require.NoError(t, err)
		d.mustRun("close-period", "2026-01", "--actor", "finance-1", "--reason", "reported")

		var detached struct{ Table, Attach string }
		require.NoError(t, json.Unmarshal([]byte(d.mustRun("detach-month", "2026-01", "--actor", "finance-1", "--reason", "kept elsewhere", "--json")), &detached))
		_, again, err := d.run("detach-month", "2026-01", "--actor", "finance-1", "--reason", "kept elsewhere")
		require.Error(t, err)
		_, attachErr := owner.Exec(t.Context(), detached.Attach)
		require.NoError(t, attachErr)

		require.Equal(t, "postings_2026_01", detached.Table)
		require.Contains(t, again, "detached already")
		require.Contains(t, d.mustRun("detach-month", "2026-01", "--actor", "finance-1", "--reason", "again"), "to attach the month again: "+detached.Attach)
	})

	for name, tc := range map[string]struct {
		args []string
		says string
	}{
		"a month that is open":      {[]string{"detach-month", "2026-01", "--actor", "finance-1", "--reason", "r"}, "close it first with `creditroll ledger close-period 2026-01`"},
		"an unknown account":        {[]string{"balance", "campaign/k2/escrow", "USD"}, "no account"},
		"an unknown currency":       {[]string{"balance", "campaign/k1/escrow", "usd"}, "write it in upper case, as USD"},
		"a currency never held":     {[]string{"balance", "campaign/k1/escrow", "EUR"}, "only in [USD]"},
		"a day in the future":       {[]string{"balance", "campaign/k1/escrow", "USD", "--as-of", "2999-01-01"}, "lies in the future"},
		"a malformed moment":        {[]string{"trial-balance", "--recorded-as-of", "soon"}, "is not a moment"},
		"an unknown format":         {[]string{"export", "--format", "xml"}, "use jsonl or csv"},
		"a missing file":            {[]string{"import", "nowhere.jsonl"}, "cannot be read"},
		"a file of no known format": {[]string{"import", "journal.txt"}, "use jsonl or csv"},
		"a missing directory":       {[]string{"export", "--output", "/nowhere/journal.jsonl"}, "cannot be written"},
		"books that are not empty":  {[]string{"import", "--format", "jsonl", os.DevNull}, "empty books only"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.fund(time.Now())

			stdout, stderr, err := d.run(tc.args...)

			require.Error(t, err)
			require.Empty(t, stdout)
			require.Contains(t, stderr, tc.says)
		})
	}
}
