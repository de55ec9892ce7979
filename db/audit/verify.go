package audit

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// Finding is one rule of the books that does not hold.
type Finding struct {
	// Check is the short name of the rule: journal, seal, entry, posting, reversal, checkpoint,
	// archive, period, reference, object, reading, trial_balance, cover, budget, allocation, dispute,
	// deposit, organization, payout, conversion,
	// account, hold, available, accrual, split, correction or acknowledgement.
	Check   string `json:"check"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

// String returns the finding as one line.
func (f Finding) String() string { return f.Check + " " + f.Subject + ": " + f.Detail }

// LedgerSize counts the rows that a verification checked.
type LedgerSize struct {
	Entries     int64 `json:"entries"`
	Postings    int64 `json:"postings"`
	Seals       int64 `json:"seals"`
	Checkpoints int64 `json:"checkpoints"`
	// Archived counts the entries, also counted in Entries, whose postings are archived. Only
	// the chain of seals was checked for them.
	Archived  int64 `json:"archived"`
	Campaigns int64 `json:"campaigns"`
	Payouts   int64 `json:"payouts"`
}

// Verification is the result of a verification of the books.
type Verification struct {
	// Findings of the journal come first, in its order, so the first one names the first row
	// that was changed. The findings of other tables follow.
	Findings []Finding
	Checked  LedgerSize
	// Unsealed counts the entries that have no seal yet.
	Unsealed Unsealed
	// Head is the last seal. A person who keeps its hash elsewhere can prove later that nothing
	// up to its LastSeq was rewritten. This includes the seals.
	Head seal.Seal
}

// findingsMax is how many findings of one check are kept. A person can act on one.
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

// Verify checks every rule of the books from the first entry on, in one snapshot. It returns at
// most 100 findings for each check. Seals that were kept elsewhere must be in the chain. Its time
// grows with the ledger, its memory only with the number of accounts.
func (s *Store) Verify(ctx context.Context, kept ...seal.Seal) (Verification, error) {
	return s.verify(ctx, false, kept)
}

// Check is the short form of Verify. It runs before money moves. It checks the entries that are
// not sealed yet. It compares balances with guards, disputes, payouts, holds and payable money.
// It trusts sealed entries with their accruals, checkpoints, and payouts that ended more than 35
// days ago. Its time grows with accounts, campaigns and payouts. It also sums all holds, from an
// index. Its time does not grow with postings, accruals and readings.
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
		} else if err := pass.beginAfterArchives(ctx, q); err != nil {
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
