package payouts

import (
	"context"
	"strings"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// ProposeAdoption freezes the adoptable transfers as a proposal, once. It returns the faults of
// adoption.Proposal.Validate, fault.Conflict "nothing_to_adopt", and fault.Conflict
// "adoption_exists" if the id belongs to another proposal.
func (s *Store) ProposeAdoption(ctx context.Context, propose adoption.Proposal) (adoption.Adoption, error) {
	if err := propose.Validate(); err != nil {
		return adoption.Adoption{}, err
	}
	var stored adoption.Adoption
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		inserted, err := q.InsertAdoption(ctx, sqlc.InsertAdoptionParams{ID: propose.ID, ProposedBy: propose.ProposedBy, ProposedAt: propose.Now, Reason: propose.Reason})
		if err == nil && inserted == 1 {
			err = insertItems(ctx, q, propose.ID)
		}
		if err != nil {
			return err
		}
		if stored, err = readAdoption(ctx, q, propose.ID); err != nil {
			return err
		}
		if stored.ProposedBy != propose.ProposedBy || stored.Reason != propose.Reason {
			return fault.New(fault.Conflict, "adoption_exists", "another adoption has this id")
		}
		return nil
	})
	return stored, err
}

func insertItems(ctx context.Context, q *sqlc.Queries, adoptionID string) error {
	plans, err := listPlans(ctx, q)
	if err != nil {
		return err
	}
	insert := sqlc.InsertAdoptionItemsParams{AdoptionID: adoptionID}
	for _, plan := range plans {
		if plan.Obstacle != adoption.NoObstacle {
			continue
		}
		item := plan.Item()
		insert.PayoutIds = append(insert.PayoutIds, item.PayoutID)
		insert.TransferIds = append(insert.TransferIds, item.TransferID)
		insert.Generations = append(insert.Generations, int32(item.Generation))
		insert.Accounts = append(insert.Accounts, item.Account)
		insert.CreatorIds = append(insert.CreatorIds, item.CreatorID)
		insert.Periods = append(insert.Periods, item.Period)
		insert.RunNumbers = append(insert.RunNumbers, int32(item.RunNumber))
		insert.Currencies = append(insert.Currencies, string(item.Currency))
		insert.AmountsMinor = append(insert.AmountsMinor, item.AmountMinor)
		insert.TransferredAts = append(insert.TransferredAts, item.TransferredAt)
	}
	if len(insert.PayoutIds) == 0 {
		return fault.New(fault.Conflict, "nothing_to_adopt", "no transfer can be adopted: %d have an obstacle, see the preview", len(plans))
	}
	return q.InsertAdoptionItems(ctx, insert)
}

// DecideAdoption approves or rejects a proposal. Repeating a decision returns the decided adoption.
// It returns fault.NotFound "adoption_not_found", fault.Invalid "actor_missing", fault.Denied
// "same_person" for the proposer, and fault.Conflict "adoption_decided" for the opposite decision.
func (s *Store) DecideAdoption(ctx context.Context, decide adoption.Decision) (adoption.Adoption, error) {
	if strings.TrimSpace(decide.Actor) == "" {
		return adoption.Adoption{}, fault.Field("actor", "actor_missing", "give the person who decides")
	}
	var decided adoption.Adoption
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.LockAdoption(ctx, decide.ID)
		if err != nil {
			return db.OrNotFound(err, "adoption")
		}
		if access.SamePerson(row.ProposedBy, decide.Actor) {
			return fault.New(fault.Denied, "same_person", "the person who proposed an adoption cannot decide it: ask another person")
		}
		if adoption.Status(row.Status) == adoption.Proposed {
			row.Status = string(decide.Status())
			err := q.UpdateAdoptionDecided(ctx, sqlc.UpdateAdoptionDecidedParams{
				ID: decide.ID, Status: row.Status, DecidedBy: &decide.Actor, DecidedAt: &decide.Now, DecisionReason: db.Optional(decide.Reason),
			})
			if err != nil {
				return err
			}
		}
		if row.Status != string(decide.Status()) {
			return fault.New(fault.Conflict, "adoption_decided", "the adoption is %s already, and a decision is final", row.Status)
		}
		decided, err = readAdoption(ctx, q, decide.ID)
		return err
	})
	return decided, err
}

// GetAdoption returns one adoption, or fault.NotFound "adoption_not_found".
func (s *Store) GetAdoption(ctx context.Context, id string) (adoption.Adoption, error) {
	var found adoption.Adoption
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		var err error
		found, err = readAdoption(ctx, q, id)
		return err
	})
	return found, err
}

func readAdoption(ctx context.Context, q *sqlc.Queries, id string) (adoption.Adoption, error) {
	rows, err := q.FindAdoption(ctx, id)
	if err != nil {
		return adoption.Adoption{}, err
	}
	if len(rows) == 0 {
		return adoption.Adoption{}, fault.New(fault.NotFound, "adoption_not_found", "no such adoption")
	}
	row := rows[0]
	found := adoption.Adoption{
		ID: row.ID, Status: adoption.Status(row.Status), ProposedBy: row.ProposedBy, ProposedAt: row.ProposedAt, Reason: row.Reason,
		DecidedBy: db.Text(row.DecidedBy), DecidedAt: row.DecidedAt, DecisionReason: db.Text(row.DecisionReason), Sums: []money.Amount{},
	}
	counts, err := q.ListAdoptionCounts(ctx, id)
	for _, count := range counts {
		addCount(&found, count)
	}
	return found, err
}

func addCount(found *adoption.Adoption, count sqlc.ListAdoptionCountsRow) {
	found.Payouts += count.Payouts
	found.Failed += count.Failed
	switch adoption.Outcome(count.Outcome) {
	case adoption.Waiting:
		found.Waiting += count.Payouts
	case adoption.Booked:
		found.Booked += count.Payouts
	case adoption.Adopted:
		found.Adopted += count.Payouts
	case adoption.Refused:
		found.Refused += count.Payouts
	case adoption.Left:
		found.Left += count.Payouts
	}
	last := len(found.Sums) - 1
	if last < 0 || found.Sums[last].Currency != money.Currency(count.Currency) {
		found.Sums, last = append(found.Sums, money.Amount{Currency: money.Currency(count.Currency)}), last+1
	}
	found.Sums[last].Minor += count.AmountMinor
}
