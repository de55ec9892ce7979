package clip_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rules := clip.Rules{OwnsChannel: true, StartsAt: start, EndsAt: start.Add(240 * time.Hour), TrackingWindow: 72 * time.Hour, AutoApprove: true}

	for _, tc := range []struct {
		name        string
		ownsChannel bool
		published   time.Time
		rejected    string
	}{
		{"rejects a post of another author", false, start.Add(time.Hour), clip.RejectedForeignAuthor},
		{"rejects a post from before the campaign", true, start.Add(-time.Second), clip.RejectedTooOld},
		{"accepts a post of the moment at which the campaign starts", true, start, ""},
		{"accepts a post of the moment at which the campaign ends", true, rules.EndsAt, ""},
		{"rejects a post from after the campaign", true, rules.EndsAt.Add(time.Second), clip.RejectedTooLate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			checked := rules
			checked.OwnsChannel = tc.ownsChannel

			verdict := clip.Verify(clip.Evidence{PublishedAt: tc.published}, checked)

			require.Equal(t, tc.rejected, verdict.RejectedBecause)
			if tc.rejected == "" {
				require.Equal(t, clip.Verdict{AutoApprove: true, TrackUntil: tc.published.Add(72 * time.Hour)}, verdict)
			}
		})
	}
}
