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
	if err := json.Unmarshal(body, &items); err != nil {
		return providers.Batch{}, 0, providers.Garbage(name, err)
	}
	if items == nil {
		return providers.Batch{}, 0, providers.Garbage(name, errors.New("the answer is not a list"))
	}

	batch := providers.Batch{Readings: map[string]views.Reading{}, Missing: map[string]string{}}
	for _, id := range externalIDs {
		batch.Missing[id] = views.Unreadable
	}
	for _, raw := range items {
		item, err := actor.read(raw)
		id := item.id(platform)
		if _, asked := batch.Missing[id]; !asked || err != nil {
			continue
		}
		reading, reason := item.reading(platform, id)
		if reason != "" {
			batch.Missing[id] = reason
			continue
		}
		reading.ObservedAt = observedAt.UTC()
		batch.Readings[id] = reading
	}
	for id := range batch.Readings {
		delete(batch.Missing, id)
	}
	return batch, len(items), nil
}
