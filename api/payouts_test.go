package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// reserved is a payout of 25.00 USD in its own run, from the earnings of one clip.
func (w *world) reserved(t *testing.T) (payoutID, runID string) {
	t.Helper()
	campaignID := w.joined(t)
	clipID := w.submit(t, campaignID, tiktokPost).JSON201.Id
	w.observe(t, campaignID, clipID, 5000)
	later := w.clock.Now().Add(2 * time.Hour)
	_, err := w.store.Earnings.ReleaseHolds(t.Context(), later, 100)
	require.NoError(t, err)
	runID, err = w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W10", time.Now())
	require.NoError(t, err)
	payoutID = uuid.NewString()
	_, err = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: payoutID, RunID: runID, CreatorID: w.creatorID, Currency: "USD", MinimumMinor: 1000, Now: later,
	})
	require.NoError(t, err)
	return payoutID, runID
}

func TestPayouts(t *testing.T) {
	t.Parallel()

	t.Run("that need attention are listed with the reason and an operator's commands", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, runID := w.reserved(t)
		require.NoError(t, w.store.Payouts.Park(t.Context(), payoutID, payout.NeedsAttention, payout.BankAccountRejected, "account_closed"))
		status := "needs_attention"

		listed, err := w.as(t, w.finance()).ListPayoutsWithResponse(t.Context(), &client.ListPayoutsParams{Status: &status, PayoutRunId: &runID, CreatorId: &w.creatorID})
		require.NoError(t, err)
		read, err := w.as(t, w.finance()).GetPayoutWithResponse(t.Context(), payoutID)

		require.NoError(t, err)
		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, read.JSON200.Payout, listed.JSON200.Items[0])
		require.Equal(t, string(payout.BankAccountRejected), *read.JSON200.Payout.AttentionReason)
		require.Equal(t, payout.BankAccountRejected.Explain(), *read.JSON200.Payout.AttentionDetail)
		require.Equal(t, "creator", *read.JSON200.Payout.AttentionActor)
		require.Contains(t, *read.JSON200.Payout.AttentionForCreator, "another bank account")
		require.Equal(t, int64(2500), read.JSON200.Payout.AmountMinor)
		require.Equal(t, "2026-W10", read.JSON200.Payout.Period)
		require.Len(t, read.JSON200.Lines, 1)
		require.Equal(t, int64(2500), read.JSON200.Lines[0].AmountMinor)
		require.Equal(t, []string{names.UpdateLine(names.Payout(payoutID), "retry"), names.UpdateLine(names.Payout(payoutID), "cancel")}, read.JSON200.ShellLines)
	})

	t.Run("whose workflow was terminated are shown with the command that resets it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		require.NoError(t, w.store.Payouts.ParkLost(t.Context(), payoutID))

		read, err := w.as(t, w.finance()).GetPayoutWithResponse(t.Context(), payoutID)

		require.NoError(t, err)
		require.Equal(t, string(payout.ProcessLost), *read.JSON200.Payout.AttentionReason)
		require.Equal(t, []string{names.ResetLine(names.Payout(payoutID))}, read.JSON200.ShellLines)
	})

	t.Run("are shown to their creator, without an operator's commands", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		other := creatorUser(w.creator(t))

		mine, err := w.as(t, w.creatorUser()).GetPayoutWithResponse(t.Context(), payoutID)
		require.NoError(t, err)
		listed, err := w.as(t, other).ListPayoutsWithResponse(t.Context(), nil)
		require.NoError(t, err)

		require.Equal(t, payoutID, mine.JSON200.Payout.Id)
		require.Empty(t, mine.JSON200.ShellLines)
		require.Empty(t, listed.JSON200.Items)
		w.send(t, other, "GET", path("/payouts/%s", payoutID), "", nil).requireProblem(t, 404, "payout_not_found")
	})

	t.Run("are commanded with actor, reason and evidence", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)

		got, err := w.as(t, w.finance()).ResolvePayoutWithResponse(t.Context(), payoutID, nil, client.Resolution{Reason: "paid by hand", Evidence: "ticket 7"})

		require.NoError(t, err)
		require.Equal(t, "transferring", got.JSON200.Status)
		require.Equal(t, command.PayoutCommand{
			PayoutID: payoutID, Action: command.Resolve, Actor: "user-finance", Reason: "paid by hand", Evidence: "ticket 7",
		}, w.engine.last)
	})

	for name, bad := range map[string]struct{ action, body, code string }{
		"a retry without a body":           {"retry", ``, "invalid_request"},
		"a retry without a reason":         {"retry", `{}`, "invalid_request"},
		"a cancellation of a blank reason": {"cancel", `{"reason":"  "}`, "invalid_request"},
		"a resolution without evidence":    {"resolve", `{"reason":"r"}`, "invalid_request"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)

			got := w.send(t, w.finance(), "POST", path("/payouts/%s/%s", uuid.NewString(), bad.action), bad.body, nil)

			got.requireProblem(t, 400, bad.code)
			require.Zero(t, w.engine.count())
		})
	}

	t.Run("are not found if they do not exist", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := w.send(t, w.finance(), "POST", path("/payouts/%s/retry", uuid.NewString()), `{"reason":"r"}`, nil)

		got.requireProblem(t, 404, "payout_not_found")
		require.Zero(t, w.engine.count())
	})
}

func TestPayoutRuns(t *testing.T) {
	t.Parallel()

	t.Run("are for the current ISO week by default", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(config *api.Config) {
			// A Sunday in the last ISO week of the previous year.
			config.Now = func() time.Time { return time.Date(2021, 1, 3, 23, 0, 0, 0, time.UTC) }
		})

		got := w.send(t, w.finance(), "GET", path("/payout-runs/preview"), "", nil)

		require.Equal(t, 200, got.status, string(got.body))
		require.Contains(t, string(got.body), `"2020-W53"`)
	})

	for period, refused := range map[string]struct {
		status int
		code   string
	}{
		"2026-W60": {400, "unknown_period"}, "1000-W00": {400, "unknown_period"}, "2999-W99": {400, "unknown_period"},
		"2026-W02": {400, "period_too_old"},
		"2026-W12": {409, "period_in_future"}, "2999-W01": {409, "period_in_future"},
	} {
		t.Run("refuse "+period+" before anything is started", func(t *testing.T) {
			t.Parallel()
			w := setup(t, func(config *api.Config) {
				config.Now = func() time.Time { return time.Date(2026, 3, 15, 23, 59, 59, 0, time.UTC) } // the last second of W11
			})

			got := w.send(t, w.finance(), "POST", path("/payout-runs"), `{"period":"`+period+`"}`, nil)

			got.requireProblem(t, refused.status, refused.code)
			require.Zero(t, w.engine.count())
		})
	}

	t.Run("refuse a period that is not a week", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := w.send(t, w.finance(), "POST", path("/payout-runs"), `{"period":"March"}`, nil)

		got.requireProblem(t, 400, "invalid_request")
		require.Zero(t, w.engine.count())
	})
}
