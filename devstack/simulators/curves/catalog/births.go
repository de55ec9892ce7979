package catalog

import (
	"sync"
	"time"
)

// Births remembers when generated clips were published: at the moment when the first simulator was asked for them. It
// is safe for concurrent use.
type Births struct {
	mu sync.Mutex
	at map[key]time.Time
}

func (b *Births) of(platform, externalID string, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at == nil {
		b.at = map[key]time.Time{}
	}
	clip := key{platform, externalID}
	if _, born := b.at[clip]; !born {
		b.at[clip] = now.Truncate(time.Second).UTC()
	}
	return b.at[clip]
}
