package clips

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Creator is a person who posts clips and is paid. Handle is personal data: workflows and the
// ledger have only the id.
type Creator struct {
	ID     string
	Handle string
	// PayoutAccount is empty until the creator has a connected account.
	PayoutAccount string
	// Verification says how far the payment rail has verified the creator.
	Verification rail.Verification
	// PayoutsFrozenAt is set while a person holds the creator's payouts.
	PayoutsFrozenAt     *time.Time
	PayoutsFrozenBy     string
	PayoutsFrozenReason string
	CreatedAt           time.Time
}

// NewCreator is the input of CreateCreator.
type NewCreator struct {
	ID            string
	Handle        string
	PayoutAccount string
}

// CreateCreator stores a creator, or returns the one that an earlier identical call stored. It
// returns fault.Conflict "handle_taken", "stripe_account_taken" or "creator_exists".
func (s *Store) CreateCreator(ctx context.Context, create NewCreator) (Creator, error) {
	var creator Creator
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.InsertCreator(ctx, sqlc.InsertCreatorParams(create)); err != nil {
			return err
		}
		row, err := q.ReadCreator(ctx, create.ID)
		if err != nil {
			return err
		}
		creator = newCreator(row)
		if creator.Handle != create.Handle || creator.PayoutAccount != create.PayoutAccount {
			return fault.New(fault.Conflict, "creator_exists", "a creator with this id exists already")
		}
		return nil
	})
	return creator, err
}

// GetCreator returns one creator, or fault.NotFound "creator_not_found".
func (s *Store) GetCreator(ctx context.Context, id string) (Creator, error) {
	row, err := s.db.Queries.ReadCreator(ctx, id)
	if err != nil {
		return Creator{}, db.OrNotFound(err, "creator")
	}
	return newCreator(row), nil
}

// ListCreators returns a page in the order of ids, or only the creator onlyID.
func (s *Store) ListCreators(ctx context.Context, onlyID string, page db.Page) ([]Creator, error) {
	rows, err := s.db.Queries.ListCreators(ctx, sqlc.ListCreatorsParams{
		OnlyID: db.Optional(onlyID), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	creators := make([]Creator, len(rows))
	for i, row := range rows {
		creators[i] = newCreator(sqlc.ReadCreatorRow(row))
	}
	return creators, nil
}

func newCreator(row sqlc.ReadCreatorRow) Creator {
	return Creator{
		ID: row.ID, Handle: row.Handle, PayoutAccount: row.PayoutAccount, Verification: rail.Verification(row.Verification),
		PayoutsFrozenAt: row.PayoutsFrozenAt, PayoutsFrozenBy: row.PayoutsFrozenBy, PayoutsFrozenReason: row.PayoutsFrozenReason, CreatedAt: row.CreatedAt,
	}
}
