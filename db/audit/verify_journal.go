package audit

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// verifyBlockEntries is how many entries are in memory at a time, twice: one block is checked
// while the next one is read.
const verifyBlockEntries = 20_000

// journalPass goes through the journal once, in the order of seq. It trusts nothing: hashes,
// sums and balances are computed anew and held against what is stored.
type journalPass struct {
	*Verification
	// seal is the last one that was seen.
	seal seal.Seal
	// sums are the balances so far, and totals those of all accounts by currency.
	sums   map[journal.Holding]int64
	totals map[string]int64
	beside beside
	// postedMinor is the sum of everything that was read.
	postedMinor int64
	// archives are what is not there any more, and base the entry up to which balances are
	// taken from checkpoints for it.
	archives months.Detached
	base     int64
	// kept are seals that somebody kept elsewhere, those that the pass has not met yet.
	kept []seal.Seal
	// lowestUnsealed is the lowest id among entries that no seal covers; empty if there are none.
	lowestUnsealed string
	// sealedAt is when the last seal says that it was made.
	sealedAt time.Time
}

func newJournalPass(ctx context.Context, q *sqlc.Queries, verification *Verification) (*journalPass, error) {
	months, err := months.ListDetached(ctx, q)
	return &journalPass{Verification: verification, sums: map[journal.Holding]int64{}, totals: map[string]int64{}, archives: months}, err
}

// verifyBlock is a block with all that is held against it.
type verifyBlock struct {
	journal.Block
	seals       []sqlc.ListSealsAfterRow
	checkpoints []sqlc.ListCheckpointsAfterRow
	// originals are the entries that entries of the block reverse, by id.
	originals map[string]*journal.Entry
	// earned is what is kept beside the block's accruals.
	earned earned
	err    error
}

// run checks everything behind the pass's seal. Only the reader touches the connection while
// it runs.
func (p *journalPass) run(ctx context.Context, q *sqlc.Queries, fromSeal bool) error {
	if err := p.beside.load(ctx, q); err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	blocks := make(chan verifyBlock, 1)
	reader := blockReader{Reader: journal.Reader{Q: q}, afterSeq: journal.BeforeFirst, afterNumber: p.seal.Number, beside: p.beside}
	if fromSeal {
		reader.afterSeq = p.seal.LastSeq
	}
	go reader.send(reading, blocks)
	defer func() {
		stop()
		for range blocks { // until the reader has let go of the connection
		}
	}()
	for block := range blocks {
		if block.err != nil {
			return block.err
		}
		p.check(&block, fromSeal)
	}
	p.Head = p.seal
	if fromSeal {
		return nil // sums are only whole from the first entry on
	}
	p.checkEndOfSeals()
	if err := p.checkComplete(ctx, q); err != nil {
		return err
	}
	for currency, totalMinor := range p.totals {
		if totalMinor != 0 {
			p.add(Finding{"trial_balance", currency, fmt.Sprintf("off by %d", totalMinor)})
		}
	}
	return nil
}

// blockReader reads what lies behind a seq and a seal, first block by block as it was sealed,
// then what is not sealed.
type blockReader struct {
	journal.Reader
	afterSeq    int64
	afterNumber int64
	beside      beside
}

// send ends with an error, or by closing the channel.
func (r *blockReader) send(ctx context.Context, blocks chan<- verifyBlock) {
	defer close(blocks)
	for more := true; more; {
		var block verifyBlock
		block, more = r.next(ctx)
		select {
		case blocks <- block:
		case <-ctx.Done():
			return
		}
	}
}

func (r *blockReader) next(ctx context.Context) (block verifyBlock, more bool) {
	var err error
	block.seals, err = r.Q.ListSealsAfter(ctx, sqlc.ListSealsAfterParams{AfterNumber: r.afterNumber, Entries: verifyBlockEntries})
	if err != nil {
		return verifyBlock{err: err}, false
	}
	throughSeq, limit := int64(journal.AfterLast), verifyBlockEntries
	if sealed := len(block.seals); sealed > 0 {
		r.afterNumber = block.seals[sealed-1].Number
		throughSeq, limit = max(r.afterSeq, block.seals[sealed-1].LastSeq), journal.AllEntries
	}
	if block.Block, err = r.Read(ctx, r.afterSeq, throughSeq, limit); err != nil {
		return verifyBlock{err: err}, false
	}
	block.checkpoints, err = r.Q.ListCheckpointsAfter(ctx, sqlc.ListCheckpointsAfterParams{AfterSeq: r.afterSeq, ThroughSeq: block.ThroughSeq})
	if err != nil {
		return verifyBlock{err: err}, false
	}
	if block.originals, err = r.readOriginals(ctx, block.Entries); err != nil {
		return verifyBlock{err: err}, false
	}
	if block.earned, err = r.readEarned(ctx, block.Entries); err != nil {
		return verifyBlock{err: err}, false
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

func (p *journalPass) check(block *verifyBlock, fromSeal bool) {
	p.Checked.Entries += int64(len(block.Entries))
	p.Checked.Postings += block.Postings
	for i := range block.Entries {
		entry := &block.Entries[i]
		if original := block.originals[entry.ReversesID]; original != nil {
			entry.ReversesKind, entry.ReversesReference = original.Kind, original.Reference
		}
	}
	p.checkSeals(block)
	if len(block.seals) == 0 {
		p.countUnsealed(block.Entries)
	}
	p.Checked.Checkpoints += int64(len(block.checkpoints))
	for i := range block.Entries {
		entry := &block.Entries[i]
		for _, flaw := range p.flawsOf(entry) {
			p.add(Finding{"entry", journal.NameOf(entry), flaw})
		}
		p.checkReversal(entry, block.originals)
		p.checkEarned(entry, &block.earned)
		if closedAt, closed := p.beside.closedWhen(entry.EffectiveAt); closed && entry.RecordedAt.After(closedAt.Add(clockStepMax)) {
			p.add(Finding{"period", journal.NameOf(entry), fmt.Sprintf("is dated %s and was recorded at %s, after that month had been closed at %s",
				entry.EffectiveAt.Format(time.DateOnly), entry.RecordedAt.Format(time.RFC3339), closedAt.UTC().Format(time.RFC3339))})
		}
	}
	for i := range block.Strays {
		stray := &block.Strays[i]
		p.postedMinor += stray.AmountMinor
		p.add(Finding{"posting", fmt.Sprintf("%s line %d", journal.TextOfUUID(stray.EntryID), stray.Line), fmt.Sprintf("posts %d %s under seq %d, which no entry has", stray.AmountMinor, stray.Currency, stray.Seq)})
	}
	if !fromSeal {
		p.sum(block)
	}
}

// checkComplete counts the tables in another way than the pass has read them: what no order
// of numbers leads to would otherwise be nowhere.
func (p *journalPass) checkComplete(ctx context.Context, q *sqlc.Queries) error {
	whole, err := q.CountJournal(ctx)
	if err != nil {
		return err
	}
	for _, table := range []struct {
		name        string
		holds, read int64
	}{
		{"journal_entries", whole.Entries, p.Checked.Entries},
		{"postings", whole.Postings, p.Checked.Postings},
		{"seals", whole.Seals, p.Checked.Seals},
		{"balance_checkpoints", whole.Checkpoints, p.Checked.Checkpoints},
	} {
		if table.holds != table.read {
			p.add(Finding{"journal", table.name, fmt.Sprintf("has %d rows, of which the order of the journal leads to %d", table.holds, table.read)})
		}
	}
	if read := strconv.FormatInt(p.postedMinor, 10); whole.PostedMinor != read {
		p.add(Finding{"journal", "postings", fmt.Sprintf("sum to %s, those that the order of the journal leads to sum to %s", whole.PostedMinor, read)})
	}
	return nil
}

// flawsOf says what is wrong with an entry by itself.
func (p *journalPass) flawsOf(entry *journal.Entry) []string {
	flaws := entry.Flaws
	if entry.Seq < 1 {
		flaws = append(flaws, "its number was never drawn: they begin at one")
	}
	if p.archives.HasEntry(entry.ID) {
		p.Checked.Archived++
		if len(entry.Postings) > 0 {
			flaws = append(flaws, "has postings, although its month is archived")
		}
		return flaws
	}
	if len(entry.Postings) == 0 {
		return append(flaws, "has no postings")
	}
	totalMinor := int64(0)
	for _, posting := range entry.Postings {
		totalMinor += posting.AmountMinor
	}
	if totalMinor != 0 {
		flaws = append(flaws, fmt.Sprintf("sums to %d instead of zero", totalMinor))
	}
	if !bytes.Equal(entry.RequestHash(), entry.StoredHash) {
		flaws = append(flaws, "its kind, reference, currency, reversal or a posting is not what was asked for: the request hash differs")
	}
	return flaws
}

// checkSeals holds a block against its seals: the chain, each seal by itself, each entry.
func (p *journalPass) checkSeals(block *verifyBlock) {
	entries := block.Entries
	for i := range block.seals {
		row := &block.seals[i]
		p.Checked.Seals++
		stored := seal.Seal{Number: row.Number, FirstSeq: row.FirstSeq, LastSeq: row.LastSeq, Previous: seal.Hash(row.PreviousHash), Hash: seal.Hash(row.Hash)}
		p.checkChain(stored, row.Leaves)
		p.checkKept(stored)
		p.seal = stored
		covered := 0
		for covered < len(entries) && entries[covered].Seq <= stored.LastSeq {
			covered++
		}
		p.checkLeaves(stored, row.Leaves, entries[:covered])
		p.checkStatement(row, entries[:covered])
		entries = entries[covered:]
	}
}

func (p *journalPass) checkChain(stored seal.Seal, leaves []byte) {
	subject := strconv.FormatInt(stored.Number, 10)
	if stored.Number != p.seal.Number+1 {
		p.add(Finding{"seal", subject, fmt.Sprintf("follows seal %d: those between are gone", p.seal.Number)})
	} else if stored.Previous != p.seal.Hash {
		p.add(Finding{"seal", subject, fmt.Sprintf("names another hash of seal %d than that has: seal %d was replaced, or this one", p.seal.Number, p.seal.Number)})
	}
	if stored.LastSeq <= p.seal.LastSeq {
		p.add(Finding{"seal", subject, fmt.Sprintf("ends at entry %d, where seal %d had been already", stored.LastSeq, p.seal.Number)})
	}
	if !stored.Follows(leaves) {
		p.add(Finding{"seal", subject, "its hash does not follow from its bounds and leaves: the seal was changed"})
	}
}

func (p *journalPass) checkLeaves(stored seal.Seal, encoded []byte, entries []journal.Entry) {
	sealed, err := seal.Decode(encoded)
	if err != nil {
		p.add(Finding{"seal", strconv.FormatInt(stored.Number, 10), err.Error()})
		return
	}
	differences := seal.Compare(sealed, p.leavesOf(entries, sealed))
	for _, difference := range differences {
		p.add(Finding{"seal", p.subjectOf(difference, entries), p.describe(difference, stored, entries)})
	}
}

func (p *journalPass) subjectOf(difference seal.Difference, entries []journal.Entry) string {
	block := journal.Block{Entries: entries}
	if at := block.Find(difference.Seq, 0); at >= 0 {
		return journal.NameOf(&entries[at])
	}
	return strconv.FormatInt(difference.Seq, 10)
}

func (p *journalPass) describe(difference seal.Difference, stored seal.Seal, entries []journal.Entry) string {
	switch difference.What {
	case seal.Missing:
		return fmt.Sprintf("the entry was sealed in block %d and is gone", stored.Number)
	case seal.Inserted:
		return fmt.Sprintf("the entry was not there when block %d was sealed", stored.Number)
	}
	block := journal.Block{Entries: entries}
	entry := &entries[block.Find(difference.Seq, 0)]
	if bytes.Equal(entry.RequestHash(), entry.StoredHash) {
		return fmt.Sprintf("the entry is not what was sealed in block %d: its times or its id were changed, or its content together with the request hash", stored.Number)
	}
	return fmt.Sprintf("the entry is not what was sealed in block %d: its kind, reference, currency, reversal, request hash or a posting was changed", stored.Number)
}

// sum adds a block up, and holds checkpoints against the sums at their seq.
func (p *journalPass) sum(block *verifyBlock) {
	checkpoints := block.checkpoints
	for len(checkpoints) > 0 && checkpoints[0].ThroughSeq <= p.base {
		checkpoints = checkpoints[1:]
	}
	for i := range block.Entries {
		entry := &block.Entries[i]
		for len(checkpoints) > 0 && checkpoints[0].ThroughSeq < entry.Seq {
			p.checkCheckpoint(checkpoints[0])
			checkpoints = checkpoints[1:]
		}
		currency := string(entry.Currency)
		for line, posting := range entry.Postings {
			p.postedMinor += posting.AmountMinor
			if entry.Seq <= p.base {
				continue // it is in the balances that the sums began with
			}
			p.sums[journal.Holding{AccountID: entry.AccountIDs[line], Currency: currency}] += posting.AmountMinor
			p.totals[currency] += posting.AmountMinor
		}
	}
	for _, checkpoint := range checkpoints {
		p.checkCheckpoint(checkpoint)
	}
}

func (p *journalPass) checkCheckpoint(row sqlc.ListCheckpointsAfterRow) {
	subject := fmt.Sprintf("account number %d in %s through %d", row.AccountID, row.Currency, row.ThroughSeq)
	if sumMinor := p.sums[journal.Holding{AccountID: row.AccountID, Currency: row.Currency}]; sumMinor != row.BalanceMinor {
		p.add(Finding{"checkpoint", subject, fmt.Sprintf("says %d, the postings sum to %d", row.BalanceMinor, sumMinor)})
	}
	if row.ThroughSeq > p.seal.LastSeq {
		p.add(Finding{"checkpoint", subject, "goes beyond what is sealed"})
	}
}
