package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// The steps of snapshots, the jobs of providers that take minutes.
var (
	// ListDueSnapshots lists snapshots that have to be looked at.
	ListDueSnapshots = Activity[DueSnapshots, []views.DueSnapshot]{"ListDueSnapshots"}
	// LookAtSnapshot asks the provider how far a snapshot is, and stores what it holds once it is ready.
	LookAtSnapshot = Activity[SnapshotLook, SnapshotSeen]{"LookAtSnapshot"}
	// AnswerSnapshot answers the calls that wait for a snapshot, as far as there is an answer.
	AnswerSnapshot = Activity[SnapshotLook, SnapshotSeen]{"AnswerSnapshot"}
	// NoteSnapshot notes that a provider has notified us of a snapshot. It returns false for one that is not on record.
	NoteSnapshot = Activity[SnapshotNotice, bool]{"NoteSnapshot"}
	// ForgetSnapshots deletes snapshots that have ended and were started before a time.
	ForgetSnapshots = Activity[time.Time, int64]{"ForgetSnapshots"}
)

// DueSnapshots requests the snapshots that are due.
type DueSnapshots struct {
	Now   time.Time `json:"now"`
	Limit int       `json:"limit"`
}

// SnapshotLook names a snapshot by our id.
type SnapshotLook struct {
	ID string `json:"id"`
}

// SnapshotSeen is how far a snapshot is. Answered counts the calls that were answered.
type SnapshotSeen struct {
	Status   views.SnapshotStatus `json:"status"`
	Answered int                  `json:"answered,omitempty"`
}

// SnapshotNotice is a notification: our id of a snapshot, and the provider's if it is known.
type SnapshotNotice struct {
	ID         string    `json:"id"`
	SnapshotID string    `json:"snapshot_id,omitempty"`
	Now        time.Time `json:"now"`
}

// SnapshotReader starts and follows the snapshots of a provider; providers.Snapshots is one.
type SnapshotReader interface {
	Start(ctx context.Context, post providers.Post, waiter providers.Waiter) error
	Look(ctx context.Context, id string, encode func(clip.Platform, providers.Observation) (json.RawMessage, error)) (views.Snapshot, error)
}

// SnapshotCalls has the calls that wait; clips.Store is one.
type SnapshotCalls interface {
	GetSnapshot(ctx context.Context, id string) (views.Snapshot, error)
	ListWaitingForSnapshot(ctx context.Context, id string) ([]views.SnapshotClip, error)
	RecordSnapshotOutcomes(ctx context.Context, id string, given []views.SnapshotClip) error
	LastObservedAt(ctx context.Context, clipID string) (time.Time, error)
}

// Caller answers calls that have returned without an answer; temporal.Calls is one. Each method reports false if there
// is no such call or workflow any more.
type Caller interface {
	Answer(ctx context.Context, token []byte, answer ProviderAnswer) (bool, error)
	// Fail ends a call with a fault. It is not tried again.
	Fail(ctx context.Context, token []byte, failure error) (bool, error)
	// SendLate sends a workflow a reading that its call has not waited for.
	SendLate(ctx context.Context, workflowID string, answer ProviderAnswer) (bool, error)
}

func (l Ledger) registerSnapshots(registry Registry) {
	store := l.Books.Clips
	bind(registry, ListDueSnapshots, func(ctx context.Context, in DueSnapshots) ([]views.DueSnapshot, error) {
		return store.ListDueSnapshots(ctx, in.Now, in.Limit)
	})
	bind(registry, NoteSnapshot, func(ctx context.Context, in SnapshotNotice) (bool, error) {
		return store.RecordNotified(ctx, in.ID, in.SnapshotID, in.Now)
	})
	bind(registry, ForgetSnapshots, store.ForgetSnapshots)
}

// lookAtSnapshot also runs while tracking is off: what was asked for before is paid for.
func (v Views) lookAtSnapshot(ctx context.Context, in SnapshotLook) (SnapshotSeen, error) {
	snapshot, err := v.Snapshots.Look(ctx, in.ID, encodeAnswer)
	return SnapshotSeen{Status: snapshot.Status}, err
}

func encodeAnswer(platform clip.Platform, observed providers.Observation) (json.RawMessage, error) {
	return json.Marshal(answerOf(platform, observed))
}

// answerSnapshot answers first and then stores what it has done. If it dies in between, the next try finds the calls
// answered, and takes their answers for late ones. Those are not newer than what the clips have, so nothing happens.
func (v Views) answerSnapshot(ctx context.Context, in SnapshotLook) (SnapshotSeen, error) {
	snapshot, err := v.Calls.GetSnapshot(ctx, in.ID)
	seen := SnapshotSeen{Status: snapshot.Status}
	isLost := snapshot.SnapshotID == "" && snapshot.Status == views.SnapshotTriggering && snapshot.Looks > 0
	if err != nil || !snapshot.Ended() && !isLost {
		return seen, err
	}
	waiting, err := v.Calls.ListWaitingForSnapshot(ctx, in.ID)
	if err != nil {
		return seen, err
	}
	given, failure := waiting[:0], error(nil)
	for _, each := range waiting {
		if each.Outcome, failure = v.answerCall(ctx, snapshot, each); failure != nil {
			break
		}
		given = append(given, each)
	}
	seen.Answered = len(given)
	if failure != nil && len(given) == 0 {
		return seen, failure
	}
	if err := v.Calls.RecordSnapshotOutcomes(ctx, in.ID, given); err != nil {
		return seen, err
	}
	return seen, failure
}

// answerCall returns what became of one call.
func (v Views) answerCall(ctx context.Context, snapshot views.Snapshot, each views.SnapshotClip) (string, error) {
	if each.Answer == nil {
		found, err := v.Caller.Fail(ctx, each.Token, noAnswer(snapshot))
		return outcomeOf(found, views.SnapshotFailedOver, views.SnapshotTooOld), err
	}
	var answer ProviderAnswer
	if err := json.Unmarshal(each.Answer, &answer); err != nil {
		return "", fmt.Errorf("read the answer of a snapshot: %w", err)
	}
	if each.Outcome == "" {
		found, err := v.Caller.Answer(ctx, each.Token, answer)
		if err != nil || found {
			return views.SnapshotAnswered, err
		}
	}
	return v.sendLate(ctx, each.WorkflowID, answer)
}

// sendLate sends a reading that came late, if it is newer than what the clip has.
func (v Views) sendLate(ctx context.Context, workflowID string, answer ProviderAnswer) (string, error) {
	clipID, isClip := names.ClipIDOf(workflowID)
	if answer.Reading == nil || !isClip {
		return views.SnapshotTooOld, nil
	}
	last, err := v.Calls.LastObservedAt(ctx, clipID)
	if err != nil {
		return "", err
	}
	if !answer.Reading.ObservedAt.After(last) {
		return views.SnapshotTooOld, nil
	}
	found, err := v.Caller.SendLate(ctx, workflowID, answer)
	return outcomeOf(found, views.SnapshotLate, views.SnapshotNoWorkflow), err
}

func outcomeOf(found bool, outcome, otherwise string) string {
	if found {
		return outcome
	}
	return otherwise
}

func noAnswer(snapshot views.Snapshot) error {
	return fault.New(fault.Unavailable, "snapshot_"+string(snapshot.Status), "%s has not read the posts that it was asked for: the next provider is asked", snapshot.Provider)
}
