package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func thisWeek() string { return payout.Period(time.Now()) }

func (w *world) otherFinance() access.Principal {
	return access.Principal{UserID: "user-other-finance", Roles: []access.Role{access.Finance}}
}

// available gives the world's creator 25.00 USD to be paid.
func (w *world) available(t *testing.T) {
	t.Helper()
	campaignID := w.joined(t)
	clipID := w.submit(t, campaignID, tiktokPost).JSON201.Id
	w.observe(t, campaignID, clipID, 5000)
	_, err := w.store.Earnings.ReleaseHolds(t.Context(), w.clock.Now().Add(2*time.Hour), 100)
	require.NoError(t, err)
}

// started is a run of this week that finance has started.
func (w *world) started(t *testing.T) (runID string) {
	t.Helper()
	answer, err := w.as(t, w.finance()).StartPayoutRunWithResponse(t.Context(), nil, client.NewPayoutRun{Period: thisWeek()})
	require.NoError(t, err)
	require.NotNil(t, answer.JSON202, string(answer.Body))
	return answer.JSON202.Id
}

func TestPayoutRunCommands(t *testing.T) {
	t.Parallel()

	t.Run("start a run once, and another one of the week under its own number", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		first, second := w.started(t), 2

		again := w.send(t, w.finance(), "POST", path("/payout-runs"), `{"period":"`+thisWeek()+`"}`, nil)
		other, err := w.as(t, w.finance()).StartPayoutRunWithResponse(t.Context(), nil, client.NewPayoutRun{Period: thisWeek(), Number: &second})

		require.NoError(t, err)
		again.requireProblem(t, 409, "run_exists")
		require.Contains(t, again.problem.Detail, first+" and is running")
		require.Equal(t, names.PayoutRunID(thisWeek(), 2), other.JSON202.Id)
		require.Equal(t, 2, other.JSON202.Number)
	})

	t.Run("answer a repeated start with the first answer, and a new one with the state of the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		key := map[string]string{"Idempotency-Key": "once"}
		first := w.send(t, w.finance(), "POST", path("/payout-runs"), "", key)
		id := names.PayoutRunID(thisWeek(), 1)
		require.NoError(t, w.store.Payouts.MoveRun(t.Context(), payout.RunMove{RunID: id, Status: payout.RunFinished}))

		again := w.send(t, w.finance(), "POST", path("/payout-runs"), "", key)
		later := w.send(t, w.finance(), "POST", path("/payout-runs"), "", nil)

		require.Equal(t, 202, first.status)
		require.Equal(t, 202, again.status)
		require.Equal(t, first.body, again.body)
		later.requireProblem(t, 409, "run_exists")
		require.Contains(t, later.problem.Detail, "is finished")
		require.Equal(t, 1, w.engine.count())
	})

	t.Run("let another person approve, but not who started the run", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		runID, key := w.started(t), "once"

		own := w.send(t, w.finance(), "POST", path("/payout-runs/%s/approve", runID), "", nil)
		other, err := w.as(t, w.otherFinance()).ApprovePayoutRunWithResponse(t.Context(), runID, &client.ApprovePayoutRunParams{IdempotencyKey: &key})

		require.NoError(t, err)
		own.requireProblem(t, 403, "same_person")
		require.Equal(t, "finished", other.JSON200.Status)
		require.Equal(t, "user-other-finance", *other.JSON200.ApprovedBy)
		require.Equal(t, "user-finance", other.JSON200.StartedBy)
		require.NotEmpty(t, w.engine.lastRun.ID, "a repetition is recognized")
	})

	t.Run("cancel a run with who and why", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		runID := w.started(t)

		got, err := w.as(t, w.finance()).CancelPayoutRunWithResponse(t.Context(), runID, nil, client.RequiredReason{Reason: "wrong week"})

		require.NoError(t, err)
		require.Equal(t, "cancelled", got.JSON200.Status)
		require.Equal(t, "user-finance", *got.JSON200.CancelledBy)
		require.Equal(t, "wrong week", *got.JSON200.CancelReason)
	})

	t.Run("leave out a creator, whom the run and its list then show", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.available(t)
		runID := w.started(t)

		got, err := w.as(t, w.finance()).ExcludeFromPayoutRunWithResponse(t.Context(), runID, nil, client.RunExclusion{CreatorId: w.creatorID, Reason: "ticket 7"})
		require.NoError(t, err)
		listed, err := w.as(t, w.finance()).ListLeftOutWithResponse(t.Context(), runID, nil)

		require.NoError(t, err)
		require.Equal(t, command.ExcludeFromRun, w.engine.lastRun.Action)
		require.Equal(t, []client.LeftOutSum{{Reason: "excluded_by_person", Currency: "USD", Payouts: 1, AmountMinor: 2500}}, *got.JSON200.LeftOut)
		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, w.creatorID, listed.JSON200.Items[0].CreatorId)
		require.Equal(t, "ticket 7", listed.JSON200.Items[0].Detail)
	})
}

func TestPayoutRunReads(t *testing.T) {
	t.Parallel()

	t.Run("preview who would be paid, and who would be left out", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.available(t)

		before, err := w.as(t, w.finance()).PreviewPayoutRunWithResponse(t.Context(), nil)
		require.NoError(t, err)
		runID := w.started(t)
		_, err = w.as(t, w.finance()).ExcludeFromPayoutRunWithResponse(t.Context(), runID, nil, client.RunExclusion{CreatorId: w.creatorID, Reason: "r"})
		require.NoError(t, err)
		after, err := w.as(t, w.finance()).PreviewPayoutRunWithResponse(t.Context(), nil)

		require.NoError(t, err)
		require.Len(t, before.JSON200.Payable, 1)
		sum := before.JSON200.Payable[0]
		require.Equal(t, []any{"USD", int64(1), int64(2500), int64(0)}, []any{sum.Currency, sum.Payouts, sum.AmountMinor, sum.MissingMinor})
		require.Greater(t, sum.BalanceMinor, int64(2500), "what the books have, before Stripe was read")
		require.Nil(t, sum.BalanceReadAt)
		require.Equal(t, w.creatorID, before.JSON200.Items[0].CreatorId)
		require.Nil(t, before.JSON200.Items[0].LeftOut)
		require.Empty(t, after.JSON200.Payable)
		require.Equal(t, []client.LeftOutSum{{Reason: "excluded_by_person", Currency: "USD", Payouts: 1, AmountMinor: 2500}}, after.JSON200.LeftOut)
		require.Equal(t, "excluded_by_person", *after.JSON200.Items[0].LeftOut)
	})

	t.Run("preview what the balance at Stripe lacks", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.available(t)
		at := w.clock.Now().UTC().Truncate(time.Millisecond)
		require.NoError(t, w.store.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: 1800, PendingMinor: 5000}}, at))

		preview, err := w.as(t, w.finance()).PreviewPayoutRunWithResponse(t.Context(), nil)

		require.NoError(t, err)
		require.Len(t, preview.JSON200.Payable, 1)
		sum := preview.JSON200.Payable[0]
		require.Equal(t, []int64{2500, 1800, 700}, []int64{sum.AmountMinor, sum.BalanceMinor, sum.MissingMinor})
		require.True(t, at.Equal(*sum.BalanceReadAt))
	})

	t.Run("come latest first, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		for _, period := range []string{"2026-W09", "2025-W52", "2026-W10"} {
			_, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), period, time.Now())
			require.NoError(t, err)
		}
		size := int32(2)

		first, err := w.as(t, w.finance()).ListPayoutRunsWithResponse(t.Context(), &client.ListPayoutRunsParams{Limit: &size})
		require.NoError(t, err)
		second, err := w.as(t, w.finance()).ListPayoutRunsWithResponse(t.Context(), &client.ListPayoutRunsParams{Limit: &size, Cursor: first.JSON200.NextCursor})
		require.NoError(t, err)

		require.Equal(t, "2026-W10", first.JSON200.Items[0].Period)
		require.Equal(t, "2026-W09", first.JSON200.Items[1].Period)
		require.Equal(t, "2025-W52", second.JSON200.Items[0].Period)
		require.Nil(t, second.JSON200.NextCursor)
	})

	t.Run("export the payouts with their campaigns as CSV, and say that the file is whole", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, runID := w.reserved(t)

		got := w.send(t, w.finance(), "GET", path("/payout-runs/%s/payouts.csv", runID), "", nil)

		require.Equal(t, 200, got.status)
		lines := strings.Split(strings.TrimSpace(string(got.body)), "\n")
		require.Len(t, lines, 3)
		require.True(t, strings.HasPrefix(lines[0], "payout_id,creator_id,currency,amount_minor,status,"), lines[0])
		require.True(t, strings.HasPrefix(lines[1], payoutID+","+w.creatorID+",USD,2500,reserved,"), lines[1])
		require.Contains(t, lines[1], "=2500")
		require.True(t, strings.HasPrefix(lines[2], "end,1,"), lines[2])
		w.send(t, w.brand(), "GET", path("/payout-runs/%s/payouts.csv", runID), "", nil).requireProblem(t, 403, "wrong_role")
	})
}

func TestSwitches(t *testing.T) {
	t.Parallel()

	t.Run("are on until an admin sets them, and show who did and why", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		before, err := w.as(t, w.finance()).ListSwitchesWithResponse(t.Context())
		require.NoError(t, err)
		set, err := w.as(t, w.admin()).SetSwitchWithResponse(t.Context(), "payouts", client.SwitchSetting{Off: true, Reason: "an incident"})
		require.NoError(t, err)
		after, err := w.as(t, w.finance()).ListSwitchesWithResponse(t.Context())

		require.NoError(t, err)
		require.Len(t, before.JSON200.Items, 2)
		for _, each := range before.JSON200.Items {
			require.False(t, each.Off, each.Name)
			require.NotEmpty(t, each.Stops)
		}
		require.Equal(t, *set.JSON200, after.JSON200.Items[0])
		require.True(t, set.JSON200.Off)
		require.Equal(t, "user-admin", *set.JSON200.Actor)
		require.Equal(t, "an incident", *set.JSON200.Reason)
		w.send(t, w.finance(), "PUT", path("/switches/payouts"), `{"off":false,"reason":"r"}`, nil).requireProblem(t, 403, "wrong_role")
		w.send(t, w.admin(), "PUT", path("/switches/webhooks_out"), `{"off":true,"reason":"r"}`, nil).requireProblem(t, 404, "switch_not_found")
		w.send(t, w.admin(), "PUT", path("/switches/light"), `{"off":true,"reason":"r"}`, nil).requireProblem(t, 404, "switch_not_found")
		w.send(t, w.admin(), "PUT", path("/switches/payouts"), `{"off":true}`, nil).requireProblem(t, 400, "invalid_request")
	})
}
