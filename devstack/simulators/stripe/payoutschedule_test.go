package stripe_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// startingOn sets the clock to a moment in 2026. The first of January is a Thursday.
func startingOn(month time.Month, day, hour int) func(*stripesim.Options) {
	start := time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	return func(o *stripesim.Options) { o.Now = func() time.Time { return start } }
}

// scheduled returns a creator with 50.00 whose account asks for this schedule; nil asks for none.
func scheduled(t *testing.T, number string, settings *stripe.AccountSettingsParams, change ...func(*stripesim.Options)) (*bundle, string) {
	t.Helper()
	b := setup(t, change...)
	b.fund(100_00, "pm_card_visa")
	params := creatorParams(number)
	params.Settings = settings
	account, err := b.api.Accounts.New(params)
	require.NoError(t, err)
	b.transfer(50_00, account.ID)
	return b, account.ID
}

func (b *bundle) payouts(account string) []*stripe.Payout {
	b.t.Helper()
	params := &stripe.PayoutListParams{}
	if account != "" {
		params.SetStripeAccount(account)
	}
	return b.api.Payouts.List(params).PayoutList().Data
}

func (b *bundle) schedule(account string) *stripe.AccountSettingsPayoutsSchedule {
	b.t.Helper()
	found, err := b.api.Accounts.GetByID(account, nil)
	require.NoError(b.t, err)
	return found.Settings.Payouts.Schedule
}

func TestPayoutSchedules(t *testing.T) {
	t.Parallel()

	t.Run("an account that asks for none is paid out daily, without metadata or a key", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)
		require.Equal(t, &stripe.AccountSettingsPayoutsSchedule{Interval: "daily", DelayDays: 2}, b.schedule(creator))

		b.sim.Advance(24 * time.Hour)

		made := b.payouts(creator)
		require.Len(t, made, 1)
		require.Equal(t, int64(50_00), made[0].Amount)
		require.True(t, made[0].Automatic)
		require.Empty(t, made[0].Metadata)
		require.Equal(t, stripe.PayoutReconciliationStatusCompleted, made[0].ReconciliationStatus)
		b.requireAvailable(creator, 0)
		require.Equal(t, "payout.created", b.eventTypes(creator)[0])
		require.Empty(t, b.effects("payout.applied")[0].IdempotencyKey)
		b.sim.Advance(48 * time.Hour)
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(made[0].ID, creator).Status)
		require.Contains(t, b.eventTypes(creator), "payout.paid")
		require.Len(t, b.payouts(creator), 1, "an empty balance is not paid out")
	})

	t.Run("manual leaves the money to the API", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, payoutInterval("manual"))

		b.sim.Advance(40 * 24 * time.Hour)

		require.Empty(t, b.payouts(creator))
		b.requireAvailable(creator, 50_00)
	})

	t.Run("an update to manual ends it, and one to daily starts it", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)

		_, err := b.api.Accounts.Update(creator, &stripe.AccountParams{Settings: payoutInterval("manual")})
		require.NoError(t, err)
		b.sim.Advance(48 * time.Hour)
		require.Empty(t, b.payouts(creator))
		_, err = b.api.Accounts.Update(creator, &stripe.AccountParams{Settings: payoutInterval("daily")})
		require.NoError(t, err)
		b.sim.Advance(24 * time.Hour)

		require.Len(t, b.payouts(creator), 1)
	})

	t.Run("weekly pays on the named day", func(t *testing.T) {
		t.Parallel()
		settings := payoutInterval("weekly")
		settings.Payouts.Schedule.WeeklyAnchor = stripe.String("monday")
		b, creator := scheduled(t, goodNumber, settings, startingOn(time.January, 1, 12))

		b.sim.Advance(3 * 24 * time.Hour)
		require.Empty(t, b.payouts(creator), "Sunday, 12:00")
		b.sim.Advance(12 * time.Hour)

		require.Len(t, b.payouts(creator), 1)
		require.Equal(t, "monday", b.schedule(creator).WeeklyAnchor)
	})

	t.Run("monthly on the 31st pays on the last day of a shorter month", func(t *testing.T) {
		t.Parallel()
		settings := payoutInterval("monthly")
		settings.Payouts.Schedule.MonthlyAnchor = stripe.Int64(31)
		b, creator := scheduled(t, goodNumber, settings, startingOn(time.February, 1, 12))

		b.sim.Advance(26 * 24 * time.Hour)
		require.Empty(t, b.payouts(creator), "27 February, 12:00")
		b.sim.Advance(12 * time.Hour)

		require.Len(t, b.payouts(creator), 1)
	})

	t.Run("a long jump of the clock makes the payouts of each day at their own time", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, closedNumber, nil, startingOn(time.January, 1, 12))

		b.sim.Advance(10 * 24 * time.Hour)

		made := b.payouts(creator)
		require.Len(t, made, 1, "Stripe stops scheduled payouts to a bank account that failed")
		require.Equal(t, time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Unix(), made[0].Created)
		require.Equal(t, stripe.PayoutStatusFailed, made[0].Status)
		b.requireAvailable(creator, 50_00)
		_, err := b.api.Accounts.Update(creator, &stripe.AccountParams{ExternalAccount: bankParams(goodNumber)})
		require.NoError(t, err)
		b.sim.Advance(24 * time.Hour)
		require.Len(t, b.payouts(creator), 2)
		b.requireAvailable(creator, 0)
	})

	t.Run("money stays in a currency without a bank account, below the minimum, or while payouts are disabled", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": 10_00, "currency": "eur"}, nil)
		b.control(http.MethodPost, "accounts/"+creator, map[string]any{"payouts_enabled": false}, nil)

		b.sim.Advance(24 * time.Hour)
		require.Empty(t, b.payouts(creator))
		b.control(http.MethodDelete, "accounts/"+creator+"/override", nil, nil)
		b.sim.Advance(24 * time.Hour)

		made := b.payouts(creator)
		require.Len(t, made, 1)
		require.Equal(t, stripe.CurrencyUSD, made[0].Currency)
		require.Equal(t, int64(10_00), b.books().Balances[creator]["eur"]["available_minor"])
	})

	t.Run("a payout through the API still works, while the money is there", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)

		byAPI := b.payout(20_00, creator)
		require.False(t, byAPI.Automatic)
		b.sim.Advance(24 * time.Hour)
		_, err := b.api.Payouts.New(payoutParams(30_00, creator))

		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
		require.Equal(t, int64(30_00), b.payouts(creator)[0].Amount)
	})

	t.Run("only an automatic payout lists what it paid out", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)
		byAPI := b.payout(20_00, creator)
		b.sim.Advance(24 * time.Hour)
		automatic := b.payouts(creator)[0]
		b.transfer(10_00, creator)
		b.sim.Advance(24 * time.Hour)
		list := func(payout string) *stripe.BalanceTransactionListParams {
			params := &stripe.BalanceTransactionListParams{Payout: stripe.String(payout)}
			params.SetStripeAccount(creator)
			return params
		}

		covered := b.api.BalanceTransactions.List(list(automatic.ID)).BalanceTransactionList().Data

		var total int64
		for _, movement := range covered {
			total += movement.Net
		}
		require.Len(t, covered, 3, "the transfer, the payout through the API and itself")
		require.Zero(t, total)
		next := b.api.BalanceTransactions.List(list(b.payouts(creator)[0].ID)).BalanceTransactionList().Data
		require.Len(t, next, 2, "what an earlier payout covered is not listed again")
		refused := b.api.BalanceTransactions.List(list(byAPI.ID))
		require.False(t, refused.Next())
		require.Equal(t, "payout", requireRefusal(t, refused.Err(), 400, "").Param)
	})

	t.Run("a negative balance is not paid out", func(t *testing.T) {
		t.Parallel()
		b, creator := scheduled(t, goodNumber, nil)
		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -60_00}, nil)

		b.sim.Advance(48 * time.Hour)

		require.Empty(t, b.payouts(creator))
		b.requireAvailable(creator, -10_00)
	})

	t.Run("a state that was saved before there were schedules gets them", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/stripe.json"
		keep := func(o *stripesim.Options) { o.StateFile = file }
		before, creator := scheduled(t, goodNumber, nil, keep)
		require.NoError(t, before.sim.Close())
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var saved map[string]any
		require.NoError(t, json.Unmarshal(content, &saved))
		saved["Tasks"] = nil
		content, err = json.Marshal(saved)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, content, 0o600))

		after := setup(t, keep)
		after.sim.Advance(24 * time.Hour)

		require.Len(t, after.payouts(creator), 1)
	})

	t.Run("the schedule survives a restart", func(t *testing.T) {
		t.Parallel()
		file := t.TempDir() + "/stripe.json"
		keep := func(o *stripesim.Options) { o.StateFile = file }
		before, creator := scheduled(t, goodNumber, nil, keep)
		require.NoError(t, before.sim.Close())

		after := setup(t, keep)
		after.sim.Advance(24 * time.Hour)

		require.Len(t, after.payouts(creator), 1)
	})
}

func TestPayoutScheduleParams(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		change func(*stripe.AccountSettingsPayoutsScheduleParams)
		param  string
	}{
		"an unknown interval":  {func(p *stripe.AccountSettingsPayoutsScheduleParams) { p.Interval = stripe.String("hourly") }, "interval"},
		"weekly without a day": {func(p *stripe.AccountSettingsPayoutsScheduleParams) { p.Interval = stripe.String("weekly") }, "weekly_anchor"},
		"weekly on no day of the week": {func(p *stripe.AccountSettingsPayoutsScheduleParams) {
			p.Interval, p.WeeklyAnchor = stripe.String("weekly"), stripe.String("payday")
		}, "weekly_anchor"},
		"monthly without a day": {func(p *stripe.AccountSettingsPayoutsScheduleParams) { p.Interval = stripe.String("monthly") }, "monthly_anchor"},
		"monthly on the 32nd": {func(p *stripe.AccountSettingsPayoutsScheduleParams) {
			p.Interval, p.MonthlyAnchor = stripe.String("monthly"), stripe.Int64(32)
		}, "monthly_anchor"},
		"a delay below the country's minimum": {func(p *stripe.AccountSettingsPayoutsScheduleParams) { p.DelayDays = stripe.Int64(1) }, "delay_days"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			account := b.creator(goodNumber)
			settings := payoutInterval("daily")
			test.change(settings.Payouts.Schedule)

			_, err := b.api.Accounts.Update(account.ID, &stripe.AccountParams{Settings: settings})

			refusal := requireRefusal(t, err, 400, refusedCode(err))
			require.Equal(t, "settings[payouts][schedule]["+test.param+"]", refusal.Param)
			require.Equal(t, &stripe.AccountSettingsPayoutsSchedule{Interval: "manual", DelayDays: 2}, b.schedule(account.ID))
		})
	}

	t.Run("takes a delay, and minimum for the least of the country", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		params := creatorParams(goodNumber)
		params.Settings.Payouts.Schedule.DelayDays = stripe.Int64(7)
		account, err := b.api.Accounts.New(params)
		require.NoError(t, err)
		require.Equal(t, int64(7), account.Settings.Payouts.Schedule.DelayDays)

		least := &stripe.AccountSettingsParams{Payouts: &stripe.AccountSettingsPayoutsParams{
			Schedule: &stripe.AccountSettingsPayoutsScheduleParams{DelayDaysMinimum: stripe.Bool(true)},
		}}
		after, err := b.api.Accounts.Update(account.ID, &stripe.AccountParams{Settings: least})

		require.NoError(t, err)
		require.Equal(t, int64(2), after.Settings.Payouts.Schedule.DelayDays)
	})
}

func refusedCode(err error) stripe.ErrorCode {
	var refusal *stripe.Error
	if !errors.As(err, &refusal) {
		return ""
	}
	return refusal.Code
}
