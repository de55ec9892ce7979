package months_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestDetachObservations(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	age(t, w, 1)
	read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
	require.NoError(t, err)
	w.Submit(t, read.CreatedAt)
	for poll := 1; poll <= 3; poll++ {
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(1, poll, int64(poll)*1000))
		require.NoError(t, err)
	}
	for _, id := range w.ClipIDs {
		require.NoError(t, w.Clips.Move(t.Context(), id, clip.InReview, ""))
		require.NoError(t, w.Clips.Move(t.Context(), id, clip.Tracking, ""))
	}
	closePeriod(t, w, lastMonth(t))
	dbtest.Tamper(t, w.URL, "UPDATE campaigns SET status = 'completed'")
	_, tracked := detach(t, w, "observations")
	for _, id := range w.ClipIDs {
		require.NoError(t, w.Clips.Move(t.Context(), id, clip.Finished, ""))
	}
	before, err := w.Clips.Get(t.Context(), w.ClipIDs[1])
	require.NoError(t, err)

	detached := mustDetach(t, w, "observations")

	t.Run("waits until no clip is tracked", func(t *testing.T) {
		require.Equal(t, "campaign_open", fault.CodeOf(tracked))
		require.Equal(t, int64(3), detached.Rows)
	})

	t.Run("leaves the books in order, and clips with what they had", func(t *testing.T) {
		w.RequireSound(t, 0)
		after, err := w.Clips.Get(t.Context(), w.ClipIDs[1])
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.Equal(t, int64(3000), after.ObservedViews)
		var viewed int64
		require.NoError(t, dbtest.Connect(t, w.URL).QueryRow(t.Context(), "SELECT observed_views FROM audit.clips WHERE clip_id = $1", w.ClipIDs[1]).Scan(&viewed))
		require.Equal(t, int64(3000), viewed)
	})

	t.Run("answers what would need the readings with what to do", func(t *testing.T) {
		_, listed := w.Clips.ListObservations(t.Context(), w.ClipIDs[1], -1, 10)
		_, explained := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{Size: 10})
		_, added := w.Earnings.RecordReading(t.Context(), w.Reading(1, 4, 4000))

		require.Equal(t, "archived", fault.CodeOf(listed))
		require.Equal(t, "archived", fault.CodeOf(explained))
		require.Equal(t, "archived", fault.CodeOf(added))
	})

	t.Run("can be undone", func(t *testing.T) {
		attach(t, w, detached)
		readings, err := w.Clips.ListObservations(t.Context(), w.ClipIDs[1], -1, 10)

		require.NoError(t, err)
		require.Len(t, readings, 3)
		w.RequireSound(t, 0)
	})
}
