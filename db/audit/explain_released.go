package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// ReleasedSum is what was released to a creator and what was deducted from it.
type ReleasedSum struct {
	Accruals      int64
	Deductions    int64
	EarnedMinor   int64
	DeductedMinor int64
	// GrossMinor is what the campaign spent on the accruals: the creator's part, the fee
	// and the affiliate's part.
	GrossMinor int64
}

// TotalMinor returns what was earned less what was deducted.
func (s ReleasedSum) TotalMinor() int64 { return s.EarnedMinor - s.DeductedMinor }

func (s *ReleasedSum) add(other ReleasedSum) {
	s.Accruals += other.Accruals
	s.Deductions += other.Deductions
	s.EarnedMinor += other.EarnedMinor
	s.DeductedMinor += other.DeductedMinor
	s.GrossMinor += other.GrossMinor
}

// ReleasedClip is what was released for one clip. ClipID is empty for money that belongs to no
// clip, such as the recovery of a debt.
type ReleasedClip struct {
	ClipID   string
	Platform clip.Platform
	ReleasedSum
	CreditedViews int64
}

// ReleasedItem is one item of a creator's released earnings. It is an accrual, the rest of an
// accrual after a clawback, or an adjustment. A deduction has an amount below zero.
type ReleasedItem struct {
	CampaignID string
	// Seq is the number of the entry that released or deducted the item. Items are in the order
	// of Seq, then of EntryID.
	Seq         int64
	EntryID     string
	Kind        ledger.Kind
	AmountMinor int64
	At          time.Time
	// Accrual is the accrual that was earned or clawed back; nil if the item belongs to no clip.
	Accrual *ExplainedAccrual
}

// Place returns the item's position in the list, for Page.After.
func (i ReleasedItem) Place() string {
	return fmt.Sprintf("%s/%d/%s", i.CampaignID, i.Seq, i.EntryID)
}

// releasedSpans are spans of the journal in which earnings of one creator were released.
type releasedSpans struct {
	creatorID   string
	currency    money.Currency
	campaignIDs []string
	afterSeqs   []int64
	upToSeqs    []int64
}

func (r *releasedSpans) add(campaignID string, spans []payout.Span) {
	for _, span := range spans {
		r.campaignIDs = append(r.campaignIDs, campaignID)
		r.afterSeqs = append(r.afterSeqs, span.AfterSeq)
		r.upToSeqs = append(r.upToSeqs, span.UpToSeq)
	}
}

// releasedEarnings has the clips and the sum of each campaign. It also counts the accruals that
// violate each rule.
type releasedEarnings struct {
	clips map[string][]ReleasedClip // by campaign
	sums  map[string]ReleasedSum    // by campaign
	total ReleasedSum

	splitBroken, postingBroken, chainBroken, formulaBroken int64
}

func (r *releasedSpans) sum(ctx context.Context, q *sqlc.Queries) (releasedEarnings, error) {
	found := releasedEarnings{clips: map[string][]ReleasedClip{}, sums: map[string]ReleasedSum{}}
	rows, err := q.SumReleasedItems(ctx, sqlc.SumReleasedItemsParams{
		CreatorID: r.creatorID, Currency: string(r.currency), CampaignIds: r.campaignIDs, AfterSeqs: r.afterSeqs, UpToSeqs: r.upToSeqs,
	})
	if err != nil {
		return found, err
	}
	for _, row := range rows {
		part := ReleasedClip{ClipID: db.Text(row.ClipID), Platform: clip.Platform(db.Text(row.Platform)), CreditedViews: row.CreditedViews, ReleasedSum: ReleasedSum{
			Accruals: row.Accruals, Deductions: row.Deductions, EarnedMinor: row.EarnedMinor, DeductedMinor: row.DeductedMinor, GrossMinor: row.GrossMinor,
		}}
		sum := found.sums[row.CampaignID]
		sum.add(part.ReleasedSum)
		found.sums[row.CampaignID] = sum
		found.total.add(part.ReleasedSum)
		found.clips[row.CampaignID] = append(found.clips[row.CampaignID], part)
		found.splitBroken += row.SplitBroken
		found.postingBroken += row.PostingBroken
		found.chainBroken += row.ChainBroken
		found.formulaBroken += row.FormulaBroken
	}
	return found, nil
}

// check adds the rules that the query checked for each accrual:
//   - The gross amount is the creator's part + the fee + the affiliate's part, each by the terms.
//   - The journal credits the same amount.
//   - The accrual begins at the total at which the clip's accrual before it ended.
//   - The clip's total is its credited views at the rate, or less if a cap limits it.
func (e releasedEarnings) check(checks *Checks) {
	checks.addCounted("splits_follow_terms", e.splitBroken, e.total.Accruals)
	checks.addCounted("accruals_are_posted", e.postingBroken, e.total.Accruals)
	checks.addCounted("running_totals_chain", e.chainBroken, e.total.Accruals)
	checks.addCounted("amounts_follow_from_views", e.formulaBroken, e.total.Accruals)
}

// list returns one page of the items. It returns fault.Invalid "malformed_cursor" if
// page.After is not a position of an item.
func (r *releasedSpans) list(ctx context.Context, q *sqlc.Queries, page db.Page) ([]ReleasedItem, error) {
	if page.Size == 0 {
		return nil, nil
	}
	after := sqlc.ListReleasedItemsParams{AfterCampaign: names.NilID, AfterEntry: names.NilID}
	if page.After != "" {
		parts := strings.Split(page.After, "/")
		if len(parts) != 3 {
			return nil, malformedPlace(nil)
		}
		seq, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, malformedPlace(err)
		}
		after.AfterCampaign, after.AfterSeq, after.AfterEntry = parts[0], seq, parts[2]
	}
	after.CreatorID, after.Currency, after.PageSize = r.creatorID, string(r.currency), page.Size
	after.CampaignIds, after.AfterSeqs, after.UpToSeqs = r.campaignIDs, r.afterSeqs, r.upToSeqs
	rows, err := q.ListReleasedItems(ctx, after)
	if err != nil {
		return nil, err
	}
	entryIDs := make([]string, len(rows))
	for i, row := range rows {
		entryIDs[i] = row.AccrualID
	}
	accruals, err := listExplainedAccruals(ctx, q, entryIDs, r.creatorID, 0)
	if err != nil {
		return nil, err
	}
	items := make([]ReleasedItem, len(rows))
	for i, row := range rows {
		items[i] = ReleasedItem{
			CampaignID: row.CampaignID, Seq: row.Seq, EntryID: row.EntryID, Kind: ledger.Kind(row.Kind),
			AmountMinor: row.AmountMinor, At: row.EffectiveAt,
		}
		if accrual, ok := accruals[row.AccrualID]; ok {
			items[i].Accrual = &accrual
		}
	}
	return items, nil
}

func malformedPlace(cause error) error {
	return fault.Field("cursor", "malformed_cursor", "pass next_cursor of the page before, unchanged and in the same list").Because(cause)
}

// attributionOf finds which payouts took which released earnings of a creator.
func attributionOf(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency) (payout.Attribution, error) {
	rows, err := q.ListPayoutMovements(ctx, sqlc.ListPayoutMovementsParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return payout.Attribution{}, err
	}
	movements := make([]payout.Movement, len(rows))
	for i, row := range rows {
		movements[i] = payout.Movement{Seq: row.Seq, PayoutID: row.PayoutID, Campaigns: row.CampaignIds, GivesBack: row.GivesBack}
	}
	return payout.Attribute(movements), nil
}
