package audit

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutExplanation explains a payout: its lines, the accruals that each line sums, the
// readings that earned them, and the journal entries that moved the money.
type PayoutExplanation struct {
	Payout   payouts.Payout
	Attempts []payouts.Attempt
	// Conversions are what the transfers became, if that was another currency.
	Conversions []payouts.Conversion
	Lines       []ExplainedLine
	// Items are one page of the items that the lines sum.
	Items   []ReleasedItem
	Entries []ExplainedEntry
	// DifferenceMinor is the amount of the payout less the sum of its items.
	DifferenceMinor int64
	Checks          Checks
}

// ExplainedLine is a campaign's part of a payout.
type ExplainedLine struct {
	payout.Line
	Terms campaign.Terms
	ReleasedSum
	// Clips are those with the highest earnings. OtherClips and OtherMinor are the number and
	// the sum of those that are not listed.
	Clips      []ReleasedClip
	OtherClips int
	OtherMinor int64
	// DifferenceMinor is the amount of the line less the sum of its items.
	DifferenceMinor int64
}

// clipsListed limits the clips and the creators that an explanation lists.
const clipsListed = 100

// ExplainPayout explains a payout and computes it again from its items. The answer has one page
// of the items. A payout that returned its money is explained by the items that it had. It
// returns fault.NotFound "payout_not_found". It returns fault.Conflict "archived" if the
// explanation needs rows that are archived.
func (s *Store) ExplainPayout(ctx context.Context, id string, page db.Page) (PayoutExplanation, error) {
	var explained PayoutExplanation
	err := s.readExplanation(ctx, func(q *sqlc.Queries) error {
		detail, err := payouts.Read(ctx, q, id)
		if err != nil {
			return err
		}
		explained = PayoutExplanation{Payout: detail.Payout, Attempts: detail.Attempts, Conversions: detail.Conversions}
		if explained.Entries, err = listPayoutEntries(ctx, q, id); err != nil {
			return err
		}
		if err := explained.recompute(ctx, q, detail.Lines, page); err != nil {
			return err
		}
		if _, broken := explained.Checks.Broken(); broken {
			return months.RequireCreator(ctx, q, detail.CreatorID)
		}
		return nil
	})
	return explained, db.Translate(err)
}

func (x *PayoutExplanation) recompute(ctx context.Context, q *sqlc.Queries, lines []payout.Line, page db.Page) error {
	attribution, err := attributionOf(ctx, q, x.Payout.CreatorID, x.Payout.Currency)
	if err != nil {
		return err
	}
	taken := releasedSpans{creatorID: x.Payout.CreatorID, currency: x.Payout.Currency}
	campaignIDs := make([]string, len(lines))
	for i, line := range lines {
		campaignIDs[i] = line.CampaignID
		taken.add(line.CampaignID, attribution.Taken(x.Payout.ID, line.CampaignID))
	}
	found, err := taken.sum(ctx, q)
	if err != nil {
		return err
	}
	terms, err := listTerms(ctx, q, campaignIDs)
	if err != nil {
		return err
	}
	for _, line := range lines {
		x.Lines = append(x.Lines, explainLine(line, terms[line.CampaignID], found))
	}
	x.DifferenceMinor = x.Payout.AmountMinor - found.total.TotalMinor()
	x.check(found)
	x.Items, err = taken.list(ctx, q, page)
	return err
}

func explainLine(line payout.Line, terms campaign.Terms, found releasedEarnings) ExplainedLine {
	sum, clips := found.sums[line.CampaignID], found.clips[line.CampaignID]
	explained := ExplainedLine{
		Line: line, Terms: terms, ReleasedSum: sum, Clips: clips[:min(len(clips), clipsListed)],
		DifferenceMinor: line.AmountMinor - sum.TotalMinor(),
	}
	for _, other := range clips[len(explained.Clips):] {
		explained.OtherClips++
		explained.OtherMinor += other.TotalMinor()
	}
	return explained
}

func (x *PayoutExplanation) check(found releasedEarnings) {
	linesMinor, agree := int64(0), true
	for _, line := range x.Lines {
		linesMinor += line.AmountMinor
		agree = agree && line.DifferenceMinor == 0
	}
	x.Checks.add("lines_sum_to_payout", linesMinor == x.Payout.AmountMinor, "lines %d, payout %d", linesMinor, x.Payout.AmountMinor)
	x.Checks.add("items_sum_to_lines", agree, "accruals %d less deductions %d, lines %d", found.total.EarnedMinor, found.total.DeductedMinor, linesMinor)
	found.check(&x.Checks)

	reservedMinor, balanced, settled := int64(0), true, map[ledger.Kind]int{}
	for _, entry := range x.Entries {
		balanced = balanced && entry.balances()
		settled[entry.Kind]++
		if entry.Kind == ledger.KindPayoutReserved {
			reservedMinor += entry.sumMinor(ledger.CreatorAvailable(x.Payout.CreatorID))
		}
	}
	x.Checks.add("reserved_in_the_ledger", reservedMinor == x.Payout.AmountMinor, "reserved %d, payout %d", reservedMinor, x.Payout.AmountMinor)
	x.Checks.add("entries_balance", balanced, "%d entries of the payout", len(x.Entries))
	applied := 0
	for _, attempt := range x.Attempts {
		if attempt.Phase == payout.Transfer && attempt.Outcome == payout.AttemptApplied {
			applied++
		}
	}
	posted := settled[ledger.KindTransferSettled] - settled[ledger.KindTransferReversed]
	x.Checks.add("transfers_are_posted", applied == posted, "%d applied at Stripe, %d in the journal", applied, posted)
}
