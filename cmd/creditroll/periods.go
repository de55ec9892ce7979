package main

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func newPeriods() *cobra.Command {
	return onBooks("periods", "List closed accounting periods", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		closed, err := store.Journal.ListClosedPeriods(cmd.Context())
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), map[string]any{"closed_periods": periodsJSON(closed)})
		}
		t := newTable(cmd.OutOrStdout())
		t.AppendHeader(table.Row{"Period", "Closed by", "Closed at"})
		for _, period := range closed {
			t.AppendRow(table.Row{period.Name, period.ClosedBy, period.ClosedAt.UTC().Format(time.RFC3339)})
		}
		t.Render()
		return nil
	})
}

func periodsJSON(closed []journal.ClosedPeriod) []map[string]any {
	list := make([]map[string]any, len(closed))
	for i, period := range closed {
		list[i] = map[string]any{
			"period": period.Name, "starts_at": period.StartsAt.UTC(), "ends_at": period.EndsAt.UTC(),
			"closed_by": period.ClosedBy, "closed_at": period.ClosedAt.UTC(),
		}
	}
	return list
}

func newClosePeriod() *cobra.Command {
	var by, reason string
	command := onBooks("close-period YYYY-MM", "Close a month and all earlier months: they take no more entries, and cannot be opened again",
		cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
			period, err := ledger.ParsePeriod(args[0])
			if err != nil {
				return err
			}
			if err := requireActor(by, reason); err != nil {
				return err
			}
			if err := store.Journal.ClosePeriod(cmd.Context(), period, by, reason, time.Now()); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"closed": period.Name, "by": by})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is closed: new entries must be dated %s or later\n", period.Name, period.EndsAt.Format(time.DateOnly))
			return err
		})
	command.Flags().StringVar(&by, "actor", "", "id of the person who closes the month (not a name)")
	command.Flags().StringVar(&reason, "reason", "", "reason for the audit trail")
	return command
}

// requireActor returns fault.Invalid "flags_missing" without an actor or a reason.
func requireActor(actor, reason string) error {
	if actor == "" || reason == "" {
		return fault.New(fault.Invalid, "flags_missing", "the audit trail needs a person and a reason: pass --actor and --reason")
	}
	return nil
}

func newDetachMonth() *cobra.Command {
	var asJSON bool
	in := months.DetachMonth{}
	command := &cobra.Command{
		Use: "detach-month YYYY-MM", Short: "Detach a closed month from a large table; balances do not change", Args: cobra.ExactArgs(1),
		Long: "Moves the rows of a closed month from postings or observations to a separate table, which can be stored elsewhere. DATABASE_URL must log in as the owner of the schema.",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s, err := booksSettings()
			if err != nil {
				return err
			}
			if in.Period, err = ledger.ParsePeriod(args[0]); err != nil {
				return err
			}
			if err := requireActor(in.Actor, in.Reason); err != nil {
				return err
			}
			in.Now = time.Now()
			detached, err := months.Detach(cmd.Context(), s.DatabaseURL, in)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{
					"table": detached.TableName, "rows": detached.Rows, "through_seq": detached.ThroughSeq, "checkpoints": detached.Checkpoints, "attach": detached.Attach,
				})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "moved %d rows of %s in %s to table %s; balances are unchanged (%d checkpoints were written)\nto attach the month again: %s;\n",
				detached.Rows, in.Table, in.Period.Name, detached.TableName, detached.Checkpoints, detached.Attach)
			return err
		},
	}
	command.Flags().StringVar(&in.Table, "table", "postings", "postings or observations")
	command.Flags().StringVar(&in.Actor, "actor", "", "id of the person who detaches the month (not a name)")
	command.Flags().StringVar(&in.Reason, "reason", "", "reason for the audit trail")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
