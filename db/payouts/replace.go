package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// FindAccountChange returns the latest proposal of another account that did not take effect.
func (s *Store) FindAccountChange(ctx context.Context, creatorID string) (payout.AccountChange, bool, error) {
	return findAccountChange(ctx, s.db.Queries, creatorID)
}

func findAccountChange(ctx context.Context, q *sqlc.Queries, creatorID string) (payout.AccountChange, bool, error) {
	rows, err := q.FindOpenAccountChange(ctx, creatorID)
	if err != nil || len(rows) == 0 {
		return payout.AccountChange{}, false, db.Translate(err)
	}
	row := rows[0]
	return payout.AccountChange{
		ID: row.ID, CreatorID: row.CreatorID, FromAccount: row.FromAccount, ToAccount: row.ToAccount, ProposedBy: row.ProposedBy,
		Reason: row.Reason, ProposedAt: row.ProposedAt, ApprovedBy: db.Text(row.ApprovedBy), ApprovedAt: row.ApprovedAt, EffectiveAt: row.EffectiveAt,
	}, true, nil
}

// ProposeAccount proposes another account for a creator who has one. It takes the place of an
// earlier proposal that did not take effect. It returns fault.NotFound "creator_not_found", and
// fault.Conflict "account_missing" or "account_unchanged".
func (s *Store) ProposeAccount(ctx context.Context, change payout.AccountChange) (payout.AccountChange, error) {
	var proposed payout.AccountChange
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		creator, err := q.LockCreator(ctx, change.CreatorID)
		if err != nil {
			return db.OrNotFound(err, "creator")
		}
		if creator.PayoutAccount == "" {
			return fault.New(fault.Conflict, "account_missing", "the creator has no account yet: create one instead of replacing it")
		}
		err = q.InsertAccountChange(ctx, sqlc.InsertAccountChangeParams{
			ID: change.ID, CreatorID: change.CreatorID, FromAccount: creator.PayoutAccount, ToAccount: change.ToAccount, Country: change.Country,
			ProposedBy: change.ProposedBy, Reason: change.Reason, ProposedAt: change.ProposedAt,
		})
		if err != nil {
			return err
		}
		if proposed, _, err = findAccountChange(ctx, q, change.CreatorID); err != nil {
			return err
		}
		return recordAccountAction(ctx, q, change.CreatorID, "propose_account", change.ProposedBy, change.Reason, change.ToAccount, change.ID)
	})
	return proposed, err
}

// ApproveAccount approves a proposal of another person. It returns fault.NotFound
// "account_change_not_found", fault.Conflict "account_differs" and "account_change_approved", and
// fault.Denied "same_person". An approval that is repeated by the same person changes nothing.
func (s *Store) ApproveAccount(ctx context.Context, approval payout.AccountApproval) (payout.AccountChange, error) {
	var approved payout.AccountChange
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCreator(ctx, approval.CreatorID); err != nil {
			return db.OrNotFound(err, "creator")
		}
		change, found, err := findAccountChange(ctx, q, approval.CreatorID)
		switch {
		case err != nil:
			return err
		case !found:
			return fault.New(fault.NotFound, "account_change_not_found", "no other account was proposed for this creator")
		case change.ToAccount != approval.Account:
			return fault.New(fault.Conflict, "account_differs", "another account was proposed for this creator: read the creator again")
		case change.ApprovedBy != "" && access.SamePerson(change.ApprovedBy, approval.ApprovedBy):
			approved = change
			return nil
		}
		err = q.InsertAccountApproval(ctx, sqlc.InsertAccountApprovalParams{
			ChangeID: change.ID, ApprovedBy: approval.ApprovedBy, Reason: approval.Reason, ApprovedAt: approval.Now, EffectiveAt: approval.Now.Add(approval.CoolingOff),
		})
		if err != nil {
			return err
		}
		if approved, _, err = findAccountChange(ctx, q, approval.CreatorID); err != nil {
			return err
		}
		return recordAccountAction(ctx, q, approval.CreatorID, "approve_account", approval.ApprovedBy, approval.Reason, approval.Account, change.ID)
	})
	return approved, err
}

func recordAccountAction(ctx context.Context, q *sqlc.Queries, creatorID, action, actor, reason, account, changeID string) error {
	subject := names.Creator(creatorID)
	return db.RecordAction(ctx, q, access.OperatorAction{
		ID: names.ActionID(subject, action+"/"+changeID), Subject: subject, Action: action, Actor: actor, Reason: reason, Evidence: account,
	})
}

// applyDueAccount makes an approved account the creator's, once its time has come. The payouts of
// the creator that have sent nothing take it. The caller holds the creator's lock.
func applyDueAccount(ctx context.Context, q *sqlc.Queries, creatorID string, now time.Time) error {
	change, found, err := findAccountChange(ctx, q, creatorID)
	if err != nil || !found || !change.IsDue(now) {
		return err
	}
	// An account that another creator has by now stays a proposal, which the creator shows.
	_, err = moveToAccount(ctx, q, creatorID, change.FromAccount, change.ToAccount, change.ID, now)
	return err
}
