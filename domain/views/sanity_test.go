package views

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

var (
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	post = clip.Ref{Platform: clip.TikTok, ExternalID: "7312345678901234567"}
)

// reading is of post, at noon; change makes it odd.
func reading(change func(r *Reading)) Reading {
	usual := Reading{
		Platform: post.Platform, ExternalID: post.ExternalID,
		Views: 10_000, Likes: 500, Comments: 40, Shares: 10, ObservedAt: noon,
	}
	change(&usual)
	return usual
}

func TestCheckSignals(t *testing.T) {
	t.Parallel()

	usual := func(*Reading) {}
	anHourAgo := func(change func(r *Reading)) *Reading {
		before := reading(change)
		before.ObservedAt = noon.Add(-time.Hour)
		return &before
	}

	for name, given := range map[string]struct {
		previous *Reading
		current  Reading
		want     []Signal
	}{
		"a usual first reading gives none":  {nil, reading(usual), nil},
		"a usual second reading gives none": {anHourAgo(func(r *Reading) { r.Views = 9_000 }), reading(usual), nil},
		"the same reading again gives none": {anHourAgo(usual), reading(usual), nil},
		"a fall is told with its size": {
			anHourAgo(func(r *Reading) { r.Views = 10_300 }), reading(usual),
			[]Signal{{ViewsFell, 300, 0}},
		},
		"a sudden zero is a fall, not a reset": {
			anHourAgo(usual), reading(func(r *Reading) { r.Views, r.Likes, r.Comments = 0, 0, 0 }),
			[]Signal{{ViewsFell, 10_000, 0}},
		},
		"fifteenfold growth gives none": {anHourAgo(func(r *Reading) { r.Views, r.Likes = 1_000, 100 }), reading(func(r *Reading) { r.Views = 15_000 }), nil},
		"more than fifteenfold growth is told": {
			anHourAgo(func(r *Reading) { r.Views = 1_000 }), reading(func(r *Reading) { r.Views = 15_001 }),
			[]Signal{{GrowthOver, 15, 15}},
		},
		"more than hundredfold growth is told once": {
			anHourAgo(func(r *Reading) { r.Views = 100 }), reading(func(r *Reading) { r.Views = 10_100 }),
			[]Signal{{GrowthOver, 101, 100}},
		},
		"growth from next to nothing gives none": {anHourAgo(func(r *Reading) { r.Views, r.Likes = 99, 5 }), reading(usual), nil},
		"likes that outgrow views are told": {
			anHourAgo(func(r *Reading) { r.Views, r.Likes = 5_001, 100 }), reading(usual),
			[]Signal{{LikesOutgrowViews, 5, 5}},
		},
		"likes that grow with views give none": {anHourAgo(func(r *Reading) { r.Views, r.Likes = 5_000, 100 }), reading(usual), nil},
		"more likes than views are told": {
			nil, reading(func(r *Reading) { r.Likes = 10_001 }),
			[]Signal{{LikesOverViews, 1, 0}},
		},
		"few likes for many views are told": {
			nil, reading(func(r *Reading) { r.Likes = 49 }),
			[]Signal{{ViewsPerLikeOver, 204, 200}},
		},
		"very few likes are told with the higher limit": {
			nil, reading(func(r *Reading) { r.Likes = 0 }),
			[]Signal{{ViewsPerLikeOver, 10_000, 500}},
		},
		"few comments on a popular clip are told": {
			nil, reading(func(r *Reading) { r.Comments = 1 }),
			[]Signal{{FewComments, 1, 2}},
		},
		"two counts in one answer are told": {
			nil, reading(func(r *Reading) { r.DiffersBy = 300 }),
			[]Signal{{AnswerDiffers, 300, 0}},
		},
		"no likes and comments on a small clip give none": {nil, reading(func(r *Reading) { r.Views, r.Likes, r.Comments = 2_000, 0, 0 }), nil},
		"several come in the order of their declaration": {
			anHourAgo(func(r *Reading) { r.Views, r.Likes = 20_000, 100 }),
			reading(func(r *Reading) { r.Likes, r.Comments = 10_500, 0 }),
			[]Signal{{ViewsFell, 10_000, 0}, {LikesOutgrowViews, 105, 5}, {LikesOverViews, 500, 0}, {FewComments, 0, 2}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := DefaultSanityRules().Check(post, given.previous, given.current, noon)

			require.NoError(t, err)
			require.Equal(t, given.want, got)
		})
	}

	t.Run("rules without limits tell only what cannot be", func(t *testing.T) {
		t.Parallel()

		got, err := SanityRules{}.Check(post, anHourAgo(func(r *Reading) { r.Views = 1 }), reading(func(r *Reading) { r.Likes, r.Comments = 1, 0 }), noon)

		require.NoError(t, err)
		require.Empty(t, got)
	})
}

func TestCheckRefusals(t *testing.T) {
	t.Parallel()

	newer := reading(func(r *Reading) { r.ObservedAt = noon.Add(time.Second) })

	for name, given := range map[string]struct {
		previous *Reading
		current  Reading
		kind     fault.Kind
		code     string
	}{
		"a reading of another post":              {nil, reading(func(r *Reading) { r.ExternalID = "1" }), fault.Invalid, "reading_of_other_clip"},
		"a reading without an id":                {nil, reading(func(r *Reading) { r.ExternalID = "" }), fault.Invalid, "reading_of_other_clip"},
		"a reading of another platform":          {nil, reading(func(r *Reading) { r.Platform = clip.X }), fault.Invalid, "reading_of_other_clip"},
		"negative views":                         {nil, reading(func(r *Reading) { r.Views = -1 }), fault.Invalid, "reading_negative"},
		"negative likes":                         {nil, reading(func(r *Reading) { r.Likes = -1 }), fault.Invalid, "reading_negative"},
		"negative comments":                      {nil, reading(func(r *Reading) { r.Comments = -1 }), fault.Invalid, "reading_negative"},
		"negative shares":                        {nil, reading(func(r *Reading) { r.Shares = -1 }), fault.Invalid, "reading_negative"},
		"a reading from beyond the clocks' skew": {nil, reading(func(r *Reading) { r.ObservedAt = noon.Add(5*time.Minute + 1) }), fault.Invalid, "reading_from_future"},
		"a reading older than the last":          {&newer, reading(func(*Reading) {}), fault.Conflict, "reading_outdated"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			signals, err := DefaultSanityRules().Check(post, given.previous, given.current, noon)

			require.Equal(t, given.code, fault.CodeOf(err))
			require.Equal(t, given.kind, fault.KindOf(err))
			require.Nil(t, signals)
		})
	}

	t.Run("accepts a reading within the clocks' skew", func(t *testing.T) {
		t.Parallel()

		_, err := DefaultSanityRules().Check(post, nil, reading(func(r *Reading) { r.ObservedAt = noon.Add(5 * time.Minute) }), noon)

		require.NoError(t, err)
	})

	t.Run("judges any counts without breaking", func(t *testing.T) {
		t.Parallel()

		count := rapid.OneOf(rapid.Int64Range(0, 5_000), rapid.Int64Range(0, math.MaxInt64))
		rapid.Check(t, func(t *rapid.T) {
			draw := func(r *Reading) {
				r.Views, r.Likes, r.Comments = count.Draw(t, "views"), count.Draw(t, "likes"), count.Draw(t, "comments")
			}
			previous, current := reading(draw), reading(draw)

			signals, err := DefaultSanityRules().Check(post, &previous, current, noon)

			require.NoError(t, err)
			for _, signal := range signals {
				require.GreaterOrEqual(t, signal.Value, int64(0), signal.Code)
				require.GreaterOrEqual(t, signal.Limit, int64(0), signal.Code)
			}
		})
	})
}
