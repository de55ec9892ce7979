package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/clip"
)

type campaignState = client.CampaignState

func reason(why string) client.OptionalReason { return client.OptionalReason{Reason: why} }

// What happens while clips are tracked, counted from the end of the submissions.
const (
	deleteAt     = 6 * time.Second
	killAt       = 10 * time.Second
	restartAfter = 1500 * time.Millisecond
)

// simulatorsOf returns the simulators that show clips of a platform; there are none where a
// configured service is used.
func (p *play) simulatorsOf(platform clip.Platform) []*catalog.Simulator {
	return p.stack.SimulatorsOf(string(platform))
}

func (p *play) isSimulated(platform clip.Platform) bool { return len(p.simulatorsOf(platform)) > 0 }

// publish has a creator post a clip on its platform.
func (p *play) publish(creator, number int) error {
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

// track lets the clips collect views, and lets things happen to them and to the worker.
func (p *play) track(ctx context.Context) error {
	p.narrator.Phase("Tracking views", trackingTime)
	began := time.Now()
	fallSeen := p.fallTold()
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

// replaceWorker kills the worker in the middle of its work, and starts another a moment
// later, as a supervisor would.
func (p *play) replaceWorker(ctx context.Context) error {
	if err := p.killInFlight(ctx); err != nil {
		return err
	}
	if err := pause(ctx, restartAfter); err != nil {
		return err
	}
	p.restarted = time.Now()
	p.narrator.Event("started a new worker; it goes on where the old one was")
	return p.startWorker()
}

// killInFlight kills the worker when a platform has just answered it: what was read is not
// on record yet.
func (p *play) killInFlight(ctx context.Context) error {
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
			return fmt.Errorf("wait for a reading, to kill the worker in the middle of it: %w", err)
		}
		where = " in the middle of a reading"
	}
	if err := p.killWorker(); err != nil {
		return err
	}
	p.narrator.Event("killed the worker with -9" + where + "; nothing is lost")
	return nil
}

func (p *play) deleteClip() error {
	post := p.world.creators[deletedClip[0]].clips[deletedClip[1]]
	if !p.isSimulated(post.platform) {
		p.skip("no clip is deleted: " + string(post.platform) + " is not our simulator")
		return nil
	}
	for _, simulator := range p.simulatorsOf(post.platform) {
		if !simulator.Clips.Delete(string(post.platform), post.externalID) {
			return errors.New("the clip that was to be deleted is not there")
		}
	}
	p.narrator.Event("a creator deleted a clip on " + string(post.platform) + ": it keeps what it earned")
	return nil
}

// told is when people are told of a fall that is part of a clip's curve.
type told struct {
	at, until  time.Duration
	fell, back func() error
}

func (p *play) fallTold() told {
	post := p.world.creators[fallingClip[0]].clips[fallingClip[1]]
	nothing := func() error { return nil }
	if !p.isSimulated(post.platform) || len(post.curve.Events) == 0 {
		p.skip("no count falls: " + string(post.platform) + " is not our simulator")
		return told{at: deleteAt, until: killAt, fell: nothing, back: nothing}
	}
	event := post.curve.Events[0]
	say := func(text string) func() error {
		return func() error {
			p.narrator.Event(text)
			return nil
		}
	}
	return told{
		at: deleteAt + 2*time.Second, until: time.Duration(event.UntilSeconds) * time.Second,
		fell: say(fmt.Sprintf("%s takes %d views of a clip back, as of bots: nothing is paid twice when they return", post.platform, event.ByViews)),
		back: say("the views are back, and were paid for already"),
	}
}

// skip says plainly what cannot be shown here.
func (p *play) skip(what string) {
	p.skipped = append(p.skipped, what)
	p.narrator.Event("skipped: " + what)
}

func (s *stage) workerLines() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.worker.LastLines()
}
