package workflows_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// payableIn is payable with an account in another country, which has earned amountMinor.
func payableIn(t *testing.T, country string, amountMinor int64) payable {
	t.Helper()
	w := setup(t)
	form := bankForm(goodBank)
	for name, value := range map[string]string{
		"type": "custom", "country": country, "default_currency": "usd", "business_type": "company", "company[name]": "Jenny Ltd",
		"capabilities[transfers][requested]": "true", "tos_acceptance[date]": "1700000000", "settings[payouts][schedule][interval]": "manual",
	} {
		form.Set(name, value)
	}
	who := w.creator(t, goodBank)
	who.account = w.post(t, "/v1/accounts", form)["id"].(string)
	w.disturb(t, "UPDATE creators SET payout_account = $1 WHERE id = $2", who.account, who.id)
	campaignID, _ := w.liveCampaign(t, nil)
	w.earns(t, campaignID, who, 2*amountMinor)
	runID, err := w.store.Payouts.OpenRun(t.Context(), names.PayoutRunID("2026-W10", 1), "2026-W10", w.clock.Now())
	require.NoError(t, err)
	id := names.PayoutID(runID, who.id, "USD")
	return payable{w, who, id, workflows.PayoutInput{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", Policy: policy()}}
}

// anotherPayout is reserved for the same creator, in a later run than p, which is reserved too.
func (p payable) anotherPayout(t *testing.T) string {
	t.Helper()
	own := payout.ReservationRequest{PayoutID: p.payoutID, RunID: p.input.RunID, CreatorID: p.creator.id, Currency: "USD", MinimumMinor: 1, Now: p.clock.Now()}
	_, err := p.store.Payouts.Reserve(t.Context(), own)
	require.NoError(t, err)
	campaignID, _ := p.liveCampaign(t, nil)
	p.earns(t, campaignID, p.creator, 4_000)
	other := own
	other.PayoutID = uuid.NewString()
	other.RunID, err = p.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), p.clock.Now())
	require.NoError(t, err)
	_, err = p.store.Payouts.Reserve(t.Context(), other)
	require.NoError(t, err)
	return other.PayoutID
}

func (p payable) setSchedule(t *testing.T, interval string) {
	t.Helper()
	p.post(t, "/v1/accounts/"+p.creator.account, url.Values{"settings[payouts][schedule][interval]": {interval}})
}

func TestGateBeforeTheTransfer(t *testing.T) {
	t.Parallel()

	t.Run("parks while Stripe pays the account out by itself, and names the interval", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.setSchedule(t, "daily")
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(2*hour, func() { p.setSchedule(t, "manual") })

		p.pay(h)

		requireParked(t, parked, payout.ScheduleNotManual)
		require.Equal(t, "daily", parked.FailureCode)
		require.Empty(t, parked.Attempts)
		p.requirePaidOnce(t)
	})

	t.Run("parks while the account owes money, so that the transfer pays no debt", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":-700,"currency":"usd"}`)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(2*hour, func() {
			p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":700,"currency":"usd"}`)
		})

		p.pay(h)

		requireParked(t, parked, payout.BalanceNegative)
		require.Empty(t, parked.Attempts)
		p.requirePaidOnce(t)
	})

	t.Run("gives an amount back that no bank of the country takes", func(t *testing.T) {
		t.Parallel()
		p := payableIn(t, "PA", 4999) // which takes 50.00 USD

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Cancelled, result.Status)
		require.Zero(t, p.effects("transfer.applied"))
		require.Empty(t, p.onRecord(t).AttentionReason, "no person is needed")
		p.requireAt(t, 4999, 0, 0)
	})

	t.Run("pays the smallest amount that a bank of the country takes", func(t *testing.T) {
		t.Parallel()
		p := payableIn(t, "PA", 5000)

		require.Equal(t, payout.Paid, p.pay(p.begin(t)).Status)
	})

	t.Run("parks while the creator's payouts are on hold", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		hold := access.OperatorAction{ID: uuid.NewString(), Actor: "user-finance", Reason: "we ask the creator"}
		_, err := p.store.Clips.Freeze(t.Context(), p.creator.id, hold)
		require.NoError(t, err)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(2*hour, func() {
			hold.ID = uuid.NewString()
			_, err := p.store.Clips.Unfreeze(t.Context(), p.creator.id, hold)
			require.NoError(t, err)
		})

		p.pay(h)

		requireParked(t, parked, payout.CreatorFrozen)
		require.Empty(t, parked.Attempts)
		p.requirePaidOnce(t)
	})

	t.Run("waits while another payout has money on the account", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		other := p.anotherPayout(t)
		_, err := p.store.Payouts.RecordIntent(t.Context(), other, payout.Transfer, 0, p.clock.Now())
		require.NoError(t, err)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(2*hour, func() {
			require.NoError(t, p.store.Payouts.RecordRefused(t.Context(), payout.Outcome{
				PayoutID: other, Phase: payout.Transfer, Generation: 1, FailureCode: "balance_insufficient", Now: p.clock.Now(),
			}))
		})

		result := p.pay(h)

		requireParked(t, parked, payout.AccountBusy)
		require.Empty(t, parked.Attempts)
		require.Equal(t, payout.Paid, result.Status)
	})

	t.Run("reads the account again after another payout has begun at the same time", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		other := p.anotherPayout(t)
		h := p.begin(t)
		h.during("CheckAccount", func() { // the gate has read the books
			_, err := p.store.Payouts.RecordIntent(t.Context(), other, payout.Transfer, 0, p.clock.Now())
			require.NoError(t, err)
		})
		busy := p.look(h, time.Minute)
		h.at(2*time.Minute, func() {
			p.adjust(t, -700)
			require.NoError(t, p.store.Payouts.RecordRefused(t.Context(), payout.Outcome{
				PayoutID: other, Phase: payout.Transfer, Generation: 1, FailureCode: "balance_insufficient", Now: p.clock.Now(),
			}))
		})
		h.ask(3*time.Minute, workflows.UpdateRetry, operator())
		indebted := p.look(h, 4*time.Minute)
		h.at(hour, func() { p.adjust(t, 700) })

		result := p.pay(h)

		requireParked(t, busy, payout.AccountBusy)
		requireParked(t, indebted, payout.BalanceNegative)
		require.Empty(t, indebted.Attempts)
		require.Equal(t, payout.Paid, result.Status)
	})

	t.Run("says that the account is no longer connected", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.control(t, "/accounts/"+p.creator.account+"/deauthorize", `{}`)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.ask(2*hour, workflows.UpdateCancel, operator())

		result := p.pay(h)

		requireParked(t, parked, payout.AccountDisconnected)
		require.Equal(t, payout.Cancelled, result.Status)
		p.requireAt(t, earnedMinor, 0, 0)
	})

	t.Run("asks for a person once Stripe has not shown the account for a day", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/accounts/*", Action: faults.ServerError, Status: 503, Count: 10_000})
		h := p.begin(t)
		away, unread := p.look(h, 2*hour), p.look(h, 40*hour)
		h.at(41*hour, func() { p.sim.Faults().Remove("") })

		p.pay(h)

		requireParked(t, away, payout.ProcessorUnavailable)
		requireParked(t, unread, payout.AccountUnreadable)
		p.requirePaidOnce(t)
	})
}
