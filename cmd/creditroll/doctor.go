package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

func newDoctor() *cobra.Command {
	var accountsMax int
	command := onBooks("doctor", "Check the settings at Stripe on which payouts depend, and the storage for files", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		s, err := booksSettings()
		if err == nil {
			err = s.require("STRIPE_API_KEY")
		}
		if err != nil {
			return err
		}
		client, err := stripe.New(s.stripe())
		if err != nil {
			return err
		}
		checks, err := examine(cmd.Context(), client, store, s, accountsMax)
		if err != nil {
			return err
		}
		if asJSON {
			err = printJSON(cmd.OutOrStdout(), map[string]any{"checks": checks})
		} else {
			printExamined(cmd.OutOrStdout(), checks)
		}
		if err != nil {
			return err
		}
		return refuseWrong(checks)
	})
	command.Flags().IntVar(&accountsMax, "accounts", 100, "how many connected accounts to read")
	return command
}

// examine reads what the checks need. It fails only if nothing can be said: an account that cannot be
// read is a result.
func examine(ctx context.Context, client *stripe.Client, store *books.Books, s settings, accountsMax int) ([]check, error) {
	platform, err := client.GetPlatform(ctx)
	if err != nil {
		return nil, err
	}
	endpoints, err := client.ListEndpoints(ctx)
	if err != nil {
		return nil, err
	}
	names, err := store.Payouts.ListAccounts(ctx, "", max(0, accountsMax))
	if err != nil {
		return nil, err
	}
	accounts := make([]examined, len(names))
	for i, name := range names {
		accounts[i] = examineAccount(ctx, client, name)
	}
	checks := append(checkPlatform(platform), checkEndpoints(endpoints, s.PublicURL)...)
	checks = append(checks, checkCurrencies(platform, s.ProcessingFeeFixedMinor.amountMinor), checkFiles(ctx, s))
	return append(checks, checkAccounts(accounts)...), nil
}

// examined is a connected account, or why it could not be read.
type examined struct {
	account   string
	state     rail.AccountState
	unread    string // a code
	forgotten bool   // it is not connected any more
}

func examineAccount(ctx context.Context, client *stripe.Client, account string) examined {
	read, err := client.GetAccount(ctx, account)
	meaning := rail.MeaningOf(err)
	switch {
	case meaning == rail.AccountGone || meaning == rail.ObjectMissing:
		return examined{account: account, forgotten: true}
	case err != nil:
		return examined{account: account, unread: fault.CodeOf(err)}
	}
	return examined{account: account, state: read.State()}
}

func printExamined(out io.Writer, checks []check) {
	for _, each := range checks {
		mark := "OK   "
		if !each.OK {
			mark = "WRONG"
		}
		_, _ = fmt.Fprintf(out, "%s  %s: %s\n", mark, each.Name, each.Found)
		if each.Fix != "" {
			_, _ = fmt.Fprintf(out, "       %s\n", each.Fix)
		}
	}
}

// refuseWrong makes the command fail, so that scripts notice a wrong setting.
func refuseWrong(checks []check) error {
	wrong := 0
	for _, each := range checks {
		if !each.OK {
			wrong++
		}
	}
	if wrong == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "settings_wrong", "%d of %d checks found something to change", wrong, len(checks))
}
