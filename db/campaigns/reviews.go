package campaigns

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// Money for clips in review, in the order of their submission, those of unproven channels last. While a campaign is live, this is what their approval
// would cost: its exposure. When it ends, the money is kept, so that a later approval can still pay what it would have paid
// then. The rest is refunded at once. db/earnings credits out of what is kept.

// keepForReviews keeps the money of clips in review when their campaign ends: what their approval would pay now, within
// the budget. Counts that nothing has confirmed have what is left then, because a reviewer can still confirm them. Clips that a person has rejected count as long as their creator can appeal. What a dispute freezes counts as there, because it may be
// won; what it holds back of final readings comes first. The caller has locked the budget guard, and nothing was kept before.
func keepForReviews(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, now time.Time) error {
	appealable := now.Add(-clip.AppealWindow)
	reviews, err := q.ListReviews(ctx, sqlc.ListReviewsParams{CampaignID: budget.CampaignID, DecidedAfter: &appealable})
	if err != nil || len(reviews) == 0 {
		return err
	}
	withheld, err := q.ListWithheldStanding(ctx, budget.CampaignID)
	if err != nil {
		return err
	}
	terms, err := termsIn(ctx, q, budget.CampaignID)
	if err != nil {
		return err
	}
	claims := newClaims(terms, budget.FundedMinor-budget.SpentMinor-budget.RefundedMinor)
	for _, each := range withheld {
		if _, err := claims.add(sqlc.ListReviewsRow(each)); err != nil {
			return err
		}
	}
	parts, err := claims.divide(reviews)
	if err != nil {
		return err
	}
	rows := sqlc.InsertKeptReviewsParams{CampaignID: budget.CampaignID, KeptAt: now}
	keptMinor := int64(0)
	for i, each := range reviews {
		releaseAfter := time.Unix(0, 0).UTC()
		if !each.InReview {
			if parts[i].claimedMinor == 0 {
				continue
			}
			releaseAfter = each.DecidedAt.Add(clip.AppealWindow)
		}
		rows.ClipIds, rows.SubmittedAts = append(rows.ClipIds, each.ID), append(rows.SubmittedAts, each.SubmittedAt)
		rows.WantedMinor, rows.ClaimedMinor = append(rows.WantedMinor, parts[i].wantedMinor), append(rows.ClaimedMinor, parts[i].claimedMinor)
		rows.KeptMinor, rows.ReleaseAfters = append(rows.KeptMinor, parts[i].keptMinor), append(rows.ReleaseAfters, releaseAfter)
		keptMinor += parts[i].keptMinor
	}
	if err := q.InsertKeptReviews(ctx, rows); err != nil {
		return err
	}
	return q.UpdateKeptBudget(ctx, sqlc.UpdateKeptBudgetParams{CampaignID: budget.CampaignID, ChangeMinor: keptMinor})
}

// claims adds up what clips would be credited one after the other, under every cap and within an amount.
type claims struct {
	terms        campaign.Terms
	leftMinor    int64
	creatorMinor map[string]int64 // what the clips before have claimed, by creator
}

func newClaims(terms campaign.Terms, leftMinor int64) *claims {
	return &claims{terms: terms, leftMinor: leftMinor, creatorMinor: map[string]int64{}}
}

// add returns what the next clip would be credited.
func (c *claims) add(row sqlc.ListReviewsRow) (int64, error) {
	accrual, err := earnings.Accrue(c.terms, earnings.Progress{
		CreditableViews: row.CreditableViews, CreditedViews: row.CreditedViews, ClipGrossMinor: row.ClipGrossMinor, ClipClawedBackMinor: row.ClipClawedBackMinor,
		CreatorGrossMinor: row.CreatorGrossMinor + c.creatorMinor[row.CreatorID], IsFinal: true, BudgetLeftMinor: c.leftMinor,
	})
	if err != nil {
		return 0, err
	}
	c.leftMinor -= accrual.GrossMinor
	c.creatorMinor[row.CreatorID] += accrual.GrossMinor
	return accrual.GrossMinor, nil
}

// part is what one clip has of the money that is kept: what its approval would pay out of an endless budget, the same if
// its unconfirmed count were true, and what is kept of that.
type part struct{ wantedMinor, claimedMinor, keptMinor int64 }

// divide divides what is left between clips in review. No unconfirmed count takes what the approval of a later clip
// would pay.
func (c *claims) divide(reviews []sqlc.ListReviewsRow) ([]part, error) {
	wanted, claimed := newClaims(c.terms, unlimitedMinor), newClaims(c.terms, unlimitedMinor)
	parts := make([]part, len(reviews))
	for i, each := range reviews {
		var err error
		if parts[i].keptMinor, err = c.add(each); err != nil {
			return nil, err
		}
		if parts[i].wantedMinor, err = wanted.add(each); err != nil {
			return nil, err
		}
		each.CreditableViews = each.ClaimedViews
		if parts[i].claimedMinor, err = claimed.add(each); err != nil {
			return nil, err
		}
		parts[i].wantedMinor = max(parts[i].wantedMinor, parts[i].keptMinor)
		parts[i].claimedMinor = max(parts[i].claimedMinor, parts[i].wantedMinor)
	}
	for i := range parts {
		moreMinor := min(c.leftMinor, parts[i].claimedMinor-parts[i].keptMinor)
		parts[i].keptMinor += moreMinor
		c.leftMinor -= moreMinor
	}
	return parts, nil
}

func termsIn(ctx context.Context, q *sqlc.Queries, campaignID string) (campaign.Terms, error) {
	var terms campaign.Terms
	stored, err := q.GetCampaignForDecision(ctx, campaignID)
	if err != nil {
		return terms, err
	}
	err = json.Unmarshal(stored.Terms, &terms)
	return withAmendments(terms, stored.BudgetMinor, stored.EndsAt), err
}

// unlimitedMinor is more than any budget.
const unlimitedMinor = int64(1) << 60

// cost is what approving clips would cost without the limit of the budget.
type cost struct {
	clips                 int
	allMinor, provenMinor int64 // provenMinor: of those that can be credited without a proof of their channel
}

func reviewCost(ctx context.Context, q *sqlc.Queries, campaignID string) (cost, error) {
	reviews, err := q.ListReviews(ctx, sqlc.ListReviewsParams{CampaignID: campaignID})
	if err != nil || len(reviews) == 0 {
		return cost{}, err
	}
	terms, err := termsIn(ctx, q, campaignID)
	if err != nil {
		return cost{}, err
	}
	all := cost{clips: len(reviews)}
	claims := newClaims(terms, unlimitedMinor)
	for _, each := range reviews {
		claimMinor, err := claims.add(each)
		if err != nil {
			return cost{}, err
		}
		all.allMinor += claimMinor
		if each.HoldsPost {
			all.provenMinor += claimMinor
		}
	}
	return all, nil
}

// reviewed returns what approving every clip in review would cost whose channel is proven. Anyone can submit the
// others, so they must not keep a brand from lowering its budget.
func (b *allocating) reviewed() (int64, error) {
	all, err := reviewCost(b.ctx, b.q, b.stored.ID)
	return all.provenMinor, err
}

// Exposure is what the clips in review of a campaign would cost, against what is left of its budget. Amounts are in
// minor units.
type Exposure struct {
	Currency      money.Currency
	ClipsInReview int
	// CostMinor is what approving all of them would cost today, by their last readings and without the limit of the
	// budget.
	CostMinor int64
	// LeftMinor is what is left of the budget, neither earned, refunded nor disputed. KeptMinor is the part of it that
	// is kept for reviews after the campaign's end.
	LeftMinor int64
	KeptMinor int64
}

// GetExposure returns what the clips in review of a campaign would cost, or fault.NotFound "campaign_not_found".
func (s *Store) GetExposure(ctx context.Context, campaignID string) (Exposure, error) {
	if _, err := s.Get(ctx, campaignID); err != nil {
		return Exposure{}, err
	}
	standing, err := campaignFacts(ctx, s.db.Queries, campaignID, 0)
	if err != nil {
		return Exposure{}, err
	}
	all, err := reviewCost(ctx, s.db.Queries, campaignID)
	facts := standing.Facts
	return Exposure{
		Currency: standing.Currency, ClipsInReview: all.clips, CostMinor: all.allMinor,
		LeftMinor: max(0, facts.EscrowMinor()-facts.DisputedMinor), KeptMinor: facts.KeptMinor,
	}, db.Translate(err)
}

// releaseMax is how many clips one call of ReleaseKept does.
const releaseMax = 500

// ReleaseKept releases the money that is kept for clips which can earn it no more: they have
// ended, or were rejected, and their creators have not appealed in time, or have lost. Clips that are not decided yet and
// had less than they want take it first, in the order of their submission. The rest is free again, and its amount is
// returned. It may be repeated.
func (s *Store) ReleaseKept(ctx context.Context, campaignID string, now time.Time) (releasedMinor int64, err error) {
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		releasedMinor = 0
		if _, err := q.LockCampaignBudget(ctx, campaignID); err != nil {
			return db.OrNotFound(err, "campaign")
		}
		due, err := q.ListReleasable(ctx, sqlc.ListReleasableParams{CampaignID: campaignID, Now: now, DecidedBefore: now.Add(-clip.AppealWindow), Batch: releaseMax})
		if err != nil || len(due) == 0 {
			return err
		}
		for _, each := range due {
			releasedMinor += each.KeptMinor
			if err := q.UpdateKept(ctx, sqlc.UpdateKeptParams{ClipID: each.ClipID}); err != nil {
				return err
			}
		}
		passedMinor, err := q.PassOnKept(ctx, sqlc.PassOnKeptParams{CampaignID: campaignID, AmountMinor: releasedMinor, Now: now})
		if err != nil {
			return err
		}
		releasedMinor -= passedMinor
		return q.UpdateKeptBudget(ctx, sqlc.UpdateKeptBudgetParams{CampaignID: campaignID, ChangeMinor: -releasedMinor})
	})
	return releasedMinor, err
}

// ListKeptUndecided returns at most limit ids of clips with kept money that are not decided or not credited yet, in order,
// after the id after, or from the start for "".
func (s *Store) ListKeptUndecided(ctx context.Context, campaignID, after string, limit int) ([]string, error) {
	after = cmp.Or(after, names.NilID)
	ids, err := s.db.Queries.ListKeptUndecided(ctx, sqlc.ListKeptUndecidedParams{CampaignID: campaignID, After: after, Batch: int32(limit)})
	return ids, db.Translate(err)
}
