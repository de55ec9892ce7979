package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/clip"
)

func TestWhatAClipWaitsFor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.joined(t)
	clipID := w.submit(t, id, tiktokPost).JSON201.Id
	read := func() *client.Clip {
		got, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), clipID)
		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		return got.JSON200
	}
	fresh := read()
	require.Nil(t, fresh.WaitingFor)
	require.Nil(t, fresh.ReasonText)
	require.Nil(t, fresh.ActsNext)

	require.NoError(t, w.store.Clips.NoteWaiting(t.Context(), clip.Waiting{ClipID: clipID, For: string(clip.Photo)}))
	waiting := read()
	require.NoError(t, w.store.Clips.Move(t.Context(), clipID, clip.Rejected, string(clip.Photo)))
	require.NoError(t, w.store.Clips.NoteWaiting(t.Context(), clip.Waiting{ClipID: clipID, For: "not_found"}), "a late retry")
	ended := read()

	require.Equal(t, "photo", *waiting.WaitingFor)
	require.Contains(t, *waiting.ReasonText, "counts no views of photos")
	require.Equal(t, client.ClipActsNext("creator"), *waiting.ActsNext)
	require.Nil(t, ended.WaitingFor, "a clip that has ended waits for nothing")
	require.Equal(t, "photo", *ended.StatusReason)
	require.Contains(t, *ended.ReasonText, "Submit a video")
}
