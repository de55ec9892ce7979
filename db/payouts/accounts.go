package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Account is the last known state of a creator's connected account.
type Account struct {
	rail.AccountState
	UpdatedAt time.Time
}

// GetAccount returns the last known state of a connected account, or fault.NotFound
// "payout_account_not_found".
func (s *Store) GetAccount(ctx context.Context, account string) (Account, error) {
	return readAccount(ctx, s.db.Queries, account)
}

func readAccount(ctx context.Context, q *sqlc.Queries, account string) (Account, error) {
	row, err := q.ReadPayoutAccount(ctx, account)
	if err != nil {
		return Account{}, db.OrNotFound(err, "payout_account")
	}
	return Account{UpdatedAt: row.UpdatedAt, AccountState: rail.AccountState{
		Account: row.Account, Connected: row.Connected, TransfersActive: row.TransfersActive, PayoutsEnabled: row.PayoutsEnabled,
		Disabled: row.Disabled, DisabledReason: row.DisabledReason, PayoutInterval: row.PayoutInterval,
		CurrentlyDue: row.CurrentlyDue, PastDue: row.PastDue, PendingVerification: row.PendingVerification,
	}}, nil
}

// RecordAccount stores what the rail showed of an account, and how far its creator is verified by it.
// It reports whether the account may show something new. It stores nothing for an account that no
// creator has, of which it cannot say.
func (s *Store) RecordAccount(ctx context.Context, state rail.AccountState) (changed bool, err error) {
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		changed = true
		owners, err := q.FindCreatorOfAccount(ctx, state.Account)
		if err != nil || len(owners) == 0 {
			return err
		}
		before, err := readAccount(ctx, q, state.Account)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		changed = err != nil || !before.Equal(state)
		return recordAccount(ctx, q, owners[0], state)
	})
	return changed, err
}

func recordAccount(ctx context.Context, q *sqlc.Queries, creatorID string, state rail.AccountState) error {
	err := q.UpsertPayoutAccount(ctx, sqlc.UpsertPayoutAccountParams{
		Account: state.Account, CreatorID: creatorID, Country: state.Country, Connected: state.Connected, TransfersActive: state.TransfersActive,
		PayoutsEnabled: state.PayoutsEnabled, Disabled: state.Disabled, DisabledReason: state.DisabledReason, PayoutInterval: state.PayoutInterval,
		CurrentlyDue: orEmpty(state.CurrentlyDue), PastDue: orEmpty(state.PastDue), PendingVerification: orEmpty(state.PendingVerification),
	})
	if err != nil {
		return err
	}
	return q.UpdateCreatorVerification(ctx, sqlc.UpdateCreatorVerificationParams{ID: creatorID, Verification: string(state.Verification())})
}

// orEmpty makes a list that is stored as empty and not as unknown.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// ListAccounts lists connected accounts in use, after one of them.
func (s *Store) ListAccounts(ctx context.Context, after string, limit int) ([]string, error) {
	accounts, err := s.db.Queries.ListPayoutAccountNames(ctx, sqlc.ListPayoutAccountNamesParams{After: after, Batch: int32(limit)})
	return accounts, db.Translate(err)
}

// Connection is the first connected account of a creator.
type Connection struct {
	ChangeID  string
	CreatorID string
	State     rail.AccountState
	Actor     string
	Reason    string
	Now       time.Time
}

// ConnectAccount gives a creator the first connected account. Payouts that wait for one take it.
// The same account again only stores its state. It returns fault.NotFound "creator_not_found", and
// fault.Conflict "account_exists" or "stripe_account_taken".
func (s *Store) ConnectAccount(ctx context.Context, connect Connection) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		creator, err := q.LockCreator(ctx, connect.CreatorID)
		if err != nil {
			return db.OrNotFound(err, "creator")
		}
		switch creator.PayoutAccount {
		case connect.State.Account:
			return recordAccount(ctx, q, connect.CreatorID, connect.State)
		case "":
		default:
			return fault.New(fault.Conflict, "account_exists", "the creator has another account already: replace it")
		}
		err = q.InsertAccountChange(ctx, sqlc.InsertAccountChangeParams{
			ID: connect.ChangeID, CreatorID: connect.CreatorID, ToAccount: connect.State.Account, Country: connect.State.Country, ProposedBy: connect.Actor, Reason: connect.Reason, ProposedAt: connect.Now,
		})
		if err != nil {
			return err
		}
		moved, err := moveToAccount(ctx, q, connect.CreatorID, "", connect.State.Account, connect.ChangeID, connect.Now)
		if err != nil {
			return err
		}
		if !moved {
			return fault.New(fault.Conflict, "stripe_account_taken", "another creator is paid through this Stripe account")
		}
		return recordAccount(ctx, q, connect.CreatorID, connect.State)
	})
}

// moveToAccount gives a creator another account, with the payouts that have sent nothing. It
// reports false if another creator has the account. The caller holds the creator's lock.
func moveToAccount(ctx context.Context, q *sqlc.Queries, creatorID, from, to, changeID string, now time.Time) (bool, error) {
	moved, err := q.UpdateCreatorAccount(ctx, sqlc.UpdateCreatorAccountParams{ID: creatorID, Before: from, Account: to})
	if err != nil || moved == 0 {
		return false, err
	}
	if _, err := q.UpdateOpenPayoutAccounts(ctx, sqlc.UpdateOpenPayoutAccountsParams{CreatorID: creatorID, Account: to}); err != nil {
		return false, err
	}
	return true, q.InsertAccountApplication(ctx, sqlc.InsertAccountApplicationParams{ChangeID: changeID, AppliedAt: now})
}
