package temporal_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	simulator "github.com/creditroll/creditroll/devstack/simulators/brightdata"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/temporalserver"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
	"github.com/creditroll/creditroll/providers/brightdata"
	"github.com/creditroll/creditroll/providers/providertest"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

// cluster is one Temporal server for all of these tests.
type cluster struct{ connection client.Client }

// snapshots is a worker that reads clips in snapshots, with its own database and task queues.
type snapshots struct {
	connection client.Client
	store      *books.Books
	sim        *simulator.Simulator
	reader     *providers.Snapshots
	engine     *temporal.Engine
	queue      string
	now        func() time.Time
	notified   chan rail.Notice
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	server, err := temporalserver.Start(t.Context(), temporalserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	connection, err := temporal.Dial(t.Context(), client.Options{HostPort: server.Address()}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	return &cluster{connection}
}

func (c *cluster) setup(t *testing.T, behaviour simulator.Behaviour) *snapshots {
	t.Helper()
	return c.setupWaiting(t, 10*time.Millisecond, behaviour)
}

// together is long enough for calls that are made at the same time to share a snapshot.
const together = 3 * time.Second

func (c *cluster) setupWaiting(t *testing.T, wait time.Duration, behaviour simulator.Behaviour) *snapshots {
	t.Helper()
	s := &snapshots{connection: c.connection, store: dbtest.New(t), queue: "test-" + uuid.NewString(), notified: make(chan rail.Notice, 10), now: time.Now}
	s.engine = temporal.NewEngine(c.connection, temporal.Settings{})
	s.sim = simulator.New(simulator.Options{Options: catalog.Options{AnyClip: true}, Behaviour: behaviour})
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if notification, err := brightdata.ParseNotification(r.URL.Query(), body); err == nil {
			s.notified <- rail.Notice{Concern: rail.ConcernSnapshot, Job: notification.Job, SnapshotID: notification.SnapshotID}
		}
	}))
	t.Cleanup(hook.Close)
	asynchronous, err := brightdata.New(providers.Config{
		BaseURL: providertest.Serve(t, s.sim.Simulator), Credential: "token",
		Callback: providers.CallbackTarget{URL: hook.URL, Secrets: []string{"secret"}},
	})
	require.NoError(t, err)
	s.reader = providers.NewSnapshots(asynchronous, s.store.Clips, true, providers.Options{Wait: wait, Now: func() time.Time { return s.now() }})
	t.Cleanup(func() { require.NoError(t, s.reader.Close(context.WithoutCancel(t.Context()))) })

	running := worker.New(c.connection, s.queue, worker.Options{Interceptors: []interceptor.WorkerInterceptor{activities.Failures()}})
	s.views().Register(running)
	running.RegisterWorkflowWithOptions(readOnce, workflow.RegisterOptions{Name: "ReadOnce"})
	require.NoError(t, running.Start())
	t.Cleanup(running.Stop)
	return s
}

func (s *snapshots) views() activities.Views {
	return activities.Views{Switch: s.store.Edge, Snapshots: s.reader, Calls: s.store.Clips, Caller: temporal.Calls{Client: s.connection}}
}

// readOnce reads a post as the tracking of a clip does, and returns its answer or the code of its fault. Then it waits for
// a late reading, if it is told to.
func readOnce(ctx workflow.Context, queue string, post activities.Post, waits bool) (activities.ProviderAnswer, error) {
	options := workflow.ActivityOptions{TaskQueue: queue, StartToCloseTimeout: views.SnapshotPatience, RetryPolicy: &sdktemporal.RetryPolicy{MaximumAttempts: 3}}
	if waits {
		options.StartToCloseTimeout, options.RetryPolicy.MaximumAttempts = time.Second, 1
	}
	var answer activities.ProviderAnswer
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activities.Observe.Name, post).Get(ctx, &answer)
	if waits && err != nil {
		workflow.GetSignalChannel(ctx, workflows.SignalLateReading).Receive(ctx, &answer)
		return answer, nil
	}
	return answer, err
}

func (s *snapshots) read(t *testing.T, post activities.Post, waits bool) client.WorkflowRun {
	t.Helper()
	run, err := s.connection.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: names.Clip(uuid.NewString()), TaskQueue: s.queue}, "ReadOnce", s.queue, post, waits)
	require.NoError(t, err)
	return run
}

func post(n int) activities.Post {
	return activities.Post{Platform: clip.TikTok, ExternalID: providertest.ExternalID(clip.TikTok, n)}
}

// step runs one activity of the worker.
func (s *snapshots) step(t *testing.T, views activities.Views, name, id string) (activities.SnapshotSeen, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	views.Register(env)
	var seen activities.SnapshotSeen
	result, err := env.ExecuteActivity(name, activities.SnapshotLook{ID: id})
	if err == nil {
		err = result.Get(&seen)
	}
	return seen, err
}

// look does for one snapshot what a pass does.
func (s *snapshots) look(t *testing.T, id string) activities.SnapshotSeen {
	t.Helper()
	_, err := s.step(t, s.views(), activities.LookAtSnapshot.Name, id)
	require.NoError(t, err)
	seen, err := s.step(t, s.views(), activities.AnswerSnapshot.Name, id)
	require.NoError(t, err)
	return seen
}

// lookAtDue looks at all snapshots that are due, and returns how many there were.
func (s *snapshots) lookAtDue(t *testing.T) int {
	t.Helper()
	due, err := s.store.Clips.ListDueSnapshots(t.Context(), s.now(), 100)
	require.NoError(t, err)
	for _, each := range due {
		s.look(t, each.ID)
	}
	return len(due)
}

// notice waits for a notification, stores it, and returns the job.
func (s *snapshots) notice(t *testing.T) string {
	t.Helper()
	notice := <-s.notified
	known, err := s.store.Clips.RecordNotified(t.Context(), notice.Job, notice.SnapshotID, s.now())
	require.NoError(t, err)
	require.True(t, known)
	return notice.Job
}

// triggered waits until a snapshot is running at the provider and on record, and returns its job.
func (s *snapshots) triggered(t *testing.T) (job string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return s.store.DB.Pool.QueryRow(t.Context(), "SELECT id FROM view_snapshots WHERE status = 'running'").Scan(&job) == nil
	}, time.Minute, 20*time.Millisecond)
	return job
}

func (s *snapshots) outcomes(t *testing.T) (all []string) {
	t.Helper()
	rows, err := s.store.DB.Pool.Query(t.Context(), "SELECT coalesce(outcome, '') FROM view_snapshot_clips ORDER BY external_id, place")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var each string
		require.NoError(t, rows.Scan(&each))
		all = append(all, each)
	}
	require.NoError(t, rows.Err())
	return all
}

func (s *snapshots) attempts(t *testing.T) (all []views.Attempt) {
	t.Helper()
	rows, err := s.store.DB.Pool.Query(t.Context(), "SELECT id, clips, outcome, cost_micros FROM provider_attempts ORDER BY id")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var each views.Attempt
		require.NoError(t, rows.Scan(&each.ID, &each.Clips, &each.Outcome, &each.CostMicros))
		all = append(all, each)
	}
	require.NoError(t, rows.Err())
	return all
}

func answered(t *testing.T, run client.WorkflowRun) activities.ProviderAnswer {
	t.Helper()
	var answer activities.ProviderAnswer
	require.NoError(t, run.Get(t.Context(), &answer))
	return answer
}

// later moves the clock of the product. Snapshots at the provider take no notice.
func (s *snapshots) later(d time.Duration) {
	before := s.now
	s.now = func() time.Time { return before().Add(d) }
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	cluster := startCluster(t)

	t.Run("answer all of their calls after the notification, each once and with one attempt", func(t *testing.T) {
		t.Parallel()
		s := cluster.setupWaiting(t, together, simulator.Behaviour{Notify: "twice"})
		first, second, same := s.read(t, post(1), false), s.read(t, post(2), false), s.read(t, post(2), false)

		job := s.notice(t)
		seen := s.look(t, job)
		again := s.look(t, s.notice(t))

		require.Equal(t, activities.SnapshotSeen{Status: views.SnapshotCollected, Answered: 3}, seen)
		require.Equal(t, activities.SnapshotSeen{Status: views.SnapshotCollected}, again)
		require.Equal(t, post(1).ExternalID, answered(t, first).Reading.ExternalID)
		require.Equal(t, post(2).ExternalID, answered(t, second).Reading.ExternalID)
		require.Equal(t, post(2).ExternalID, answered(t, same).Reading.ExternalID)
		require.Equal(t, job, answered(t, first).AttemptID)
		require.NotEmpty(t, answered(t, first).AuthorDigest)
		require.Equal(t, []views.Attempt{{ID: job, Clips: 2, Outcome: views.OutcomeOK, CostMicros: 3000}}, s.attempts(t))
		require.Equal(t, []string{"answered", "answered", "answered"}, s.outcomes(t))
		require.Zero(t, s.lookAtDue(t), "nothing is left to do")
	})

	t.Run("that are partial answer what they hold, and that they have not read the rest", func(t *testing.T) {
		t.Parallel()
		s := cluster.setupWaiting(t, together, simulator.Behaviour{})
		_, err := s.sim.Faults.Add(faults.Rule{Action: faults.Refuse, Inside: true, Path: "/datasets/v3/trigger", Code: "partial"})
		require.NoError(t, err)
		runs := []client.WorkflowRun{s.read(t, post(1), false), s.read(t, post(2), false)}

		s.look(t, s.notice(t))

		read, missing := 0, 0
		for _, run := range runs {
			if answer := answered(t, run); answer.Reading != nil {
				read++
			} else if answer.Missing == views.Unreadable {
				missing++
			}
		}
		require.Equal(t, []int{1, 1}, []int{read, missing})
		require.Equal(t, views.OutcomePartial, s.attempts(t)[0].Outcome)
		require.Equal(t, int64(1500), s.attempts(t)[0].CostMicros)
	})

	t.Run("whose notification never comes are found after two minutes", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{Notify: "never"})
		run := s.read(t, post(1), false)
		s.triggered(t)
		require.Zero(t, s.lookAtDue(t))

		s.later(2 * time.Minute)
		found := s.lookAtDue(t)

		require.Equal(t, 1, found)
		require.NotNil(t, answered(t, run).Reading)
	})

	t.Run("that run are looked at again later, after a growing wait", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 3600})
		s.read(t, post(1), false)
		job := s.triggered(t)
		var looks []time.Duration
		for range 3 {
			var next time.Time
			require.NoError(t, s.store.DB.Pool.QueryRow(t.Context(), "SELECT next_look_at FROM view_snapshots WHERE id = $1", job).Scan(&next))
			looks = append(looks, next.Sub(s.now()).Round(time.Minute))
			s.later(next.Sub(s.now()))
			require.Equal(t, 1, s.lookAtDue(t))
		}

		require.Equal(t, []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute}, looks)
		require.Empty(t, s.attempts(t), "it has not ended")
	})

	t.Run("that fail end their calls at once, which are not tried again", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{Fail: true})
		run := s.read(t, post(1), false)

		s.look(t, s.notice(t))

		err := activities.Fault(run.Get(t.Context(), nil))
		require.Equal(t, "snapshot_failed", fault.CodeOf(err))
		require.Len(t, s.sim.Jobs(), 1)
		require.Equal(t, []string{"failed_over"}, s.outcomes(t))
		require.Equal(t, views.OutcomeUnavailable, s.attempts(t)[0].Outcome)
		require.Zero(t, s.attempts(t)[0].CostMicros)
	})

	t.Run("of which there are too many are triggered later", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{RunningMax: 1, DelaySeconds: 1})
		first := s.read(t, post(1), false)
		s.triggered(t)
		second := s.read(t, post(2), false)

		s.look(t, s.notice(t))
		s.look(t, s.notice(t))

		require.NotNil(t, answered(t, first).Reading)
		require.NotNil(t, answered(t, second).Reading)
		var limited int
		require.NoError(t, s.store.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM provider_attempts WHERE outcome = 'rate_limited' AND cost_micros = 0").Scan(&limited))
		require.Positive(t, limited)
	})

	t.Run("that come after their calls have ended are sent to the workflows", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 2})
		run := s.read(t, post(1), true) // its call ends after a second

		s.look(t, s.notice(t))

		require.NotNil(t, answered(t, run).Reading)
		require.Equal(t, []string{"late"}, s.outcomes(t))
	})

	t.Run("that come late and are older than what the clip has are not sent", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 2})
		s.read(t, post(1), true)
		job := s.notice(t)
		_, err := s.step(t, s.views(), activities.LookAtSnapshot.Name, job)
		require.NoError(t, err)
		newer := s.views()
		newer.Calls = readLately{s.store.Clips}

		_, err = s.step(t, newer, activities.AnswerSnapshot.Name, job)

		require.NoError(t, err)
		require.Equal(t, []string{"too_old"}, s.outcomes(t))
	})

	t.Run("whose id the worker could not store, because it died, are named by their notification", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 1})
		run := s.read(t, post(1), false)
		job := s.triggered(t)
		s.forgetID(t, job)

		require.Equal(t, job, s.notice(t))
		s.look(t, job)

		require.NotNil(t, answered(t, run).Reading)
	})

	t.Run("that the worker may not have triggered, because it died, end their calls after five minutes, and are still used when they come", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 2})
		run := s.read(t, post(1), false)
		job := s.triggered(t)
		s.forgetID(t, job)
		require.Zero(t, s.lookAtDue(t))

		s.later(5 * time.Minute)
		require.Equal(t, 1, s.lookAtDue(t))
		err := activities.Fault(run.Get(t.Context(), nil))
		require.Zero(t, s.lookAtDue(t), "nothing can be asked")
		before := s.outcomes(t)
		s.look(t, s.notice(t))

		require.Equal(t, "snapshot_triggering", fault.CodeOf(err))
		require.Equal(t, []string{"failed_over"}, before)
		require.Equal(t, []string{"no_workflow"}, s.outcomes(t), "this workflow has ended")
		require.Len(t, s.attempts(t), 1)
	})

	t.Run("survive a worker that dies between answering and storing that it has", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{})
		run := s.read(t, post(1), false)
		job := s.notice(t)
		_, err := s.step(t, s.views(), activities.LookAtSnapshot.Name, job)
		require.NoError(t, err)
		dying := s.views()
		dying.Calls = forgetful{s.store.Clips}

		_, died := s.step(t, dying, activities.AnswerSnapshot.Name, job)
		seen := s.look(t, job)

		require.Error(t, died)
		require.NotNil(t, answered(t, run).Reading)
		require.Equal(t, 1, seen.Answered)
		require.Equal(t, []string{"no_workflow"}, s.outcomes(t), "the call had its answer, and this workflow has ended")
		require.Len(t, s.attempts(t), 1)
	})

	t.Run("expire after a day, with the price that they may have had", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{DelaySeconds: 1_000_000})
		run := s.read(t, post(1), false)
		job := s.triggered(t)

		s.later(24 * time.Hour)
		seen := s.look(t, job)

		require.Equal(t, views.SnapshotExpired, seen.Status)
		require.Equal(t, "snapshot_expired", fault.CodeOf(activities.Fault(run.Get(t.Context(), nil))))
		require.Equal(t, []views.Attempt{{ID: job, Clips: 1, Outcome: views.OutcomeUnavailable, CostMicros: 1500}}, s.attempts(t))
	})

	t.Run("are looked at later if the provider does not answer, or not with sense", func(t *testing.T) {
		t.Parallel()
		s := cluster.setup(t, simulator.Behaviour{})
		run := s.read(t, post(1), false)
		job := s.notice(t)
		for _, rule := range []faults.Rule{
			{Action: faults.ServerError, Path: "/datasets/v3/progress/**"},
			{Action: faults.Garbage, Path: "/datasets/v3/snapshot/**"},
		} {
			_, err := s.sim.Faults.Add(rule)
			require.NoError(t, err)
			require.Zero(t, s.look(t, job).Answered)
		}

		s.look(t, job)

		require.NotNil(t, answered(t, run).Reading)
		require.Len(t, s.attempts(t), 1)
	})
}

// forgetID is what a worker leaves that dies before it has stored the provider's id of a snapshot.
func (s *snapshots) forgetID(t *testing.T, job string) {
	t.Helper()
	_, err := s.store.DB.Pool.Exec(t.Context(), "UPDATE view_snapshots SET snapshot_id = NULL, status = 'triggering', next_look_at = started_at + interval '5 minutes' WHERE id = $1", job)
	require.NoError(t, err)
}

// readLately is a database in which every clip has a reading of this moment.
type readLately struct{ *clips.Store }

func (readLately) LastObservedAt(context.Context, string) (time.Time, error) { return time.Now(), nil }

// forgetful is a database that is lost before anything is stored about calls.
type forgetful struct{ *clips.Store }

func (forgetful) RecordSnapshotOutcomes(context.Context, string, []views.SnapshotClip) error {
	return fault.New(fault.Unavailable, "database_down", "down")
}
