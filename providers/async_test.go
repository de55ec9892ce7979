package providers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/providers"
)

func TestCallbackTarget(t *testing.T) {
	t.Parallel()

	t.Run("accepts each of its secrets and nothing else", func(t *testing.T) {
		t.Parallel()
		target := providers.CallbackTarget{Secrets: []string{"new", "old"}}

		for header, want := range map[string]bool{
			"Bearer new": true, "Bearer old": true, target.Authorization(): true,
			"Bearer newer": false, "Bearer ": false, "new": false, "": false, "Bearer new,old": false,
		} {
			require.Equal(t, want, target.Accepts(header), header)
		}
		require.False(t, providers.CallbackTarget{}.Accepts("Bearer "))
	})
}
