package stripe

import (
	"context"
	"net/http"
	"slices"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// APIVersion is the version of Stripe's API that this package was written for.
const APIVersion = stripe.APIVersion

// eventTypes are the events that routes act upon, by the names that Stripe has for them. A webhook
// endpoint has to send each.
var eventTypes = []string{
	"account.application.deauthorized", "account.external_account.created", "account.updated", "balance.available", "capability.updated",
	"charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
	"charge.refund.updated",
	"identity.verification_session.canceled", "identity.verification_session.processing", "identity.verification_session.requires_input", "identity.verification_session.verified",
	"payment_intent.canceled", "payment_intent.payment_failed", "payment_intent.succeeded",
	"payout.canceled", "payout.failed", "payout.paid", "refund.created", "refund.failed", "refund.updated", "transfer.reversed",
}

// EventTypes returns the events that a webhook endpoint has to send.
func EventTypes() []string { return append([]string(nil), eventTypes...) }

// Platform is the platform's own account, as far as payouts depend on it.
type Platform struct {
	rail.AccountState
	ChargesEnabled bool
	// Inactive are the capabilities that were requested and are not active.
	Inactive []string
	// Settles are the currencies in which payments of brands stay as they are: those of the configuration,
	// or else the account's own and those of its bank accounts. It is empty if nothing is configured and
	// Stripe does not show the bank accounts. To a platform that reads its own account it rarely does.
	Settles []money.Currency
}

// Endpoint is an address to which Stripe sends events.
type Endpoint struct {
	ID      string
	URL     string
	Enabled bool
	// EventTypes are those that it sends. "*" stands for nearly all.
	EventTypes []string
	// APIVersion is empty if it is that of the account.
	APIVersion string
}

// GetPlatform returns the account of the API key.
func (c *Client) GetPlatform(ctx context.Context) (Platform, error) {
	found, err := perform(ctx, reading("platform's account"), func(ctx context.Context) (*stripe.Account, error) {
		// The library's own call takes no context.
		var own stripe.Account
		common := params(ctx, "")
		err := c.api.Accounts.B.Call(http.MethodGet, "/v1/account", c.api.Accounts.Key, &stripe.AccountParams{Params: common}, &own)
		return &own, err
	}, func(a *stripe.Account) bool { return checkAccount(a.ID) == nil })
	if err != nil {
		return Platform{}, err
	}
	platform := Platform{AccountState: accountOf(found).State(), ChargesEnabled: found.ChargesEnabled}
	if granted := found.Capabilities; granted != nil {
		for name, status := range map[string]stripe.AccountCapabilityStatus{"card_payments": granted.CardPayments, "transfers": granted.Transfers} {
			if status != "" && status != stripe.AccountCapabilityStatusActive {
				platform.Inactive = append(platform.Inactive, name)
			}
		}
	}
	if banks := found.ExternalAccounts; banks != nil && !banks.HasMore && len(banks.Data) > 0 && found.DefaultCurrency != "" {
		settled, _ := bankCurrencies(banks.Data)
		settled = append(settled, currencyCode(found.DefaultCurrency))
		slices.Sort(settled)
		platform.Settles = slices.Compact(settled)
	}
	if len(c.settles) > 0 {
		platform.Settles = slices.Clone(c.settles)
	}
	return platform, nil
}

// ListSettledCurrencies returns Platform.Settles. It does not ask Stripe for what is configured.
func (c *Client) ListSettledCurrencies(ctx context.Context) ([]money.Currency, error) {
	if len(c.settles) > 0 {
		return slices.Clone(c.settles), nil
	}
	platform, err := c.GetPlatform(ctx)
	return platform.Settles, err
}

// ListEndpoints returns the platform's webhook endpoints.
func (c *Client) ListEndpoints(ctx context.Context) ([]Endpoint, error) {
	found, err := collect(ctx, reading("list of webhook endpoints"), func(list stripe.ListParams) (page[stripe.WebhookEndpoint], error) {
		answer := c.api.WebhookEndpoints.List(&stripe.WebhookEndpointListParams{ListParams: list})
		return page[stripe.WebhookEndpoint]{answer.WebhookEndpointList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(e *stripe.WebhookEndpoint) string { return e.ID }, func(*stripe.WebhookEndpoint) bool { return true })
	endpoints := make([]Endpoint, len(found))
	for i, each := range found {
		endpoints[i] = Endpoint{ID: each.ID, URL: each.URL, Enabled: each.Status == "enabled", EventTypes: each.EnabledEvents, APIVersion: each.APIVersion}
	}
	return endpoints, err
}
