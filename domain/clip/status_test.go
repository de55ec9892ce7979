package clip

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestNext(t *testing.T) {
	t.Parallel()

	legal := map[[2]Status]bool{
		{Verifying, InReview}: true, {Verifying, Tracking}: true, {Verifying, Rejected}: true, {Verifying, Removed}: true,
		{InReview, Tracking}: true, {InReview, Rejected}: true, {InReview, Removed}: true,
		{Tracking, InReview}: true, {Tracking, Finished}: true, {Tracking, Rejected}: true, {Tracking, Removed}: true,
	}
	for _, from := range append(Statuses(), "", "paid") {
		for _, to := range append(Statuses(), "", "paid") {
			t.Run("from "+string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()

				err := Next(from, to)

				if legal[[2]Status{from, to}] {
					require.NoError(t, err)
					return
				}
				require.Equal(t, "illegal_clip_transition", fault.CodeOf(err))
				require.True(t, fault.Is(err, fault.Conflict))
			})
		}
	}

	t.Run("never leaves a terminal status", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			status := Verifying
			var ended Status
			for _, next := range rapid.SliceOf(rapid.SampledFrom(Statuses())).Draw(t, "attempts") {
				if Next(status, next) == nil {
					status = next
				}
				if ended != "" {
					require.Equal(t, ended, status)
				}
				if status.Terminal() {
					ended = status
				}
			}
		})
	})

	t.Run("knows which statuses are terminal", func(t *testing.T) {
		t.Parallel()

		var terminal []Status
		for _, status := range append(Statuses(), "paid") {
			if status.Terminal() {
				terminal = append(terminal, status)
			}
		}
		require.Equal(t, []Status{Finished, Rejected, Removed}, terminal)
	})
}

func TestStartsAgain(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		status Status
		reason string
		want   bool
	}{
		"a post that vanished":                      {Removed, "removed", true},
		"a post that was private":                   {Removed, "private", true},
		"a post that was never found":               {Rejected, "not_found", true},
		"a post that could not be verified in time": {Rejected, NotVerifiable, true},
		"a clip that an operator removed":           {Removed, RemovedByOperator, false},
		"a clip that a reviewer removed":            {Removed, RemovedByReviewer, false},
		"a clip of another author":                  {Rejected, "not_the_creators_channel", true},
		"a clip whose channel another has proven":   {Rejected, "taken_over_by_owner", true},
		"a clip whose post another had":             {Rejected, "duplicate_clip", true},
		"a clip that has earned to its end":         {Finished, "", false},
		"a clip in review":                          {InReview, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.want, StartsAgain(tc.status, tc.reason))
		})
	}

	for _, decision := range []Decision{Reject, Remove} {
		for _, code := range append(decision.Codes(), Restore.Codes()...) {
			for _, from := range []Status{Verifying, InReview, Tracking} {
				to, reason := decision.Outcome(from, code)
				require.False(t, StartsAgain(to, reason), "a person decided %s of a clip that is %s: %s", decision, from, code)
			}
		}
	}
}

func TestDecisionsAreExplained(t *testing.T) {
	t.Parallel()

	for _, code := range Reject.Codes() {
		_, reason := Reject.Outcome(Verifying, code)

		explained, ok := ExplainEnd(reason, false)

		require.True(t, ok, reason)
		require.Contains(t, explained.Text, "A reviewer decided")
		require.Contains(t, explained.Text, "You can appeal")
		require.Equal(t, ByCreator, explained.Next)
	}
}
