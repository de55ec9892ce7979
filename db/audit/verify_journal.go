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

// journalPass reads the journal once, in the order of seq. It trusts no stored value: hashes,
// sums and balances are computed again and compared with the stored ones.
type journalPass struct {
	*Verification
	// seal is the last seal that the pass has read.
	seal seal.Seal
	// sums are the balances up to the last entry that was read. totals are the sums of all
	// accounts, by currency.
	sums   map[journal.Holding]int64
	totals map[string]int64
	facts  verificationFacts
	// postedMinor is the sum of all postings that were read.
	postedMinor int64
	// archives are the archived months. base is the last entry that stored balances cover
	// instead of postings.
	archives months.Detached
	base     int64
	// kept are the seals that were kept elsewhere and that the pass has not reached yet.
	kept []seal.Seal
	// lowestUnsealed is the lowest id of the unsealed entries; empty if there are none.
	lowestUnsealed string
	// sealedAt is the time in the last seal.
	sealedAt time.Time
}

func newJournalPass(ctx context.Context, q *sqlc.Queries, verification *Verification) (*journalPass, error) {
	months, err := months.ListDetached(ctx, q)
	return &journalPass{Verification: verification, sums: map[journal.Holding]int64{}, totals: map[string]int64{}, archives: months}, err
}

// run checks all entries after the pass's seal. While the reader runs, only the reader may use
// the connection.
func (p *journalPass) run(ctx context.Context, q *sqlc.Queries, fromSeal bool) error {
	if err := p.facts.load(ctx, q); err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	blocks := make(chan storedBlock, 1)
	reader := blockReader{Reader: journal.Reader{Q: q}, afterSeq: journal.BeforeFirst, afterNumber: p.seal.Number, facts: p.facts}
	if fromSeal {
		reader.afterSeq = p.seal.LastSeq
	}
	go reader.send(reading, blocks)
	defer func() {
		stop()
		for range blocks { // until the reader does not use the connection
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
		return nil // the sums are complete only if the pass starts at the first entry
	}
	p.checkEndOfSeals()
	if err := p.checkComplete(ctx, q); err != nil {
		return err
	}
	for currency, totalMinor := range p.totals {
		if totalMinor != 0 {
			p.add(Finding{"trial_balance", currency, fmt.Sprintf("all postings sum to %d instead of zero", totalMinor)})
		}
	}
	return nil
}

func (p *journalPass) check(block *storedBlock, fromSeal bool) {
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
		p.checkEarnings(entry, &block.earnings)
		if closedAt, closed := p.facts.closedWhen(entry.EffectiveAt); closed && entry.RecordedAt.After(closedAt.Add(clockStepMax)) {
			p.add(Finding{"period", journal.NameOf(entry), fmt.Sprintf("is dated %s and was recorded at %s, but that month was closed at %s",
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

// checkComplete counts the rows of the tables without the order of seq. The pass reads in that
// order, so it cannot find a row that has no number.
func (p *journalPass) checkComplete(ctx context.Context, q *sqlc.Queries) error {
	whole, err := q.CountJournal(ctx)
	if err != nil {
		return err
	}
	for _, table := range []struct {
		name         string
		stored, read int64
	}{
		{"journal_entries", whole.Entries, p.Checked.Entries},
		{"postings", whole.Postings, p.Checked.Postings},
		{"seals", whole.Seals, p.Checked.Seals},
		{"balance_checkpoints", whole.Checkpoints, p.Checked.Checkpoints},
	} {
		if table.stored != table.read {
			p.add(Finding{"journal", table.name, fmt.Sprintf("has %d rows, but only %d were found in the order of the journal", table.stored, table.read)})
		}
	}
	if read := strconv.FormatInt(p.postedMinor, 10); whole.PostedMinor != read {
		p.add(Finding{"journal", "postings", fmt.Sprintf("sum to %s, but those that were found in the order of the journal sum to %s", whole.PostedMinor, read)})
	}
	return nil
}

// flawsOf returns what is wrong with an entry, without a comparison with other entries.
func (p *journalPass) flawsOf(entry *journal.Entry) []string {
	flaws := entry.Flaws
	if entry.Seq < 1 {
		flaws = append(flaws, "its number is below one, where the sequence begins")
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
		flaws = append(flaws, "its kind, reference, currency, reversal or a posting is not what was requested: the request hash differs")
	}
	return flaws
}

// sum adds the postings of a block to the balances and compares them with the checkpoints.
func (p *journalPass) sum(block *storedBlock) {
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
				continue // the balances that the sums began with include it
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
		p.add(Finding{"checkpoint", subject, fmt.Sprintf("has %d, but the postings sum to %d", row.BalanceMinor, sumMinor)})
	}
	if row.ThroughSeq > p.seal.LastSeq {
		p.add(Finding{"checkpoint", subject, "covers entries that are not sealed"})
	}
}
