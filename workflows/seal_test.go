package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/workflows"
)

func TestSealLedger(t *testing.T) {
	t.Parallel()

	t.Run("seals everything, and nothing twice although answers are lost", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, _ = b.liveCampaign(t, nil)
		b.submit(t, b.creator(t, goodBank), 10_000)
		b.mishaps.lose("SealEntries", afterWork, 2)

		// Transactions of other tests on this server may hold a pass up.
		require.Eventually(t, func() bool {
			completed[int64](b.begin(t), workflows.SealLedger)
			verified, err := b.store.Audit.Verify(t.Context())
			require.NoError(t, err)
			require.Empty(t, verified.Findings)
			return verified.Checked.Seals == 1
		}, time.Minute, 50*time.Millisecond)
		again := completed[int64](b.begin(t), workflows.SealLedger)

		require.Zero(t, again)
	})
}
