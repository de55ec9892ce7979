package corrections

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/correction"
	rules "github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// clawBack takes a clip's accruals back, newest first, one entry an accrual, and gives the
// gross to the campaign's budget again, after it has made good what we lost for it.
//
// Each beneficiary gives back from the hold of the accrual, if it is not released; otherwise
// from what may be paid, the accrual's campaign before others; and owes what is missing. A
// hold that is taken back counts as released by the clawback's entry and deducted by it at
// once; if only a part of the accrual is taken, the rest is a hold of the clawback's entry,
// due when the first one was. So pending stays the sum of open holds, and available stays
// the sum of released holds less deductions and payouts.
//
// The guard's lock keeps accruals and other clawbacks of the campaign away, the locks of the
// beneficiaries keep away releases and reservations.
func (s *Store) clawBack(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, proposed correction.Correction, now time.Time) (corrected, error) {
	c := &clawback{proposed: proposed, now: now}
	if err := c.load(ctx, q); err != nil {
		return corrected{}, err
	}
	if err := c.decide(); err != nil {
		return corrected{}, err
	}
	posted, err := s.journal.PostIn(ctx, q, c.entries...)
	if err != nil {
		return corrected{}, err
	}
	done := corrected{minor: c.grossMinor}
	for _, entry := range posted {
		done.entryIDs = append(done.entryIDs, entry.EntryID)
	}
	if err := c.write(ctx, q, done.entryIDs); err != nil {
		return corrected{}, err
	}
	lossMinor, err := campaigns.ChangeFunds(ctx, q, budget, campaigns.FundsChange{SpentMinor: -c.grossMinor})
	if err != nil {
		return corrected{}, err
	}
	return done, s.campaigns.BookLoss(ctx, q, budget, done.entryIDs[0], lossMinor, now)
}

// clawback is decided in memory and written with one statement a table.
type clawback struct {
	proposed correction.Correction
	now      time.Time

	accruals []sqlc.ListClawableRow
	holds    map[holdKey]sqlc.ListHoldsOfRow
	payable  map[string]*earnings.Payable // by beneficiary

	grossMinor int64
	entries    []ledger.Entry
	closed     []placed[holdKey]       // holds that an entry ends
	left       []placed[earnings.Hold] // what of a hold stays one
	deducted   []placed[deduction]
}

type holdKey struct{ entryID, creatorID string }

type deduction struct {
	creatorID string
	lines     []payout.Line
}

// placed belongs to an entry whose id is not known yet.
type placed[T any] struct {
	entry int
	what  T
}

func (c *clawback) load(ctx context.Context, q *sqlc.Queries) error {
	var err error
	if c.accruals, err = q.ListClawable(ctx, c.proposed.ClipID); err != nil {
		return err
	}
	var entryIDs, creatorIDs []string
	clawableMinor := int64(0)
	for _, accrual := range c.accruals {
		entryIDs = append(entryIDs, accrual.EntryID)
		creatorIDs = append(creatorIDs, accrual.CreatorID)
		if accrual.AffiliateID != nil {
			creatorIDs = append(creatorIDs, *accrual.AffiliateID)
		}
		clawableMinor += accrual.GrossMinor
	}
	if err := checkClawable(clawableMinor, c.proposed.AmountMinor); err != nil {
		return err
	}
	slices.Sort(creatorIDs)
	creatorIDs = slices.Compact(creatorIDs)
	if _, err := q.LockCreators(ctx, creatorIDs); err != nil {
		return err
	}
	c.payable = make(map[string]*earnings.Payable, len(creatorIDs))
	for _, creatorID := range creatorIDs {
		if c.payable[creatorID], err = earnings.LoadPayable(ctx, q, creatorID, c.proposed.Currency); err != nil {
			return err
		}
	}
	return c.loadHolds(ctx, q, entryIDs)
}

func (c *clawback) loadHolds(ctx context.Context, q *sqlc.Queries, entryIDs []string) error {
	rows, err := q.ListHoldsOf(ctx, entryIDs)
	c.holds = make(map[holdKey]sqlc.ListHoldsOfRow, len(rows))
	for _, row := range rows {
		c.holds[holdKey{row.EntryID, row.CreatorID}] = row
	}
	return err
}

func (c *clawback) decide() error {
	leftMinor := c.proposed.AmountMinor
	for _, accrual := range c.accruals {
		takenMinor := accrual.GrossMinor
		if c.proposed.AmountMinor > 0 {
			takenMinor = min(takenMinor, leftMinor)
		}
		if takenMinor == 0 {
			return nil
		}
		if err := c.takeBack(accrual, takenMinor); err != nil {
			return err
		}
		leftMinor -= takenMinor
	}
	return nil
}

func (c *clawback) takeBack(accrual sqlc.ListClawableRow, grossMinor int64) error {
	taken, err := rules.TakeBack(rules.Split{
		CreatorMinor: accrual.CreatorMinor, FeeMinor: accrual.FeeMinor, AffiliateMinor: accrual.AffiliateMinor,
	}, grossMinor)
	if err != nil {
		return err
	}
	entry := ledger.Clawback{
		AccrualEntryID: accrual.EntryID, AccrualReference: c.proposed.ClipID + "/" + strconv.Itoa(int(accrual.Poll)),
		CampaignID: c.proposed.CampaignID, Currency: c.proposed.Currency, FeeMinor: taken.FeeMinor, At: c.now,
		Creator: c.takeFrom(accrual.CreatorID, accrual.EntryID, taken.CreatorMinor),
	}
	if accrual.AffiliateID != nil {
		entry.Affiliate = c.takeFrom(*accrual.AffiliateID, accrual.EntryID, taken.AffiliateMinor)
	}
	c.entries = append(c.entries, ledger.EarningsClawedBack(entry))
	c.grossMinor += grossMinor
	return nil
}

// takeFrom finds a beneficiary's part where it is, for the entry that comes next.
func (c *clawback) takeFrom(creatorID, accrualEntryID string, amountMinor int64) ledger.TakenBack {
	taken := ledger.TakenBack{CreatorID: creatorID}
	if amountMinor == 0 {
		return taken
	}
	key := holdKey{accrualEntryID, creatorID}
	if hold := c.holds[key]; hold.ReleaseEntryID == nil {
		taken.PendingMinor = amountMinor
		c.endHold(key, hold, amountMinor)
		return taken
	}
	lines := c.payable[creatorID].Take(c.proposed.CampaignID, amountMinor)
	taken.AvailableMinor = payout.SumMinor(lines)
	taken.ReceivableMinor = amountMinor - taken.AvailableMinor
	c.deducted = append(c.deducted, placed[deduction]{len(c.entries), deduction{creatorID, lines}})
	return taken
}

func (c *clawback) endHold(key holdKey, hold sqlc.ListHoldsOfRow, takenMinor int64) {
	entry := len(c.entries)
	c.closed = append(c.closed, placed[holdKey]{entry, key})
	whole := []payout.Line{{CampaignID: c.proposed.CampaignID, AmountMinor: hold.AmountMinor}}
	c.deducted = append(c.deducted, placed[deduction]{entry, deduction{key.creatorID, whole}})
	if restMinor := hold.AmountMinor - takenMinor; restMinor > 0 {
		c.left = append(c.left, placed[earnings.Hold]{entry, earnings.Hold{CreatorID: key.creatorID, AmountMinor: restMinor, AvailableAt: hold.AvailableAt}})
	}
}

func (c *clawback) write(ctx context.Context, q *sqlc.Queries, entryIDs []string) error {
	update := sqlc.UpdateHoldsReleasedParams{}
	for _, each := range c.closed {
		update.EntryIds = append(update.EntryIds, each.what.entryID)
		update.CreatorIds = append(update.CreatorIds, each.what.creatorID)
		update.ReleaseEntryIds = append(update.ReleaseEntryIds, entryIDs[each.entry])
	}
	if err := q.UpdateHoldsReleased(ctx, update); err != nil {
		return err
	}
	holds := sqlc.InsertHoldsParams{CampaignID: c.proposed.CampaignID, Currency: string(c.proposed.Currency)}
	for _, each := range c.left {
		each.what.EntryID = entryIDs[each.entry]
		earnings.AddHold(&holds, each.what, names.NilID)
	}
	if err := q.InsertHolds(ctx, holds); err != nil {
		return err
	}
	deductions := sqlc.InsertEarningDeductionsParams{}
	for _, each := range c.deducted {
		earnings.Deduct(&deductions, entryIDs[each.entry], each.what.creatorID, c.proposed.Currency, each.what.lines...)
	}
	return q.InsertEarningDeductions(ctx, deductions)
}
