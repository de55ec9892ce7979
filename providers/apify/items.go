package apify

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// readItems matches a run's items to the requested clips. It also returns the number of items,
// because each is billed.
func readItems(actor actor, platform clip.Platform, body []byte, externalIDs []string, observedAt time.Time) (providers.Batch, int, error) {
	var items []json.RawMessage
	if err := providers.Decode(body, &items); err != nil {
		return providers.Batch{}, 0, providers.Garbage(name, err)
	}
	if items == nil {
		return providers.Batch{}, 0, providers.Garbage(name, errors.New("the answer is not a list"))
	}

	answers := providers.NewAnswers(externalIDs, views.Unreadable)
	for _, raw := range items {
		item, err := actor.read(raw)
		id := item.id(platform)
		if err != nil {
			continue
		}
		reading, reason := item.reading(platform, id)
		if reason != "" {
			answers.Miss(id, reason)
			continue
		}
		reading.ObservedAt = observedAt.UTC()
		answers.Read(reading)
	}
	return answers.Batch(), len(items), nil
}
