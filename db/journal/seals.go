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

// SealEntries seals the next block of the journal and writes the checkpoints that it makes
// due, in one transaction. It never goes beyond what is final (finalSeq). Two callers at
// once do not get in each other's way: one of them finds nothing to do. It returns
// fault.Conflict "books_differ" rather than to seal an entry that does not hang together.
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
		if err := requireSound(&block); err != nil {
			return err
		}
		sealed, err = writeSeal(ctx, q, last, block, limits)
		sealed.More = len(block.Entries) == limits.EntriesMax
		return err
	})
	if wasFirst(err) {
		return seal.Progress{}, nil
	}
	return sealed, db.Translate(err)
}

// requireSound keeps a block from being sealed that does not even hang together.
func requireSound(block *Block) error {
	for i := range block.Entries {
		if flaws := block.Entries[i].Flaws; len(flaws) > 0 || len(block.Entries[i].Postings) == 0 {
			return fault.New(fault.Conflict, "books_differ", "entry %s cannot be sealed: run `creditroll ledger verify`", NameOf(&block.Entries[i]))
		}
	}
	if len(block.Strays) > 0 {
		return fault.New(fault.Conflict, "books_differ", "there are postings under seq %d, which no entry has: run `creditroll ledger verify`", block.Strays[0].Seq)
	}
	return nil
}

// wasFirst reports whether another caller has sealed the block meanwhile: its lock was free
// again, but our snapshot was older.
func wasFirst(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "23505" && refused.TableName == "seals"
}

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

// writeSeal stores the seal of a block that has entries, and what the block makes due.
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
	for _, held := range touched(block.Entries) {
		checkpoints.AccountIds = append(checkpoints.AccountIds, held.AccountID)
		checkpoints.Currencies = append(checkpoints.Currencies, held.Currency)
	}
	written, err := q.WriteCheckpoints(ctx, checkpoints)
	return seal.Progress{Number: next.Number, Entries: int64(len(leaves)), Checkpoints: written}, err
}

func LeavesOf(entries []Entry) []seal.Leaf {
	leaves := make([]seal.Leaf, len(entries))
	var scratch []byte
	for i := range entries {
		leaves[i], scratch = seal.LeafOf(&entries[i].Recorded, scratch)
	}
	return leaves
}

// Holding is what one account has in one currency.
type Holding struct {
	AccountID int64
	Currency  string
}

// touched returns what entries post to, each once, in the order of its first posting.
func touched(entries []Entry) []Holding {
	seen := map[Holding]bool{}
	var holdings []Holding
	for i := range entries {
		for _, accountID := range entries[i].AccountIDs {
			held := Holding{accountID, string(entries[i].Currency)}
			if !seen[held] {
				seen[held], holdings = true, append(holdings, held)
			}
		}
	}
	return slices.Clip(holdings)
}
