package audit

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// Finding is one promise of the books that does not hold.
type Finding struct {
	// Check is the promise's short name: journal, seal, entry, posting, reversal, checkpoint,
	// archive, period, reference, object, reading, trial_balance, budget, dispute, payout, account, hold,
	// available or accrual.
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// String returns the finding as one line.
func (f Finding) String() string { return f.Check + " " + f.Subject + ": " + f.Detail }

// LedgerSize says how much was looked at.
type LedgerSize struct {
	Entries     int64 `json:"entries"`
	Postings    int64 `json:"postings"`
	Seals       int64 `json:"seals"`
	Checkpoints int64 `json:"checkpoints"`
	// Archived entries are among Entries; their postings are gone, so of them only the chain
	// of seals was checked.
	Archived  int64 `json:"archived"`
	Campaigns int64 `json:"campaigns"`
	Payouts   int64 `json:"payouts"`
}

// Verification is what came out of a look at the books.
type Verification struct {
	// Findings are in the order of the journal, so that the first names the first row that
	// was tampered with, and then those of what is derived from the journal.
	Findings []Finding
	Checked  LedgerSize
	// Unsealed is what waits for its seal.
	Unsealed Unsealed
	// Head is the last seal. Whoever keeps its hash elsewhere can tell later that nothing up
	// to its LastSeq was rewritten, seals and all.
	Head seal.Seal
}

// findingsMax is how many findings of one check are kept: one is enough to act.
const findingsMax = 100

func (v *Verification) add(found ...Finding) {
	for _, finding := range found {
		count := 0
		for _, known := range v.Findings {
			if known.Check == finding.Check {
				count++
			}
		}
		if count < findingsMax {
			v.Findings = append(v.Findings, finding)
		}
	}
}

// Verify recomputes every promise of the books from the first entry on, in one
// snapshot, and returns what does not hold, at most 100 findings a check. Seals that were kept
// elsewhere must be in the chain. Its time grows with the ledger, its memory only with the
// number of accounts.
func (s *Store) Verify(ctx context.Context, kept ...seal.Seal) (Verification, error) {
	return s.verify(ctx, false, kept)
}

// Check is the short form of Verify, for before money moves: it recomputes what is
// not sealed yet, and holds balances against guards, disputes, payouts and what is held and can
// be paid. It takes as they are: sealed entries with their accruals, checkpoints, and payouts
// that ended more than 35 days ago. Its time does not grow with postings, accruals and readings,
// except that all holds are summed, from an index; it grows with accounts, campaigns and payouts.
func (s *Store) Check(ctx context.Context) (Verification, error) {
	return s.verify(ctx, true, nil)
}

func (s *Store) verify(ctx context.Context, onlyUnsealed bool, kept []seal.Seal) (Verification, error) {
	var verification Verification
	err := s.db.InSnapshot(ctx, func(q *sqlc.Queries) error {
		pass, err := newJournalPass(ctx, q, &verification)
		if err != nil {
			return err
		}
		pass.kept = kept
		if onlyUnsealed {
			last, err := journal.LastSeal(ctx, q)
			if err != nil {
				return err
			}
			pass.seal = last
		} else if err := pass.beginBehindArchives(ctx, q); err != nil {
			return err
		}
		if err := pass.run(ctx, q, onlyUnsealed); err != nil {
			return err
		}
		if !onlyUnsealed {
			if err := verification.checkReferences(ctx, q); err != nil {
				return err
			}
		}
		return verification.checkDerived(ctx, q, pass.scope(onlyUnsealed))
	})
	return verification, err
}
