package clip

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestDecisions(t *testing.T) {
	t.Parallel()

	type outcome struct {
		to     Status
		reason string
	}
	legal := map[Decision]map[Status]outcome{
		Approve: {InReview: {Tracking, ""}},
		Reject:  {InReview: {Rejected, string(OffBrief)}},
		Flag:    {Tracking: {InReview, "flagged"}},
		Remove:  {Verifying: {Rejected, RemovedByReviewer}, InReview: {Removed, RemovedByReviewer}, Tracking: {Removed, RemovedByReviewer}},
		Restore: {Removed: {Tracking, ""}, Rejected: {Tracking, ""}},
	}
	refusals := map[Decision]string{Approve: "not_in_review", Reject: "not_in_review", Flag: "not_tracked", Remove: "clip_ended", Restore: "clip_not_ended"}
	for decision, outcomes := range legal {
		for _, status := range Statuses() {
			t.Run(string(decision)+" a clip that is "+string(status), func(t *testing.T) {
				t.Parallel()

				err := decision.Allow(status)

				want, allowed := outcomes[status]
				if !allowed {
					require.Equal(t, refusals[decision], fault.CodeOf(err))
					require.True(t, fault.Is(err, fault.Conflict))
					return
				}
				require.NoError(t, err)
				to, reason := decision.Outcome(status, OffBrief)
				require.Equal(t, want, outcome{to, reason})
				if decision != Restore {
					require.NoError(t, Next(status, to))
				}
			})
		}
	}

	t.Run("that are unknown are refused", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, "unknown_decision", fault.CodeOf(Decision("like").Allow(InReview)))
	})
}

func TestAllowLate(t *testing.T) {
	t.Parallel()

	require.NoError(t, AllowLate(Finished, UnconfirmedCount))
	require.NoError(t, AllowLate(Finished, FullyEarned))
	require.Equal(t, "nothing_to_confirm", fault.CodeOf(AllowLate(Finished, LastReadingMissing)))
	require.Equal(t, "not_tracked", fault.CodeOf(AllowLate(Removed, UnconfirmedCount)))
}

func TestWhoActsOnAClipThatEndedUnpaid(t *testing.T) {
	t.Parallel()
	for reason, next := range map[string][2]Actor{ // while the campaign credits, and after it
		UnconfirmedCount:   {ByReviewer, NoActor},
		FullyEarned:        {NoActor, NoActor},
		LastReadingMissing: {NoActor, NoActor},
		NotVerifiable:      {NoActor, NoActor},
	} {
		for i, over := range []bool{false, true} {
			explained, ok := ExplainEnd(reason, over)
			require.True(t, ok, reason)
			require.Equal(t, next[i], explained.Next, reason)
		}
	}
}
