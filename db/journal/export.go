package journal

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// exportBlockEntries is how many entries are in memory at a time.
const exportBlockEntries = 5_000

// Exported is the result of Export. Head is the last seal.
type Exported struct {
	Entries int64
	Head    seal.Seal
}

// Export writes every entry in the order of seq, all from one snapshot, and then the end of the
// transcript. It stops at an error of the writer. It returns fault.Conflict "books_differ" at an
// entry whose rows are inconsistent. It returns fault.Conflict "archived" if postings of a month
// are archived, because an incomplete journal cannot be verified.
func (s *Store) Export(ctx context.Context, writer transcript.Writer) (Exported, error) {
	var exported Exported
	err := s.db.InSnapshot(ctx, func(q *sqlc.Queries) error {
		months, err := months.ListDetached(ctx, q)
		if err != nil {
			return err
		}
		if err := months.RequireAllPostings(); err != nil {
			return err
		}
		reader := Reader{Q: q}
		for afterSeq := int64(BeforeFirst); afterSeq < AfterLast; {
			block, err := reader.Read(ctx, afterSeq, AfterLast, exportBlockEntries)
			if err != nil {
				return err
			}
			bounds, err := q.ListSealBounds(ctx, sqlc.ListSealBoundsParams{AfterSeq: afterSeq, ThroughSeq: block.ThroughSeq})
			if err != nil {
				return err
			}
			if err := exportBlock(&block, bounds, writer); err != nil {
				return err
			}
			exported.Entries += int64(len(block.Entries))
			afterSeq = block.ThroughSeq
		}
		if exported.Head, err = LastSeal(ctx, q); err != nil {
			return err
		}
		return writer.Finish(exported.Head)
	})
	return exported, err
}

func exportBlock(block *Block, bounds []sqlc.ListSealBoundsRow, writer transcript.Writer) error {
	if len(block.Strays) > 0 {
		return fault.New(fault.Conflict, "books_differ", "postings have the seq %d, and no entry does: run `creditroll ledger verify`", block.Strays[0].Seq)
	}
	for i := range block.Entries {
		entry := &block.Entries[i]
		if len(entry.Flaws) > 0 {
			return fault.New(fault.Conflict, "books_differ", "entry %s: %s: run `creditroll ledger verify`", NameOf(entry), entry.Flaws[0])
		}
		for len(bounds) > 0 && bounds[0].LastSeq < entry.Seq {
			bounds = bounds[1:]
		}
		line := transcript.Line{Recorded: entry.Recorded}
		if len(bounds) > 0 {
			line.Seal = bounds[0].Number
		}
		if err := writer.Write(&line); err != nil {
			return err
		}
	}
	return nil
}
