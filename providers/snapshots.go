package providers

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// SnapshotStore keeps snapshots and the calls that wait for them; clips.Store is one.
type SnapshotStore interface {
	Recorder
	StartSnapshot(ctx context.Context, snapshot views.NewSnapshot) error
	RecordTriggered(ctx context.Context, id, snapshotID string, lookAt time.Time) error
	RecordRefused(ctx context.Context, id string) error
	GetSnapshot(ctx context.Context, id string) (views.Snapshot, error)
	PostponeSnapshot(ctx context.Context, id string, lookAt time.Time) error
	EndSnapshot(ctx context.Context, attempt views.Attempt, status views.SnapshotStatus, answers map[string]json.RawMessage, now time.Time) error
}

// Snapshots reads clips from one provider in snapshots. Calls for single clips become few snapshots, as a Batcher turns
// them into few requests. A call does not wait: it is answered by its token, perhaps by another process.
//
//	Start -> batch -> stored with its calls -> Trigger -> id stored
//	                                        ... the provider works, and notifies us or not ...
//	Look  -> Progress -> Collect -> attempt and answers stored at once
//
// What is stored before the trigger has our own id, which is in the address that the provider notifies. So what a
// process that dies leaves behind is always found:
//
//	dies before it is stored    nothing was asked; the calls run out of time, and the next provider is asked
//	before or after the trigger the notification names our id and the provider's: the calls are answered. Without one,
//	                            the calls are ended after views.SnapshotLostAfter
//	after Collect               the snapshot is collected again, which costs nothing
//	after the answers are stored they are given by the next look
//
// A snapshot that ends after its calls is still collected for a day: a late answer is better than none.
type Snapshots struct {
	client   AsyncClient
	store    SnapshotStore
	notified bool
	now      func() time.Time
	batcher  *Batcher

	mu sync.Mutex
	// waiting are the calls whose snapshot is not stored yet.
	waiting map[place][]*waiting
}

// place is a post, without the campaign that pays for it.
type place struct {
	platform   clip.Platform
	externalID string
}

type waiting struct {
	Waiter
	campaignID string
}

// Waiter is a call that waits for an answer.
type Waiter struct {
	WorkflowID string
	Token      []byte
}

// NewSnapshots returns Snapshots for one client. notified says that the provider notifies us.
func NewSnapshots(client AsyncClient, store SnapshotStore, notified bool, options Options) *Snapshots {
	s := &Snapshots{client: client, store: store, notified: notified, now: options.Now, waiting: map[place][]*waiting{}}
	if s.now == nil {
		s.now = time.Now
	}
	s.batcher = NewBatcher(triggering{client, s}, refusals{store}, options)
	return s
}

// Close is that of a Batcher.
func (s *Snapshots) Close(ctx context.Context) error { return s.batcher.Close(ctx) }

// Start makes the call a part of a snapshot, and returns once that is triggered. Its answer comes by the token. The
// faults are those of Batcher.Observe; the call gets no other answer then.
func (s *Snapshots) Start(ctx context.Context, post Post, waiter Waiter) error {
	at, call := place{post.Platform, post.ExternalID}, &waiting{waiter, post.CampaignID}
	s.mu.Lock()
	s.waiting[at] = append(s.waiting[at], call)
	s.mu.Unlock()
	defer s.remove(at, call)
	_, err := s.batcher.Observe(ctx, post)
	return err
}

// remove forgets a call that is a part of no snapshot.
func (s *Snapshots) remove(at place, call *waiting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[at] = slices.DeleteFunc(s.waiting[at], func(each *waiting) bool { return each == call })
	if len(s.waiting[at]) == 0 {
		delete(s.waiting, at)
	}
}

// take returns the calls for these posts, which are a part of a snapshot from now on.
func (s *Snapshots) take(platform clip.Platform, externalIDs []string) (taken []views.SnapshotClip) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range externalIDs {
		at := place{platform, id}
		for number, each := range s.waiting[at] {
			taken = append(taken, views.SnapshotClip{ExternalID: id, Place: number, CampaignID: each.campaignID, WorkflowID: each.WorkflowID, Token: each.Token})
		}
		delete(s.waiting, at)
	}
	return taken
}

// triggering is the client of the Batcher: its request is the trigger of a snapshot.
type triggering struct {
	AsyncClient
	snapshots *Snapshots
}

func (t triggering) MaxBatch(platform clip.Platform) int { return t.MaxSnapshot(platform) }

// Fetch stores a snapshot and triggers it. It reads nothing.
func (t triggering) Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (Batch, error) {
	s, now := t.snapshots, t.snapshots.now()
	snapshot := views.NewSnapshot{
		ID: uuid.Must(uuid.NewV7()).String(), Provider: t.Name(), Platform: platform, StartedAt: now.UTC(), Clips: s.take(platform, externalIDs),
	}
	if len(snapshot.Clips) == 0 {
		return Batch{}, nil // their callers have left
	}
	if err := s.store.StartSnapshot(ctx, snapshot); err != nil {
		return Batch{}, fault.New(fault.Unavailable, "snapshot_not_stored", "the snapshot could not be stored: it is asked for again later").Because(err)
	}
	snapshotID, err := t.Trigger(ctx, snapshot.ID, platform, externalIDs)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err != nil {
		return Batch{}, errors.Join(err, s.store.RecordRefused(after, snapshot.ID))
	}
	// Without this record the notification names the snapshot, so the calls go on waiting for it.
	_ = s.store.RecordTriggered(after, snapshot.ID, snapshotID, now.Add(views.NextSnapshotLook(0, s.notified)))
	return Batch{}, nil
}

// refusals records the attempts that triggered nothing. The others are recorded when their snapshot ends.
type refusals struct{ Recorder }

func (r refusals) RecordAttempt(ctx context.Context, attempt views.Attempt) error {
	switch attempt.Outcome {
	case views.OutcomeOK, views.OutcomePartial:
		return nil
	}
	return r.Recorder.RecordAttempt(ctx, attempt)
}
