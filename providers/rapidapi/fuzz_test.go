package rapidapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// For any answer of any API, the requested post has a reading or a reason, never both.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"code":0,"msg":"success","data":{"id":"12345","play_count":9,"create_time":1790000000,"author":{"unique_id":"someone"}}}`))
	f.Add([]byte(`{"code":-1,"msg":"Url parsing is failed! Please check url."}`))
	f.Add([]byte(`{"shortcode":"12345","video_play_count":9,"taken_at_timestamp":1790000000,"owner":{"username":"someone"},"edge_media_to_caption":{"edges":[{"node":{"text":"x"}}]}}`))
	f.Add([]byte(`{"status":false,"errorMessage":"Media not found"}`))
	f.Add([]byte(`{"status":"active","id":"12345","views":"9","created_at":"Tue Nov 03 08:15:30 +0000 2026","author":{"screen_name":"someone"},"quotes":1}`))
	f.Add([]byte(`{"status":"active","profile":"someone","desc":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		const id = "12345"
		client, err := New(providers.Config{Credential: "key", Now: func() time.Time { return time.Unix(0, 0) }}, Prices{})
		require.NoError(t, err)
		require.Error(t, faultOf(providers.Answer{Status: 429, Body: body}, "host", time.Unix(0, 0)))
		for platform, api := range apis {
			profile, err := api.readProfile(body)
			require.True(t, err == nil || profile.text == nil)
			batch, err := client.read(platform, providers.Answer{Body: body}, true, []string{id})
			if err != nil {
				require.Contains(t, []fault.Kind{fault.Unavailable, fault.RateLimited}, fault.KindOf(err))
				continue
			}
			reading, found := batch.Readings[id]
			require.NotEqual(t, found, batch.Missing[id] != "")
			require.True(t, !found || reading.Views >= 0 && reading.Shares >= 0 && reading.ExternalID == id && reading.Platform == platform && reading.AuthorID != "")
			require.True(t, clip.ValidExternalID(platform, id))
		}
	})
}
