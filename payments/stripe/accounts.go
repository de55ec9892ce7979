package stripe

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// GetAccount returns a connected account with its balances and bank accounts. A disconnected one is
// Denied "account_invalid". An unknown one is the same, or NotFound.
func (c *Client) GetAccount(ctx context.Context, id string) (rail.Account, error) {
	if err := checkAccount(id); err != nil {
		return rail.Account{}, err
	}
	found, err := c.readAccount(ctx, id)
	if err != nil {
		return rail.Account{}, err
	}
	account := accountOf(found)
	banks, err := c.externalAccounts(ctx, found)
	if err != nil {
		return rail.Account{}, err
	}
	account.BankCurrencies, account.InstantCurrencies = bankCurrencies(banks)
	account.DefaultBanks = defaultBanks(banks)
	account.Balances, err = c.GetBalance(ctx, id)
	return account, err
}

func (c *Client) readAccount(ctx context.Context, id string) (*stripe.Account, error) {
	return perform(ctx, reading("account"), func(ctx context.Context) (*stripe.Account, error) {
		return c.api.Accounts.GetByID(id, &stripe.AccountParams{Params: params(ctx, "")})
	}, func(a *stripe.Account) bool { return a.ID == id })
}

// accountOf translates an account, without what other requests say of it.
func accountOf(found *stripe.Account) rail.Account {
	account := rail.Account{
		ID:              found.ID,
		PayoutsEnabled:  found.PayoutsEnabled,
		DefaultCurrency: currencyCode(found.DefaultCurrency),
		Country:         found.Country,
		CreatorID:       found.Metadata[metadataCreatorID],
		PayoutInterval:  payoutInterval(found),
	}
	if granted := found.Capabilities; granted != nil {
		account.TransfersActive = granted.Transfers == stripe.AccountCapabilityStatusActive
	}
	if asked := found.Requirements; asked != nil {
		account.DisabledReason = string(asked.DisabledReason)
		account.Disabled = disables(account.DisabledReason)
		account.CurrentlyDue = asked.CurrentlyDue
		account.PastDue = asked.PastDue
		account.PendingVerification = asked.PendingVerification
	}
	return account
}

func payoutInterval(found *stripe.Account) string {
	if found.Settings == nil || found.Settings.Payouts == nil || found.Settings.Payouts.Schedule == nil {
		return ""
	}
	return string(found.Settings.Payouts.Schedule.Interval)
}

// externalAccounts returns the bank accounts and cards of an account. Stripe includes them in the
// account if the platform controls it and there are few.
func (c *Client) externalAccounts(ctx context.Context, account *stripe.Account) ([]*stripe.AccountExternalAccount, error) {
	if included := account.ExternalAccounts; included != nil && !included.HasMore {
		return included.Data, nil
	}
	listed, err := collect(ctx, reading("list of bank accounts"), func(list stripe.ListParams) (page[stripe.BankAccount], error) {
		answer := c.api.BankAccounts.List(&stripe.BankAccountListParams{ListParams: list, Account: &account.ID})
		return page[stripe.BankAccount]{answer.BankAccountList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(b *stripe.BankAccount) string { return b.ID }, func(*stripe.BankAccount) bool { return true })
	banks := make([]*stripe.AccountExternalAccount, len(listed))
	for i, bank := range listed {
		banks[i] = &stripe.AccountExternalAccount{ID: bank.ID, BankAccount: bank}
	}
	return banks, err
}

// bankCurrencies returns the currencies that the account can receive at a bank, and those in which
// it can receive them at once. A bank payout goes to the default of its currency, so only that one
// counts for instant payouts. Stripe sends nothing to a bank account that has failed.
func bankCurrencies(banks []*stripe.AccountExternalAccount) (all, instant []money.Currency) {
	for _, each := range banks {
		switch {
		case each == nil:
		case each.BankAccount != nil:
			bank := each.BankAccount
			if bank.Status == stripe.BankAccountStatusErrored || bank.Status == stripe.BankAccountStatusVerificationFailed {
				continue
			}
			all = append(all, currencyCode(bank.Currency))
			if bank.DefaultForCurrency && slices.Contains(bank.AvailablePayoutMethods, stripe.BankAccountAvailablePayoutMethodInstant) {
				instant = append(instant, currencyCode(bank.Currency))
			}
		case each.Card != nil:
			all = append(all, currencyCode(each.Card.Currency))
			if each.Card.DefaultForCurrency && slices.Contains(each.Card.AvailablePayoutMethods, stripe.CardAvailablePayoutMethodInstant) {
				instant = append(instant, currencyCode(each.Card.Currency))
			}
		}
	}
	slices.Sort(all)
	slices.Sort(instant)
	return slices.Compact(all), slices.Compact(instant)
}

// defaultBanks returns the ids of those that bank payouts go to, by their currency.
func defaultBanks(banks []*stripe.AccountExternalAccount) map[money.Currency]string {
	var defaults map[money.Currency]string
	add := func(currency stripe.Currency, id string) {
		if defaults == nil {
			defaults = map[money.Currency]string{}
		}
		defaults[currencyCode(currency)] = id
	}
	for _, each := range banks {
		switch {
		case each == nil:
		case each.BankAccount != nil && each.BankAccount.DefaultForCurrency:
			add(each.BankAccount.Currency, each.BankAccount.ID)
		case each.Card != nil && each.Card.DefaultForCurrency:
			add(each.Card.Currency, each.Card.ID)
		}
	}
	return defaults
}

// disables reports whether a reason means that Stripe rejected the account or that the platform
// paused it. Every other reason is something that the creator can still supply.
func disables(reason string) bool {
	rejected, isRejection := strings.CutPrefix(reason, "rejected.")
	return isRejection && rejected != "" || reason == "platform_paused"
}

// GetBalance returns the balances of a connected account, or of the platform for "", one per
// currency in alphabetical order.
func (c *Client) GetBalance(ctx context.Context, account string) ([]rail.Balance, error) {
	if account != "" {
		if err := checkAccount(account); err != nil {
			return nil, err
		}
	}

	found, err := perform(ctx, reading("balance"), func(ctx context.Context) (*stripe.Balance, error) {
		common := params(ctx, "")
		if account != "" {
			common = paramsFor(ctx, account, "")
		}
		return c.api.Balance.Get(&stripe.BalanceParams{Params: common})
	}, func(b *stripe.Balance) bool {
		return b.Available != nil && !slices.Contains(b.Available, nil) && !slices.Contains(b.Pending, nil)
	})
	if err != nil {
		return nil, err
	}
	return balances(found), nil
}

// balances merges Stripe's two lists, each of which can name a currency that the other does
// not.
func balances(found *stripe.Balance) []rail.Balance {
	byCurrency := map[money.Currency]rail.Balance{}
	for _, part := range found.Available {
		balance := byCurrency[currencyCode(part.Currency)]
		balance.AvailableMinor += amountMinor(part.Amount, part.Currency)
		byCurrency[currencyCode(part.Currency)] = balance
	}
	for _, part := range found.Pending {
		balance := byCurrency[currencyCode(part.Currency)]
		balance.PendingMinor += amountMinor(part.Amount, part.Currency)
		byCurrency[currencyCode(part.Currency)] = balance
	}

	all := make([]rail.Balance, 0, len(byCurrency))
	for code, balance := range byCurrency {
		balance.Currency = code
		all = append(all, balance)
	}
	slices.SortFunc(all, func(a, b rail.Balance) int { return cmp.Compare(a.Currency, b.Currency) })
	return all
}
