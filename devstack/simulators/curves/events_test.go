package curves_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
)

func TestScripted(t *testing.T) {
	t.Parallel()
	base := curves.Like("tiktok", 1_000_000, 3)
	views := func(event curves.Event, age time.Duration) int64 {
		return curves.Scripted{Curve: base, Events: []curves.Event{event}}.At(age).Views
	}

	t.Run("falls and recovers", func(t *testing.T) {
		t.Parallel()
		fall := curves.Event{Kind: curves.Falls, AtSeconds: 3600, UntilSeconds: 7200, ByViews: 5000}

		require.Equal(t, base.At(3599*time.Second).Views, views(fall, 3599*time.Second))
		require.Equal(t, base.At(time.Hour).Views-5000, views(fall, time.Hour))
		require.Equal(t, base.At(7199*time.Second).Views-5000, views(fall, 7199*time.Second))
		require.Equal(t, base.At(2*time.Hour).Views, views(fall, 2*time.Hour))
	})

	t.Run("stays fallen without an end, and never goes below zero", func(t *testing.T) {
		t.Parallel()
		fall := curves.Event{Kind: curves.Falls, AtSeconds: 60, ByViews: 2_000_000}
		require.Zero(t, views(fall, 1000*time.Hour))
	})

	t.Run("freezes and catches up", func(t *testing.T) {
		t.Parallel()
		freeze := curves.Event{Kind: curves.Freezes, AtSeconds: 3600, UntilSeconds: 7200}

		require.Equal(t, base.At(time.Hour).Views, views(freeze, 7199*time.Second))
		require.Equal(t, base.At(2*time.Hour).Views, views(freeze, 2*time.Hour))
	})

	t.Run("jumps and stays there", func(t *testing.T) {
		t.Parallel()
		jump := curves.Event{Kind: curves.Jumps, AtSeconds: 3600, ByViews: 70_000}

		require.Equal(t, base.At(3599*time.Second).Views, views(jump, 3599*time.Second))
		require.Equal(t, base.At(500*time.Hour).Views+70_000, views(jump, 500*time.Hour))
	})

	t.Run("shows a jump inside a freeze only at its end", func(t *testing.T) {
		t.Parallel()
		curve := curves.Scripted{Curve: base, Events: []curves.Event{
			{Kind: curves.Jumps, AtSeconds: 4000, ByViews: 70_000},
			{Kind: curves.Freezes, AtSeconds: 3600, UntilSeconds: 7200},
		}}

		require.Equal(t, base.At(time.Hour).Views, curve.At(5000*time.Second).Views)
		require.Equal(t, base.At(2*time.Hour).Views+70_000, curve.At(2*time.Hour).Views)
	})

	t.Run("shows nothing while deleted, even with other events", func(t *testing.T) {
		t.Parallel()
		curve := curves.Scripted{Curve: base, Events: []curves.Event{
			{Kind: curves.Jumps, AtSeconds: 60, ByViews: 9},
			{Kind: curves.Deleted, AtSeconds: 3600, UntilSeconds: 7200},
		}}

		require.False(t, curve.At(3599*time.Second).Deleted)
		require.Equal(t, curves.Counts{Deleted: true}, curve.At(time.Hour))
		require.False(t, curve.At(2*time.Hour).Deleted)
	})

	t.Run("is never negative and repeats itself, with any events", rapid.MakeCheck(func(t *rapid.T) {
		curve := curves.Scripted{Curve: drawParametric(t), Events: rapid.SliceOfN(rapid.Custom(drawEvent), 0, 6).Draw(t, "events")}
		age := time.Duration(rapid.Int64Range(-10, 20_000).Draw(t, "age_seconds")) * time.Second

		counts := curve.At(age)

		require.Equal(t, counts, curve.At(age))
		require.GreaterOrEqual(t, counts.Views, int64(0))
		if counts.Deleted {
			require.Equal(t, curves.Counts{Deleted: true}, counts)
		}
	}))

	t.Run("is monotone without falls and deletions", rapid.MakeCheck(func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent).Filter(func(e curves.Event) bool {
			return e.Kind == curves.Freezes || e.Kind == curves.Jumps
		}), 0, 6).Draw(t, "events")
		curve := curves.Scripted{Curve: drawParametric(t), Events: events}
		younger := rapid.Int64Range(0, 20_000).Draw(t, "age_seconds")
		older := younger + rapid.Int64Range(0, 5_000).Draw(t, "step_seconds")

		requireNotBelow(t, curve.At(time.Duration(younger)*time.Second), curve.At(time.Duration(older)*time.Second))
	}))
}

func drawEvent(t *rapid.T) curves.Event {
	event := curves.Event{
		Kind:      rapid.SampledFrom([]curves.EventKind{curves.Deleted, curves.Falls, curves.Freezes, curves.Jumps}).Draw(t, "kind"),
		AtSeconds: rapid.Int64Range(0, 10_000).Draw(t, "at_seconds"),
	}
	if event.Kind == curves.Falls || event.Kind == curves.Jumps {
		event.ByViews = rapid.Int64Range(1, 1_000_000).Draw(t, "by_views")
	}
	if event.Kind != curves.Jumps && rapid.Bool().Draw(t, "ends") {
		event.UntilSeconds = event.AtSeconds + rapid.Int64Range(1, 10_000).Draw(t, "lasts_seconds")
	}
	return event
}

func TestSpec(t *testing.T) {
	t.Parallel()

	t.Run("builds what its JSON says", func(t *testing.T) {
		t.Parallel()
		spec := parseSpec(t, `{"recorded": {"video_id": "steady", "compression": 24}, "events": [{"kind": "jumps", "at_seconds": 60, "by_views": 5}]}`)

		curve, err := spec.Build(loadRecordings(t))

		require.NoError(t, err)
		require.Equal(t, int64(1005), curve.At(time.Hour).Views)
	})

	for name, test := range map[string]struct{ source, want string }{
		"no curve":                      {`{}`, "either parametric or recorded"},
		"two curves":                    {`{"parametric": {"half_life_seconds": 60}, "recorded": {"video_id": "steady"}}`, "either parametric or recorded"},
		"negative lifetime views":       {`{"parametric": {"lifetime_views": -1, "half_life_seconds": 60}}`, "parametric.lifetime_views"},
		"no half-life":                  {`{"parametric": {"lifetime_views": 1}}`, "parametric.half_life_seconds"},
		"a half-life beyond a duration": {`{"parametric": {"lifetime_views": 1, "half_life_seconds": 9223372036854775807}}`, "parametric.half_life_seconds"},
		"a shape out of range":          {`{"parametric": {"half_life_seconds": 60, "shape": 9}}`, "parametric.shape"},
		"more likes than views":         {`{"parametric": {"half_life_seconds": 60, "like_rate_bps": 10001}}`, "parametric.like_rate_bps"},
		"an unrecorded clip":            {`{"recorded": {"video_id": "unrecorded"}}`, "recorded.video_id"},
		"a negative compression":        {`{"recorded": {"video_id": "steady", "compression": -1}}`, "recorded.compression"},
		"an unknown event":              {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "explodes"}]}`, "events[0].kind"},
		"an event before publication":   {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "deleted", "at_seconds": -1}]}`, "events[0].at_seconds"},
		"an end before the start":       {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "freezes", "at_seconds": 9, "until_seconds": 9}]}`, "events[0].until_seconds"},
		"a jump that ends":              {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "jumps", "until_seconds": 9, "by_views": 1}]}`, "events[0].until_seconds"},
		"a fall by nothing":             {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "falls", "at_seconds": 9}]}`, "events[0].by_views"},
		"a freeze by views":             {`{"recorded": {"video_id": "steady"}, "events": [{"kind": "freezes", "by_views": 9}]}`, "events[0].by_views"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			_, err := parseSpec(t, test.source).Build(loadRecordings(t))
			require.ErrorContains(t, err, test.want)
		})
	}
}
