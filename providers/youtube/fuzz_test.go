package youtube

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// For any answer, every requested clip has a reading or a reason, never both.
func FuzzReadList(f *testing.F) {
	f.Add([]byte(`{"items":[{"id":"aaaaaaaaaaa","snippet":{"publishedAt":"2026-01-02T03:04:05Z","channelId":"UCx"},"statistics":{"viewCount":"9"}}]}`))
	f.Add([]byte(`{"items":[{"id":"aaaaaaaaaaa","status":{"privacyStatus":"private"}},null,7]}`))
	f.Add([]byte(`{"error":{"errors":[{"reason":"quotaExceeded"}],"details":[{"reason":"API_KEY_INVALID"}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ids := []string{"aaaaaaaaaaa", "bbbbbbbbbbb"}
		require.Error(t, faultOf(providers.Answer{Status: 403, Body: body}, time.Unix(0, 0)))
		batch, err := readList(body, ids, time.Unix(0, 0))
		if err != nil {
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			return
		}
		require.Len(t, ids, len(batch.Readings)+len(batch.Missing))
		for _, id := range ids {
			reading, found := batch.Readings[id]
			require.NotEqual(t, found, batch.Missing[id] != "")
			require.True(t, !found || reading.Views >= 0 && reading.ExternalID == id)
		}
	})
}
