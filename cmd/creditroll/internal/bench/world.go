package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	budgetMinor  = 1_000_000_000_000
	viewsPerPoll = 1000
	likesPerPoll = 50
	// commentsPerPoll, like the likes, are those of a usual clip, which gives no signals.
	commentsPerPoll = 5
	clipsACreator   = 5
	provider        = "bench"
)

// world is one live campaign with a budget that the benchmark cannot exhaust.
type world struct {
	campaignID string
	attemptID  string
	now        time.Time
	creators   []string
	clips      []*benchClip
	// grossMinor is the sum of the earnings that callers received as results.
	grossMinor atomic.Int64
	accruals   atomic.Int64
}

// benchClip is polled by one caller only, so its counter needs no lock.
type benchClip struct {
	id, creatorID string
	polls         int
}

// newWorld sets up a campaign with clips. It writes them through asynchronous, which is faster,
// because the setup is not measured.
func newWorld(ctx context.Context, asynchronous *books.Books, clipCount int) (*world, error) {
	w := &world{attemptID: uuid.NewString(), now: time.Now().UTC().Truncate(time.Microsecond)}
	var err error
	if w.campaignID, err = live.Campaign(ctx, asynchronous, live.Options{Name: "Benchmark", Terms: w.terms(), Now: w.now}); err != nil {
		return nil, err
	}
	err = asynchronous.Clips.RecordAttempt(ctx, views.Attempt{ID: w.attemptID, Provider: provider, Platform: clip.TikTok, Clips: 1, Outcome: "ok", StartedAt: w.now})
	if err != nil {
		return nil, err
	}
	for i := range clipCount {
		if i%clipsACreator == 0 {
			creatorID, err := live.Creator(ctx, asynchronous)
			if err != nil {
				return nil, err
			}
			w.creators = append(w.creators, creatorID)
		}
		submission := clip.Submission{CampaignID: w.campaignID, CampaignCreatedAt: w.now, CreatorID: w.creators[len(w.creators)-1], Ref: clip.Ref{ExternalID: uuid.NewString()}}
		each := &benchClip{id: submission.ID(), creatorID: submission.CreatorID}
		w.clips = append(w.clips, each)
	}
	return w, nil
}

func (w *world) terms() campaign.Terms {
	return campaign.Terms{
		Currency: "USD", BudgetMinor: budgetMinor, RateMinorPerThousand: 100, FeeBasisPoints: 1000, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: w.now.Add(-24 * time.Hour), EndsAt: w.now.Add(24 * time.Hour), Hold: duration.Text(time.Hour), TrackingWindow: duration.Text(time.Hour), AutoApproveClips: true,
	}
}

// insertClips writes the clips down for callers that record readings without a workflow.
func (w *world) insertClips(ctx context.Context, store *books.Books) error {
	for _, each := range w.clips {
		_, err := store.Clips.Create(ctx, clip.NewClip{
			ID: each.id, CampaignID: w.campaignID, CreatorID: each.creatorID, Platform: clip.TikTok, ExternalID: each.id, URL: "https://example.test/" + each.id,
		})
		if err == nil {
			err = live.Own(ctx, store, each.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record credits the next reading of a clip.
func (w *world) record(ctx context.Context, store *books.Books, each *benchClip) (int, error) {
	each.polls++
	recorded, err := store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: w.campaignID, ClipID: each.id, Poll: each.polls, Provider: provider, AttemptID: w.attemptID,
		Reading: views.Reading{
			Platform: clip.TikTok, ExternalID: each.id, ObservedAt: w.now,
			Views: int64(each.polls) * viewsPerPoll, Likes: int64(each.polls) * likesPerPoll, Comments: int64(each.polls) * commentsPerPoll,
		},
		Others: true, Now: w.now,
	})
	if err != nil {
		return 0, err
	}
	w.grossMinor.Add(recorded.GrossMinor)
	w.accruals.Add(1)
	return 1, nil
}

// verify verifies the books, and compares them with the results that callers received.
func (w *world) verify(ctx context.Context, store *books.Books) error {
	verified, err := store.Audit.Verify(ctx)
	if err != nil {
		return err
	}
	if findings := verified.Findings; len(findings) > 0 {
		return fmt.Errorf("verification found %d errors in the books, the first: %s", len(findings), findings[0])
	}
	standing, err := store.Campaigns.GetStanding(ctx, w.campaignID, 1)
	if err != nil {
		return err
	}
	if receivedMinor := w.grossMinor.Load(); standing.Facts.SpentMinor != receivedMinor {
		return fmt.Errorf("the campaign has spent %d, but callers received results for %d", standing.Facts.SpentMinor, receivedMinor)
	}
	return nil
}
