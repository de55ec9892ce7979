package brightdata

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

var (
	now  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	sets = map[clip.Platform]dataset{clip.TikTok: {read: readTikTok}, clip.Instagram: {read: readInstagram}}
)

func TestReadRows(t *testing.T) {
	t.Parallel()
	const whole = `"post_id":"7301","profile_url":"https://www.tiktok.com/@Some.One","create_time":"2026-04-30T12:00:00.000Z"`
	for name, test := range map[string]struct {
		body, missing string
		views         int64
		observedAt    time.Time
	}{
		"takes a reading before an error about the same clip":         {`[{` + whole + `,"play_count":5},{"input":{"url":"https://www.tiktok.com/@_/video/7301"},"error":"x","error_code":"timeout"}]`, "", 5, now},
		"takes a reading after an error about the same clip":          {`[{"input":{"url":"https://www.tiktok.com/@_/video/7301"},"error":"x","error_code":"dead_page"},{` + whole + `,"play_count":5}]`, "", 5, now},
		"takes our time for one that lies ahead":                      {`[{` + whole + `,"play_count":5,"timestamp":"2027-05-01T11:00:00Z"}]`, "", 5, now},
		"takes our time for one that makes no sense":                  {`[{` + whole + `,"play_count":5,"timestamp":"yesterday"}]`, "", 5, now},
		"reads after a byte order mark":                               {"\xef\xbb\xbf[{" + whole + `,"play_count":"5"}]`, "", 5, now},
		"does not take an error other than a dead page for an answer": {`[{"input":{"url":"https://www.tiktok.com/@_/video/7301"},"error":"Crawler error","error_code":"crawl_failed"}]`, views.Unreadable, 0, now},
		"does not read a record without an author":                    {`[{"post_id":"7301","create_time":"2026-04-30T12:00:00.000Z","play_count":5}]`, views.Unreadable, 0, now},
		"does not take a record of another clip":                      {`[{"post_id":"7302","profile_url":"https://www.tiktok.com/@a","create_time":"2026-04-30T12:00:00.000Z","play_count":5}]`, views.Unreadable, 0, now},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch, _, err := readRows(sets[clip.TikTok], clip.TikTok, []byte(test.body), []string{"7301"}, now)

			require.NoError(t, err)
			require.Equal(t, test.missing, batch.Missing["7301"])
			require.Equal(t, test.views, batch.Readings["7301"].Views)
			if test.missing == "" {
				require.Equal(t, test.observedAt, batch.Readings["7301"].ObservedAt)
				require.Equal(t, "some.one", batch.Readings["7301"].AuthorID)
			}
		})
	}

	t.Run("reads co-authors in both forms", func(t *testing.T) {
		t.Parallel()
		body := `[{"shortcode":"AAAAA","user_posted":"One","date_posted":"2026-04-30T12:00:00Z","video_play_count":1,"coauthor_producers":["Two",{"username":"Three"},7]}]`

		batch, _, err := readRows(sets[clip.Instagram], clip.Instagram, []byte(body), []string{"AAAAA"}, now)

		require.NoError(t, err)
		require.Equal(t, []string{"two", "three"}, batch.Readings["AAAAA"].OtherAuthors)
	})
}

// For any records, every requested clip has a reading or a reason, never both.
func FuzzReadRows(f *testing.F) {
	f.Add([]byte(`[{"post_id":"1","account_id":"x","create_time":"2026-01-02T03:04:05Z","play_count":9}]`))
	f.Add([]byte(`[{"shortcode":"AAAAA","user_posted":"x","date_posted":"2026-01-02T03:04:05Z","video_play_count":9,"likes":-1}]`))
	f.Add([]byte(`[{"input":{"url":"https://www.instagram.com/reel/AAAAA/"},"error_code":"dead_page"},null,7]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for platform, ids := range map[clip.Platform][]string{clip.TikTok: {"1", "2"}, clip.Instagram: {"AAAAA", "BBBBB"}} {
			batch, _, err := readRows(sets[platform], platform, body, ids, now)
			if err != nil {
				require.Equal(t, fault.Unavailable, fault.KindOf(err))
				continue
			}
			require.Len(t, ids, len(batch.Readings)+len(batch.Missing))
			for _, id := range ids {
				reading, found := batch.Readings[id]
				require.NotEqual(t, found, batch.Missing[id] != "")
				require.True(t, !found || reading.Views >= 0 && reading.ExternalID == id && !reading.ObservedAt.After(now))
			}
		}
		require.NotPanics(t, func() { _, _ = stateIn(body) })
	})
}
