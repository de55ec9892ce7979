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

// GetAccount returns a connected account. A disconnected one is Denied "account_invalid". An
// unknown one is the same, or NotFound.
func (c *Client) GetAccount(ctx context.Context, id string) (rail.Account, error) {
	if err := checkAccount(id); err != nil {
		return rail.Account{}, err
	}

	found, err := perform(ctx, reading("account"), func(ctx context.Context) (*stripe.Account, error) {
		return c.api.Accounts.GetByID(id, &stripe.AccountParams{Params: params(ctx, "")})
	}, func(a *stripe.Account) bool { return a.ID == id })
	if err != nil {
		return rail.Account{}, err
	}

	account := rail.Account{
		ID:              found.ID,
		PayoutsEnabled:  found.PayoutsEnabled,
		DefaultCurrency: currencyCode(found.DefaultCurrency),
		Country:         found.Country,
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
	return account, nil
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
