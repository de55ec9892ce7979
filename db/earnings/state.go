package earnings

import (
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// creditState is what a campaign's clips and creators have been credited with so far. It is
// current as long as the budget row's counts of readings, clawbacks, reviews and ownerships do not change. A worker
// that commits many batches in a row therefore reads each clip once.
type creditState struct {
	readings          int64 // the count after the last commit; -1 before the first
	clawbacks         int64
	reviews           int64
	ownerships        int64
	clips             map[string]*clipState
	creatorGrossMinor map[string]int64
}

type clipState struct {
	creatorID    string
	affiliateID  string // empty without one
	post         clip.Ref
	lastPoll     int
	counter      views.State
	trustedViews int64
	claim        views.Claim
	// countedUntil is when the newest reading was made, or when the post was published; zero if not known.
	countedUntil  time.Time
	creditedViews int64
	grossMinor    int64
	// clawedBackMinor is the part of grossMinor that was clawed back.
	clawedBackMinor int64
	// inReview: readings of the clip are recorded and credit nothing.
	inReview bool
	// wasKept: the clip was in review when the campaign ended. keptMinor is what is left of the money that was kept for
	// it then, and keptBeforeMinor what is kept for clips that were submitted earlier.
	wasKept         bool
	keptMinor       int64
	keptBeforeMinor int64
	// holdsPost: the clip's channel is proven, and no other clip has the post.
	holdsPost bool
	// last is the reading that was recorded last, without the post. It is nil before the first.
	last *lastReading
}

// lastReading is what the row of a refused reading takes over.
type lastReading struct {
	counts    views.Reading
	isFinal   bool
	limitedBy earnings.Limit
}

// withheld reports that the clip has had its final reading, and a dispute has limited what it credited.
func (c *clipState) withheld() bool {
	return c.last != nil && c.last.isFinal && c.last.limitedBy == earnings.Dispute
}

// accepted is what the readings of the clip so far amount to.
func (c *clipState) accepted() views.Accepted {
	accepted := views.Accepted{Counter: c.counter, TrustedViews: c.trustedViews, Claim: c.claim, CreditedViews: c.creditedViews}
	if c.last != nil {
		accepted.Previous = &c.last.counts
	}
	return accepted
}

// clipStatesMax bounds the memory of one campaign's state.
const clipStatesMax = 100_000

func newCreditState() *creditState {
	state := &creditState{}
	state.reset()
	return state
}

func (s *creditState) reset() {
	s.readings, s.clawbacks, s.reviews, s.ownerships, s.clips, s.creatorGrossMinor = -1, -1, -1, -1, map[string]*clipState{}, map[string]int64{}
}

// isOutdated reports whether another process has recorded readings since the last commit, a
// person has clawed earnings back, or a clip has come into review or left it, or has gained or lost its post.
func (s *creditState) isOutdated(budget sqlc.CampaignBudget) bool {
	return (s.readings != budget.Readings || s.clawbacks != budget.Clawbacks || s.reviews != budget.Reviews || s.ownerships != budget.Ownerships) && len(s.clips) > 0
}

// unknownClips returns the clips of pending readings whose state has to be read.
func (s *creditState) unknownClips(pending []*pendingReading) []string {
	if len(s.clips) > clipStatesMax {
		s.reset()
	}
	var ids []string
	for _, each := range pending {
		if _, ok := s.clips[each.reading.ClipID]; !ok {
			ids = append(ids, each.reading.ClipID)
		}
	}
	return ids
}

// add takes in rows that were read. It skips clips of other campaigns, so their readings are
// refused.
func (s *creditState) add(campaignID string, rows []sqlc.ListClipProgressRow) {
	for _, row := range rows {
		if row.CampaignID != campaignID {
			continue
		}
		state := &clipState{
			creatorID: row.CreatorID, affiliateID: db.Text(row.AffiliateID), lastPoll: int(row.LastPoll),
			post:          clip.Ref{Platform: clip.Platform(row.Platform), ExternalID: row.ExternalID},
			counter:       views.State{HighWaterViews: row.HighWaterViews, ExcludedViews: row.ExcludedViews},
			countedUntil:  row.CountedUntil,
			trustedViews:  row.TrustedViews,
			claim:         views.Claim{Views: row.ClaimedViews, Provider: row.ClaimedBy, ExcludedViews: row.ClaimedExcludedViews},
			creditedViews: row.CreditedViews, grossMinor: row.ClipGrossMinor, clawedBackMinor: row.ClipClawedBackMinor,
			holdsPost: row.HoldsPost,
			inReview:  row.InReview,
			wasKept:   row.WasKept, keptMinor: row.KeptMinor, keptBeforeMinor: row.KeptBeforeMinor,
		}
		if row.LastPoll >= 0 {
			state.last = &lastReading{
				counts:  views.Reading{Views: row.Views, Likes: row.Likes, Comments: row.Comments, Shares: row.Shares, ObservedAt: row.ObservedAt},
				isFinal: row.IsFinal, limitedBy: earnings.Limit(row.LimitedBy),
			}
		}
		s.clips[row.ID] = state
		s.creatorGrossMinor[row.CreatorID] = row.CreatorGrossMinor
	}
}
