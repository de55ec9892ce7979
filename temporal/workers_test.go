package temporal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
)

func TestQueues(t *testing.T) {
	t.Parallel()

	t.Run("have one for each provider, and none for others", func(t *testing.T) {
		t.Parallel()
		queues := Workers{Views: map[string]activities.Views{"x": {}, "rapidapi": {}}}.queues()

		require.Subset(t, queues, []string{"views-x", "views-rapidapi"})
		require.NotContains(t, queues, "views-apify")
	})
}
