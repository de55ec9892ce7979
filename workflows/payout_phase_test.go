package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/payout"
)

// A reset replays "fresh" from an old history; another history may have sent the key since.
func TestAgedIntent(t *testing.T) {
	t.Parallel()
	policy := payout.DefaultPolicy()
	next := func(since time.Duration, lookedUp bool) payout.Step {
		intent := aged(payout.Intent{Fresh: true}, since)
		return payout.NextStep(payout.Intent{Fresh: intent.Fresh, Age: intent.Age}, policy, lookedUp)
	}

	t.Run("is sent at once when it was asked for just now", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.Send, next(time.Second, false))
	})

	t.Run("is looked up when the answer is replayed later", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.LookUp, next(time.Hour, false))
		require.Equal(t, payout.Send, next(time.Hour, true))
	})

	t.Run("is never sent blindly when Stripe may have forgotten its key", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, payout.LookUp, next(48*time.Hour, false))
		require.Equal(t, payout.Ask, next(48*time.Hour, true))
	})
}
