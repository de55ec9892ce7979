package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/domain/clip"
)

func TestWorld(t *testing.T) {
	t.Parallel()

	t.Run("is the same for the same seed, except for its names", func(t *testing.T) {
		t.Parallel()

		one, other := newWorld(7, "aaaaaa", nil), newWorld(7, "bbbbbb", nil)

		for i := range one.creators {
			require.NotEqual(t, one.creators[i].handle, other.creators[i].handle)
			for k := range one.creators[i].clips {
				require.Equal(t, one.creators[i].clips[k].curve, other.creators[i].clips[k].curve)
				require.NotEqual(t, one.creators[i].clips[k].externalID, other.creators[i].clips[k].externalID)
			}
		}
	})

	t.Run("has addresses that the product reads as the right posts", func(t *testing.T) {
		t.Parallel()
		w := newWorld(1, "aaaaaa", nil)

		for _, at := range w.posts() {
			post := w.creators[at[0]].clips[at[1]]
			ref, err := clip.Canonicalize(post.address())
			require.NoError(t, err)
			require.Equal(t, post.platform, ref.Platform)
			require.Equal(t, post.externalID, ref.ExternalID)
			author, err := clip.ParseChannelID(post.platform, post.author)
			require.NoError(t, err)
			require.Equal(t, post.author, author)
		}
	})

	t.Run("leaves out posts that a platform does not show", func(t *testing.T) {
		t.Parallel()
		w := newWorld(1, "aaaaaa", nil)
		before := len(w.posts())

		w.creators[3].clips[2].absent = true

		require.Equal(t, creators*clipsPerCreator, before)
		require.Len(t, w.posts(), before-1)
		require.NotContains(t, w.posts(), [2]int{3, 2})
	})

	t.Run("replays all recorded days while clips are tracked", func(t *testing.T) {
		t.Parallel()
		recordings, err := curves.ParseRecordings(strings.NewReader("video_id,day,views,likes,comments\nv,1,100,1,1\nv,2,300,1,1\nv,4,900,1,1\n"))
		require.NoError(t, err)

		w := newWorld(1, "aaaaaa", recordings)
		curve, err := w.creators[0].clips[0].curve.Build(recordings)
		require.NoError(t, err)

		require.EqualValues(t, 900, curve.At(trackingTime).Views)
		require.InDelta(t, 300, curve.At(trackingTime/2).Views, 1)
	})
}

// For every seed, and for invented and recorded views, the small budget is spent after all clips
// are submitted, and the other budgets are not spent.
func TestBudgets(t *testing.T) {
	t.Parallel()
	recorded, err := curves.ParseRecordings(strings.NewReader("video_id,day,views,likes,comments\nv,1,2000000,1,1\nv,2,2100000,1,1\nw,1,100,1,1\nw,9,40000,1,1\n"))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		recordings := rapid.SampledFrom([]curves.Recordings{nil, recorded}).Draw(t, "recordings")
		w := newWorld(rapid.Uint64().Draw(t, "seed"), "aaaaaa", recordings)
		wantedBy := func(place int, age time.Duration) (sum int64) {
			for _, post := range w.postsOf(place) {
				sum += post.worthAt(age, w.campaigns[place].terms, recordings)
			}
			return sum
		}

		// The last full round of readings is one interval before the end.
		require.Greater(t, wantedBy(small, trackingTime-4*time.Second), w.campaigns[small].terms.BudgetMinor)
		require.Less(t, wantedBy(euro, 2*trackingTime), w.campaigns[euro].terms.BudgetMinor)
		mostCapped := creators * w.campaigns[capped].terms.MaxPerCreatorMinor
		require.Less(t, mostCapped, w.campaigns[capped].terms.BudgetMinor)
		for i, posts := 0, w.postsOf(small); i < len(posts); i++ {
			others := wantedBy(small, submissionTime/2) - posts[i].worthAt(submissionTime/2, w.campaigns[small].terms, recordings)
			require.Less(t, others, w.campaigns[small].terms.BudgetMinor, "the budget lasts until all clips are submitted")
		}
	})
}
