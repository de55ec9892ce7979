package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// sealRounds is how many blocks one pass seals at most; the next Schedule goes on.
const sealRounds = 500

// SealLedger is one pass over what is not sealed: it seals block after block, with the
// checkpoints that each makes due, until nothing is left that is final. It returns how many
// entries it sealed. A pass that is held up by a transaction leaves the rest to the next one.
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
