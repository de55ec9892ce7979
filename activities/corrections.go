package activities

import (
	"context"

	"github.com/creditroll/creditroll/db"
)

// ProposeCorrection writes a proposal down, once, and returns where it stands.
func (a *Ledger) ProposeCorrection(ctx context.Context, in db.ProposeCorrection) (db.Correction, error) {
	correction, err := a.Store.ProposeCorrection(ctx, in)
	return correction, Failure(err)
}

// DecideCorrection approves or rejects a proposal; an approval posts its entries.
func (a *Ledger) DecideCorrection(ctx context.Context, in db.DecideCorrection) (db.Correction, error) {
	correction, err := a.Store.DecideCorrection(ctx, in)
	return correction, Failure(err)
}
