package providers

import (
	"context"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

// Client is one provider's API.
type Client interface {
	// Name is the provider's name in chains, attempts and task queues.
	Name() string
	// Platforms are those whose clips the provider can read.
	Platforms() []clip.Platform
	// MaxBatch is how many clips of a platform one request may name. It is zero for a
	// platform that the provider cannot read.
	MaxBatch(platform clip.Platform) int
	// Fetch reads clips of one platform in one request. Every id asked for is either in
	// Readings or in Missing. A failure of the request as a whole is a *fault.Error of
	// kind RateLimited, Unavailable, Denied or Invalid; Batch.CostMicros is valid even then.
	Fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (Batch, error)
	// ReadProfile reads the text that an author shows of themselves, in one request. authorID
	// is in the form of clip.ParseChannelID. The faults are those of Fetch, and Profile.CostMicros is
	// valid even then.
	ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (Profile, error)
}

// Profile is what one request reported about an author.
type Profile struct {
	// AuthorID is the author's id as the provider reports it.
	AuthorID string
	// Text is what the author says about themselves. It may be empty.
	Text string
	// Missing is the reason why there is no text, one of NotFound, Private and Unreadable, or "".
	Missing    string
	CostMicros int64
}

// CheckProfileRequest returns fault.Invalid for a request that must not be sent.
func CheckProfileRequest(client Client, platform clip.Platform, authorID string) error {
	if client.MaxBatch(platform) == 0 {
		return notSupported(client, platform)
	}
	if parsed, err := clip.ParseChannelID(platform, authorID); err != nil || parsed != authorID {
		return invalidf("bad_author_id", "the author's id is not valid on %s: register the channel again", platform)
	}
	return nil
}

// Batch is what one request reported about the clips it named, by external id.
type Batch struct {
	Readings map[string]views.Reading
	// Missing holds the reason why a clip has no reading.
	Missing map[string]string
	// CostMicros is the price of the request in millionths of a US dollar.
	CostMicros int64
}

// CheckRequest returns fault.Invalid for a request that must not be sent: a platform that the
// client does not read, no ids, too many, or malformed ones.
func CheckRequest(client Client, platform clip.Platform, externalIDs []string) error {
	return checkRequest(client, platform, externalIDs, client.MaxBatch(platform))
}

func checkRequest(client Client, platform clip.Platform, externalIDs []string, limit int) error {
	switch {
	case limit == 0:
		return notSupported(client, platform)
	case len(externalIDs) == 0 || len(externalIDs) > limit:
		return invalidf("bad_batch_size", "ask %s for 1 to %d clips at a time, not %d", client.Name(), limit, len(externalIDs))
	}
	for _, id := range externalIDs {
		if !clip.ValidExternalID(platform, id) {
			return invalidf("bad_external_id", "a clip id is not valid on %s: submit the clip again", platform)
		}
	}
	return nil
}
