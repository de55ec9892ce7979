package providers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/url"

	"github.com/creditroll/creditroll/domain/clip"
)

// AsyncClient is a provider that reads clips in a job of its own, a snapshot, which takes minutes. Clients of such
// providers implement it in addition to Client.
type AsyncClient interface {
	Client
	// MaxSnapshot is how many clips of a platform one snapshot may name; zero for a platform that it cannot read.
	MaxSnapshot(platform clip.Platform) int
	// Trigger starts a snapshot and returns its id. The job is our own number, which the provider sends back with its
	// notification. The faults are those of Client.Fetch. After a fault without an answer the snapshot may run all the
	// same, and its notification then names the job.
	Trigger(ctx context.Context, job string, platform clip.Platform, externalIDs []string) (snapshotID string, err error)
	// Progress reports how far a snapshot is. The faults are those of Client.Fetch.
	Progress(ctx context.Context, snapshotID string) (SnapshotState, error)
	// Collect reads a snapshot that is ready, as Client.Fetch reads an answer. It returns fault.Unavailable with
	// CodeNotReady for one that is not.
	Collect(ctx context.Context, platform clip.Platform, externalIDs []string, snapshotID string) (Batch, error)
	// Price is what a snapshot of so many clips is assumed to cost if it is never collected, in millionths of a US dollar.
	Price(clips int) int64
}

// CodeNotReady is the code of an answer that has to be collected later.
const CodeNotReady = "snapshot_not_ready"

// SnapshotState is how far a snapshot is.
type SnapshotState string

// The states of a snapshot at its provider.
const (
	SnapshotRunning SnapshotState = "running"
	SnapshotReady   SnapshotState = "ready"
	SnapshotFailed  SnapshotState = "failed"
)

// CheckSnapshotRequest is CheckRequest for a snapshot.
func CheckSnapshotRequest(client AsyncClient, platform clip.Platform, externalIDs []string) error {
	return checkRequest(client, platform, externalIDs, client.MaxSnapshot(platform))
}

// Callback says how a provider notifies us.
type Callback struct {
	// SecretVariable is the environment variable with the secrets, separated by commas. The first one is given to the
	// provider, and all of them are accepted, so that a secret can be replaced.
	SecretVariable string
	// Parse reads a notification, or returns fault.Invalid "webhook_malformed".
	Parse func(query url.Values, body []byte) (Notification, error)
}

// Notification says that a snapshot has ended. SnapshotID is empty if the provider does not name it.
type Notification struct {
	Job        string
	SnapshotID string
}

// CallbackPath is the path at which we are notified, without the provider's name.
const CallbackPath = "/v1/webhooks/"

// CallbackTarget is where a provider sends its notifications. Without an address the provider is asked for the state of
// its snapshots. The provider sends the first secret in the Authorization header; each of them is accepted.
type CallbackTarget struct {
	URL     string
	Secrets []string
}

// Authorization is the header that the provider is to send.
func (t CallbackTarget) Authorization() string { return bearer + t.Secrets[0] }

const bearer = "Bearer "

// Accepts reports whether a header has one of the secrets. How long it takes says nothing about them.
func (t CallbackTarget) Accepts(authorization string) bool {
	accepted, given := 0, sha256.Sum256([]byte(authorization))
	for _, secret := range t.Secrets {
		expected := sha256.Sum256([]byte(bearer + secret))
		accepted |= subtle.ConstantTimeCompare(given[:], expected[:])
	}
	return accepted == 1
}

// Variable is an environment variable that only one provider has.
type Variable struct{ Name, Default string }
