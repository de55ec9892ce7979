package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/earnings"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// BookAdopted books one payout of an approved adoption, in one transaction. Package adoption says
// what. It refuses the payout if the processor's objects are no longer what was proposed. A repeated
// call returns the first result. It returns fault.NotFound "adoption_not_found", fault.Conflict
// "adoption_not_approved", and fault.Internal "transfer_not_read" if the processor was not read.
func (s *Store) BookAdopted(ctx context.Context, book adoption.Booking) (adoption.Result, error) {
	items, err := s.db.Queries.LockAdoptionItem(ctx, sqlc.LockAdoptionItemParams{AdoptionID: book.AdoptionID, PayoutID: book.PayoutID})
	if err != nil {
		return adoption.Result{}, db.Translate(err)
	}
	if len(items) == 0 {
		return adoption.Result{}, fault.New(fault.NotFound, "adoption_not_found", "no adoption has this payout")
	}
	shape := ledger.Payout{CreatorID: items[0].CreatorID, AmountMinor: 1}
	shapes := append(conversionShapes(items[0].CreatorID), ledger.PayoutAdvanced(shape), ledger.PayoutReserved(shape), ledger.TransferSettled(shape, 1))
	if err := s.journal.OpenAccounts(ctx, shapes...); err != nil {
		return adoption.Result{}, err
	}
	var result adoption.Result
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		a := adopting{store: s, q: q, book: book}
		if err := a.lock(ctx, items[0].CreatorID); err != nil {
			return err
		}
		result, err = a.run(ctx)
		return err
	})
	return result, err
}

// adopting is the transaction that books one payout of an adoption.
type adopting struct {
	store *Store
	q     *sqlc.Queries
	book  adoption.Booking
	item  adoption.Item
	found adoption.Found
}

func (a *adopting) lock(ctx context.Context, creatorID string) error {
	if _, err := a.q.LockCreator(ctx, creatorID); err != nil {
		return err
	}
	proposed, err := a.q.LockAdoption(ctx, a.book.AdoptionID)
	if err != nil {
		return err
	}
	if adoption.Status(proposed.Status) != adoption.Approved {
		return fault.New(fault.Conflict, "adoption_not_approved", "the adoption is %s: another person has to approve it first", proposed.Status)
	}
	items, err := a.q.LockAdoptionItem(ctx, sqlc.LockAdoptionItemParams{AdoptionID: a.book.AdoptionID, PayoutID: a.book.PayoutID})
	if err != nil {
		return err
	}
	a.item = newAdoptionItem(items[0])
	return nil
}

func (a *adopting) run(ctx context.Context) (adoption.Result, error) {
	switch a.item.Outcome {
	case adoption.Refused, adoption.Left:
		return adoption.Result{Outcome: a.item.Outcome, Refusal: a.item.Refusal}, nil
	case adoption.Booked, adoption.Adopted:
		row, err := a.q.GetPayoutForUpdate(ctx, a.item.PayoutID)
		return adoption.Result{Outcome: a.item.Outcome, RunID: row.RunID, AdvancedMinor: a.item.AdvancedMinor}, err
	}
	obstacle, err := a.check(ctx)
	if err != nil {
		return adoption.Result{}, err
	}
	if obstacle != adoption.NoObstacle {
		return a.refuse(ctx, obstacle)
	}
	payable, err := earnings.LoadPayable(ctx, a.q, a.item.CreatorID, a.item.Currency)
	if err != nil {
		return adoption.Result{}, err
	}
	advancedMinor := max(0, a.item.AmountMinor-payable.TotalMinor())
	if advancedMinor > 0 && a.found.CampaignID == "" {
		return a.refuse(ctx, adoption.CampaignUnknown)
	}
	if err := a.advance(ctx, advancedMinor); err != nil {
		return adoption.Result{}, err
	}
	runID, err := a.reserve(ctx)
	if err != nil {
		return adoption.Result{}, err
	}
	if err := a.recordAttempts(ctx); err != nil {
		return adoption.Result{}, err
	}
	return adoption.Result{Outcome: adoption.Booked, RunID: runID, AdvancedMinor: advancedMinor}, a.settle(ctx, adoption.Booked, adoption.NoObstacle, advancedMinor)
}

func (a *adopting) refuse(ctx context.Context, obstacle adoption.Obstacle) (adoption.Result, error) {
	return adoption.Result{Outcome: adoption.Refused, Refusal: obstacle}, a.settle(ctx, adoption.Refused, obstacle, 0)
}

func (a *adopting) settle(ctx context.Context, outcome adoption.Outcome, refusal adoption.Obstacle, advancedMinor int64) error {
	return a.q.UpdateAdoptionItem(ctx, sqlc.UpdateAdoptionItemParams{
		AdoptionID: a.book.AdoptionID, PayoutID: a.item.PayoutID, Outcome: string(outcome), Refusal: db.Optional(string(refusal)), AdvancedMinor: advancedMinor,
	})
}

// check compares the proposal with what was just read from the processor.
func (a *adopting) check(ctx context.Context) (adoption.Obstacle, error) {
	if existing, err := a.q.FindPayout(ctx, a.item.PayoutID); err != nil || len(existing) > 0 {
		return adoption.PayoutExists, err
	}
	rows, err := a.q.GetProcessorObject(ctx, sqlc.GetProcessorObjectParams{ObjectType: string(reconcile.Transfer), ObjectID: a.item.TransferID})
	if err != nil {
		return adoption.NoObstacle, err
	}
	// The database stores microseconds.
	if len(rows) == 0 || rows[0].LastSeenAt.Before(a.book.ReadAt.Truncate(time.Microsecond)) {
		return adoption.NoObstacle, fault.New(fault.Internal, "transfer_not_read", "transfer %s was not read before its adoption", a.item.TransferID)
	}
	row := rows[0]
	now := reconcile.Object{
		Type: reconcile.Transfer, ID: row.ObjectID, Account: row.Account, AmountMinor: row.AmountMinor, Currency: money.Currency(row.Currency),
		Status: row.Status, ReversedMinor: row.ReversedMinor, PayoutID: row.PayoutID, Generation: int(row.Generation), CreatedAt: row.CreatedAt,
	}
	if obstacle := a.item.Same(now); obstacle != adoption.NoObstacle {
		return obstacle, nil
	}
	found, err := listFound(ctx, a.q, sqlc.ListUnbookedTransfersParams{PayoutID: &a.item.PayoutID, Batch: AdoptableMax})
	if err != nil {
		return adoption.NoObstacle, err
	}
	for _, each := range found {
		if each.Transfer.ID == a.item.TransferID {
			a.found = each
		}
	}
	if a.found.CreatorID != a.item.CreatorID {
		return adoption.CreatorUnknown, nil
	}
	return a.found.Check(), nil
}

// advance makes available what the creator lacks for the payout, as a hold that is released at once.
func (a *adopting) advance(ctx context.Context, amountMinor int64) error {
	if amountMinor == 0 {
		return nil
	}
	posted, err := a.store.journal.PostIn(ctx, a.q, ledger.PayoutAdvanced(a.booking(amountMinor)))
	if err != nil {
		return err
	}
	holds := sqlc.InsertHoldsParams{CampaignID: a.found.CampaignID, Currency: string(a.item.Currency)}
	earnings.AddHold(&holds, earnings.Hold{EntryID: posted[0].EntryID, CreatorID: a.item.CreatorID, AmountMinor: amountMinor, AvailableAt: a.book.Now}, posted[0].EntryID)
	return a.q.InsertHolds(ctx, holds)
}

func (a *adopting) booking(amountMinor int64) ledger.Payout {
	return ledger.Payout{PayoutID: a.item.PayoutID, CreatorID: a.item.CreatorID, Currency: a.item.Currency, AmountMinor: amountMinor, At: a.book.Now}
}

// startedByAdoption is who has started a run that only the payment processor still knows.
const startedByAdoption = "adoption"

// openRun returns the run of the payout, which it stores if the books do not have it.
func (a *adopting) openRun(ctx context.Context) (id string, err error) {
	if a.item.RunNumber == adoption.OwnRun {
		id = names.AdoptedRunID(a.item.PayoutID)
		return id, a.q.InsertAdoptedOwnRun(ctx, sqlc.InsertAdoptedOwnRunParams{
			ID: id, Period: a.item.Period, StartedBy: startedByAdoption, StartedAt: a.item.TransferredAt, Now: a.book.Now,
		})
	}
	err = a.q.InsertAdoptedRun(ctx, sqlc.InsertAdoptedRunParams{
		ID: names.PayoutRunID(a.item.Period, a.item.RunNumber), Period: a.item.Period, Number: int32(a.item.RunNumber),
		StartedBy: startedByAdoption, StartedAt: a.item.TransferredAt, Now: a.book.Now,
	})
	if err != nil {
		return "", err
	}
	runs, err := a.q.FindPayoutRun(ctx, sqlc.FindPayoutRunParams{Period: a.item.Period, Number: int32(a.item.RunNumber)})
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", fault.New(fault.Internal, "run_not_stored", "the run of an adopted payout was not stored")
	}
	return runs[0].ID, nil
}

// reserve stores the payout with its lines in its run, and returns the run.
func (a *adopting) reserve(ctx context.Context) (runID string, err error) {
	runID, err = a.openRun(ctx)
	if err != nil {
		return "", err
	}
	lines, err := a.q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: a.item.CreatorID, Currency: string(a.item.Currency)})
	if err != nil {
		return "", err
	}
	frozen, payableMinor := takeLines(a.item, lines)
	request := payout.ReservationRequest{CreatorID: a.item.CreatorID, Currency: a.item.Currency}
	if err := requireAvailable(ctx, a.q, request, payableMinor); err != nil {
		return "", err
	}
	err = a.q.InsertAdoptedPayout(ctx, sqlc.InsertAdoptedPayoutParams{
		ID: a.item.PayoutID, RunID: runID, CreatorID: a.item.CreatorID, Currency: string(a.item.Currency),
		AmountMinor: a.item.AmountMinor, PayoutAccount: a.item.Account, AdoptedAt: a.book.Now,
	})
	if err != nil {
		return "", err
	}
	if err := a.q.InsertPayoutLines(ctx, frozen); err != nil {
		return "", err
	}
	if err := a.q.CountAdoptedPayout(ctx, runID); err != nil {
		return "", err
	}
	_, err = a.store.journal.PostIn(ctx, a.q, ledger.PayoutReserved(a.booking(a.item.AmountMinor)))
	return runID, err
}

// takeLines makes lines that sum to the amount of the payout, from the first campaigns. What a line
// leaves can be paid later.
func takeLines(item adoption.Item, payable []sqlc.ListPayableLinesRow) (frozen sqlc.InsertPayoutLinesParams, payableMinor int64) {
	frozen.PayoutID = item.PayoutID
	missingMinor := item.AmountMinor
	for _, line := range payable {
		payableMinor += line.AmountMinor
		takenMinor := min(missingMinor, line.AmountMinor)
		if takenMinor == 0 {
			continue
		}
		missingMinor -= takenMinor
		frozen.CampaignIds = append(frozen.CampaignIds, line.CampaignID)
		frozen.AmountsMinor = append(frozen.AmountsMinor, takenMinor)
		frozen.LeftsMinor = append(frozen.LeftsMinor, line.AmountMinor-takenMinor)
	}
	return frozen, payableMinor
}
