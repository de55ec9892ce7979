package payments

import (
	"context"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v79"
)

// Account says whether a creator's connected account can receive and pay out money.
type Account struct {
	ID             string
	PayoutsEnabled bool
	// TransfersActive: the account can receive transfers.
	TransfersActive bool
	// DisabledReason is Stripe's word for why the account is restricted, if it is.
	DisabledReason string
	// CurrentlyDue, PastDue and PendingVerification name what Stripe asks for or checks;
	// they are names of fields, never their contents.
	CurrentlyDue        []string
	PastDue             []string
	PendingVerification []string
	DefaultCurrency     string
	Country             string
}

// Balance is the money of one account in one currency. Both amounts can be negative.
type Balance struct {
	Currency       string
	AvailableMinor int64
	PendingMinor   int64
}

// GetAccount returns a connected account. One that was disconnected is Denied
// "account_invalid", an unknown one that or NotFound.
func (c *Client) GetAccount(ctx context.Context, id string) (Account, error) {
	if err := checkAccount(id); err != nil {
		return Account{}, err
	}

	found, err := perform(ctx, reading("account"), func(ctx context.Context) (*stripe.Account, error) {
		return c.api.Accounts.GetByID(id, &stripe.AccountParams{Params: params(ctx, "")})
	}, func(a *stripe.Account) bool { return a.ID == id })
	if err != nil {
		return Account{}, err
	}

	account := Account{
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
		account.CurrentlyDue = asked.CurrentlyDue
		account.PastDue = asked.PastDue
		account.PendingVerification = asked.PendingVerification
	}
	return account, nil
}

// GetBalance returns the balances of a connected account, or of the platform for "", one per
// currency in alphabetical order.
func (c *Client) GetBalance(ctx context.Context, account string) ([]Balance, error) {
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

// balances merges the two lists of Stripe's, each of which can name a currency that the
// other does not.
func balances(found *stripe.Balance) []Balance {
	byCurrency := map[string]Balance{}
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

	all := make([]Balance, 0, len(byCurrency))
	for code, balance := range byCurrency {
		balance.Currency = code
		all = append(all, balance)
	}
	slices.SortFunc(all, func(a, b Balance) int { return strings.Compare(a.Currency, b.Currency) })
	return all
}
