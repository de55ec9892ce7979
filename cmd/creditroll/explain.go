package main

import (
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

func newExplain() *cobra.Command {
	return group("explain", "Account for every cent of a payout, a campaign, a creator or a converted payment",
		newExplainPayout(), newExplainCampaign(), newExplainCreator(), newExplainPayment())
}

// explainedAtOnce is the number of accruals in one read. Each read recomputes all sums, so a
// page is as large as memory allows.
const explainedAtOnce = 20_000

func newExplainPayout() *cobra.Command {
	var everything bool
	command := onBooks("payout ID", "Break a payout down to the readings that earned it", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		id, err := parseID("payout", args[0])
		if err != nil {
			return err
		}
		page := db.Page{}
		if everything {
			page.Size = explainedAtOnce
		}
		explained, err := store.Audit.ExplainPayout(cmd.Context(), id, page)
		if err != nil {
			return err
		}
		// The items of a payout never change, so all pages belong to the same list.
		for read := explained.Items; len(read) > 0 && len(read) == explainedAtOnce; {
			page.After = read[len(read)-1].Place()
			next, err := store.Audit.ExplainPayout(cmd.Context(), id, page)
			if err != nil {
				return err
			}
			read = next.Items
			explained.Items = append(explained.Items, read...)
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), api.PayoutDocument(explained))
		} else {
			printPayout(cmd.OutOrStdout(), explained)
		}
		if err != nil {
			return err
		}
		return checkExplanation("the payout", explained.DifferenceMinor, explained.Payout.Currency, explained.Checks)
	})
	command.Flags().BoolVar(&everything, "accruals", false, "list every accrual")
	return command
}

func newExplainCampaign() *cobra.Command {
	var everything bool
	command := onBooks("campaign ID", "Break a campaign's spending down by creator, clip and reading", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		id, err := parseID("campaign", args[0])
		if err != nil {
			return err
		}
		page := db.Page{}
		if everything {
			page.Size = explainedAtOnce
		}
		explained, err := store.Audit.ExplainCampaign(cmd.Context(), id, page)
		if err != nil {
			return err
		}
		for read := explained.Accruals; len(read) > 0 && len(read) == explainedAtOnce; {
			page.After = read[len(read)-1].SpendingPlace()
			next, err := store.Audit.ExplainCampaign(cmd.Context(), id, page)
			if err != nil {
				return err
			}
			read = next.Accruals
			explained.Accruals = append(explained.Accruals, read...)
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), api.CampaignDocument(explained))
		} else {
			printCampaign(cmd.OutOrStdout(), explained)
		}
		if err != nil {
			return err
		}
		differenceMinor := explained.SpentDifferenceMinor
		if differenceMinor == 0 {
			differenceMinor = explained.EscrowDifferenceMinor
		}
		return checkExplanation("the campaign", differenceMinor, explained.Campaign.Terms.Currency, explained.Checks)
	})
	command.Flags().BoolVar(&everything, "accruals", false, "list every accrual; accruals that are recorded during the command may be included")
	return command
}

func newExplainCreator() *cobra.Command {
	var code string
	command := onBooks("creator ID", "Break a creator's balances down by event and campaign", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		id, err := parseID("creator", args[0])
		if err != nil {
			return err
		}
		var currency money.Currency
		if code != "" {
			if currency, err = money.ParseCurrency(code); err != nil {
				return err
			}
		}
		explained, err := store.Audit.ExplainCreator(cmd.Context(), id, currency)
		if err != nil {
			return err
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), api.CreatorDocument(explained))
		} else {
			printCreator(cmd.OutOrStdout(), explained)
		}
		if err != nil {
			return err
		}
		for _, in := range explained.Currencies {
			if err := checkExplanation("the creator", in.DifferenceMinor, in.Currency, in.Checks); err != nil {
				return err
			}
		}
		return nil
	})
	command.Flags().StringVar(&code, "currency", "", "explain only this currency")
	return command
}

// checkExplanation returns fault.Conflict "explanation_differs" if a sum or a check differs.
func checkExplanation(what string, differenceMinor int64, currency money.Currency, checks audit.Checks) error {
	if differenceMinor != 0 {
		return fault.New(fault.Conflict, "explanation_differs", "%s differs from its parts by %s: run `creditroll ledger verify`", what, amount(differenceMinor, currency))
	}
	if broken, found := checks.Broken(); found {
		return fault.New(fault.Conflict, "explanation_differs", "%s adds up, but a check of its rules failed (%s: %s): run `creditroll ledger verify`", what, broken.Name, broken.Says)
	}
	return nil
}
