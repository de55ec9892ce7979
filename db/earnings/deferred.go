package earnings

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// CreditDeferred credits what pacing has deferred of a tracked clip that gets no final reading: it
// records the clip's last reading again as the final one, so that what a dispute has held back of it is credited
// later. It credits in the same way what was not credited because the channel was not proven. Otherwise it does nothing
// for a campaign without pacing and disputes, for a clip without a reading, and after a
// final reading. So it may be repeated. The count is not judged again, but one that a reviewer has confirmed
// counts. In the interim it credits only such a count, by a reading that is not final.
//
// Of a clip in review it makes the last reading the final one. Of one that was approved after that, it credits what
// that reading has not credited because of the review. It returns the faults of RecordReading.
func (s *Store) CreditDeferred(ctx context.Context, clipID string, reviewed views.Reviewed, now time.Time) (earnings.Credit, error) {
	rows, err := s.db.Queries.FindLastReading(ctx, clipID)
	if err != nil || len(rows) == 0 {
		return earnings.Credit{}, db.Translate(err)
	}
	last := rows[0]
	var terms campaign.Terms
	if err := json.Unmarshal(last.Terms, &terms); err != nil {
		return earnings.Credit{}, err
	}
	confirms := reviewed.Views > 0 && (last.ClaimedViews > 0 || reviewed.Claim.Open())
	if !confirms && (reviewed.Interim || !isUncredited(last, terms)) {
		return earnings.Credit{}, nil
	}
	return s.RecordReading(ctx, views.Observation{
		CampaignID: last.CampaignID, ClipID: clipID, Poll: int(last.Poll) + 1, Provider: last.Provider, AttemptID: last.AttemptID,
		Reading: views.Reading{Views: last.Views, Likes: last.Likes, Comments: last.Comments, Shares: last.Shares, ObservedAt: last.ObservedAt},
		IsFinal: !reviewed.Interim, Repeats: true, ReviewedViews: reviewed.Views, ReviewedClaim: reviewed.Claim, Now: now,
	})
}

// isUncredited reports whether the last reading of a clip may not have credited all that a final one would.
func isUncredited(last sqlc.FindLastReadingRow, terms campaign.Terms) bool {
	limit := earnings.Limit(last.LimitedBy)
	switch {
	case last.InReview:
		return !last.IsFinal
	case limit == earnings.Review, limit == earnings.ChannelUnproven:
		return true
	case last.IsFinal:
		return false
	}
	return terms.Paces() || limit == earnings.Dispute || last.WasKept
}

// withheldMax is how many clips one call of CreditWithheld credits.
const withheldMax = 500

// CreditWithheld credits what a dispute has held back, as far as budget is free by now: it records the final
// readings that the dispute has limited once more, of some clips. It credits nothing twice, so it may be repeated. It returns the faults of
// RecordReading.
func (s *Store) CreditWithheld(ctx context.Context, campaignID string, now time.Time) (grossMinor int64, err error) {
	withheld, err := s.db.Queries.ListWithheldReadings(ctx, sqlc.ListWithheldReadingsParams{CampaignID: campaignID, Batch: withheldMax})
	if err != nil {
		return 0, db.Translate(err)
	}
	for _, last := range withheld {
		credited, err := s.RecordReading(ctx, views.Observation{
			CampaignID: campaignID, ClipID: last.ClipID, Poll: int(last.Poll) + 1, Provider: last.Provider, AttemptID: last.AttemptID,
			Reading: views.Reading{Views: last.Views, Likes: last.Likes, Comments: last.Comments, Shares: last.Shares, ObservedAt: last.ObservedAt},
			IsFinal: true, Repeats: true, Now: now,
		})
		if err != nil {
			return grossMinor, err
		}
		grossMinor += credited.GrossMinor
	}
	return grossMinor, nil
}
