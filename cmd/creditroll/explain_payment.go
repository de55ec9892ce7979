package main

import (
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
)

func newExplainPayment() *cobra.Command {
	return onBooks("payment ID", "Break a payment that Stripe converted down to its refunds and rates", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		explained, err := store.Audit.ExplainPayment(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), paymentAsJSON(explained))
		} else {
			printPayment(cmd.OutOrStdout(), explained)
		}
		if err != nil {
			return err
		}
		return checkExplanation("the payment", explained.DifferenceMinor, explained.Payment.SettlementCurrency, explained.Checks)
	})
}

func printPayment(out io.Writer, x audit.PaymentExplanation) {
	paid, settled := x.Payment.Currency, x.Payment.SettlementCurrency
	printLine(out, "payment  %s", x.Payment.PaymentIntentID)
	if x.Payment.CampaignID != "" {
		printLine(out, "for campaign %s", x.Payment.CampaignID)
	} else {
		printLine(out, "for deposit %s", x.Payment.DepositID)
	}
	printLine(out, "%s became %s, less a fee of %s: %s", amount(x.Payment.AmountMinor, paid), amount(x.Payment.GrossMinor(), settled),
		amount(x.Payment.FeeMinor, settled), amount(x.Payment.NetMinor, settled))
	printLine(out, "the brand has %s back, and lacks %s", amount(x.BackMinor, paid), amount(x.LeftMinor, paid))
	printLine(out, "the rates have brought the platform %s, and the brand has %s too much", amount(x.GainedMinor, settled), amount(x.LostMinor, settled))
	if len(x.Returns) > 0 {
		printLine(out, "\nWhat gave it back")
		t := newTable(out)
		t.AppendHeader(table.Row{"When", "By", "Id", "Amount", "Taken", "Of the payment", "Came back", "Outcome"})
		for _, back := range x.Returns {
			t.AppendRow(table.Row{
				clock(back.RecordedAt), back.ObjectType, back.ObjectID, amount(back.AmountMinor, paid), amount(back.TakenMinor, settled),
				amount(back.ClosedMinor, settled), amount(back.ReturnedMinor, settled), back.Outcome,
			})
		}
		render(t, 4, 5, 6, 7)
	}
	printEntries(out, x.Entries)
	printChecks(out, x.DifferenceMinor, settled, x.Checks)
}

func paymentAsJSON(x audit.PaymentExplanation) map[string]any {
	returns, entries, checks := make([]map[string]any, len(x.Returns)), make([]map[string]any, len(x.Entries)), make([]map[string]any, len(x.Checks))
	for i, back := range x.Returns {
		returns[i] = map[string]any{
			"object_type": back.ObjectType, "object_id": back.ObjectID, "amount_minor": back.AmountMinor, "taken_minor": back.TakenMinor, "closed_minor": back.ClosedMinor,
			"lost_minor": back.LostMinor, "returned_minor": back.ReturnedMinor, "outcome": back.Outcome, "recorded_at": back.RecordedAt,
		}
	}
	for i, entry := range x.Entries {
		postings := make([]map[string]any, len(entry.Postings))
		for k, posting := range entry.Postings {
			postings[k] = map[string]any{"account": posting.Account, "amount_minor": posting.AmountMinor}
		}
		entries[i] = map[string]any{
			"entry_id": entry.EntryID, "seq": entry.Seq, "kind": entry.Kind, "reference": entry.Reference, "currency": entry.Currency,
			"effective_at": entry.EffectiveAt, "recorded_at": entry.RecordedAt, "seal": entry.Seal, "postings": postings,
		}
	}
	for i, check := range x.Checks {
		checks[i] = map[string]any{"name": check.Name, "holds": check.Holds, "says": check.Says}
	}
	return map[string]any{
		"payment": x.Payment, "returns": returns, "entries": entries, "checks": checks, "back_minor": x.BackMinor, "left_minor": x.LeftMinor,
		"clearing_minor": x.ClearingMinor, "gained_minor": x.GainedMinor, "lost_minor": x.LostMinor, "difference_minor": x.DifferenceMinor,
	}
}
