package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/correction"
)

func newCorrections() *cobra.Command {
	return group("corrections", "Propose, show and decide corrections of the books",
		newCorrectionsPropose(), newCorrectionsList(), newCorrectionsShow(), newCorrectionsApprove(), newCorrectionsReject())
}

// correctionsPage is the number of corrections in one read.
const correctionsPage = 200

func newCorrectionsList() *cobra.Command {
	var named string
	list := onBooks("list", "List all corrections, or those with one status", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		var status correction.Status
		if named != "" {
			var err error
			if status, err = correction.ParseStatus(named); err != nil {
				return err
			}
		}
		all := []correction.Correction{}
		for page := (db.Page{Size: correctionsPage}); ; page.After = all[len(all)-1].ID {
			read, err := store.Corrections.List(cmd.Context(), status, page)
			if err != nil {
				return err
			}
			if all = append(all, read...); len(read) < correctionsPage {
				break
			}
		}
		if asJSON {
			shown := make([]map[string]any, len(all))
			for i, c := range all {
				shown[i] = correctionAsJSON(c)
			}
			return printJSON(cmd.OutOrStdout(), map[string]any{"corrections": shown})
		}
		printCorrections(cmd.OutOrStdout(), all)
		return nil
	})
	list.Flags().StringVar(&named, "status", "", "only this status: proposed, approved or rejected")
	return list
}

func printCorrections(out io.Writer, corrections []correction.Correction) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Correction", "Kind", "Status", "Amount", "Proposed by", "Decided by", "Reason"})
	for _, c := range corrections {
		t.AppendRow(table.Row{c.ID, c.Kind, c.Status, amount(max(c.AmountMinor, c.CorrectedMinor), c.Currency), c.ProposedBy, c.DecidedBy, c.Reason})
	}
	t.Render()
}

func correctionAsJSON(c correction.Correction) map[string]any {
	postings := make([]map[string]any, len(c.Postings))
	for i, posting := range c.Postings {
		postings[i] = map[string]any{"account": posting.Account, "amount_minor": posting.AmountMinor}
	}
	return map[string]any{
		"id": c.ID, "kind": c.Kind, "status": c.Status, "currency": c.Currency, "clip_id": c.ClipID, "creator_id": c.CreatorID, "campaign_id": c.CampaignID,
		"payout_id": c.PayoutID, "withdrawal_id": c.WithdrawalID, "payment_intent_id": c.PaymentIntentID, "how": c.How, "reference": c.Reference,
		"amount_minor": c.AmountMinor, "corrected_minor": c.CorrectedMinor, "postings": postings, "effective_at": c.EffectiveAt,
		"proposed_by": c.ProposedBy, "proposed_at": c.ProposedAt, "reason": c.Reason, "evidence": c.Evidence,
		"decided_by": c.DecidedBy, "decided_at": c.DecidedAt, "decision_reason": c.DecisionReason, "entry_ids": c.EntryIDs,
	}
}

func newCorrectionsShow() *cobra.Command {
	return onBooks("show ID", "Show one correction with its postings and entries", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		id, err := parseID("correction", args[0])
		if err != nil {
			return err
		}
		return showCorrection(cmd, store, id, asJSON)
	})
}

// showCorrection prints one correction as it is on record.
func showCorrection(cmd *cobra.Command, store *books.Books, id string, asJSON bool) error {
	found, err := store.Corrections.Get(cmd.Context(), id)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, correctionAsJSON(found))
	}
	printCorrections(out, []correction.Correction{found})
	for _, line := range [][2]string{
		{"clip", found.ClipID},
		{"campaign", found.CampaignID},
		{"creator", found.CreatorID},
		{"payout", found.PayoutID},
		{"withdrawal", found.WithdrawalID},
		{"payment", found.PaymentIntentID},
		{"how", string(found.How)},
		{"evidence", found.Evidence},
		{"reference", found.Reference},
		{"decision", found.DecisionReason},
	} {
		if line[1] != "" {
			_, _ = fmt.Fprintf(out, "%s: %s\n", line[0], line[1])
		}
	}
	for _, posting := range found.Postings {
		_, _ = fmt.Fprintf(out, "%s\t%s\n", posting.Account, amount(posting.AmountMinor, found.Currency))
	}
	for _, id := range found.EntryIDs {
		_, _ = fmt.Fprintln(out, "entry", id)
	}
	if found.Status == correction.Proposed {
		_, _ = fmt.Fprintf(out, "\nAnother person can approve or reject it:\n"+
			"creditroll corrections approve %[1]s --actor THEIR_ID --reason WHY\ncreditroll corrections reject %[1]s --actor THEIR_ID --reason WHY\n", found.ID)
	}
	return nil
}
