package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/correction"
)

// ProposeCorrection writes a proposal down, once, and returns where it stands.
func (a *Ledger) ProposeCorrection(ctx context.Context, in correction.Proposal) (correction.Correction, error) {
	correction, err := a.Store.Corrections.Propose(ctx, in)
	return correction, Failure(err)
}

// DecideCorrection approves or rejects a proposal; an approval posts its entries.
func (a *Ledger) DecideCorrection(ctx context.Context, in correction.Decision) (correction.Correction, error) {
	correction, err := a.Store.Corrections.Decide(ctx, in)
	return correction, Failure(err)
}
