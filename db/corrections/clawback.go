package corrections

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	rules "github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// clawBack claws back a clip's accruals, newest first, with one entry per accrual. The gross
// covers our loss of the campaign first and returns to its budget after that.
//
// Each entry leaves the fee and the commission of the clip at the floors of its net gross. So a
// part can be a minor unit more or less than the accrual gave.
//
// Each beneficiary returns an amount from the hold of the accrual, if the hold is not released.
// What the hold does not have comes from what can be paid, from the accrual's campaign first, and
// the beneficiary owes the rest.
//
// A hold that is clawed back counts as released and deducted by the clawback's entry. If only a
// part is clawed back, the rest becomes a hold of that entry with the same due date. So pending
// remains the sum of open holds, and available the sum of released holds less deductions and
// payouts. A minor unit that the creator receives is a hold of the clawback's entry, too.
//
// The lock of the budget guard excludes accruals and other clawbacks of the campaign. The locks
// of the beneficiaries exclude releases and reservations.
func (s *Store) clawBack(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, proposed correction.Correction, now time.Time) (outcome, error) {
	c := &clawback{proposed: proposed, now: now}
	if err := c.load(ctx, q); err != nil {
		return outcome{}, err
	}
	if err := c.decide(); err != nil {
		return outcome{}, err
	}
	posted, err := s.journal.PostIn(ctx, q, c.entries...)
	if err != nil {
		return outcome{}, err
	}
	done := outcome{correctedMinor: c.grossMinor}
	for _, entry := range posted {
		done.entryIDs = append(done.entryIDs, entry.EntryID)
	}
	if err := c.write(ctx, q, done.entryIDs); err != nil {
		return outcome{}, err
	}
	if err := q.CountClawback(ctx, proposed.CampaignID); err != nil {
		return outcome{}, err
	}
	lossMinor, err := campaigns.ChangeFunds(ctx, q, budget, campaigns.FundsChange{SpentMinor: -c.grossMinor})
	if err != nil {
		return outcome{}, err
	}
	return done, s.campaigns.BookLoss(ctx, q, budget, done.entryIDs[0], lossMinor, now)
}

// clawback is decided in memory and written with one statement per table.
type clawback struct {
	proposed correction.Correction
	now      time.Time

	terms    campaign.Terms
	netMinor int64 // what the clip has earned less clawbacks, also those of the entries so far
	accruals []sqlc.ListClawableRow
	holds    map[holdKey]sqlc.ListHoldsOfRow
	payable  map[string]*earnings.Payable // by beneficiary

	grossMinor int64
	entries    []ledger.Entry
	endedHolds []ofEntry[holdKey]
	newHolds   []ofEntry[earnings.Hold] // for the rest of holds that ended
	deductions []ofEntry[deduction]
}

type holdKey struct{ entryID, creatorID string }

type deduction struct {
	creatorID string
	lines     []payout.Line
}

// ofEntry is a row of an entry that has no id yet: entry is its index.
type ofEntry[T any] struct {
	entry int
	row   T
}

func (c *clawback) load(ctx context.Context, q *sqlc.Queries) error {
	row, err := q.GetCampaignForDecision(ctx, c.proposed.CampaignID)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(row.Terms, &c.terms); err != nil {
		return err
	}
	if c.netMinor, err = q.GetClipNetMinor(ctx, c.proposed.ClipID); err != nil {
		return err
	}
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
	remainingMinor := c.proposed.AmountMinor
	for _, accrual := range c.accruals {
		takenMinor := accrual.GrossMinor
		if c.proposed.AmountMinor > 0 {
			takenMinor = min(takenMinor, remainingMinor)
		}
		if takenMinor == 0 {
			return nil
		}
		if err := c.takeBack(accrual, takenMinor); err != nil {
			return err
		}
		remainingMinor -= takenMinor
	}
	return nil
}

func (c *clawback) takeBack(accrual sqlc.ListClawableRow, grossMinor int64) error {
	taken, err := rules.TakeBack(c.terms, c.netMinor, grossMinor, accrual.AffiliateID != nil)
	if err != nil {
		return err
	}
	c.netMinor -= grossMinor
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

// takeFrom returns from which balances a beneficiary's part is taken, and records the rows for
// the next entry. An amount below zero is given to the beneficiary.
func (c *clawback) takeFrom(creatorID, accrualEntryID string, amountMinor int64) ledger.TakenBack {
	taken := ledger.TakenBack{CreatorID: creatorID}
	key := holdKey{accrualEntryID, creatorID}
	hold, isHeld := c.holds[key]
	isOpen := isHeld && hold.ReleaseEntryID == nil
	switch {
	case amountMinor == 0:
		return taken
	case amountMinor < 0:
		taken.PendingMinor = amountMinor
		c.giveBack(creatorID, -amountMinor, hold.AvailableAt)
		return taken
	}
	deducted := earnings.Released{}
	if isOpen {
		taken.PendingMinor = min(amountMinor, hold.AmountMinor)
		c.endHold(key, hold, taken.PendingMinor)
		deducted.Add(c.proposed.CampaignID, hold.AmountMinor)
	}
	lines := c.payable[creatorID].Take(c.proposed.CampaignID, amountMinor-taken.PendingMinor)
	for _, line := range lines {
		deducted.Add(line.CampaignID, line.AmountMinor)
	}
	taken.AvailableMinor = payout.SumMinor(lines)
	taken.ReceivableMinor = amountMinor - taken.PendingMinor - taken.AvailableMinor
	c.deductions = append(c.deductions, ofEntry[deduction]{len(c.entries), deduction{creatorID, deducted.Lines}})
	return taken
}

// endHold ends a hold with the next entry. The caller deducts the whole hold, and what is not
// taken becomes a new hold.
func (c *clawback) endHold(key holdKey, hold sqlc.ListHoldsOfRow, takenMinor int64) {
	entry := len(c.entries)
	c.endedHolds = append(c.endedHolds, ofEntry[holdKey]{entry, key})
	if restMinor := hold.AmountMinor - takenMinor; restMinor > 0 {
		c.newHolds = append(c.newHolds, ofEntry[earnings.Hold]{entry, earnings.Hold{CreatorID: key.creatorID, AmountMinor: restMinor, AvailableAt: hold.AvailableAt}})
	}
}

// giveBack holds what the next entry gives to a creator, until the accrual's own hold is due. An
// accrual without a hold of the creator makes it due at once.
func (c *clawback) giveBack(creatorID string, amountMinor int64, availableAt time.Time) {
	if availableAt.IsZero() {
		availableAt = c.now
	}
	c.newHolds = append(c.newHolds, ofEntry[earnings.Hold]{len(c.entries), earnings.Hold{CreatorID: creatorID, AmountMinor: amountMinor, AvailableAt: availableAt}})
}

func (c *clawback) write(ctx context.Context, q *sqlc.Queries, entryIDs []string) error {
	update := sqlc.UpdateHoldsReleasedParams{}
	for _, each := range c.endedHolds {
		update.EntryIds = append(update.EntryIds, each.row.entryID)
		update.CreatorIds = append(update.CreatorIds, each.row.creatorID)
		update.ReleaseEntryIds = append(update.ReleaseEntryIds, entryIDs[each.entry])
	}
	if err := q.UpdateHoldsReleased(ctx, update); err != nil {
		return err
	}
	holds := sqlc.InsertHoldsParams{CampaignID: c.proposed.CampaignID, Currency: string(c.proposed.Currency)}
	for _, each := range c.newHolds {
		each.row.EntryID = entryIDs[each.entry]
		earnings.AddHold(&holds, each.row, names.NilID)
	}
	if err := q.InsertHolds(ctx, holds); err != nil {
		return err
	}
	deductions := sqlc.InsertEarningDeductionsParams{}
	for _, each := range c.deductions {
		earnings.Deduct(&deductions, entryIDs[each.entry], each.row.creatorID, c.proposed.Currency, each.row.lines...)
	}
	return q.InsertEarningDeductions(ctx, deductions)
}
