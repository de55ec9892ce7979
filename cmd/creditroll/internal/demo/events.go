package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
)

type campaignState = client.CampaignState

func reason(why string) client.OptionalReason { return client.OptionalReason{Reason: why} }

// The events during tracking, counted from the end of the submissions.
const (
	deleteAt     = 6 * time.Second
	killAt       = 10 * time.Second
	restartAfter = 1500 * time.Millisecond
)

// simulatorsOf returns the simulators of a platform. There are none if a real service is configured.
func (p *demoRun) simulatorsOf(platform clip.Platform) []*catalog.Simulator {
	if !p.isSimulated(platform) {
		return nil
	}
	return p.stack.SimulatorsOf(string(platform))
}

// isSimulated reports whether the provider that is asked first is a simulator. If a real one is, it decides which posts
// there are, and the simulators of those that are asked after it know none.
func (p *demoRun) isSimulated(platform clip.Platform) bool {
	first := p.nameOfFirst(platform)
	return slices.ContainsFunc(p.stack.Providers, func(each devstack.Provider) bool { return each.Name == first && each.Simulator != nil })
}

func (p *demoRun) nameOfFirst(platform clip.Platform) string {
	chain := p.options.Chains[platform]
	if len(chain) == 0 {
		return ""
	}
	return chain[0]
}

// publish posts a creator's clip on its platform.
func (p *demoRun) publish(creator, number int) error {
	post := p.world.creators[creator].clips[number]
	published := time.Now().Add(-clipAge)
	for _, simulator := range p.simulatorsOf(post.platform) {
		err := simulator.Clips.Put(catalog.Clip{
			Platform: string(post.platform), ExternalID: post.externalID, AuthorID: post.author,
			PublishedAt: published, Curve: post.curve,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// track waits while the clips collect views, and triggers the events for clips and the worker.
func (p *demoRun) track(ctx context.Context) error {
	p.narrator.Phase("Tracking views", trackingTime)
	began := time.Now()
	fallSeen := p.fall()
	script := []struct {
		at time.Duration
		do func() error
	}{
		{deleteAt, p.deleteClip},
		{fallSeen.at, fallSeen.fell},
		{killAt, func() error { return p.replaceWorker(ctx) }},
		{fallSeen.until, fallSeen.back},
		{trackingTime, func() error { return nil }},
	}
	for _, event := range script {
		if err := pause(ctx, time.Until(began.Add(event.at))); err != nil {
			return err
		}
		if err := event.do(); err != nil {
			return err
		}
	}
	return nil
}

// replaceWorker kills the worker during its work. Like a supervisor, it starts another one soon
// after.
func (p *demoRun) replaceWorker(ctx context.Context) error {
	if err := p.killInFlight(ctx); err != nil {
		return err
	}
	if err := pause(ctx, restartAfter); err != nil {
		return err
	}
	p.restarted = time.Now()
	p.narrator.Event("started a new worker; it continues where the old one stopped")
	return p.startWorker()
}

// killInFlight kills the worker when a platform has just answered it, before the reading is
// stored.
func (p *demoRun) killInFlight(ctx context.Context) error {
	where := ""
	if p.isSimulated(clip.TikTok) {
		journal := p.simulatorsOf(clip.TikTok)[0].Journal
		entries := journal.Entries(0)
		waiting, cancel := context.WithTimeout(ctx, readyTimeout)
		defer cancel()
		_, err := journal.Wait(waiting, entries[len(entries)-1].Seq, func(entry faults.Entry) bool {
			return entry.Kind == catalog.KindCountServed
		})
		if err != nil {
			return fmt.Errorf("wait for a reading, to kill the worker during it: %w", err)
		}
		where = " during a reading"
	}
	if err := p.killWorker(); err != nil {
		return err
	}
	p.narrator.Event("killed the worker with -9" + where + "; no data is lost")
	return nil
}

func (p *demoRun) deleteClip() error {
	post := p.world.creators[deletedClip[0]].clips[deletedClip[1]]
	if !p.isSimulated(post.platform) {
		p.skip("no clip is deleted, because " + string(post.platform) + " is not our simulator")
		return nil
	}
	for _, simulator := range p.simulatorsOf(post.platform) {
		if !simulator.Clips.Delete(string(post.platform), post.externalID) {
			return errors.New("the clip to delete does not exist")
		}
	}
	p.narrator.Event("a creator deleted a clip on " + string(post.platform) + ": it keeps its earnings")
	return nil
}

// reportedFall has the messages about a fall in a clip's curve.
type reportedFall struct {
	at, until  time.Duration
	fell, back func() error
}

func (p *demoRun) fall() reportedFall {
	post := p.world.creators[fallingClip[0]].clips[fallingClip[1]]
	nothing := func() error { return nil }
	if !p.isSimulated(post.platform) || len(post.curve.Events) == 0 {
		p.skip("no view count falls, because " + string(post.platform) + " is not our simulator")
		return reportedFall{at: deleteAt, until: killAt, fell: nothing, back: nothing}
	}
	event := post.curve.Events[0]
	show := func(text string) func() error {
		return func() error {
			p.narrator.Event(text)
			return nil
		}
	}
	return reportedFall{
		at: deleteAt + 2*time.Second, until: time.Duration(event.UntilSeconds) * time.Second,
		fell: show(fmt.Sprintf("%s removes %d views of a clip as bot views: they are not paid again when they return", post.platform, event.ByViews)),
		back: show("the views are back and are not paid again"),
	}
}

// skip reports an event that cannot be shown with this configuration.
func (p *demoRun) skip(what string) {
	p.skipped = append(p.skipped, what)
	p.narrator.Event("skipped: " + what)
}

func (s *installation) workerLines() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worker.LastLines()
}
