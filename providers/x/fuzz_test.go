package x

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// For any answer, every requested post has a reading or a reason, never both.
func FuzzReadPosts(f *testing.F) {
	f.Add([]byte(`{"data":[{"id":"1","author_id":"7","created_at":"2026-01-02T03:04:05.000Z","public_metrics":{"impression_count":9}}],"includes":{"users":[{"id":"7","username":"Someone"}]}}`))
	f.Add([]byte(`{"errors":[{"resource_type":"tweet","resource_id":"2","title":"Forbidden","type":"https://api.x.com/2/problems/resource-not-found"},null,7]}`))
	f.Add([]byte(`{"title":"UsageCapExceeded","period":"Monthly","type":"https://api.twitter.com/2/problems/usage-capped"}`))
	f.Add([]byte(`{"data":{"id":"7","username":"Someone","description":"text"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ids := []string{"1", "2"}
		require.Error(t, faultOf(providers.Answer{Status: 429, Body: body}, time.Unix(0, 0)))
		profile, _, err := readProfile(body, "someone")
		require.True(t, err == nil || fault.KindOf(err) == fault.Unavailable && profile.Text == "")
		batch, _, err := readPosts(body, ids, time.Unix(0, 0))
		if err != nil {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			return
		}
		require.Len(t, ids, len(batch.Readings)+len(batch.Missing))
		for _, id := range ids {
			reading, found := batch.Readings[id]
			require.NotEqual(t, found, batch.Missing[id] != "")
			require.True(t, !found || reading.Views >= 0 && reading.Shares >= 0 && reading.ExternalID == id && reading.AuthorID != "")
		}
	})
}
