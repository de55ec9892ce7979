package curves_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
)

func TestParametric(t *testing.T) {
	t.Parallel()

	t.Run("never falls, never passes the lifetime views, and repeats itself", rapid.MakeCheck(func(t *rapid.T) {
		curve := drawParametric(t)
		younger := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(400*24*time.Hour)).Draw(t, "age"))
		older := younger + time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "step"))

		before, after := curve.At(younger), curve.At(older)

		require.NoError(t, curve.Validate())
		require.Equal(t, before, curve.At(younger))
		requireNotBelow(t, before, after)
		require.LessOrEqual(t, after.Views, curve.LifetimeViews)
		require.LessOrEqual(t, after.Likes, after.Views)
		require.GreaterOrEqual(t, before.Views, int64(0))
	}))

	t.Run("never falls from one second to the next", rapid.MakeCheck(func(t *rapid.T) {
		curve := drawParametric(t)
		start := rapid.Int64Range(0, 400*24*3600).Draw(t, "start_seconds")
		previous := curve.At(time.Duration(start) * time.Second)
		for second := start + 1; second < start+200; second++ {
			next := curve.At(time.Duration(second) * time.Second)
			requireNotBelow(t, previous, next)
			previous = next
		}
	}))

	t.Run("has about half of its views at the half-life and nearly all after many", func(t *testing.T) {
		t.Parallel()
		for _, platform := range []string{"tiktok", "instagram", "youtube", "x"} {
			curve := curves.Like(platform, 1_000_000, 11)
			halfLife := time.Duration(curve.HalfLifeSeconds) * time.Second

			require.InDelta(t, 500_000, curve.At(halfLife).Views, 250_000, platform)
			require.Greater(t, curve.At(200*halfLife).Views, int64(980_000), platform)
		}
	})

	t.Run("differs by seed", func(t *testing.T) {
		t.Parallel()
		require.NotEqual(t, curves.Like("tiktok", 1_000_000, 1).At(time.Hour), curves.Like("tiktok", 1_000_000, 2).At(time.Hour))
	})

	t.Run("shows nothing before publication", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, curves.Like("x", 1_000_000, 1).At(0))
		require.Zero(t, curves.Like("x", 1_000_000, 1).At(-time.Hour))
	})

	t.Run("generates a valid curve for any id, always the same one", rapid.MakeCheck(func(t *rapid.T) {
		id := rapid.String().Draw(t, "id")
		curve := curves.Generated("tiktok", id)

		require.NoError(t, curve.Validate())
		require.Equal(t, curve, curves.Generated("tiktok", id))
		require.True(t, curve.LifetimeViews >= 1_000 && curve.LifetimeViews <= 1_000_000)
	}))
}

func TestRecorded(t *testing.T) {
	t.Parallel()

	t.Run("interpolates between days, from zero, and stays level after the last", func(t *testing.T) {
		t.Parallel()
		curve, err := loadRecordings(t).Curve("steady", 1)
		require.NoError(t, err)

		for hours, views := range map[int]int64{-5: 0, 0: 0, 12: 500, 24: 1000, 36: 1400, 48: 1800, 72: 2200, 96: 2600, 9000: 2600} {
			require.Equal(t, views, curve.At(time.Duration(hours)*time.Hour).Views, "after %d hours", hours)
		}
	})

	t.Run("keeps the falls of the recording", func(t *testing.T) {
		t.Parallel()
		curve, err := loadRecordings(t).Curve("dips", 1)
		require.NoError(t, err)

		require.Less(t, curve.At(72*time.Hour).Views, curve.At(48*time.Hour).Views)
	})

	t.Run("passes through the same counts at any compression", rapid.MakeCheck(func(t *rapid.T) {
		recordings := loadRecordings(t)
		compression := rapid.IntRange(1, 5000).Draw(t, "compression")
		slow, err := recordings.Curve("steady", 1)
		require.NoError(t, err)
		fast, err := recordings.Curve("steady", float64(compression))
		require.NoError(t, err)
		age := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "age"))

		require.InDelta(t, slow.At(age*time.Duration(compression)).Views, fast.At(age).Views, 1)
	}))

	t.Run("stays between the readings around it", rapid.MakeCheck(func(t *rapid.T) {
		recordings := loadRecordings(t)
		id := rapid.SampledFrom(recordings.VideoIDs()).Draw(t, "id")
		curve, err := recordings.Curve(id, 1)
		require.NoError(t, err)
		day := rapid.IntRange(0, 6).Draw(t, "day")
		within := time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "within"))

		start := time.Duration(day) * 24 * time.Hour
		from, to, got := curve.At(start).Views, curve.At(start+24*time.Hour).Views, curve.At(start+within).Views

		require.True(t, got >= min(from, to) && got <= max(from, to), "%d is not between %d and %d", got, from, to)
	}))

	t.Run("refuses an unknown clip and a compression out of range", func(t *testing.T) {
		t.Parallel()
		_, err := loadRecordings(t).Curve("unrecorded", 1)
		require.ErrorContains(t, err, "unrecorded")
		_, err = loadRecordings(t).Curve("steady", 0.5)
		require.ErrorContains(t, err, "compression")
	})
}

func TestParseRecordings(t *testing.T) {
	t.Parallel()
	const header = "video_id,day,views,likes,comments\n"

	for name, test := range map[string]struct{ source, want string }{
		"an empty file":            {"", "line 1"},
		"another header":           {"id,day,views,likes,comments\n", "line 1"},
		"a missing column":         {header + "a,1,2,3,4\na,2,3,4\n", "line 3: has 4 columns"},
		"a column too many":        {header + "a,1,2,3,4,5\n", "line 2: has 6 columns"},
		"views that are words":     {header + "a,1,many,3,4\n", `line 2: views is "many"`},
		"negative likes":           {header + "a,1,2,-3,4\n", `line 2: likes is "-3"`},
		"an empty count":           {header + "a,1,2,3,\n", `line 2: comments is ""`},
		"a fraction":               {header + "a,1,2.5,3,4\n", `line 2: views is "2.5"`},
		"a number beyond any clip": {header + "a,1,99999999999999999999,3,4\n", "line 2: views"},
		"day zero":                 {header + "a,0,2,3,4\n", "line 2: day is 0"},
		"no id":                    {header + ",1,2,3,4\n", "line 2: video_id is empty"},
		"a day twice":              {header + "a,1,2,3,4\nb,1,2,3,4\na,1,2,3,4\n", `line 4: day 1 of "a" appears twice`},
		"a broken quote":           {header + "a,1,2,3,4\n\"a,2,3,4,5\n", "line 3"},
	} {
		t.Run("refuses "+name+" and names the line", func(t *testing.T) {
			t.Parallel()
			_, err := curves.ParseRecordings(strings.NewReader(test.source))
			require.ErrorContains(t, err, test.want)
		})
	}

	t.Run("names every malformed row", func(t *testing.T) {
		t.Parallel()
		_, err := curves.ParseRecordings(strings.NewReader(header + "a,x,2,3,4\nb,1,2,3,4\nc,1,2,3\n"))
		require.ErrorContains(t, err, "line 2: ")
		require.ErrorContains(t, err, "line 4: ")
		require.NotContains(t, err.Error(), "line 3: ")
	})

	t.Run("accepts a header with no rows", func(t *testing.T) {
		t.Parallel()
		recordings, err := curves.ParseRecordings(strings.NewReader(header))
		require.NoError(t, err)
		require.Empty(t, recordings.VideoIDs())
	})
}

func FuzzParseRecordings(f *testing.F) {
	f.Add("video_id,day,views,likes,comments\na,1,2,3,4\na,2,3,4,5\n")
	f.Add("video_id,day,views,likes,comments\n\"a\n\",1,2,3,4\n")
	f.Fuzz(func(t *testing.T, source string) {
		recordings, err := curves.ParseRecordings(strings.NewReader(source))
		if err != nil {
			return
		}
		for _, id := range recordings.VideoIDs() {
			curve, err := recordings.Curve(id, 1)
			require.NoError(t, err)
			require.GreaterOrEqual(t, curve.At(36*time.Hour).Views, int64(0))
		}
	})
}

func drawParametric(t *rapid.T) curves.Parametric {
	return curves.Parametric{
		LifetimeViews:   rapid.Int64Range(0, 1_000_000_000_000).Draw(t, "lifetime_views"),
		HalfLifeSeconds: rapid.Int64Range(60, 90*24*3600).Draw(t, "half_life_seconds"),
		Shape:           rapid.Float64Range(0.1, 3).Draw(t, "shape"),
		LikeRateBps:     rapid.Int64Range(0, 10_000).Draw(t, "like_rate_bps"),
		CommentRateBps:  rapid.Int64Range(0, 10_000).Draw(t, "comment_rate_bps"),
		ShareRateBps:    rapid.Int64Range(0, 10_000).Draw(t, "share_rate_bps"),
		Seed:            rapid.Uint64().Draw(t, "seed"),
	}
}

func requireNotBelow(t require.TestingT, before, after curves.Counts) {
	require.GreaterOrEqual(t, after.Views, before.Views)
	require.GreaterOrEqual(t, after.Likes, before.Likes)
	require.GreaterOrEqual(t, after.Comments, before.Comments)
	require.GreaterOrEqual(t, after.Shares, before.Shares)
}

func loadRecordings(t require.TestingT) curves.Recordings {
	file, err := os.Open("testdata/daily.csv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	recordings, err := curves.ParseRecordings(file)
	require.NoError(t, err)
	return recordings
}

func parseSpec(t require.TestingT, source string) curves.Spec {
	var spec curves.Spec
	require.NoError(t, json.Unmarshal([]byte(source), &spec))
	return spec
}
