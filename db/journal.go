package db

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// journal reads entries and their postings in the order of seq, block by block, so that a
// ledger of any length passes through a bounded memory.
type journal struct {
	q     *sqlc.Queries
	codes map[int64]ledger.Account
}

// journalBlock is a part of the journal without gaps: every entry behind one seq up to
// another.
type journalBlock struct {
	throughSeq int64
	entries    []journalEntry
	postings   int64
	// strays are postings that belong to no entry.
	strays []sqlc.ListPostingsBehindRow
}

// journalEntry is an entry with what only the tables know of it.
type journalEntry struct {
	ledger.Recorded
	// accountIDs has the account of each posting.
	accountIDs []int64
	// flaws say what is wrong with how the postings hang together with their entry.
	flaws []string
}

// beforeJournal is before every seq, endOfJournal behind them, and allEntries more than a
// block ever has.
const (
	beforeJournal = math.MinInt64
	endOfJournal  = math.MaxInt64
	allEntries    = math.MaxInt32
)

// read returns at most limit entries behind a seq, up to and including another one.
func (j *journal) read(ctx context.Context, afterSeq, throughSeq int64, limit int) (journalBlock, error) {
	entries, err := j.q.ListEntriesBehind(ctx, sqlc.ListEntriesBehindParams{AfterSeq: afterSeq, ThroughSeq: throughSeq, Batch: int32(limit)})
	if err != nil {
		return journalBlock{}, err
	}
	if len(entries) == limit {
		throughSeq = entries[limit-1].Seq
	}
	postings, err := j.q.ListPostingsBehind(ctx, sqlc.ListPostingsBehindParams{AfterSeq: afterSeq, ThroughSeq: throughSeq})
	if err != nil {
		return journalBlock{}, err
	}
	block, err := j.assemble(ctx, entries, postings)
	block.throughSeq = throughSeq
	return block, err
}

// readByID returns the entries that exist under some ids.
func (j *journal) readByID(ctx context.Context, ids []string) (journalBlock, error) {
	rows, err := j.q.ListEntriesByID(ctx, ids)
	if err != nil {
		return journalBlock{}, err
	}
	found, err := j.q.ListPostingsByEntry(ctx, ids)
	if err != nil {
		return journalBlock{}, err
	}
	entries := make([]sqlc.ListEntriesBehindRow, len(rows))
	for i, row := range rows {
		entries[i] = sqlc.ListEntriesBehindRow(row)
	}
	postings := make([]sqlc.ListPostingsBehindRow, len(found))
	for i, row := range found {
		postings[i] = sqlc.ListPostingsBehindRow(row)
	}
	return j.assemble(ctx, entries, postings)
}

func (j *journal) assemble(ctx context.Context, entries []sqlc.ListEntriesBehindRow, postings []sqlc.ListPostingsBehindRow) (journalBlock, error) {
	if err := j.learnCodes(ctx, postings); err != nil {
		return journalBlock{}, err
	}
	block := journalBlock{entries: make([]journalEntry, len(entries)), postings: int64(len(postings))}
	for i, row := range entries {
		block.entries[i].Recorded = newRecorded(row)
	}
	j.assign(&block, postings)
	return block, nil
}

func newRecorded(row sqlc.ListEntriesBehindRow) ledger.Recorded {
	return ledger.Recorded{
		Entry: ledger.Entry{Kind: ledger.Kind(row.Kind), Reference: row.Reference, Currency: money.Currency(row.Currency), EffectiveAt: row.EffectiveAt.UTC()},
		Seq:   row.Seq, ID: row.ID, StoredHash: row.RequestHash, RecordedAt: row.RecordedAt.UTC(), ReversesID: value(row.Reverses),
	}
}

const journalCodesMax = 200_000

// learnCodes remembers the codes of accounts, which are immutable. Past a limit it starts
// over: a ledger may have more accounts than fit.
func (j *journal) learnCodes(ctx context.Context, postings []sqlc.ListPostingsBehindRow) error {
	if len(j.codes) > journalCodesMax || j.codes == nil {
		j.codes = map[int64]ledger.Account{}
	}
	var unknown []int64
	for i := range postings {
		id := postings[i].AccountID
		if _, known := j.codes[id]; !known {
			j.codes[id] = ""
			unknown = append(unknown, id)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	rows, err := j.q.ListAccountCodes(ctx, unknown)
	for _, row := range rows {
		j.codes[row.ID] = ledger.Account(row.Code)
	}
	return err
}

// assign gives every posting to its entry. Rows come nearly in the order of seq, so an entry
// is mostly where the last one was, or the next.
func (j *journal) assign(block *journalBlock, postings []sqlc.ListPostingsBehindRow) {
	owners := make([]int32, len(postings))
	counts := make([]int, len(block.entries))
	at := 0
	for i := range postings {
		at = block.find(postings[i].Seq, at)
		owners[i] = int32(at)
		if at < 0 {
			block.strays, at = append(block.strays, postings[i]), 0
			continue
		}
		counts[at]++
	}
	legs, accountIDs := make([]ledger.Posting, len(postings)), make([]int64, len(postings))
	for i, count := range counts {
		entry := &block.entries[i]
		entry.Postings, legs = legs[:count:count], legs[count:]
		entry.accountIDs, accountIDs = accountIDs[:count:count], accountIDs[count:]
	}
	for i := range postings {
		if owners[i] >= 0 {
			j.put(&block.entries[owners[i]], &postings[i])
		}
	}
	for i := range block.entries {
		entry := &block.entries[i]
		if slices.Contains(entry.accountIDs, 0) {
			entry.flaw("its %d postings are not the lines 1 to %d", len(entry.Postings), len(entry.Postings))
		}
	}
}

// find returns the place of the entry with a seq, looking near a place first, or -1.
func (b *journalBlock) find(seq int64, near int) int {
	for at := near; at < min(near+2, len(b.entries)); at++ {
		if b.entries[at].Seq == seq {
			return at
		}
	}
	at := sort.Search(len(b.entries), func(i int) bool { return b.entries[i].Seq >= seq })
	if at < len(b.entries) && b.entries[at].Seq == seq {
		return at
	}
	return -1
}

// put places one posting at its line.
func (j *journal) put(entry *journalEntry, row *sqlc.ListPostingsBehindRow) {
	line := int(row.Line) - 1
	if line < 0 || line >= len(entry.Postings) || entry.accountIDs[line] != 0 {
		entry.flaw("it has a posting with the line %d", row.Line)
		return
	}
	code := j.codes[row.AccountID]
	if code == "" {
		entry.flaw("line %d posts to account number %d, which does not exist", row.Line, row.AccountID)
	}
	if row.Currency != string(entry.Currency) {
		entry.flaw("line %d posts %s in an entry in %s", row.Line, row.Currency, entry.Currency)
	}
	if !sameUUID(row.EntryID, entry.ID) {
		entry.flaw("line %d carries its seq but belongs to entry %s", row.Line, textOfUUID(row.EntryID))
	}
	entry.Postings[line] = ledger.Posting{Account: code, AmountMinor: row.AmountMinor}
	entry.accountIDs[line] = row.AccountID
}

func (e *journalEntry) flaw(format string, args ...any) {
	e.flaws = append(e.flaws, fmt.Sprintf(format, args...))
}

// sameUUID compares a UUID's bytes with its text without a copy: it runs once a posting.
func sameUUID(id []byte, text string) bool {
	const digits = "0123456789abcdef"
	at := 0
	for _, b := range id {
		if at < len(text) && text[at] == '-' {
			at++
		}
		if at+1 >= len(text) || text[at] != digits[b>>4] || text[at+1] != digits[b&15] {
			return false
		}
		at += 2
	}
	return at == len(text)
}

func textOfUUID(id []byte) string {
	digits := hex.EncodeToString(id)
	if len(digits) != 32 {
		return digits
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}
