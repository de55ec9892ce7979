package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/transcript"
	"github.com/creditroll/creditroll/domain/fault"
)

// exportBlockEntries is how many entries are in memory at a time.
const exportBlockEntries = 5_000

// Export hands every entry to write, in the order of seq and all from one snapshot, and
// returns how many. It stops at an error of write, and with fault.Conflict "books_differ" at
// an entry that hangs together so badly that it cannot be written down. It returns
// fault.Conflict "archived" if postings of a month are archived: a part of a journal is none.
func (s *Store) Export(ctx context.Context, write func(line *transcript.Line) error) (int64, error) {
	entries := int64(0)
	err := s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		months, err := listArchives(ctx, q)
		if err != nil {
			return err
		}
		if err := months.requireAllPostings(); err != nil {
			return err
		}
		reader := journal{q: q}
		for afterSeq := int64(beforeJournal); afterSeq < endOfJournal; {
			block, err := reader.read(ctx, afterSeq, endOfJournal, exportBlockEntries)
			if err != nil {
				return err
			}
			bounds, err := q.ListSealBounds(ctx, sqlc.ListSealBoundsParams{AfterSeq: afterSeq, ThroughSeq: block.throughSeq})
			if err != nil {
				return err
			}
			if err := exportBlock(&block, bounds, write); err != nil {
				return err
			}
			entries += int64(len(block.entries))
			afterSeq = block.throughSeq
		}
		return nil
	})
	return entries, err
}

func exportBlock(block *journalBlock, bounds []sqlc.ListSealBoundsRow, write func(line *transcript.Line) error) error {
	if len(block.strays) > 0 {
		return fault.New(fault.Conflict, "books_differ", "there are postings under seq %d, which no entry has: run `creditroll ledger verify`", block.strays[0].Seq)
	}
	for i := range block.entries {
		entry := &block.entries[i]
		if len(entry.flaws) > 0 {
			return fault.New(fault.Conflict, "books_differ", "entry %s: %s: run `creditroll ledger verify`", nameOf(entry), entry.flaws[0])
		}
		for len(bounds) > 0 && bounds[0].LastSeq < entry.Seq {
			bounds = bounds[1:]
		}
		line := transcript.Line{Recorded: entry.Recorded}
		if len(bounds) > 0 {
			line.Seal = bounds[0].Number
		}
		if err := write(&line); err != nil {
			return err
		}
	}
	return nil
}
