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
	limit := client.MaxBatch(platform)
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
