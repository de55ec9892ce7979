package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func TestPlatformAccount(t *testing.T) {
	t.Parallel()

	t.Run("a key reads its own account", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		own, err := b.api.Accounts.Get()

		require.NoError(t, err)
		require.Equal(t, stripesim.PlatformID, own.ID)
		require.Equal(t, "US", own.Country)
		require.Equal(t, stripe.CurrencyUSD, own.DefaultCurrency)
		require.True(t, own.ChargesEnabled)
		require.True(t, own.PayoutsEnabled)
		require.Equal(t, stripe.AccountCapabilityStatusActive, own.Capabilities.Transfers)
		require.Equal(t, stripe.AccountSettingsPayoutsScheduleIntervalManual, own.Settings.Payouts.Schedule.Interval)
		byID, err := b.api.Accounts.GetByID(stripesim.PlatformID, nil)
		require.NoError(t, err)
		require.Equal(t, own.ID, byID.ID)
		require.Nil(t, own.ExternalAccounts, "each currency settles while nothing is converted")
	})

	t.Run("manual keeps the escrow; daily sends it to the operator's bank", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		b.sim.Advance(48 * time.Hour)
		b.requireAvailable("", 96_80)

		b.control(http.MethodPost, "platform", map[string]any{"schedule": "daily"}, nil)
		b.sim.Advance(24 * time.Hour)

		own, err := b.api.Accounts.Get()
		require.NoError(t, err)
		require.Equal(t, stripe.AccountSettingsPayoutsScheduleIntervalDaily, own.Settings.Payouts.Schedule.Interval)
		b.requireAvailable("", 0)
		require.True(t, b.payouts("")[0].Automatic)
		require.Contains(t, b.eventTypes(""), "payout.created")
	})

	t.Run("an option sets its schedule, and one that is none makes New fail", func(t *testing.T) {
		t.Parallel()
		b := setup(t, func(o *stripesim.Options) { o.PlatformSchedule = "weekly" })

		own, err := b.api.Accounts.Get()

		require.NoError(t, err)
		require.Equal(t, "monday", own.Settings.Payouts.Schedule.WeeklyAnchor)
		_, err = stripesim.New(stripesim.Options{PlatformSchedule: "hourly"})
		require.ErrorContains(t, err, "hourly")
	})

	t.Run("control changes its country, what is enabled, and nothing when the change makes no sense", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		b.control(http.MethodPost, "platform", map[string]any{"country": "GB"}, nil)
		b.control(http.MethodPost, "accounts/"+stripesim.PlatformID, map[string]any{"charges_enabled": false, "payouts_enabled": false}, nil)

		own, err := b.api.Accounts.Get()
		require.NoError(t, err)
		require.Equal(t, "GB", own.Country)
		require.Equal(t, stripe.CurrencyGBP, own.DefaultCurrency)
		require.False(t, own.ChargesEnabled)
		require.False(t, own.PayoutsEnabled)
		require.Contains(t, b.refusedControl("platform", map[string]any{"schedule": "hourly"}), "interval")
		require.Contains(t, b.refusedControl("platform", map[string]any{"country": "XX"}), "unknown")
	})

	t.Run("control changes a connected account's schedule as a person does", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		b.control(http.MethodPost, "accounts/"+creator+"/schedule", map[string]any{"schedule": "monthly", "monthly_anchor": 5}, nil)

		require.Equal(t, int64(5), b.schedule(creator).MonthlyAnchor)
		require.Equal(t, "account.updated", b.eventTypes(creator)[0])
	})
}

func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	endpoints := func(b *bundle) []*stripe.WebhookEndpoint {
		return b.api.WebhookEndpoints.List(nil).WebhookEndpointList().Data
	}

	t.Run("there are none without a URL, and two with one: for the platform and for its accounts", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		require.Empty(t, endpoints(b))

		b.sim.SetWebhook("http://localhost/webhooks", webhookSecret)

		found := endpoints(b)
		require.Len(t, found, 2)
		for _, endpoint := range found {
			require.Equal(t, "http://localhost/webhooks", endpoint.URL)
			require.Equal(t, "enabled", endpoint.Status)
			require.Equal(t, []string{"*"}, endpoint.EnabledEvents)
			require.Equal(t, "2024-06-20", endpoint.APIVersion)
			require.Empty(t, endpoint.Secret)
		}
		require.Empty(t, found[0].Application)
		require.NotEmpty(t, found[1].Application)
		one, err := b.api.WebhookEndpoints.Get(found[1].ID, nil)
		require.NoError(t, err)
		require.Equal(t, found[1].Application, one.Application)
		_, err = b.api.WebhookEndpoints.Get("we_no", nil)
		requireRefusal(t, err, 404, stripe.ErrorCodeResourceMissing)
	})

	t.Run("an event that is not enabled is not delivered, and is not missed either", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 0)
		b.control(http.MethodPost, "webhooks", map[string]any{"enabled_events": []string{"payment_intent.succeeded"}}, nil)

		b.fund(100_00, "pm_card_visa")
		b.control(http.MethodPost, "webhooks/redeliver", nil, nil)

		require.Equal(t, []string{"payment_intent.succeeded"}, endpoints(b)[0].EnabledEvents)
		require.Eventually(t, func() bool { return len(b.effects("webhook.delivered")) > 0 }, 20*time.Second, time.Millisecond)
		for _, kind := range r.types() {
			require.Equal(t, "payment_intent.succeeded", kind)
		}
	})

	t.Run("without the endpoint for accounts, their events do not arrive", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 0)
		b.control(http.MethodPost, "webhooks", map[string]any{"connect": false}, nil)

		b.creator(goodNumber)
		b.fund(100_00, "pm_card_visa")

		require.Len(t, endpoints(b), 1)
		r.waitFor(t, fundingEvents...)
	})

	t.Run("a disabled endpoint gets nothing until it is enabled", func(t *testing.T) {
		t.Parallel()
		b, r := listening(t, "normal", 0)
		b.control(http.MethodPost, "webhooks", map[string]any{"status": "disabled", "api_version": "2020-08-27"}, nil)
		b.creator(goodNumber)
		require.Equal(t, "disabled", endpoints(b)[0].Status)
		require.Equal(t, "2020-08-27", endpoints(b)[0].APIVersion)

		b.control(http.MethodPost, "webhooks", map[string]any{"status": "enabled", "api_version": "2024-06-20"}, nil)
		b.fund(100_00, "pm_card_visa")

		r.waitFor(t, fundingEvents...)
		require.Contains(t, b.refusedControl("webhooks", map[string]any{"status": "asleep"}), "enabled or disabled")
		require.Contains(t, b.refusedControl("webhooks", map[string]any{"mode": "never"}), "mode must be")
	})
}
