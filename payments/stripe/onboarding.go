package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// CreateAccount creates an Express account that receives transfers and pays nothing out by itself.
// The same key again returns the same account. Its metadata names the creator, so the account can be
// recognised later.
func (c *Client) CreateAccount(ctx context.Context, request rail.NewAccount) (rail.Account, error) {
	err := firstOf(checkOwnID("creator_id", request.CreatorID), checkCountry(request.Country), checkKey(request.IdempotencyKey))
	if err != nil {
		return rail.Account{}, err
	}
	made, err := perform(ctx, writing("account"), func(ctx context.Context) (*stripe.Account, error) {
		asked := &stripe.AccountParams{
			Params: params(ctx, request.IdempotencyKey), Type: stripe.String(string(stripe.AccountTypeExpress)), Country: &request.Country,
			Capabilities: &stripe.AccountCapabilitiesParams{Transfers: &stripe.AccountCapabilitiesTransfersParams{Requested: stripe.Bool(true)}},
			Settings: &stripe.AccountSettingsParams{Payouts: &stripe.AccountSettingsPayoutsParams{
				Schedule: &stripe.AccountSettingsPayoutsScheduleParams{Interval: stripe.String(rail.IntervalManual)},
			}},
		}
		asked.AddMetadata(metadataCreatorID, request.CreatorID)
		return c.api.Accounts.New(asked)
	}, func(a *stripe.Account) bool { return checkAccount(a.ID) == nil })
	if err != nil {
		return rail.Account{}, err
	}
	return accountOf(made), nil
}

func checkCountry(country string) error {
	if len(country) != 2 || country[0] < 'A' || country[0] > 'Z' || country[1] < 'A' || country[1] > 'Z' {
		return fault.Field("country", "country_invalid", "a country is two upper-case letters such as DE")
	}
	return nil
}

// CreateAccountLink returns the address of Stripe's onboarding. A link cannot be read again, so a
// repeated request makes another one.
func (c *Client) CreateAccountLink(ctx context.Context, request rail.AccountLinkRequest) (rail.AccountLink, error) {
	if err := checkAccount(request.Account); err != nil {
		return rail.AccountLink{}, err
	}
	made, err := perform(ctx, reading("account link"), func(ctx context.Context) (*stripe.AccountLink, error) {
		return c.api.AccountLinks.New(&stripe.AccountLinkParams{
			Params: params(ctx, ""), Account: &request.Account, RefreshURL: &request.RefreshURL, ReturnURL: &request.ReturnURL,
			Type: stripe.String(string(stripe.AccountLinkTypeAccountOnboarding)),
		})
	}, func(l *stripe.AccountLink) bool { return l.URL != "" && l.ExpiresAt > 0 })
	if err != nil {
		return rail.AccountLink{}, err
	}
	return rail.AccountLink{URL: made.URL, ExpiresAt: time.Unix(made.ExpiresAt, 0).UTC()}, nil
}

// CreateAccountSession returns the secret with which the creator's browser shows Stripe's form in a
// page of ours.
func (c *Client) CreateAccountSession(ctx context.Context, account string) (rail.AccountSession, error) {
	if err := checkAccount(account); err != nil {
		return rail.AccountSession{}, err
	}
	made, err := perform(ctx, reading("account session"), func(ctx context.Context) (*stripe.AccountSession, error) {
		return c.api.AccountSessions.New(&stripe.AccountSessionParams{
			Params: params(ctx, ""), Account: &account, Components: &stripe.AccountSessionComponentsParams{
				AccountOnboarding: &stripe.AccountSessionComponentsAccountOnboardingParams{Enabled: stripe.Bool(true)},
				AccountManagement: &stripe.AccountSessionComponentsAccountManagementParams{Enabled: stripe.Bool(true)},
			},
		})
	}, func(s *stripe.AccountSession) bool { return s.ClientSecret != "" && s.ExpiresAt > 0 })
	if err != nil {
		return rail.AccountSession{}, err
	}
	return rail.AccountSession{ClientSecret: made.ClientSecret, ExpiresAt: time.Unix(made.ExpiresAt, 0).UTC()}, nil
}
