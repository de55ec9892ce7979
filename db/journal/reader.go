package journal

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Reader reads entries and their postings in the order of seq, block by block. Its memory does
// not grow with the ledger.
type Reader struct {
	Q     *sqlc.Queries
	codes map[int64]ledger.Account
}

// Block is a part of the journal without gaps: every entry after one seq, up to ThroughSeq.
type Block struct {
	ThroughSeq int64
	Entries    []Entry
	Postings   int64
	// Strays are postings that belong to no entry.
	Strays []sqlc.ListPostingsAfterRow
}

// Entry is an entry as it is stored.
type Entry struct {
	ledger.Recorded
	// AccountIDs has the account of each posting.
	AccountIDs []int64
	// Flaws are sentences about inconsistencies between the entry and its postings.
	Flaws []string
}

// BeforeFirst is below every seq and AfterLast above it. AllEntries is more than any block has.
const (
	BeforeFirst = math.MinInt64
	AfterLast   = math.MaxInt64
	AllEntries  = math.MaxInt32
)

// Read returns at most limit entries with a seq above afterSeq and up to throughSeq.
func (j *Reader) Read(ctx context.Context, afterSeq, throughSeq int64, limit int) (Block, error) {
	entries, err := j.Q.ListEntriesAfter(ctx, sqlc.ListEntriesAfterParams{AfterSeq: afterSeq, ThroughSeq: throughSeq, Batch: int32(limit)})
	if err != nil {
		return Block{}, err
	}
	if len(entries) == limit {
		throughSeq = entries[limit-1].Seq
	}
	postings, err := j.Q.ListPostingsAfter(ctx, sqlc.ListPostingsAfterParams{AfterSeq: afterSeq, ThroughSeq: throughSeq})
	if err != nil {
		return Block{}, err
	}
	block, err := j.assemble(ctx, entries, postings)
	block.ThroughSeq = throughSeq
	return block, err
}

// ReadByID returns the entries with the given ids. It leaves out ids that do not exist.
func (j *Reader) ReadByID(ctx context.Context, ids []string) (Block, error) {
	rows, err := j.Q.ListEntriesByID(ctx, ids)
	if err != nil {
		return Block{}, err
	}
	found, err := j.Q.ListPostingsByEntry(ctx, ids)
	if err != nil {
		return Block{}, err
	}
	entries := make([]sqlc.ListEntriesAfterRow, len(rows))
	for i, row := range rows {
		entries[i] = sqlc.ListEntriesAfterRow(row)
	}
	postings := make([]sqlc.ListPostingsAfterRow, len(found))
	for i, row := range found {
		postings[i] = sqlc.ListPostingsAfterRow(row)
	}
	return j.assemble(ctx, entries, postings)
}

func (j *Reader) assemble(ctx context.Context, entries []sqlc.ListEntriesAfterRow, postings []sqlc.ListPostingsAfterRow) (Block, error) {
	if err := j.loadCodes(ctx, postings); err != nil {
		return Block{}, err
	}
	block := Block{Entries: make([]Entry, len(entries)), Postings: int64(len(postings))}
	for i, row := range entries {
		block.Entries[i].Recorded = newRecorded(row)
	}
	j.assign(&block, postings)
	return block, nil
}

func newRecorded(row sqlc.ListEntriesAfterRow) ledger.Recorded {
	return ledger.Recorded{
		Entry: ledger.Entry{Kind: ledger.Kind(row.Kind), Reference: row.Reference, Currency: money.Currency(row.Currency), EffectiveAt: row.EffectiveAt.UTC()},
		Seq:   row.Seq, ID: row.ID, StoredHash: row.RequestHash, RecordedAt: row.RecordedAt.UTC(), ReversesID: db.Text(row.Reverses),
	}
}

// codesMax bounds the cached account codes of a Reader.
const codesMax = 200_000

// loadCodes reads the codes of accounts that are not cached. It drops a full cache, because a
// ledger may have more accounts than fit into memory.
func (j *Reader) loadCodes(ctx context.Context, postings []sqlc.ListPostingsAfterRow) error {
	if len(j.codes) > codesMax || j.codes == nil {
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
	rows, err := j.Q.ListAccountCodes(ctx, unknown)
	for _, row := range rows {
		j.codes[row.ID] = ledger.Account(row.Code)
	}
	return err
}

// assign adds every posting to its entry. Rows are nearly in the order of seq, so the search
// for an entry starts at the previous one.
func (j *Reader) assign(block *Block, postings []sqlc.ListPostingsAfterRow) {
	owners := make([]int32, len(postings))
	counts := make([]int, len(block.Entries))
	at := 0
	for i := range postings {
		at = block.Find(postings[i].Seq, at)
		owners[i] = int32(at)
		if at < 0 {
			block.Strays, at = append(block.Strays, postings[i]), 0
			continue
		}
		counts[at]++
	}
	legs, accountIDs := make([]ledger.Posting, len(postings)), make([]int64, len(postings))
	for i, count := range counts {
		entry := &block.Entries[i]
		entry.Postings, legs = legs[:count:count], legs[count:]
		entry.AccountIDs, accountIDs = accountIDs[:count:count], accountIDs[count:]
	}
	for i := range postings {
		if owners[i] >= 0 {
			j.put(&block.Entries[owners[i]], &postings[i])
		}
	}
	for i := range block.Entries {
		entry := &block.Entries[i]
		if slices.Contains(entry.AccountIDs, 0) {
			entry.flaw("its %d postings do not have the lines 1 to %d", len(entry.Postings), len(entry.Postings))
		}
	}
}

// Find returns the index of the entry with a seq, or -1. It tries the index near and the one
// after it first.
func (b *Block) Find(seq int64, near int) int {
	for at := near; at < min(near+2, len(b.Entries)); at++ {
		if b.Entries[at].Seq == seq {
			return at
		}
	}
	at := sort.Search(len(b.Entries), func(i int) bool { return b.Entries[i].Seq >= seq })
	if at < len(b.Entries) && b.Entries[at].Seq == seq {
		return at
	}
	return -1
}

// put stores one posting at its line.
func (j *Reader) put(entry *Entry, row *sqlc.ListPostingsAfterRow) {
	line := int(row.Line) - 1
	if line < 0 || line >= len(entry.Postings) || entry.AccountIDs[line] != 0 {
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
		entry.flaw("line %d has its seq but the id of entry %s", row.Line, TextOfUUID(row.EntryID))
	}
	entry.Postings[line] = ledger.Posting{Account: code, AmountMinor: row.AmountMinor}
	entry.AccountIDs[line] = row.AccountID
}

func (e *Entry) flaw(format string, args ...any) {
	e.Flaws = append(e.Flaws, fmt.Sprintf(format, args...))
}

// sameUUID compares the bytes of a UUID with its text. It does not allocate, because it runs
// for every posting.
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

// TextOfUUID returns the text of a UUID's bytes, or their hexadecimal digits if they are not 16.
func TextOfUUID(id []byte) string {
	digits := hex.EncodeToString(id)
	if len(digits) != 32 {
		return digits
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// NameOf returns a name by which a person finds the entry. It has all identifiers, because any
// of them may have been changed.
func NameOf(entry *Entry) string {
	return fmt.Sprintf("%d %s %s (%s)", entry.Seq, entry.Kind, entry.Reference, entry.ID)
}
