package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// A statement that waits for a lock until its time is over says nothing about what exists. A workflow that
// is told "not found" gives up.
func TestCutOffStatements(t *testing.T) {
	t.Parallel()

	for name, try := range map[string]func(context.Context, *world.World, string) error{
		"a reservation": func(ctx context.Context, w *world.World, runID string) error {
			_, err := w.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})
			return err
		},
		"a submission": func(ctx context.Context, w *world.World, _ string) error {
			_, err := w.Clips.Create(ctx, clip.NewClip{ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], Platform: clip.TikTok, ExternalID: "4711", URL: "https://example.test"})
			return err
		},
		"a move of a campaign": func(ctx context.Context, w *world.World, _ string) error {
			_, err := w.Campaigns.Move(ctx, campaign.Move{CampaignID: w.CampaignID, Command: campaign.Pause, Now: world.Now})
			return err
		},
	} {
		t.Run("do not call the subject of "+name+" unknown", func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, nil)
			w.Read(t, 0, 1, 10_000)
			w.Release(t)
			runID := w.OpenRun(t)
			tx, err := dbtest.Connect(t, w.URL).Begin(t.Context())
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "SELECT FROM creators, campaign_budgets FOR UPDATE")
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()

			cutOff := try(ctx, w, runID)
			require.NoError(t, tx.Rollback(t.Context()))

			require.Error(t, cutOff)
			require.False(t, fault.Is(cutOff, fault.NotFound), cutOff)
			require.NoError(t, try(t.Context(), w, runID))
		})
	}
}
