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

// ReleasedSum is what was released to a creator, less what was deducted again.
type ReleasedSum struct {
	Accruals      int64
	Deductions    int64
	EarnedMinor   int64
	DeductedMinor int64
	// GrossMinor is what the campaign spent on the accruals: the creator's part, the fee
	// and the affiliate's part.
	GrossMinor int64
}

// TotalMinor is what is left.
func (s ReleasedSum) TotalMinor() int64 { return s.EarnedMinor - s.DeductedMinor }

func (s *ReleasedSum) add(other ReleasedSum) {
	s.Accruals += other.Accruals
	s.Deductions += other.Deductions
	s.EarnedMinor += other.EarnedMinor
	s.DeductedMinor += other.DeductedMinor
	s.GrossMinor += other.GrossMinor
}

// ReleasedClip is a clip's part. What came from no clip, such as the recovery of a debt, has
// no ClipID.
type ReleasedClip struct {
	ClipID   string
	Platform clip.Platform
	ReleasedSum
	CreditedViews int64
}

// ReleasedItem is one piece of a creator's released earnings: an accrual, what a clawback left
// of one, an adjustment; or a deduction, with an amount below zero.
type ReleasedItem struct {
	CampaignID string
	// Seq is the entry that released or deducted it; with EntryID it gives the order.
	Seq         int64
	EntryID     string
	Kind        ledger.Kind
	AmountMinor int64
	At          time.Time
	// Accrual is what was earned, or clawed back in whole or in part; nil for what came from
	// no clip.
	Accrual *ExplainedAccrual
}

// Place is the item's place in the list, for Page.After.
func (i ReleasedItem) Place() string {
	return fmt.Sprintf("%s/%d/%s", i.CampaignID, i.Seq, i.EntryID)
}

// released are spans of the journal in which one creator's earnings were released.
type released struct {
	creatorID   string
	currency    money.Currency
	campaignIDs []string
	afterSeqs   []int64
	upToSeqs    []int64
}

func (r *released) add(campaignID string, spans []payout.Span) {
	for _, span := range spans {
		r.campaignIDs = append(r.campaignIDs, campaignID)
		r.afterSeqs = append(r.afterSeqs, span.AfterSeq)
		r.upToSeqs = append(r.upToSeqs, span.UpToSeq)
	}
}

// releasedByCampaign has every clip of each campaign, and how many accruals break a rule.
type releasedByCampaign struct {
	clips                               map[string][]ReleasedClip
	sums                                map[string]ReleasedSum
	whole                               ReleasedSum
	unsplit, unposted, unchained, wrong int64
}

func (r *released) sum(ctx context.Context, q *sqlc.Queries) (releasedByCampaign, error) {
	found := releasedByCampaign{clips: map[string][]ReleasedClip{}, sums: map[string]ReleasedSum{}}
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
		found.whole.add(part.ReleasedSum)
		found.clips[row.CampaignID] = append(found.clips[row.CampaignID], part)
		found.unsplit += row.SplitBroken
		found.unposted += row.PostingBroken
		found.unchained += row.ChainBroken
		found.wrong += row.FormulaBroken
	}
	return found, nil
}

// check adds what the query has recomputed: that gross = creator + fee + affiliate, each by the
// terms; that the journal credits the same amount; that each accrual begins where the one of
// the clip before it ended; and that the clip's total is its credited views at the rate, or
// below where a cap limits it.
func (f releasedByCampaign) check(checks *Checks) {
	checks.addCounted("splits_follow_terms", f.unsplit, f.whole.Accruals)
	checks.addCounted("accruals_are_posted", f.unposted, f.whole.Accruals)
	checks.addCounted("running_totals_chain", f.unchained, f.whole.Accruals)
	checks.addCounted("amounts_follow_from_views", f.wrong, f.whole.Accruals)
}

// list returns a page of the single items. It returns fault.Invalid "malformed_cursor" for a
// place that no item can have.
func (r *released) list(ctx context.Context, q *sqlc.Queries, page db.Page) ([]ReleasedItem, error) {
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
	accruals, err := listExplainedAccruals(ctx, q, entryIDs, r.creatorID)
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

// attributionOf replays which payouts took a creator's released earnings.
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
