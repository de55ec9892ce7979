package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

func newReconcile() *cobra.Command {
	return group("reconcile", "Compare Stripe with the ledger", newDifferences(), newReconcileNow(), newAdopt(), newRestored())
}

// differencesShown is more than a person reads. For all differences, use the API.
const differencesShown = 500

func newDifferences() *cobra.Command {
	var all bool
	command := onBooks("differences", "List differences between Stripe and the ledger that the last passes found", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		open := true
		filter := reconciliation.DifferenceFilter{Open: &open}
		if all {
			filter.Open = nil
		}
		differences, err := store.Reconciliation.ListDifferences(cmd.Context(), filter, db.Page{Size: differencesShown})
		if err != nil {
			return err
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), map[string]any{"differences": describe(differences)})
		} else {
			printDifferences(cmd.OutOrStdout(), differences)
		}
		if err != nil {
			return err
		}
		blocking := 0
		for _, difference := range differences {
			if difference.IsOpen() && difference.Blocking {
				blocking++
			}
		}
		return refuseBlocking(blocking)
	})
	command.Flags().BoolVar(&all, "all", false, "include cleared and acknowledged differences")
	return command
}

// refuseBlocking makes the command fail, so that scripts notice blocking differences.
func refuseBlocking(blocking int) error {
	if blocking == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "stripe_differs", "%d open differences block payout runs: see docs/guides/runbook.md for each class", blocking)
}

// difference is the JSON form of a difference.
type difference struct {
	ID         string `json:"id"`
	Class      string `json:"class"`
	ObjectType string `json:"object_type"`
	ObjectID   string `json:"object_id"`
	Subject    string `json:"subject,omitempty"`
	Ours       string `json:"ours,omitempty"`
	Theirs     string `json:"theirs,omitempty"`
	Detail     string `json:"detail"`
	Blocking   bool   `json:"blocking"`
	Status     string `json:"status"`
	ProposedBy string `json:"proposed_by,omitempty"`
	ApprovedBy string `json:"approved_by,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Booking    string `json:"booking,omitempty"`
	// NeedsBooking and Shift say what a booking has to post before the difference can be
	// acknowledged.
	NeedsBooking bool   `json:"needs_booking"`
	Shift        string `json:"shift,omitempty"`
	FoundAt      string `json:"found_at"`
}

func describe(stored []reconciliation.Difference) []difference {
	described := make([]difference, len(stored))
	for i, each := range stored {
		described[i] = difference{
			ID: each.ID, Class: string(each.Class), ObjectType: string(each.ObjectType), ObjectID: each.ObjectID, Subject: each.Subject,
			Ours: each.Ours, Theirs: each.Theirs, Detail: each.Detail, Blocking: each.Blocking, Status: statusOf(each),
			ProposedBy: each.Acknowledgement.ProposedBy, ApprovedBy: each.AcknowledgedBy, Reason: each.Acknowledgement.Reason, Booking: each.Acknowledgement.Booking,
			NeedsBooking: each.Shift.Needed, Shift: shiftOf(each),
			FoundAt: each.FoundAt.UTC().Format("2006-01-02T15:04:05Z"),
		}
	}
	return described
}

func statusOf(each reconciliation.Difference) string {
	switch {
	case each.ClearedAt != nil:
		return "cleared"
	case each.AcknowledgedAt != nil:
		return "acknowledged"
	case each.Acknowledgement.ProposedAt != nil:
		return statusProposed
	}
	return "open"
}

// statusProposed is the status of an open difference that one person has proposed to acknowledge.
const statusProposed = "proposed"

func shiftOf(each reconciliation.Difference) string {
	if each.Shift.AmountMinor == 0 {
		return ""
	}
	return amount(each.Shift.AmountMinor, each.Shift.Currency)
}

func printDifferences(out io.Writer, stored []reconciliation.Difference) {
	if len(stored) == 0 {
		_, _ = fmt.Fprintln(out, "no differences")
		return
	}
	t := newTable(out)
	t.AppendHeader(table.Row{"Difference", "Found", "Class", "Blocks", "Status", "Detail"})
	for _, each := range describe(stored) {
		blocks := ""
		if each.Blocking && (each.Status == "open" || each.Status == statusProposed) {
			blocks = "payout runs"
		}
		status := each.Status
		if each.ProposedBy != "" {
			status += " by " + each.ProposedBy + " (" + each.Booking + "): " + each.Reason
		}
		t.AppendRow(table.Row{each.ID, each.FoundAt, each.Class, blocks, status, each.Detail})
	}
	t.Render()
}

func newReconcileNow() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "now", Short: "Run a reconciliation pass now and wait for its result", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var result workflows.ReconcileResult
			err := withEngine(cmd, func(engine *temporal.Engine) (err error) {
				result, err = engine.Reconcile(cmd.Context())
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), result)
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "compared %d objects at Stripe: %d differences found, %d cleared, %d open, of which %d block payout runs\n",
					result.Objects, result.Found, result.Cleared, result.Open, result.Blocking)
			}
			if err != nil {
				return err
			}
			return refuseBlocking(int(result.Blocking))
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// withEngine connects to Temporal for one command.
func withEngine(cmd *cobra.Command, run func(engine *temporal.Engine) error) error {
	s, err := readSettings(devFallback())
	if err != nil {
		return err
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	connection, err := temporal.Dial(cmd.Context(), options, logTo(s.LogLevel))
	if err != nil {
		return err
	}
	defer connection.Close()
	return run(temporal.NewEngine(connection, s.engine()))
}
