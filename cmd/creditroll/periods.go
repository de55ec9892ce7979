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
	return onBooks("periods", "Closed accounting periods", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
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
	command := onBooks("close-period YYYY-MM", "Close a month and everything before it: nothing is dated there any more, and nobody opens it again",
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
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is closed: entries are dated %s or later from now on\n", period.Name, period.EndsAt.Format(time.DateOnly))
			return err
		})
	command.Flags().StringVar(&by, "actor", "", "who closes it (an id, not a name)")
	command.Flags().StringVar(&reason, "reason", "", "why now")
	return command
}

// requireActor returns fault.Invalid "flags_missing" unless somebody answers for what is done.
func requireActor(actor, reason string) error {
	if actor == "" || reason == "" {
		return fault.New(fault.Invalid, "flags_missing", "this is kept beside the books for ever: say who does it with --actor and why with --reason")
	}
	return nil
}

func newDetachMonth() *cobra.Command {
	var asJSON bool
	in := months.DetachMonth{}
	command := &cobra.Command{
		Use: "detach-month YYYY-MM", Short: "Take a closed month out of the tables that grow; balances stay as they are", Args: cobra.ExactArgs(1),
		Long: "Takes the rows of a closed month out of postings or observations and leaves them in a table of their own, which can be stored elsewhere. DATABASE_URL must log in as the owner of the schema.",
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
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s lie in %s now, %d of them; balances are as before (%d checkpoints were written)\nto attach the month again: %s;\n",
				in.Table, in.Period.Name, detached.TableName, detached.Rows, detached.Checkpoints, detached.Attach)
			return err
		},
	}
	command.Flags().StringVar(&in.Table, "table", "postings", "which table: postings or observations")
	command.Flags().StringVar(&in.Actor, "actor", "", "who detaches it (an id, not a name)")
	command.Flags().StringVar(&in.Reason, "reason", "", "why now")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
