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
	rules := clip.Rules{Claim: clip.Claim{Status: clip.Proven, Holds: true}, StartsAt: start, EndsAt: start.Add(240 * time.Hour), TrackingWindow: 72 * time.Hour, AutoApprove: true}

	held := rules.Claim
	for _, tc := range []struct {
		name      string
		claim     clip.Claim
		published time.Time
		rejected  string
	}{
		{"rejects a post of another author", clip.Claim{}, start.Add(time.Hour), clip.RejectedForeignAuthor},
		{"rejects a post of an account that another creator has proven", clip.Claim{Status: clip.Superseded, ProvenByAnother: true}, start.Add(time.Hour), clip.RejectedTakenOver},
		{"rejects a post that another clip has", clip.Claim{Status: clip.Proven, Taken: true}, start.Add(time.Hour), clip.RejectedDuplicate},
		{"rejects a post from before the campaign", held, start.Add(-time.Second), clip.RejectedTooOld},
		{"accepts a post of the moment at which the campaign starts", held, start, ""},
		{"accepts a post of the moment at which the campaign ends", held, rules.EndsAt, ""},
		{"rejects a post from after the campaign", held, rules.EndsAt.Add(time.Second), clip.RejectedTooLate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			checked := rules
			checked.Claim = tc.claim

			verdict := clip.Verify(clip.Evidence{PublishedAt: tc.published}, checked)

			require.Equal(t, tc.rejected, verdict.RejectedBecause)
			if tc.rejected == "" {
				require.Equal(t, clip.Verdict{AutoApprove: true, TrackUntil: tc.published.Add(72 * time.Hour)}, verdict)
			}
		})
	}

	t.Run("accepts a post of a channel that can still be proven, which earns nothing yet", func(t *testing.T) {
		t.Parallel()
		for _, status := range []clip.ChannelStatus{clip.Unproven, clip.Proving, clip.Expired, clip.Revoked, clip.Superseded} {
			checked := rules
			checked.Claim = clip.Claim{Status: status}

			verdict := clip.Verify(clip.Evidence{PublishedAt: start}, checked)

			require.Empty(t, verdict.RejectedBecause, status)
			require.True(t, verdict.Unproven, status)
		}
	})
}
