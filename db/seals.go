package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// SealLimits bound one block.
type SealLimits struct {
	// EntriesMax is how many entries a block has at most.
	EntriesMax int `json:"entries_max"`
	// TailMax is how many sealed postings an account may have behind its last checkpoint: a
	// balance is read from the checkpoint and that many postings, and what is not sealed yet.
	TailMax int `json:"tail_max"`
}

// DefaultSealLimits seal some ten thousand entries in less than a second.
func DefaultSealLimits() SealLimits { return SealLimits{EntriesMax: 10_000, TailMax: 500} }

// Sealed is what one call of SealEntries did.
type Sealed struct {
	// Number of the new seal; zero if there was nothing to seal, or another pass is at it.
	Number      int64 `json:"number"`
	Entries     int64 `json:"entries"`
	Checkpoints int64 `json:"checkpoints"`
	// More says that entries are left which the next call can seal at once.
	More bool `json:"more"`
	// Held says that transactions which may still post held the pass up: a later one goes on.
	Held bool `json:"held"`
}

// SealEntries seals the next block of the journal and writes the checkpoints that it makes
// due, in one transaction. It never goes beyond what is final (finalSeq). Two callers at
// once do not get in each other's way: one of them finds nothing to do. It returns
// fault.Conflict "books_differ" rather than to seal an entry that does not hang together.
func (s *Store) SealEntries(ctx context.Context, limits SealLimits) (Sealed, error) {
	final, ended, err := s.finalSeq(ctx)
	if err != nil || !ended {
		return Sealed{Held: err == nil}, err
	}
	var sealed Sealed
	// One snapshot: the block is read in several statements.
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead}
	err = pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		if err := q.KeepPartitions(ctx); err != nil {
			return err
		}
		if free, err := q.TryLockSealing(ctx); err != nil || !free {
			return err
		}
		last, err := lastSeal(ctx, q)
		if err != nil || last.LastSeq >= final {
			return err
		}
		block, err := (&journal{q: q}).read(ctx, last.LastSeq, final, limits.EntriesMax)
		if err != nil || len(block.entries) == 0 {
			return err
		}
		if err := requireSound(&block); err != nil {
			return err
		}
		sealed, err = writeSeal(ctx, q, last, block, limits)
		sealed.More = len(block.entries) == limits.EntriesMax
		return err
	})
	if wasFirst(err) {
		return Sealed{}, nil
	}
	return sealed, translate(err)
}

// requireSound keeps a block from being sealed that does not even hang together.
func requireSound(block *journalBlock) error {
	for i := range block.entries {
		if flaws := block.entries[i].flaws; len(flaws) > 0 || len(block.entries[i].Postings) == 0 {
			return fault.New(fault.Conflict, "books_differ", "entry %s cannot be sealed: run `creditroll ledger verify`", nameOf(&block.entries[i]))
		}
	}
	if len(block.strays) > 0 {
		return fault.New(fault.Conflict, "books_differ", "there are postings under seq %d, which no entry has: run `creditroll ledger verify`", block.strays[0].Seq)
	}
	return nil
}

// wasFirst reports whether another caller has sealed the block meanwhile: its lock was free
// again, but our snapshot was older.
func wasFirst(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "23505" && refused.TableName == "seals"
}

func lastSeal(ctx context.Context, q *sqlc.Queries) (seal.Seal, error) {
	row, err := q.GetLastSeal(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Seal{}, nil
	}
	if err != nil {
		return seal.Seal{}, err
	}
	return seal.Seal{Number: row.Number, LastSeq: row.LastSeq, Hash: seal.Hash(row.Hash)}, nil
}

// writeSeal stores the seal of a block that has entries, and what the block makes due.
func writeSeal(ctx context.Context, q *sqlc.Queries, last seal.Seal, block journalBlock, limits SealLimits) (Sealed, error) {
	leaves := leavesOf(block.entries)
	next := last.Next(leaves)
	err := q.InsertSeal(ctx, sqlc.InsertSealParams{
		Number: next.Number, FirstSeq: next.FirstSeq, LastSeq: next.LastSeq,
		Entries: int64(len(leaves)), Postings: block.postings,
		PreviousHash: next.Previous[:], Hash: next.Hash[:], Leaves: seal.Encode(leaves),
	})
	if err != nil {
		return Sealed{}, err
	}
	checkpoints := sqlc.WriteCheckpointsParams{Threshold: int64(limits.TailMax)}
	for _, held := range touched(block.entries) {
		checkpoints.AccountIds = append(checkpoints.AccountIds, held.accountID)
		checkpoints.Currencies = append(checkpoints.Currencies, held.currency)
	}
	written, err := q.WriteCheckpoints(ctx, checkpoints)
	return Sealed{Number: next.Number, Entries: int64(len(leaves)), Checkpoints: written}, err
}

func leavesOf(entries []journalEntry) []seal.Leaf {
	leaves := make([]seal.Leaf, len(entries))
	var scratch []byte
	for i := range entries {
		leaves[i], scratch = seal.LeafOf(&entries[i].Recorded, scratch)
	}
	return leaves
}

// holding is what one account has in one currency.
type holding struct {
	accountID int64
	currency  string
}

// touched returns what entries post to, each once, in the order of its first posting.
func touched(entries []journalEntry) []holding {
	seen := map[holding]bool{}
	var holdings []holding
	for i := range entries {
		for _, accountID := range entries[i].accountIDs {
			held := holding{accountID, string(entries[i].Currency)}
			if !seen[held] {
				seen[held], holdings = true, append(holdings, held)
			}
		}
	}
	return slices.Clip(holdings)
}
