package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// Observer reads clips from one provider; providers.Batcher is one.
type Observer interface {
	Observe(ctx context.Context, post providers.Post) (providers.Observation, error)
}

// TrackingSwitch reports whether a person has stopped tracking; edge.Store is one.
type TrackingSwitch interface {
	// CheckTracking returns fault.Conflict "tracking_off" while tracking is off.
	CheckTracking(ctx context.Context) error
}

// Views has the calls to one provider. Switch is read before each call, so that no provider is
// asked while tracking is off.
type Views struct {
	Observer Observer
	Profiles ProfileReader
	Proofs   Proofs
	Switch   TrackingSwitch
	// Snapshots is set for a provider that reads clips in snapshots. Observe then returns without an answer, and Caller
	// gives the answers to Calls later.
	Snapshots SnapshotReader
	Calls     SnapshotCalls
	Caller    Caller
}

// Post identifies a clip at a provider, and the campaign that pays for its reading.
type Post struct {
	Platform   clip.Platform `json:"platform"`
	ExternalID string        `json:"external_id"`
	CampaignID string        `json:"campaign_id"`
}

// ProviderAnswer is the answer of a provider: a reading, or the reason why there is none.
type ProviderAnswer struct {
	Provider     string         `json:"provider"`
	AttemptID    string         `json:"attempt_id"`
	Reading      *views.Reading `json:"reading,omitempty"`
	AuthorDigest string         `json:"author_digest,omitempty"`
	// OtherAuthors are the digests of the other authors of a post that several have published together.
	OtherAuthors []string `json:"other_authors,omitempty"`
	Missing      string   `json:"missing,omitempty"`
	// Alone: the post is unreadable, while the provider reads others.
	Alone bool `json:"alone,omitempty"`
}

// Observe reads a clip's counters once. Simultaneous calls share a request. It returns
// fault.Conflict "tracking_off" while tracking is switched off. At a provider with snapshots it is answered later, by
// AnswerSnapshot.
var Observe = Activity[Post, ProviderAnswer]{"Observe"}

// Register binds the calls to one provider.
func (v Views) Register(registry Registry) {
	bind(registry, Observe, v.observe)
	bind(registry, LookForCode, v.lookForCode)
	bind(registry, LookAtSnapshot, v.lookAtSnapshot)
	bind(registry, AnswerSnapshot, v.answerSnapshot)
}

func (v Views) observe(ctx context.Context, in Post) (ProviderAnswer, error) {
	if err := v.Switch.CheckTracking(ctx); err != nil {
		return ProviderAnswer{}, err
	}
	if v.Snapshots != nil {
		call := activity.GetInfo(ctx)
		if err := v.Snapshots.Start(ctx, providers.Post(in), providers.Waiter{WorkflowID: call.WorkflowExecution.ID, Token: call.TaskToken}); err != nil {
			return ProviderAnswer{}, err
		}
		return ProviderAnswer{}, activity.ErrResultPending
	}
	observed, err := v.Observer.Observe(ctx, providers.Post(in))
	if err != nil {
		return ProviderAnswer{}, err
	}
	return answerOf(in.Platform, observed), nil
}

// answerOf leaves out who the authors are.
func answerOf(platform clip.Platform, observed providers.Observation) ProviderAnswer {
	answer := ProviderAnswer{Provider: observed.Provider, AttemptID: observed.AttemptID, Reading: observed.Reading, Missing: observed.Missing, Alone: observed.Alone}
	if observed.Reading != nil {
		answer.AuthorDigest = clip.AuthorDigest(platform, observed.Reading.AuthorID)
		for _, author := range observed.Reading.OtherAuthors {
			answer.OtherAuthors = append(answer.OtherAuthors, clip.AuthorDigest(platform, author))
		}
	}
	return answer
}
