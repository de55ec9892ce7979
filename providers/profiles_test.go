package providers_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

func TestProfiles(t *testing.T) {
	t.Parallel()

	t.Run("are recorded as an attempt before they are answered", func(t *testing.T) {
		t.Parallel()
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		got, err := b.ReadProfile(t.Context(), clip.TikTok, "some.one")

		require.NoError(t, err)
		require.Equal(t, "I am some.one", got.Text)
		require.Len(t, b.recorder.attempts, 1)
		require.Equal(t, got.AttemptID, b.recorder.attempts[0].ID)
		require.Equal(t, int64(7), b.recorder.attempts[0].CostMicros)
		require.Equal(t, views.OutcomeOK, b.recorder.attempts[0].Outcome)
	})

	t.Run("fail if the attempt cannot be recorded", func(t *testing.T) {
		t.Parallel()
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		b.recorder.err = errors.New("disk full")

		_, err := b.ReadProfile(t.Context(), clip.TikTok, "some.one")

		require.Equal(t, "attempt_not_recorded", fault.CodeOf(err))
	})

	t.Run("fail alone if the client panics, with the attempt on record", func(t *testing.T) {
		t.Parallel()
		b := newBundle(t, &scriptedClient{profile: func(string) (providers.Profile, error) { panic("defect") }}, providers.Options{})

		_, err := b.ReadProfile(t.Context(), clip.TikTok, "some.one")

		require.Equal(t, "provider_client_defect", fault.CodeOf(err))
		require.Len(t, b.recorder.attempts, 1)
	})

	t.Run("are refused after the end, and for an author that cannot exist", func(t *testing.T) {
		t.Parallel()
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		_, malformed := b.ReadProfile(t.Context(), clip.TikTok, "../etc")
		require.NoError(t, b.Close(t.Context()))
		_, late := b.ReadProfile(t.Context(), clip.TikTok, "some.one")

		require.Equal(t, fault.Invalid, fault.KindOf(malformed))
		require.Equal(t, "shutting_down", fault.CodeOf(late))
		require.Empty(t, b.recorder.attempts)
	})
}
