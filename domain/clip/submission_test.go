package clip_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
)

func TestSubmissionID(t *testing.T) {
	t.Parallel()
	submission := clip.Submission{
		CampaignID: "0190a1b2-0000-7000-8000-000000000001", CampaignCreatedAt: time.Date(2026, 3, 31, 23, 59, 59, 999_999_000, time.UTC),
		CreatorID: "0190a1b2-0000-7000-8000-000000000002", Ref: clip.Ref{Platform: clip.TikTok, ExternalID: "7106594312292453675"},
	}

	t.Run("never changes", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, "019d4656-ffff-80ae-af26-93b765182259", submission.ID())
	})

	t.Run("is a UUID that carries the campaign's time", func(t *testing.T) {
		t.Parallel()

		id := uuid.MustParse(submission.ID())

		require.Equal(t, uuid.Version(8), id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		var millis int64
		for _, b := range id[:6] {
			millis = millis<<8 | int64(b)
		}
		require.Equal(t, submission.CampaignCreatedAt.UnixMilli(), millis)
	})

	t.Run("asks neither for the address nor for the time zone", func(t *testing.T) {
		t.Parallel()
		again := submission
		again.Ref.URL = "https://www.tiktok.com/@_/video/7106594312292453675"
		again.CampaignCreatedAt = again.CampaignCreatedAt.In(time.FixedZone("", 3600))

		require.Equal(t, submission.ID(), again.ID())
	})

	t.Run("differs with campaign, creator, platform and post", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{submission.ID(): true}
		for _, change := range []func(*clip.Submission){
			func(s *clip.Submission) { s.CampaignID = "0190a1b2-0000-7000-8000-000000000003" },
			func(s *clip.Submission) { s.CreatorID = "0190a1b2-0000-7000-8000-000000000003" },
			func(s *clip.Submission) { s.Ref.Platform = clip.X },
			func(s *clip.Submission) { s.Ref.ExternalID = "7106594312292453676" },
		} {
			other := submission
			change(&other)
			require.False(t, seen[other.ID()])
			seen[other.ID()] = true
		}
	})
}
