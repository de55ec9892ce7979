package audit

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
)

// verifyBlockEntries is about how many entries one block has. Two blocks are in memory: one is
// checked while the next one is read.
const verifyBlockEntries = 20_000

// storedBlock is a block of the journal with the rows that it is compared with.
type storedBlock struct {
	journal.Block
	seals       []sqlc.ListSealsAfterRow
	checkpoints []sqlc.ListCheckpointsAfterRow
	// originals are the entries that the block's entries reverse, by id.
	originals map[string]*journal.Entry
	earnings  blockEarnings
	// err is the error of the read; the block is empty then.
	err error
}

// blockReader reads the entries after a seq and a seal: first those that later seals cover, then
// those that are not sealed.
type blockReader struct {
	journal.Reader
	afterSeq    int64
	afterNumber int64
	facts       verificationFacts
}

// send sends one block after the other and closes the channel. The last block can be an error.
func (r *blockReader) send(ctx context.Context, blocks chan<- storedBlock) {
	defer close(blocks)
	for more := true; more; {
		var block storedBlock
		block, more = r.next(ctx)
		select {
		case blocks <- block:
		case <-ctx.Done():
			return
		}
	}
}

func (r *blockReader) next(ctx context.Context) (block storedBlock, more bool) {
	var err error
	block.seals, err = r.Q.ListSealsAfter(ctx, sqlc.ListSealsAfterParams{AfterNumber: r.afterNumber, Entries: verifyBlockEntries})
	if err != nil {
		return storedBlock{err: err}, false
	}
	throughSeq, limit := int64(journal.AfterLast), verifyBlockEntries
	if sealed := len(block.seals); sealed > 0 {
		r.afterNumber = block.seals[sealed-1].Number
		throughSeq, limit = max(r.afterSeq, block.seals[sealed-1].LastSeq), journal.AllEntries
	}
	if block.Block, err = r.Read(ctx, r.afterSeq, throughSeq, limit); err != nil {
		return storedBlock{err: err}, false
	}
	block.checkpoints, err = r.Q.ListCheckpointsAfter(ctx, sqlc.ListCheckpointsAfterParams{AfterSeq: r.afterSeq, ThroughSeq: block.ThroughSeq})
	if err != nil {
		return storedBlock{err: err}, false
	}
	if block.originals, err = r.readOriginals(ctx, block.Entries); err != nil {
		return storedBlock{err: err}, false
	}
	if block.earnings, err = r.readEarnings(ctx, block.Entries); err != nil {
		return storedBlock{err: err}, false
	}
	r.afterSeq = block.ThroughSeq
	return block, block.ThroughSeq != journal.AfterLast
}

func (r *blockReader) readOriginals(ctx context.Context, entries []journal.Entry) (map[string]*journal.Entry, error) {
	var ids []string
	for i := range entries {
		if id := entries[i].ReversesID; id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	block, err := r.ReadByID(ctx, ids)
	originals := make(map[string]*journal.Entry, len(block.Entries))
	for i := range block.Entries {
		originals[block.Entries[i].ID] = &block.Entries[i]
	}
	return originals, err
}
