package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// sealRounds is the most blocks that one pass seals. The next scheduled pass continues.
const sealRounds = 500

// SealLedger is one pass over entries that are not sealed. It seals block after block, with the
// checkpoints that become due, until no final entry is left. It returns how many entries it sealed.
// Entries that an open transaction holds back are left to the next pass.
func SealLedger(ctx workflow.Context) (int64, error) {
	entries := int64(0)
	for range sealRounds {
		sealed, err := step(ctx, "Seal the next block of the journal", activities.SealEntries, seal.DefaultLimits())
		if err != nil {
			return entries, err
		}
		entries += sealed.Entries
		if !sealed.More {
			break
		}
	}
	return entries, nil
}
