package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/temporal"
)

func newAdopt() *cobra.Command {
	var propose bool
	var actor, reason string
	adopt := onBooks("adopt [ID]", "Show the payouts that Stripe made and the ledger lacks, or one adoption of them", cobra.MaximumNArgs(1),
		func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
			switch {
			case propose:
				return proposeAdoption(cmd, store, adoption.Proposal{ID: uuid.NewString(), ProposedBy: actor, Reason: reason}, asJSON)
			case len(args) == 1:
				id, err := parseID("adoption", args[0])
				if err != nil {
					return err
				}
				return showAdoption(cmd, store, id, asJSON)
			}
			plans, err := store.Payouts.ListAdoptable(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"adoptable": plansAsJSON(plans)})
			}
			printPlans(cmd.OutOrStdout(), plans)
			return nil
		})
	adopt.Long = "Without an id, lists the transfers at Stripe whose payouts the ledger does not have, with what an adoption would book. With --propose, proposes to adopt those without an obstacle; another person has to approve that."
	adopt.Flags().BoolVar(&propose, "propose", false, "propose to adopt the payouts that the list shows")
	adopt.Flags().StringVar(&actor, "actor", "", "with --propose: id of the person who proposes (not a name)")
	adopt.Flags().StringVar(&reason, "reason", "", "with --propose: reason for the audit trail")
	return adopt
}

func proposeAdoption(cmd *cobra.Command, store *books.Books, proposal adoption.Proposal, asJSON bool) error {
	if err := requireActor(proposal.ProposedBy, proposal.Reason); err != nil {
		return err
	}
	err := withEngine(cmd, func(engine *temporal.Engine) error { return engine.ProposeAdoption(cmd.Context(), proposal) })
	if err != nil {
		return err
	}
	return showAdoption(cmd, store, proposal.ID, asJSON)
}

// adoptionItemsPage is the number of payouts in one read.
const adoptionItemsPage = 500

func showAdoption(cmd *cobra.Command, store *books.Books, id string, asJSON bool) error {
	found, err := store.Payouts.GetAdoption(cmd.Context(), id)
	if err != nil {
		return err
	}
	items := []adoption.Item{}
	for page := (db.Page{Size: adoptionItemsPage}); ; page.After = items[len(items)-1].PayoutID {
		read, err := store.Payouts.ListAdoptionItems(cmd.Context(), id, page)
		if err != nil {
			return err
		}
		if items = append(items, read...); len(read) < adoptionItemsPage {
			break
		}
	}
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, map[string]any{"adoption": found, "items": items})
	}
	t := newTable(out)
	t.AppendHeader(table.Row{"Payout", "Run", "Creator", "Amount", "Transfer", "Outcome", "Owed by the creator"})
	for _, item := range items {
		outcome := string(item.Outcome)
		if item.Refusal != adoption.NoObstacle {
			outcome += ": " + item.Refusal.Sentence()
		}
		if item.Failure.Code != "" {
			outcome += ", failed: " + item.Failure.Detail + " (" + item.Failure.Code + ")"
		}
		t.AppendRow(table.Row{item.PayoutID, item.Period, item.CreatorID, amount(item.AmountMinor, item.Currency), item.TransferID, outcome, amount(item.AdvancedMinor, item.Currency)})
	}
	t.Render()
	_, _ = fmt.Fprintf(out, "adoption %s is %s: %d payouts, of which %d are waiting, %d booked, %d adopted, %d refused and %d left\n", found.ID, found.Status, found.Payouts, found.Waiting, found.Booked, found.Adopted, found.Refused, found.Left)
	switch {
	case found.Status == adoption.Proposed:
		_, _ = fmt.Fprintln(out, "\nAnother person can approve or reject it:")
	case found.Failed > 0:
		_, _ = fmt.Fprintf(out, "\n%d payouts failed and are tried again. Fix the cause and retry, or cancel:\n", found.Failed)
	}
	for _, action := range command.AdoptionActions(found) {
		_, _ = fmt.Fprintln(out, names.UpdateLine(names.Adoption(id), action))
	}
	return nil
}

func printPlans(out io.Writer, plans []adoption.Plan) {
	if len(plans) == 0 {
		_, _ = fmt.Fprintln(out, "nothing to adopt")
		return
	}
	t := newTable(out)
	t.AppendHeader(table.Row{"Payout", "Run", "Creator", "Amount", "Available for it", "Owed by the creator", "Transfer", "Bank payouts", "Obstacle"})
	for _, plan := range plans {
		period := plan.Period
		if !plan.PeriodKnown {
			period += " (by its date)"
		}
		t.AppendRow(table.Row{
			plan.Transfer.PayoutID, period, plan.CreatorID, amount(plan.Transfer.AmountMinor, plan.Transfer.Currency), amount(plan.CoveredMinor, plan.Transfer.Currency),
			amount(plan.AdvancedMinor, plan.Transfer.Currency), plan.Transfer.ID, len(plan.BankPayouts), plan.Obstacle.Sentence(),
		})
	}
	t.Render()
	for _, sum := range sumPlans(plans) {
		_, _ = fmt.Fprintf(out, "%d of %d can be adopted: %s, of which %s become debts\n", sum.adoptable, sum.transfers,
			amount(sum.amountMinor, sum.currency), amount(sum.advancedMinor, sum.currency))
	}
}

// planSum has the sums of the transfers in one currency that can be adopted.
type planSum struct {
	currency                   money.Currency
	transfers, adoptable       int
	amountMinor, advancedMinor int64
}

func sumPlans(plans []adoption.Plan) []planSum {
	var sums []planSum
	for _, plan := range plans {
		at := slices.IndexFunc(sums, func(sum planSum) bool { return sum.currency == plan.Transfer.Currency })
		if at < 0 {
			sums, at = append(sums, planSum{currency: plan.Transfer.Currency}), len(sums)
		}
		sums[at].transfers++
		if plan.Obstacle == adoption.NoObstacle {
			sums[at].adoptable++
			sums[at].amountMinor += plan.Transfer.AmountMinor
			sums[at].advancedMinor += plan.AdvancedMinor
		}
	}
	slices.SortFunc(sums, func(a, b planSum) int { return cmp.Compare(a.currency, b.currency) })
	return sums
}

func plansAsJSON(plans []adoption.Plan) []map[string]any {
	shown := make([]map[string]any, len(plans))
	for i, plan := range plans {
		shown[i] = map[string]any{
			"payout_id": plan.Transfer.PayoutID, "transfer_id": plan.Transfer.ID, "account": plan.Transfer.Account, "creator_id": plan.CreatorID,
			"currency": plan.Transfer.Currency, "amount_minor": plan.Transfer.AmountMinor, "transferred_at": plan.Transfer.CreatedAt.UTC(),
			"period": plan.Period, "period_known": plan.PeriodKnown, "bank_payouts": len(plan.BankPayouts),
			"covered_minor": plan.CoveredMinor, "advanced_minor": plan.AdvancedMinor, "obstacle": plan.Obstacle, "obstacle_detail": plan.Obstacle.Sentence(),
		}
	}
	return shown
}

func newRestored() *cobra.Command {
	var actor, reason string
	restored := onBooks("restored", "Record that the database was restored from an older copy, before a worker starts", cobra.NoArgs,
		func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
			if err := requireActor(actor, reason); err != nil {
				return err
			}
			now := time.Now()
			if err := store.Payouts.RecordRestore(cmd.Context(), actor, reason, now); err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"restored_at": now.UTC()})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "from now on, the first attempt of each payout is looked up at Stripe before it is sent")
			return err
		})
	restored.Long = "What was sent to Stripe between the copy and the restore is not in the database. After this command, each transfer, bank payout and reversal is looked up at Stripe before it is sent for the first time."
	restored.Flags().StringVar(&actor, "actor", "", "id of the person who restored the database (not a name)")
	restored.Flags().StringVar(&reason, "reason", "", "reason for the audit trail")
	return restored
}
