package audit

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// CampaignExplanation explains what a campaign has spent and what is left in its escrow.
type CampaignExplanation struct {
	Campaign campaigns.Campaign
	// DisputedMinor is the part of the escrow that disputes over payments freeze.
	DisputedMinor int64
	// EscrowMinor is the balance in the ledger. EscrowEvents are the entries that it sums.
	EscrowMinor  int64
	EscrowEvents []AccountEvents

	Spent SpentSum
	// Creators and Clips are those on which most was spent. OtherCreators and OtherClips count
	// those that are not listed.
	Creators      []SpentOnCreator
	OtherCreators int64
	Clips         []SpentOnClip
	OtherClips    int64
	// Accruals are one page of the accruals, by creator, then in the order of earning.
	Accruals []ExplainedAccrual

	// SpentDifferenceMinor is what the campaign's row has as spent, less the sum of its accruals.
	// EscrowDifferenceMinor is what must be in escrow, less the balance.
	SpentDifferenceMinor  int64
	EscrowDifferenceMinor int64
	Checks                Checks
}

// SpentSum is what accruals cost a campaign. GrossMinor is CreatorMinor + FeeMinor +
// AffiliateMinor. ClawedBackMinor is the part of GrossMinor that returned to the escrow.
type SpentSum struct {
	Accruals        int64
	Clips           int64
	GrossMinor      int64
	CreatorMinor    int64
	FeeMinor        int64
	AffiliateMinor  int64
	ClawedBackMinor int64
}

// SpentMinor returns the gross amount less the clawbacks.
func (s SpentSum) SpentMinor() int64 { return s.GrossMinor - s.ClawedBackMinor }

// SpentOnCreator is what a campaign spent on one creator.
type SpentOnCreator struct {
	CreatorID string
	SpentSum
}

// SpentOnClip is what a campaign spent on one clip.
type SpentOnClip struct {
	ClipID          string
	Platform        clip.Platform
	CreatorID       string
	Accruals        int64
	CreditedViews   int64
	GrossMinor      int64
	ClawedBackMinor int64
}

// SpendingPlace returns the accrual's position in the list of a campaign, for Page.After.
func (a ExplainedAccrual) SpendingPlace() string {
	return fmt.Sprintf("%s/%d", a.CreatorID, a.CreatorGrossAfterMinor)
}

// ExplainCampaign explains a campaign's spending and computes it again from its accruals. The
// answer has one page of the accruals. It returns fault.NotFound "campaign_not_found" and
// fault.Conflict "archived".
func (s *Store) ExplainCampaign(ctx context.Context, id string, page db.Page) (CampaignExplanation, error) {
	var explained CampaignExplanation
	err := s.readExplanation(ctx, func(q *sqlc.Queries) error {
		row, err := q.ReadCampaign(ctx, id)
		if err != nil {
			return db.OrNotFound(err, "campaign")
		}
		if explained.Campaign, err = campaigns.FromRow(sqlc.ListCampaignPageRow(row)); err != nil {
			return err
		}
		if err := months.RequireCampaign(ctx, q, id); err != nil {
			return err
		}
		if err := explained.readEscrow(ctx, q); err != nil {
			return err
		}
		if err := explained.readSpending(ctx, q); err != nil {
			return err
		}
		return explained.readAccruals(ctx, q, page, s.CardHold)
	})
	return explained, db.Translate(err)
}

func (x *CampaignExplanation) readEscrow(ctx context.Context, q *sqlc.Queries) error {
	budget, err := q.GetBudget(ctx, x.Campaign.ID)
	if err != nil {
		return err
	}
	x.DisputedMinor = budget.DisputedMinor
	account := ledger.CampaignEscrow(x.Campaign.ID)
	rows, err := q.ListAccountEvents(ctx, []string{string(account)})
	if err != nil {
		return err
	}
	sumMinor, err := q.GetBalance(ctx, sqlc.GetBalanceParams{Code: string(account), Currency: string(x.Campaign.Terms.Currency)})
	if err != nil {
		return err
	}
	x.EscrowMinor = account.Balance(sumMinor)
	eventsMinor := int64(0)
	for _, row := range rows {
		events := AccountEvents{Kind: ledger.Kind(row.Kind), Entries: row.Entries, AmountMinor: account.Balance(row.AmountMinor)}
		x.EscrowEvents = append(x.EscrowEvents, events)
		eventsMinor += events.AmountMinor
		if events.Kind == ledger.KindEarningsClawedBack {
			x.Spent.ClawedBackMinor = events.AmountMinor
		}
	}
	leftMinor := x.Campaign.FundedMinor - x.Campaign.SpentMinor - x.Campaign.RefundedMinor
	x.EscrowDifferenceMinor = leftMinor - x.EscrowMinor
	x.Checks.add("escrow_agrees_with_the_ledger", x.EscrowDifferenceMinor == 0, "funded %d less spent %d less refunded %d, ledger %d",
		x.Campaign.FundedMinor, x.Campaign.SpentMinor, x.Campaign.RefundedMinor, x.EscrowMinor)
	x.Checks.add("escrow_events_sum_to_balance", eventsMinor == x.EscrowMinor, "events %d, balance %d", eventsMinor, x.EscrowMinor)
	x.Checks.add("frozen_money_is_in_escrow", x.DisputedMinor <= x.EscrowMinor, "frozen by disputes %d, in escrow %d", x.DisputedMinor, x.EscrowMinor)
	return nil
}

func (x *CampaignExplanation) readSpending(ctx context.Context, q *sqlc.Queries) error {
	sum, err := q.SumCampaignAccruals(ctx, x.Campaign.ID)
	if err != nil {
		return err
	}
	x.Spent.Accruals, x.Spent.Clips, x.Spent.GrossMinor = sum.Accruals, sum.Clips, sum.GrossMinor
	x.Spent.CreatorMinor, x.Spent.FeeMinor, x.Spent.AffiliateMinor = sum.CreatorMinor, sum.FeeMinor, sum.AffiliateMinor
	x.SpentDifferenceMinor = x.Campaign.SpentMinor - x.Spent.SpentMinor()
	x.Checks.add("accruals_sum_to_spent", x.SpentDifferenceMinor == 0, "accruals %d less clawed back %d, spent %d", x.Spent.GrossMinor, x.Spent.ClawedBackMinor, x.Campaign.SpentMinor)
	accruedMinor := int64(0)
	for _, events := range x.EscrowEvents {
		if events.Kind == ledger.KindEarningsAccrued {
			accruedMinor = -events.AmountMinor
		}
	}
	x.Checks.add("accruals_are_posted", accruedMinor == sum.GrossMinor, "accruals %d, out of escrow in the journal %d", sum.GrossMinor, accruedMinor)
	x.Checks.addCounted("splits_follow_terms", sum.SplitBroken, sum.Accruals)
	x.Checks.addCounted("running_totals_chain", sum.ChainBroken, sum.Accruals)
	x.Checks.addCounted("amounts_follow_from_views", sum.FormulaBroken, sum.Accruals)

	creators, err := q.ListCampaignCreators(ctx, sqlc.ListCampaignCreatorsParams{CampaignID: x.Campaign.ID, Batch: clipsListed})
	if err != nil {
		return err
	}
	for _, row := range creators {
		x.Creators = append(x.Creators, SpentOnCreator{CreatorID: row.CreatorID, SpentSum: SpentSum{
			Accruals: row.Accruals, Clips: row.Clips, GrossMinor: row.GrossMinor, CreatorMinor: row.CreatorMinor, FeeMinor: row.FeeMinor,
			AffiliateMinor: row.AffiliateMinor, ClawedBackMinor: row.ClawedBackMinor,
		}})
	}
	clips, err := q.ListCampaignClips(ctx, sqlc.ListCampaignClipsParams{CampaignID: x.Campaign.ID, Batch: clipsListed})
	if err != nil {
		return err
	}
	for _, row := range clips {
		x.Clips = append(x.Clips, SpentOnClip{
			ClipID: row.ClipID, Platform: clip.Platform(row.Platform), CreatorID: row.CreatorID, Accruals: row.Accruals,
			CreditedViews: row.CreditedViews, GrossMinor: row.GrossMinor, ClawedBackMinor: row.ClawedBackMinor,
		})
	}
	x.OtherCreators, x.OtherClips = sum.Creators-int64(len(creators)), sum.Clips-int64(len(clips))
	return nil
}

func (x *CampaignExplanation) readAccruals(ctx context.Context, q *sqlc.Queries, page db.Page, cards earnings.CardHold) error {
	if page.Size == 0 {
		return nil
	}
	after := sqlc.ListCampaignAccrualsParams{CampaignID: x.Campaign.ID, AfterCreator: names.NilID, AfterGrossMinor: math.MinInt64, PageSize: page.Size}
	if page.After != "" {
		creatorID, gross, _ := strings.Cut(page.After, "/")
		grossMinor, err := strconv.ParseInt(gross, 10, 64)
		if err != nil {
			return malformedPlace(err)
		}
		after.AfterCreator, after.AfterGrossMinor = creatorID, grossMinor
	}
	rows, err := q.ListCampaignAccruals(ctx, after)
	if err != nil {
		return err
	}
	entryIDs := make([]string, len(rows))
	for i, row := range rows {
		entryIDs[i] = row.EntryID
	}
	accruals, err := listExplainedAccruals(ctx, q, entryIDs, "", cards)
	if err != nil {
		return err
	}
	for _, id := range entryIDs {
		if accrual, found := accruals[id]; found {
			x.Accruals = append(x.Accruals, accrual)
		}
	}
	return nil
}
