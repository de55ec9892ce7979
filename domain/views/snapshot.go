package views

import (
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
)

// SnapshotStatus is how far a snapshot is: the job of a provider that reads many clips and takes minutes.
type SnapshotStatus string

// The statuses of a snapshot.
const (
	// SnapshotTriggering: it is on record, and the provider has not named it yet.
	SnapshotTriggering SnapshotStatus = "triggering"
	// SnapshotRefused: the request for it has failed. It may run all the same if there was no answer.
	SnapshotRefused SnapshotStatus = "refused"
	SnapshotRunning SnapshotStatus = "running"
	// SnapshotCollected: what it holds is on record.
	SnapshotCollected SnapshotStatus = "collected"
	// SnapshotFailed: the provider reports that it has failed, or does not know it.
	SnapshotFailed SnapshotStatus = "failed"
	// SnapshotExpired: it has not ended in time, and is not asked for any more.
	SnapshotExpired SnapshotStatus = "expired"
)

// What became of a clip that waits for a snapshot.
const (
	// SnapshotAnswered: its call was completed with the answer.
	SnapshotAnswered = "answered"
	// SnapshotFailedOver: its call was ended with a fault, so that the next provider is asked.
	SnapshotFailedOver = "failed_over"
	// SnapshotLate: its call had ended before, and its workflow was sent the reading.
	SnapshotLate = "late"
	// SnapshotTooOld: the answer came late, and the clip has a newer reading, or the answer has none.
	SnapshotTooOld = "too_old"
	// SnapshotNoWorkflow: the answer came late, and the clip is not tracked any more.
	SnapshotNoWorkflow = "no_workflow"
)

// NewSnapshot is a snapshot before it is triggered. Its id is ours. It becomes the id of its attempt.
type NewSnapshot struct {
	ID        string
	Provider  string
	Platform  clip.Platform
	StartedAt time.Time
	Clips     []SnapshotClip
}

// SnapshotClip is a call that waits for a snapshot. Place tells calls for one post apart.
type SnapshotClip struct {
	ExternalID string
	Place      int
	// CampaignID is who pays, if it is the first call for the post.
	CampaignID string
	// WorkflowID is the workflow that has made the call, and Token identifies the call.
	WorkflowID string
	Token      []byte
	// Answer is empty until the snapshot has ended, and if it ended without one.
	Answer json.RawMessage
	// Outcome is empty while the call waits.
	Outcome string
}

// Snapshot is a snapshot on record.
type Snapshot struct {
	ID       string
	Provider string
	Platform clip.Platform
	// SnapshotID is the provider's id, empty while it is not known.
	SnapshotID string
	Status     SnapshotStatus
	StartedAt  time.Time
	Looks      int
	// ExternalIDs are the posts, each once, and ClipsOf counts them by the campaign that pays.
	ExternalIDs []string
	ClipsOf     map[string]int
}

// DueSnapshot is a snapshot that has to be looked at.
type DueSnapshot struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
}

// Ended reports whether nothing more can be learned about it, unless the provider notifies us after all.
func (s Snapshot) Ended() bool {
	return s.Status == SnapshotCollected || s.Status == SnapshotFailed || s.Status == SnapshotExpired
}

const (
	// SnapshotPatience is how long a call waits for its snapshot. After it the next provider is asked.
	SnapshotPatience = 30 * time.Minute
	// SnapshotLostAfter is how long a snapshot may be without the provider's id until its calls are ended. The worker
	// that triggered it has died then.
	SnapshotLostAfter = 5 * time.Minute
	// SnapshotExpiresAfter is how long a snapshot is asked for. A late answer is still used if it is newer than others.
	SnapshotExpiresAfter = 24 * time.Hour

	snapshotLookFirst = 2 * time.Minute
	snapshotLookMax   = time.Hour
	// snapshotPollFirst is the first look without notifications.
	snapshotPollFirst = 15 * time.Second
)

// NextSnapshotLook returns how long a snapshot waits for its next look, after some looks. The wait doubles. With
// notifications a look is only for one that does not come.
func NextSnapshotLook(looks int, notified bool) time.Duration {
	wait := snapshotPollFirst
	if notified {
		wait = snapshotLookFirst
	}
	for ; looks > 0 && wait < snapshotLookMax; looks-- {
		wait *= 2
	}
	return min(wait, snapshotLookMax)
}
