package apify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// For any result of a run, every requested clip has a reading or a reason, never both.
func FuzzReadItems(f *testing.F) {
	f.Add([]byte(`[{"id":"1","authorMeta":{"name":"x"},"createTimeISO":"2026-01-02T03:04:05Z","playCount":9}]`))
	f.Add([]byte(`[{"shortCode":"AAAAA","ownerUsername":"x","timestamp":"2026-01-02T03:04:05Z","videoPlayCount":9,"likesCount":-1}]`))
	f.Add([]byte(`[{"inputUrl":"https://www.instagram.com/reel/AAAAA/","error":"not_found"},null,7]`))
	f.Add([]byte(`[{"id":"aaaaaaaaaaa","channelId":"UCx","date":"2026-01-02T03:04:05Z","viewCount":9,"text":"x"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for platform, ids := range map[clip.Platform][]string{clip.TikTok: {"1", "2"}, clip.Instagram: {"AAAAA", "BBBBB"}, clip.YouTube: {"aaaaaaaaaaa", "bbbbbbbbbbb"}} {
			batch, _, err := readItems(actors[platform], platform, body, ids, time.Unix(0, 0))
			if err != nil {
				require.Equal(t, fault.Unavailable, fault.KindOf(err))
				continue
			}
			require.Len(t, ids, len(batch.Readings)+len(batch.Missing))
			for _, id := range ids {
				reading, found := batch.Readings[id]
				require.NotEqual(t, found, batch.Missing[id] != "")
				require.True(t, !found || reading.Views >= 0 && reading.Likes >= 0 && reading.ExternalID == id)
			}
		}
		require.NotPanics(t, func() { _ = faultOf(providers.Answer{Status: 400, Body: body}, time.Unix(0, 0)) })
	})
}
