package edge

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/access"
)

// RecordAction stores an operator's action once.
func (s *Store) RecordAction(ctx context.Context, action access.OperatorAction) error {
	return db.Translate(db.RecordAction(ctx, s.db.Queries, action))
}
