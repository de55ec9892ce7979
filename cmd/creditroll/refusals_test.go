package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/ledger"
)

// calls runs a command on the desk's database and returns its output and exit code.
func (d desk) calls(args ...string) (stdout, stderr string, exitCode int) {
	d.t.Helper()
	executable, err := os.Executable()
	require.NoError(d.t, err)
	var out, log bytes.Buffer
	command := exec.CommandContext(d.t.Context(), executable, args...)
	command.Env = append(os.Environ(), asCommand+"=1", "DATABASE_URL="+d.url, "CREDITROLL_TOKEN_KEYS="+tokenKeys)
	command.Stdout, command.Stderr = &out, &log
	_ = command.Run() // the exit code has the result
	return out.String(), log.String(), command.ProcessState.ExitCode()
}

// creator is a creator with postings in dollars only.
func (d desk) creator() (id string) {
	d.t.Helper()
	store, err := books.Open(d.t.Context(), d.url, db.Options{})
	require.NoError(d.t, err)
	defer store.DB.Close()
	id = uuid.NewString()
	_, err = store.Clips.CreateCreator(d.t.Context(), clips.NewCreator{ID: id, Handle: "ann", PayoutAccount: "acct_1"})
	require.NoError(d.t, err)
	_, err = store.Journal.Post(d.t.Context(), ledger.HoldReleased(ledger.Release{Reference: "r", CreatorID: id, Currency: "USD", AmountMinor: 5, At: time.Now()}))
	require.NoError(d.t, err)
	return id
}

func TestCommandsRefuseBadInput(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.fund(time.Now())
	creator, unknownID := d.creator(), uuid.NewString()

	for _, refused := range []struct {
		call string
		code string
		says []string // parts of the error line
	}{
		{"ledgre verify", "unknown_command", []string{"ledgre", "ledger"}},
		{"ledger verfy", "unknown_command", []string{"creditroll ledger", "verfy", "verify"}},
		{"ledger frobnicate", "unknown_command", []string{"trial-balance", "balance", "close-period"}},
		{"reconcile nwo", "unknown_command", []string{"nwo", "now"}},
		{"explain paiout " + unknownID, "unknown_command", []string{"payout"}},
		{"corrections lst", "unknown_command", []string{"list"}},
		{"ledger verify now", "wrong_arguments", []string{"creditroll ledger verify"}},
		{"ledger verify --jsno", "malformed_flag", []string{"--jsno"}},
		{"ledger trial-balance --as-of 2999-01-01", "as_of_in_future", []string{"2999-01-01"}},
		{"ledger trial-balance --as-of soon", "as_of_malformed", []string{"soon"}},
		{"ledger trial-balance USD", "wrong_arguments", []string{"creditroll ledger trial-balance"}},
		{"ledger balance platform/fees", "wrong_arguments", []string{"ACCOUNT CURRENCY"}},
		{"ledger balance campaign/unknown/escrow USD", "account_not_found", []string{"campaign/unknown/escrow"}},
		{"ledger balance campaign/k1/escrow ZZZ", "unknown_currency", []string{"ZZZ"}},
		{"ledger balance campaign/k1/escrow usd", "unknown_currency", []string{"USD"}},
		{"ledger balance campaign/k1/escrow JPY", "account_without_currency", []string{"JPY", "USD"}},
		{"ledger balance campaign/k1/escrow USD --as-of 2999-01-01", "as_of_in_future", []string{"2999-01-01"}},
		{"ledger balance campaign/k1/escrow USD --recorded-as-of 2999-01-01T00:00:00Z", "as_of_in_future", []string{"2999-01-01"}},
		{"ledger export --format xml", "unknown_format", []string{"jsonl", "csv"}},
		{"ledger import nothing.jsonl", "file_not_found", []string{"nothing.jsonl"}},
		{"ledger import", "wrong_arguments", []string{"FILE"}},
		{"ledger periods 2026", "wrong_arguments", []string{"creditroll ledger periods"}},
		{"ledger close-period", "wrong_arguments", []string{"YYYY-MM"}},
		{"ledger close-period 2020-02", "flags_missing", []string{"--actor", "--reason"}},
		{"ledger close-period 2020-02 --actor ann", "flags_missing", []string{"--reason"}},
		{"ledger close-period 2026-13 --actor ann --reason audited", "unknown_period", []string{"2026-13"}},
		{"ledger close-period 2999-01 --actor ann --reason audited", "period_not_over", []string{"2999-01"}},
		{"ledger detach-month", "wrong_arguments", []string{"YYYY-MM"}},
		{"ledger detach-month 2020-02", "flags_missing", []string{"--actor", "--reason"}},
		{"ledger detach-month 2020-W10 --actor ann --reason old", "unknown_period", []string{"2020-W10"}},
		{"ledger detach-month 2020-02 --actor ann --reason old --table payouts", "unknown_table", []string{"postings", "observations"}},
		{"ledger detach-month 2020-02 --actor ann --reason old", "period_open", []string{"2020-02"}},
		{"explain payout", "wrong_arguments", []string{"creditroll explain payout ID"}},
		{"explain payout nope", "malformed_id", []string{"nope", "payout"}},
		{"explain campaign 7", "malformed_id", []string{"campaign"}},
		{"explain creator ann", "malformed_id", []string{"creator"}},
		{"explain payout " + unknownID, "payout_not_found", nil},
		{"explain campaign " + unknownID, "campaign_not_found", nil},
		{"explain creator " + unknownID, "creator_not_found", nil},
		{"explain payment pi_unknown", "payment_not_found", []string{"converted"}},
		{"explain creator " + creator + " --currency JPY", "account_without_currency", []string{"JPY", "USD"}},
		{"explain creator " + creator + " --currency ABC", "unknown_currency", []string{"ABC"}},
		{"corrections show", "wrong_arguments", []string{"creditroll corrections show ID"}},
		{"corrections show nope", "malformed_id", []string{"nope", "correction"}},
		{"corrections show " + unknownID, "correction_not_found", nil},
		{"corrections list --status nonsense", "unknown_status", []string{"proposed", "approved", "rejected"}},
		{"corrections propose", "wrong_arguments", []string{"creditroll corrections propose KIND"}},
		{"corrections propose clawback --currency USD", "flags_missing", []string{"--actor", "--reason"}},
		{"corrections propose clawback --currency USD --actor ann --reason bought", "flags_missing", []string{"--evidence"}},
		{"corrections propose clawback --currency USD --actor ann --reason bought --evidence ticket", "clip_missing", []string{"clip"}},
		{"corrections propose clawback --currency USD --clip 7 --actor ann --reason bought --evidence ticket", "malformed_id", []string{"clip"}},
		{"corrections propose theft --currency USD --actor ann --reason bought --evidence ticket", "unknown_kind", []string{"settle_payout"}},
		{"corrections propose write_off --currency ZZZ --actor ann --reason gone --evidence ticket", "unknown_currency", []string{"ZZZ"}},
		{"corrections propose settle_payout --currency USD --payout " + unknownID + " --how stolen --reference po_1 --actor ann --reason gone --evidence ticket", "unknown_how", []string{"paid_to_creator", "lost"}},
		{"corrections propose settle_withdrawal --currency USD --withdrawal " + unknownID + " --reference wire --actor ann --reason gone --evidence ticket", "amount_not_positive", nil},
		{"corrections propose settle_converted_payment --currency EUR --amount-minor 5 --reference wire --actor ann --reason gone --evidence ticket", "payment_missing", nil},
		{"corrections propose settle_payout --currency USD --payout " + unknownID + " --how lost --actor ann --reason gone --evidence ticket", "reference_missing", nil},
		{"corrections propose adjustment --currency USD --posting platform/losses --actor ann --reason fee --evidence ticket", "malformed_flag", []string{"platform/losses"}},
		{"corrections propose adjustment --currency USD --posting platform/losses=7 --actor ann --reason fee --evidence ticket", "entry_too_short", nil},
		{"corrections propose adjustment --currency USD --effective-at soon --actor ann --reason fee --evidence ticket", "malformed_flag", []string{"soon"}},
		{"corrections approve " + unknownID, "flags_missing", []string{"--actor", "--reason"}},
		{"corrections approve nope --actor ann --reason sure", "malformed_id", []string{"nope"}},
		{"corrections approve " + unknownID + " --actor ann --reason sure", "correction_not_found", nil},
		{"corrections reject " + unknownID + " --actor ann --reason no", "correction_not_found", nil},
		{"reconcile differences all", "wrong_arguments", []string{"creditroll reconcile differences"}},
		{"token", "role_required", []string{"--role"}},
		{"token --role king", "unknown_role", []string{"finance"}},
		{"token --role finance", "user_required", []string{"--user"}},
	} {
		t.Run("creditroll "+refused.call+" is refused", func(t *testing.T) {
			t.Parallel()
			d := desk{t, d.url}

			stdout, stderr, exitCode := d.calls(strings.Fields(refused.call)...)

			require.Equal(t, 1, exitCode, stderr)
			require.Empty(t, stdout)
			said := strings.TrimSpace(stderr)
			require.True(t, strings.HasSuffix(said, "("+refused.code+")"), said)
			for _, name := range refused.says {
				require.Contains(t, said, name)
			}
			if refused.code != "file_not_found" {
				require.NotContains(t, said, "level=ERROR", "invalid input needs no log line")
			}
		})
	}

	for _, call := range []string{"", "ledger", "explain", "corrections", "reconcile", "ledger --help", "help ledger"} {
		t.Run("creditroll "+call+" prints its help", func(t *testing.T) {
			t.Parallel()

			stdout, stderr, exitCode := desk{t, d.url}.calls(strings.Fields(call)...)

			require.Zero(t, exitCode, stderr)
			require.Contains(t, stdout, "Available Commands")
		})
	}
}
