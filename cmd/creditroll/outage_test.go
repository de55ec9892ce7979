package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/process/processtest"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// servers are a database and a Temporal server that can be killed and restarted with the same
// data and ports.
type servers struct {
	t        *testing.T
	postgres *postgres.Server
	temporal *temporalserver.Server

	postgresOptions postgres.Options
	temporalOptions temporalserver.Options
}

func startServers(t *testing.T) *servers {
	t.Helper()
	s := &servers{
		t:               t,
		postgresOptions: postgres.Options{Dir: t.TempDir() + "/postgres", Port: processtest.SteadyPort(t)},
		temporalOptions: temporalserver.Options{Dir: t.TempDir() + "/temporal", Port: processtest.SteadyPort(t)},
	}
	s.startPostgres()
	t.Cleanup(func() { require.NoError(t, s.postgres.Stop(context.Background())) })
	s.startTemporal()
	t.Cleanup(func() { require.NoError(t, s.temporal.Stop(context.Background())) })
	return s
}

func (s *servers) startPostgres() {
	s.t.Helper()
	var err error
	s.postgres, err = postgres.Start(s.t.Context(), s.postgresOptions)
	require.NoError(s.t, err)
}

func (s *servers) startTemporal() {
	s.t.Helper()
	var err error
	s.temporal, err = temporalserver.Start(s.t.Context(), s.temporalOptions)
	require.NoError(s.t, err)
}

func TestKilledServers(t *testing.T) {
	t.Parallel()

	t.Run("restart, and all workflows continue to the same amounts", func(t *testing.T) {
		t.Parallel()
		s := startServers(t)
		w := newWorld(t, worldOptions{
			servers: &devstack.Stack{DatabaseURL: s.postgres.URL(), TemporalAddress: s.temporal.Address()},
			stripe:  stripe.Options{PayoutTransit: 2 * time.Second},
		})
		paidFirst, paidLater := w.creator(verified(goodBank)), w.creator(verified(goodBank))
		campaignID := w.liveCampaign()
		first := w.earned(paidFirst)
		w.post(campaignID, paidLater, "tiktok", growth{views: 10_003, jumps: jumpsAfter(1_777, 3*time.Second, 6*time.Second)})
		w.post(campaignID, paidLater, "youtube", growth{views: 4_999, jumps: jumpsAfter(1_777, 4*time.Second, 9*time.Second)})
		w.script(holdAnswer("/v1/transfers"))
		w.startRun(period)
		w.awaitEffect("transfer.applied")

		require.NoError(t, s.postgres.Kill())
		w.stack.Stripe.Faults().Release("")
		s.startPostgres()
		w.awaitEffect("payout.applied")
		require.NoError(t, s.temporal.Kill())
		s.startTemporal()

		w.awaitPayout(w.payoutOf(paidFirst), "paid")
		w.eventually("all growth is credited", func() bool {
			return w.count("SELECT sum(credited_views)::bigint FROM audit.clips WHERE campaign_id = $1", campaignID) == 10_003+4_999+4*1_777
		})
		w.complete(campaignID)
		w.awaitCampaign(campaignID, "completed")
		w.awaitAvailable(paidLater)
		w.startRun(nextPeriod)
		w.awaitCampaign(campaignID, "closed")
		w.awaitCampaign(first, "closed")
		w.requireMoney(paidFirst, paidLater)
		require.Zero(t, w.count("SELECT count(*) FROM audit.payouts WHERE status <> 'paid'"))
	})
}

func TestKilledAtRandom(t *testing.T) {
	t.Parallel()

	t.Run("API and worker complete a small world with the same amounts", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{stripe: stripe.Options{PayoutTransit: time.Second}})
		var alsoAPI atomic.Bool
		kills, stop := w.killAtRandom(rand.New(rand.NewPCG(1, 2026)), &alsoAPI)
		// However fast the machine is, each part of the test sees some kills.
		awaitKills := func(many int64) {
			t.Helper()
			until := kills.Load() + many
			w.eventually("processes were killed", func() bool { return kills.Load() >= until })
		}
		creators := []creator{w.creator(verified(goodBank)), w.creator(verified(goodBank)), w.creator(verified(goodBank))}
		campaignID := w.liveCampaign()
		var posting sync.WaitGroup
		for _, c := range creators {
			posting.Go(func() {
				w.post(campaignID, c, "tiktok", growth{views: 10_003, jumps: jumpsAfter(1_777, 3*time.Second)})
				w.post(campaignID, c, "youtube", growth{views: 4_999})
			})
		}
		posting.Wait()
		awaitKills(4)
		w.eventually("all growth is credited", func() bool {
			return w.count("SELECT sum(credited_views)::bigint FROM audit.clips") == 3*(10_003+4_999+1_777)
		})
		w.complete(campaignID)
		alsoAPI.Store(true)
		awaitKills(4)
		w.awaitCampaign(campaignID, "completed")
		for _, c := range creators {
			w.awaitAvailable(c)
		}
		w.startRun(period)
		for _, c := range creators {
			w.awaitPayout(w.payoutOf(c), "paid")
		}
		awaitKills(4)
		w.awaitCampaign(campaignID, "closed")

		stop()

		w.requireMoney(creators...)
		require.Len(t, w.effects("transfer.applied", ""), len(creators))
		require.Len(t, w.effects("payout.applied", ""), len(creators))
		require.Greater(t, kills.Load(), int64(10))
		w.eventually("no workflow is running", func() bool { return w.running() == 0 })
	})
}

// killAtRandom kills and restarts the worker, or also the API, every second or two until stop is
// called, and counts the kills. A request that dies with its API holds its key for a
// minute, so tests with many requests should not kill the API.
func (w *world) killAtRandom(chance *rand.Rand, alsoAPI *atomic.Bool) (kills *atomic.Int64, stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	kills = &atomic.Int64{}
	var progress int64
	go func() {
		defer close(ended)
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Second + time.Duration(chance.IntN(1000))*time.Millisecond):
			}
			w.awaitProgress(over, &progress)
			if chance.IntN(2) == 0 && alsoAPI.Load() {
				w.restartAPI()
			} else {
				w.restartWorker()
			}
			kills.Add(1)
		}
	}()
	stop = sync.OnceFunc(func() {
		close(over)
		<-ended
	})
	w.t.Cleanup(stop)
	return kills, stop
}

// awaitProgress waits until something has been recorded since the last kill, for a while. On a
// busy machine a worker takes seconds to start, and one that is killed before its first step
// would never get anywhere. When nothing is left to do, there is no progress.
func (w *world) awaitProgress(over <-chan struct{}, last *int64) {
	for range 60 {
		recorded := w.count("SELECT (SELECT count(*) FROM audit.postings) + (SELECT count(*) FROM audit.provider_attempts)")
		if recorded > *last {
			*last = recorded
			return
		}
		select {
		case <-over:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (w *world) restartAPI() {
	w.killAPI()
	w.startAPI()
}
