package temporal_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/devstack/temporalserver"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

// never is an interval that is longer than the test.
const never = 24 * time.Hour

// No worker runs here: a signal is accepted without one, and stays in the history.
func TestNotify(t *testing.T) {
	t.Parallel()
	server, err := temporalserver.Start(t.Context(), temporalserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	connection, err := temporal.Dial(t.Context(), client.Options{HostPort: server.Address()}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	require.NoError(t, temporal.Prepare(t.Context(), connection, "default", temporal.Schedules{
		ReleaseHoldsEvery: never, SweepInboxEvery: never, SweepSnapshotsEvery: never, SealEvery: never, ReconcileEvery: never, ReconcileWholeEvery: never, WatchPayoutsEvery: never, EvidenceEvery: never, CheckProvidersEvery: never, PayoutRunCron: "0 0 29 2 *",
	}, temporal.Settings{}))
	engine := temporal.NewEngine(connection, temporal.Settings{})
	start := func(t *testing.T, id string) {
		t.Helper()
		_, err := connection.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "nowhere"}, "Anything")
		require.NoError(t, err)
	}
	signals := func(t *testing.T, id string) []string {
		t.Helper()
		var names []string
		for events := connection.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			event, err := events.Next()
			require.NoError(t, err)
			if signalled := event.GetWorkflowExecutionSignaledEventAttributes(); signalled != nil {
				names = append(names, signalled.GetSignalName())
			}
		}
		return names
	}

	for _, tc := range []struct {
		name    string
		notice  rail.Notice
		to      string
		signal  string
		without rail.Delivery
	}{
		{"a payment of a campaign", rail.Notice{Concern: rail.ConcernCampaignPayment, CampaignID: "1"}, names.Campaign("1"), workflows.SignalStripeChanged, rail.NoWorkflow},
		{"a new refund", rail.Notice{Concern: rail.ConcernRefundStarted, CampaignID: "2"}, names.Campaign("2"), workflows.SignalStripeChanged, rail.NoWorkflow},
		{"a changed refund", rail.Notice{Concern: rail.ConcernRefundChanged, CampaignID: "3"}, names.Campaign("3"), workflows.SignalStripeChanged, rail.Undelivered},
		{"a payout", rail.Notice{Concern: rail.ConcernPayout, PayoutID: "4"}, names.Payout("4"), workflows.SignalStripeChanged, rail.Undelivered},
		{"an account", rail.Notice{Concern: rail.ConcernPayoutAccount, Account: "acct", PayoutID: "5"}, names.Payout("5"), workflows.SignalAccountEvent, rail.Undelivered},
		{"a bank account", rail.Notice{Concern: rail.ConcernBankAccountAdded, Account: "acct", PayoutID: "6"}, names.Payout("6"), workflows.SignalBankAccountChanged, rail.Undelivered},
	} {
		t.Run("signals the workflow of "+tc.name+", and reports one that does not run", func(t *testing.T) {
			without, err := engine.Notify(t.Context(), tc.notice)
			require.NoError(t, err)
			start(t, tc.to)

			with, err := engine.Notify(t.Context(), tc.notice)

			require.NoError(t, err)
			require.Equal(t, tc.without, without)
			require.Equal(t, rail.Signalled, with)
			require.Equal(t, []string{tc.signal}, signals(t, tc.to))
		})
	}

	t.Run("leaves the state of an account to the sweep", func(t *testing.T) {
		outcome, err := engine.Notify(t.Context(), rail.Notice{Concern: rail.ConcernAccountState, Account: "acct"})

		require.NoError(t, err)
		require.Equal(t, rail.Undelivered, outcome)
	})

	t.Run("reports a payout whose workflow was terminated", func(t *testing.T) {
		start(t, names.Payout("7"))
		require.NoError(t, connection.TerminateWorkflow(t.Context(), names.Payout("7"), "", "by hand"))

		outcome, err := engine.Notify(t.Context(), rail.Notice{Concern: rail.ConcernPayout, PayoutID: "7"})

		require.NoError(t, err)
		require.Equal(t, rail.Undelivered, outcome)
	})

	t.Run("starts the workflow of a dispute once, and signals it each time", func(t *testing.T) {
		notice := rail.Notice{Concern: rail.ConcernDispute, DisputeID: "dp_1"}
		for range 2 {
			outcome, err := engine.Notify(t.Context(), notice)
			require.NoError(t, err)
			require.Equal(t, rail.Signalled, outcome)
		}

		require.Equal(t, []string{workflows.SignalStripeChanged, workflows.SignalStripeChanged}, signals(t, names.Dispute("dp_1")))
	})

	t.Run("returns an error when the engine cannot be reached", func(t *testing.T) {
		stopped, cancel := context.WithCancel(t.Context())
		cancel()

		outcome, err := engine.Notify(stopped, rail.Notice{Concern: rail.ConcernPayout, PayoutID: "4"})

		require.Error(t, err)
		require.Equal(t, rail.Undelivered, outcome)
	})

	t.Run("ignores what concerns no workflow", func(t *testing.T) {
		outcome, err := engine.Notify(t.Context(), rail.Notice{Concern: rail.ConcernNone})

		require.NoError(t, err)
		require.Equal(t, rail.Ignored, outcome)
	})
}
