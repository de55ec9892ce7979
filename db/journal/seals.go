package journal

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// SealEntries seals the next block of final entries (finalSeq) and writes the checkpoints that
// are due, in one transaction. Of two concurrent callers, one seals and the other does nothing.
// It returns fault.Conflict "books_differ" and seals nothing if an entry is inconsistent.
func (s *Store) SealEntries(ctx context.Context, limits seal.Limits) (seal.Progress, error) {
	final, ended, err := s.finalSeq(ctx)
	if err != nil || !ended {
		return seal.Progress{Held: err == nil}, err
	}
	var sealed seal.Progress
	// One snapshot: the block is read in several statements.
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead}
	err = pgx.BeginTxFunc(ctx, s.db.Pool, options, func(tx pgx.Tx) error {
		q := s.db.Queries.WithTx(tx)
		if err := q.KeepPartitions(ctx); err != nil {
			return err
		}
		if free, err := q.TryLockSealing(ctx); err != nil || !free {
			return err
		}
		last, err := LastSeal(ctx, q)
		if err != nil || last.LastSeq >= final {
			return err
		}
		block, err := (&Reader{Q: q}).Read(ctx, last.LastSeq, final, limits.EntriesMax)
		if err != nil || len(block.Entries) == 0 {
			return err
		}
		if err := requireConsistent(&block); err != nil {
			return err
		}
		sealed, err = writeSeal(ctx, q, last, block, limits)
		sealed.More = len(block.Entries) == limits.EntriesMax
		return err
	})
	if sealedByAnother(err) {
		return seal.Progress{}, nil
	}
	return sealed, db.Translate(err)
}

// requireConsistent returns fault.Conflict "books_differ" for a block with an entry that does
// not match its postings.
func requireConsistent(block *Block) error {
	for i := range block.Entries {
		if flaws := block.Entries[i].Flaws; len(flaws) > 0 || len(block.Entries[i].Postings) == 0 {
			return fault.New(fault.Conflict, "books_differ", "entry %s cannot be sealed: run `creditroll ledger verify`", NameOf(&block.Entries[i]))
		}
	}
	if len(block.Strays) > 0 {
		return fault.New(fault.Conflict, "books_differ", "postings have the seq %d, and no entry does: run `creditroll ledger verify`", block.Strays[0].Seq)
	}
	return nil
}

// sealedByAnother reports whether another caller sealed the block after our snapshot was taken
// and before we took the lock.
func sealedByAnother(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "23505" && refused.TableName == "seals"
}

// LastSeal returns the newest seal, or the zero seal if nothing is sealed.
func LastSeal(ctx context.Context, q *sqlc.Queries) (seal.Seal, error) {
	row, err := q.GetLastSeal(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Seal{}, nil
	}
	if err != nil {
		return seal.Seal{}, err
	}
	return seal.Seal{Number: row.Number, LastSeq: row.LastSeq, Hash: seal.Hash(row.Hash)}, nil
}

// writeSeal stores the seal of a block and the checkpoints that are due after it. The block must
// have entries.
func writeSeal(ctx context.Context, q *sqlc.Queries, last seal.Seal, block Block, limits seal.Limits) (seal.Progress, error) {
	leaves := LeavesOf(block.Entries)
	next := last.Next(leaves)
	err := q.InsertSeal(ctx, sqlc.InsertSealParams{
		Number: next.Number, FirstSeq: next.FirstSeq, LastSeq: next.LastSeq,
		Entries: int64(len(leaves)), Postings: block.Postings,
		PreviousHash: next.Previous[:], Hash: next.Hash[:], Leaves: seal.Encode(leaves),
	})
	if err != nil {
		return seal.Progress{}, err
	}
	checkpoints := sqlc.WriteCheckpointsParams{Threshold: int64(limits.TailMax)}
	for _, holding := range holdingsOf(block.Entries) {
		checkpoints.AccountIds = append(checkpoints.AccountIds, holding.AccountID)
		checkpoints.Currencies = append(checkpoints.Currencies, holding.Currency)
	}
	written, err := q.WriteCheckpoints(ctx, checkpoints)
	if err != nil {
		return seal.Progress{}, err
	}
	_, err = q.WriteCoverCheckpoint(ctx, int64(limits.TailMax))
	return seal.Progress{Number: next.Number, Entries: int64(len(leaves)), Checkpoints: written}, err
}

// LeavesOf returns the leaf of each entry, in their order.
func LeavesOf(entries []Entry) []seal.Leaf {
	leaves := make([]seal.Leaf, len(entries))
	var scratch []byte
	for i := range entries {
		leaves[i], scratch = seal.LeafOf(&entries[i].Recorded, scratch)
	}
	return leaves
}

// Holding identifies the balance of one account in one currency.
type Holding struct {
	AccountID int64
	Currency  string
}

// holdingsOf returns the balances that entries change, in the order of their first postings.
func holdingsOf(entries []Entry) []Holding {
	seen := map[Holding]bool{}
	var holdings []Holding
	for i := range entries {
		for _, accountID := range entries[i].AccountIDs {
			holding := Holding{accountID, string(entries[i].Currency)}
			if !seen[holding] {
				seen[holding], holdings = true, append(holdings, holding)
			}
		}
	}
	return slices.Clip(holdings)
}
