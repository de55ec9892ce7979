package workflows_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// report stores an event about the account of a payout, and lets a sweep deliver it.
func (p payable) report(t *testing.T, eventType string) {
	t.Helper()
	p.receive(t, rail.Event{ID: "evt_" + eventType, Type: eventType, Account: p.creator.account, ObjectID: p.creator.account})
	require.Equal(t, 1, completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{}))
}

func TestAccountEvents(t *testing.T) {
	t.Parallel()

	t.Run("store what the account can do, and how far its creator is verified", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)

		p.report(t, "account.updated")
		ready, err := p.store.Payouts.GetAccount(t.Context(), p.creator.account)
		require.NoError(t, err)
		p.control(t, "/accounts/"+p.creator.account, `{"payouts_enabled":false,"transfers":"inactive","currently_due":["person_8UayFKIMRJklog.dob.day"]}`)
		p.report(t, "capability.updated")
		restricted, err := p.store.Payouts.GetAccount(t.Context(), p.creator.account)
		require.NoError(t, err)

		require.True(t, ready.Connected && ready.TransfersActive && ready.PayoutsEnabled)
		require.Equal(t, rail.IntervalManual, ready.PayoutInterval)
		require.False(t, restricted.TransfersActive)
		require.Equal(t, []string{"person.dob.day"}, restricted.CurrentlyDue)
		creator, err := p.store.Clips.GetCreator(t.Context(), p.creator.id)
		require.NoError(t, err)
		require.Equal(t, rail.Unverified, creator.Verification)
	})

	t.Run("wake the payouts that wait for it at once if it has changed, and seldom if it can be paid as before", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		_, err := p.store.Payouts.Reserve(t.Context(), p.reservation())
		require.NoError(t, err)
		require.NoError(t, p.store.Payouts.Park(t.Context(), p.payoutID, payout.NeedsAttention, payout.AccountNotVerified, ""))
		told := func(eventID string) []string {
			p.receive(t, rail.Event{ID: eventID, Type: "account.updated", Account: p.creator.account, ObjectID: p.creator.account})
			h := p.begin(t)
			require.Equal(t, 1, completed[int](h, workflows.InboxSweep, workflows.InboxInput{}))
			return h.signals.all()
		}
		to := names.Payout(p.payoutID)
		p.unverify(t)

		require.Equal(t, []string{to + " account_changed"}, told("evt_1"))
		require.Empty(t, told("evt_2"), "it cannot be paid, as before")
		p.verify(t)
		require.Equal(t, []string{to + " account_changed"}, told("evt_3"))
		require.Equal(t, []string{to + " account_event"}, told("evt_4"))
		require.Equal(t, "ignored", p.outcomes(t)["evt_2"])
	})

	t.Run("show that the owner has left", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.report(t, "account.updated")
		p.control(t, "/accounts/"+p.creator.account+"/deauthorize", `{}`)

		p.report(t, "account.application.deauthorized")

		state, err := p.store.Payouts.GetAccount(t.Context(), p.creator.account)
		require.NoError(t, err)
		require.False(t, state.Connected)
	})

	t.Run("are finished although Stripe cannot be reached, and keep the last state", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/accounts/*", Action: faults.ServerError, Status: 503, Count: 100})

		p.report(t, "account.updated")

		_, err := p.store.Payouts.GetAccount(t.Context(), p.creator.account)
		require.Equal(t, "payout_account_not_found", fault.CodeOf(err))
	})
}
