package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// measuredRun is the number of the run in its week. The weekly run has the compared payouts.
const measuredRun = payout.WeeklyRun + 1

// The defaults of an installation.
const (
	runPendingMax    = 500
	runCheckInterval = 15 * time.Minute
)

const (
	memoryInterval = time.Second
	// workerStopWait is how long the worker may take to finish its activities.
	workerStopWait = 10 * time.Second
)

// measureRun pays very many creators in one payout run. The worker is a process of its own, so that
// its memory can be measured.
func (s *payoutStack) measureRun(ctx context.Context, p plan, progress func(string), result *Result) (err error) {
	progress(fmt.Sprintf("setting up %d creators for one payout run", p.runCreators))
	paidBefore := s.effects("payout.paid")
	if _, err := s.addCreators(ctx, p.runCreators); err != nil {
		return err
	}
	worker, err := s.startWorkerProcess(p.command)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, worker.Stop(context.WithoutCancel(ctx), process.Step{Signal: syscall.SIGTERM, WaitMax: workerStopWait}, process.Step{Signal: syscall.SIGKILL, WaitMax: workerStopWait}))
	}()

	progress(fmt.Sprintf("paying %d creators in one payout run", p.runCreators))
	begin := time.Now()
	period := payout.Period(begin)
	run, err := s.connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: names.PayoutRun(period, measuredRun), TaskQueue: workflows.QueueCampaigns}, workflows.PayoutRun, workflows.PayoutRunInput{
		Period: period, Number: measuredRun, StartedBy: payout.StartedBySchedule, Scheduled: true, Policy: payoutPolicy(),
		Settings: workflows.PayoutRunSettings{PendingMax: runPendingMax, CheckInterval: duration.Text(runCheckInterval), Reconcile: workflows.DefaultReconcileSettings()},
	})
	if err != nil {
		return err
	}
	first := run.GetRunID() // Get changes it to the id of the last history
	memory, err := s.awaitRun(ctx, names.PayoutRunID(period, measuredRun), p.runCreators, worker, progress)
	if err != nil {
		return err
	}
	result.RunSeconds = round(time.Since(begin).Seconds())
	var ended workflows.PayoutRunResult
	if err := run.Get(ctx, &ended); err != nil {
		return err
	}
	if ended.Payouts != p.runCreators || ended.Status != string(payout.RunFinished) {
		return fmt.Errorf("the run is %s with %d payouts instead of %d: %s", ended.Status, ended.Payouts, p.runCreators, ended.Blocked)
	}
	lengths, err := s.readRunHistories(ctx, run.GetID(), first, p.runCreators)
	if err != nil {
		return err
	}
	result.RunCreators, result.RunHistories, result.RunEventsMax = p.runCreators, len(lengths), slices.Max(lengths)
	result.RunMemoryPeakMB, result.RunMemoryGrowth = round(slices.Max(memory)), memoryGrowth(memory)
	progress(fmt.Sprintf("the run has %d histories of at most %d events, and the worker used at most %.0f MB, %.2f times as much at the end as in the second quarter",
		result.RunHistories, result.RunEventsMax, result.RunMemoryPeakMB, result.RunMemoryGrowth))
	return s.requirePaid(ctx, paidBefore+p.runCreators)
}

// command is how to start the product again, as another process.
type command struct {
	executable  string
	environment []string
}

// startWorkerProcess starts the command `worker` on the stack.
func (s *payoutStack) startWorkerProcess(with command) (*process.Process, error) {
	settings := map[string]string{
		"DATABASE_URL": s.url, "TEMPORAL_ADDRESS": s.engine, "STRIPE_API_KEY": stripeKey, "STRIPE_API_BASE": s.stripeURL, "CREDITROLL_LOG_LEVEL": "error",
		"CREDITROLL_STRIPE_PER_SECOND": strconv.Itoa(stripePerSecond), "CREDITROLL_RECONCILE_PER_SECOND": strconv.Itoa(stripePerSecond),
	}
	environment := slices.Clone(with.environment)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		environment = append(environment, name+"="+settings[name])
	}
	return process.Start(process.Spec{
		Name: "creditroll worker", Path: with.executable, Args: []string{"worker"}, Env: environment, DeathSignal: syscall.SIGKILL, Log: io.Discard,
	})
}

// awaitRun waits until the books show that all payouts of the run are paid. It returns how many
// megabytes the worker used in each second of that.
func (s *payoutStack) awaitRun(ctx context.Context, runID string, creators int, worker *process.Process, progress func(string)) (memory []float64, err error) {
	ticker := time.NewTicker(memoryInterval)
	defer ticker.Stop()
	for told := 0; ; {
		var paid, parked int
		err := s.store.DB.Pool.QueryRow(ctx, "SELECT count(*) FILTER (WHERE status = 'paid'), count(*) FILTER (WHERE status = 'needs_attention') FROM payouts WHERE run_id = $1", runID).Scan(&paid, &parked)
		if err != nil {
			return nil, err
		}
		if parked > 0 {
			return nil, fmt.Errorf("%d payouts of the run need attention", parked)
		}
		if tenth := 10 * paid / creators; tenth > told {
			told = tenth
			progress(fmt.Sprintf("%d of %d are paid", paid, creators))
		}
		used, err := residentMB(ctx, worker.PID())
		if err != nil {
			return nil, errors.Join(err, worker.Err())
		}
		memory = append(memory, used)
		if paid == creators {
			return memory, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-worker.Done():
			return nil, fmt.Errorf("the worker has ended: %w", worker.Err())
		case <-ticker.C:
		}
	}
}

// residentMB returns how much memory a process has, as the system counts it.
func residentMB(ctx context.Context, pid int) (float64, error) {
	said, err := exec.CommandContext(ctx, "ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // the argument is a number
	if err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	kilobytes, err := strconv.ParseFloat(strings.TrimSpace(string(said)), 64)
	return kilobytes / 1024, err
}

// memoryGrowth compares the last quarter of a run with the second, because the caches of a worker
// fill in the first. It is about 1 if memory does not grow with the run.
func memoryGrowth(memory []float64) float64 {
	quarter := len(memory) / 4
	if quarter == 0 {
		return 1
	}
	return round(middle(memory[len(memory)-quarter:]) / middle(memory[quarter:2*quarter]))
}

// readRunHistories returns the number of events in each history of a run, and checks that together
// they have started each payout once.
func (s *payoutStack) readRunHistories(ctx context.Context, workflowID, runID string, creators int) ([]int, error) {
	var lengths []int
	started := map[string]bool{}
	for runID != "" {
		events, err := readHistory(ctx, s.connection, workflowID, runID)
		if err != nil {
			return nil, err
		}
		lengths = append(lengths, len(events))
		runID = events[len(events)-1].GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
		for _, event := range events {
			child := event.GetChildWorkflowExecutionStartedEventAttributes()
			if event.GetEventType() != enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED || child.GetWorkflowType().GetName() != "CreatorPayout" {
				continue
			}
			if id := child.GetWorkflowExecution().GetWorkflowId(); started[id] {
				return nil, fmt.Errorf("the run has started %s twice", id)
			}
			started[child.GetWorkflowExecution().GetWorkflowId()] = true
		}
	}
	if len(started) != creators {
		return nil, fmt.Errorf("the run has started %d payouts for %d creators", len(started), creators)
	}
	return lengths, nil
}
