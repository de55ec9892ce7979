package activities

import "github.com/creditroll/creditroll/domain/correction"

// The steps of a correction.
var (
	// ProposeCorrection records a proposal once and returns its status.
	ProposeCorrection = Activity[correction.Proposal, correction.Correction]{"ProposeCorrection"}
	// DecideCorrection approves or rejects a proposal. An approval posts its entries.
	DecideCorrection = Activity[correction.Decision, correction.Correction]{"DecideCorrection"}
)

func (l Ledger) registerCorrections(registry Registry) {
	bind(registry, ProposeCorrection, l.Books.Corrections.Propose)
	bind(registry, DecideCorrection, l.Books.Corrections.Decide)
}
