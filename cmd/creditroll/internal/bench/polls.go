package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

const pollInterval = time.Millisecond

// measurePolls compares the tracking of clips with an empty workflow that has one timer and two
// activities per poll. Tracking uses the real workflow, activities and database,
// and a provider that answers at once.
func measurePolls(ctx context.Context, url string, p plan, progress func(string), result *Result) (err error) {
	server, err := startTemporal(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop(ctx, server.Stop)) }()
	connection, err := temporal.Dial(ctx, client.Options{HostPort: server.Address()}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer connection.Close()
	store, err := books.Open(ctx, url, db.Options{})
	if err != nil {
		return err
	}
	defer store.DB.Close()
	posts := &instantObserver{}
	stopWorkers, err := startWorkers(connection, store, posts)
	if err != nil {
		return err
	}
	defer stopWorkers()
	fast, err := openAsynchronous(ctx, url)
	if err != nil {
		return err
	}
	defer fast.DB.Close()

	var tracked, bare []float64
	for turn := range p.pollRounds {
		polls, err := trackClips(ctx, connection, fast, posts, p)
		if err != nil {
			return fmt.Errorf("track clips: %w", err)
		}
		loops, err := runBareLoops(ctx, connection, p)
		if err != nil {
			return fmt.Errorf("run bare loops: %w", err)
		}
		progress(fmt.Sprintf("round %d of %d: %.0f polls/s, %.0f bare loops/s", turn+1, p.pollRounds, polls, loops))
		tracked, bare = append(tracked, polls), append(bare, loops)
	}
	result.PollsPerSecond, result.BareLoopsPerSecond, result.PollsVsBareLoop = median(tracked), median(bare), ratio(tracked, bare)
	result.Spreads["polls_per_s"], result.Spreads["bare_loops_per_s"] = spreadOf(tracked), spreadOf(bare)
	return nil
}

func startWorkers(connection client.Client, store *books.Books, posts *instantObserver) (stop func(), err error) {
	stopTracking, err := temporal.Workers{
		Ledger: activities.Ledger{Books: store}, Views: map[string]activities.Views{provider: {Observer: posts, Switch: store.Edge}},
	}.Start(connection, []string{workflows.QueueCampaigns, workflows.QueueLedger, workflows.QueueViews(provider)})
	if err != nil {
		return nil, err
	}
	bare := newBareWorker(connection)
	if err := bare.Start(); err != nil {
		stopTracking()
		return nil, err
	}
	return func() { stopTracking(); bare.Stop() }, nil
}

// trackClips tracks clips for a while, waits for their final readings, and returns polls per
// second.
func trackClips(ctx context.Context, connection client.Client, store *books.Books, posts *instantObserver, p plan) (float64, error) {
	w, err := newWorld(ctx, store, p.loops)
	if err != nil {
		return 0, err
	}
	for _, creatorID := range w.creators {
		if _, err := live.Prove(ctx, store, creatorID, clip.TikTok, creatorID); err != nil {
			return 0, err
		}
	}
	published := time.Now().Add(-time.Minute)
	counted := make([]*post, len(w.clips))
	for i, each := range w.clips {
		counted[i] = &post{authorID: each.creatorID, attemptID: w.attemptID, publishedAt: published}
		posts.publish(each.id, counted[i])
	}
	runs, err := startTracking(ctx, connection, w)
	if err != nil {
		return 0, err
	}
	// Submission and verification are not polls, so the clock starts when every clip is tracked.
	if err := awaitTracking(ctx, counted); err != nil {
		return 0, err
	}
	begin, before := time.Now(), pollsOf(counted)
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(p.pollSlice):
	}
	polls, err := runAll(ctx, len(runs), func(ctx context.Context, i int) (int64, error) {
		if err := connection.SignalWorkflow(ctx, runs[i].GetID(), "", workflows.SignalFinalSweep, nil); err != nil {
			return 0, err
		}
		var ended workflows.ClipResult
		if err := runs[i].Get(ctx, &ended); err != nil {
			return 0, err
		}
		if ended.Status != clip.Finished {
			return 0, fmt.Errorf("clip ended as %s: %s", ended.Status, ended.Reason)
		}
		w.grossMinor.Add(ended.EarnedMinor)
		return int64(ended.Polls), nil
	})
	if err != nil {
		return 0, err
	}
	return float64(polls-before) / time.Since(begin).Seconds(), w.verify(ctx, store)
}

func startTracking(ctx context.Context, connection client.Client, w *world) ([]client.WorkflowRun, error) {
	runs := make([]client.WorkflowRun, len(w.clips))
	for i, each := range w.clips {
		run, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: names.Clip(each.id), TaskQueue: workflows.QueueCampaigns}, workflows.ClipTracking, workflows.ClipInput{
			ClipID: each.id, CampaignID: w.campaignID, CreatorID: each.creatorID, Platform: clip.TikTok, URL: "https://example.test/" + each.id,
			ExternalID: each.id, Chain: []string{provider}, Schedule: views.Schedule{IntervalMin: duration.Text(pollInterval), IntervalMax: duration.Text(pollInterval)},
		})
		if err != nil {
			return nil, err
		}
		runs[i] = run
	}
	return runs, nil
}

// awaitTracking waits until each post was read twice. The first read is its verification.
func awaitTracking(ctx context.Context, posts []*post) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for _, each := range posts {
		for each.views.Load() < 2*viewsPerPoll {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-ticker.C:
			}
		}
	}
	return nil
}

// pollsOf counts the started polls.
func pollsOf(posts []*post) int64 {
	polls := int64(0)
	for _, each := range posts {
		polls += each.views.Load()/viewsPerPoll - 1
	}
	return polls
}

// runAll runs work count times and sums the results.
func runAll(ctx context.Context, count int, work func(ctx context.Context, i int) (int64, error)) (int64, error) {
	var mu sync.Mutex
	var running sync.WaitGroup
	total, failures := int64(0), []error(nil)
	for i := range count {
		running.Go(func() {
			did, err := work(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			total += did
			failures = append(failures, err)
		})
	}
	running.Wait()
	return total, errors.Join(failures...)
}
