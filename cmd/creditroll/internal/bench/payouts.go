package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

const payoutCurrency = "USD"

// payWait is how long a round may take. A payout that needs attention would not end.
const payWait = 15 * time.Minute

// historiesRead is how many histories of a round are counted.
const historiesRead = 100

// measurePayouts pays creators through both phases, and compares the time with workflows that have
// the same number of empty activities and one signal.
func measurePayouts(ctx context.Context, server string, p plan, progress func(string), result *Result) (err error) {
	s, err := openPayouts(ctx, server, progress)
	defer func() { err = errors.Join(err, s.close()) }()
	if err != nil {
		return err
	}
	progress(fmt.Sprintf("setting up %d creators to pay", p.payees+1))
	creators, err := s.addCreators(ctx, p.payees+1)
	if err != nil {
		return err
	}
	if err := s.receiveWebhooks(ctx); err != nil {
		return err
	}
	if err := s.comparePayouts(ctx, creators, p, progress, result); err != nil {
		return err
	}
	if p.runCreators == 0 {
		return nil
	}
	return s.measureRun(ctx, p, progress, result)
}

// comparePayouts pays the first creator alone, to learn the steps of a payout. The others take turns
// with the baseline.
func (s *payoutStack) comparePayouts(ctx context.Context, creators []string, p plan, progress func(string), result *Result) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	stopWorkers, err := s.startWorkers()
	if err != nil {
		return err
	}
	defer stopWorkers()
	bare := newBarePayoutWorker(&bareBank{connection: s.connection, fail: fail})
	if err := bare.Start(); err != nil {
		return err
	}
	defer bare.Stop()
	period := payout.Period(time.Now())
	runID, err := s.store.Payouts.OpenRun(ctx, names.PayoutRunID(period, payout.WeeklyRun), period, time.Now())
	if err != nil {
		return err
	}
	steps, err := s.learnSteps(ctx, runID, creators[0])
	if err != nil {
		return err
	}

	var paidIn, bareIn, activitiesIn, paidPerSecond, barePerSecond, activitiesPerSecond, events []float64
	for turn, round := range p.payoutRounds(creators[1:]) {
		ours, err := s.payAll(ctx, runID, round)
		if err != nil {
			return errors.Join(fmt.Errorf("pay: %w", err), context.Cause(ctx))
		}
		baseline, err := s.runBarePayouts(ctx, steps, len(round))
		if err != nil {
			return errors.Join(fmt.Errorf("run bare payouts: %w", err), context.Cause(ctx))
		}
		activities, err := s.runBarePayouts(ctx, steps.withoutLocal(), len(round))
		if err != nil {
			return errors.Join(fmt.Errorf("run bare payouts without local activities: %w", err), context.Cause(ctx))
		}
		paidIn, bareIn, activitiesIn = append(paidIn, ours), append(bareIn, baseline), append(activitiesIn, activities)
		activitiesPerSecond = append(activitiesPerSecond, float64(len(round))/activities)
		paidPerSecond, barePerSecond = append(paidPerSecond, float64(len(round))/ours), append(barePerSecond, float64(len(round))/baseline)
		progress(fmt.Sprintf("round %d of %d: %.1f payouts/s, %.1f bare payouts/s, %.1f without local activities", turn+1, p.payRounds, float64(len(round))/ours, float64(len(round))/baseline, float64(len(round))/activities))
		counted, err := s.countEvents(ctx, runID, round[:min(len(round), historiesRead)])
		if err != nil {
			return err
		}
		events = append(events, counted...)
	}
	result.PayoutsPerSecond, result.BarePayoutsPerSecond, result.PayoutTimeVsBare = median(paidPerSecond), median(barePerSecond), ratio(paidIn, bareIn)
	result.ActivityPayoutsPerSecond, result.PayoutTimeVsActivities = median(activitiesPerSecond), ratio(paidIn, activitiesIn)
	result.Spreads["payouts_per_s"], result.Spreads["bare_payouts_per_s"] = spreadOf(paidPerSecond), spreadOf(barePerSecond)
	result.Spreads["activity_payouts_per_s"] = spreadOf(activitiesPerSecond)
	result.PayoutEvents, result.PayoutEventsMax = median(events), slices.Max(events)
	result.PayoutActivities, result.PayoutLocalActivities = steps.count(stepActivity, stepAsk), steps.count(stepLocal)
	return s.requirePaid(ctx, len(creators))
}

// payoutRounds divides the creators.
func (p plan) payoutRounds(creators []string) [][]string {
	return slices.Collect(slices.Chunk(creators, (len(creators)+p.payRounds-1)/p.payRounds))
}

// learnSteps pays one creator, and reads the steps from its history.
func (s *payoutStack) learnSteps(ctx context.Context, runID, creatorID string) (shape, error) {
	if _, err := s.payAll(ctx, runID, []string{creatorID}); err != nil {
		return nil, err
	}
	events, err := readHistory(ctx, s.connection, names.Payout(names.PayoutID(runID, creatorID, payoutCurrency)), "")
	if err != nil {
		return nil, err
	}
	return readShape(events)
}

// payAll starts the payouts of all creators, as a payout run does, and returns the seconds until all
// have ended. By then the bank can no longer return the money.
func (s *payoutStack) payAll(ctx context.Context, runID string, creators []string) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, payWait)
	defer cancel()
	begin := time.Now()
	_, err := runAll(ctx, len(creators), func(ctx context.Context, i int) (int64, error) {
		in := workflows.PayoutInput{
			PayoutID: names.PayoutID(runID, creators[i], payoutCurrency), RunID: runID, CreatorID: creators[i], Currency: payoutCurrency, Policy: payoutPolicy(),
		}
		run, err := s.connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: names.Payout(in.PayoutID), TaskQueue: workflows.QueueCampaigns, WorkflowIDReusePolicy: workflows.PayoutReuse,
			TypedSearchAttributes: sdktemporal.NewSearchAttributes(
				workflows.AttributeCreatorID.ValueSet(in.CreatorID), workflows.AttributePayoutRunID.ValueSet(in.RunID),
				workflows.AttributePayoutStatus.ValueSet(string(payout.Reserved)), workflows.AttributeNeedsAttention.ValueSet(false),
			),
		}, workflows.CreatorPayout, in)
		if err != nil {
			return 0, err
		}
		var ended workflows.PayoutResult
		if err := run.Get(ctx, &ended); err != nil {
			return 0, err
		}
		if ended.Status != payout.Paid {
			return 0, fmt.Errorf("payout %s ended as %s", in.PayoutID, ended.Status)
		}
		return 1, nil
	})
	return time.Since(begin).Seconds(), err
}

// runBarePayouts runs as many workflows with the same steps, and returns the seconds.
func (s *payoutStack) runBarePayouts(ctx context.Context, steps shape, count int) (float64, error) {
	begin := time.Now()
	_, err := runAll(ctx, count, func(ctx context.Context, _ int) (int64, error) {
		run, err := s.connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "bare-payout/" + uuid.NewString(), TaskQueue: barePayoutQueue}, barePayout, steps)
		if err != nil {
			return 0, err
		}
		return 1, run.Get(ctx, nil)
	})
	return time.Since(begin).Seconds(), err
}

// countEvents returns the number of events in the history of each payout.
func (s *payoutStack) countEvents(ctx context.Context, runID string, creators []string) ([]float64, error) {
	counts := make([]float64, 0, len(creators))
	for _, creatorID := range creators {
		events, err := readHistory(ctx, s.connection, names.Payout(names.PayoutID(runID, creatorID, payoutCurrency)), "")
		if err != nil {
			return nil, err
		}
		counts = append(counts, float64(len(events)))
	}
	return counts, nil
}
