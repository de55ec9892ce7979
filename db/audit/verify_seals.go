package audit

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// unsealedAgeMax is how long an entry may wait for its seal. Blocks are sealed every few minutes.
// An open transaction delays the seals, but no transaction is open for a day.
const unsealedAgeMax = 24 * time.Hour

// clockStepMax is how far the clock of the database may be set back without a finding. Seals,
// entries and closed periods have times of this clock, and a finding about them is permanent. An
// entry that is dated into a closed period is not found if it was recorded within this time
// after the period was closed.
const clockStepMax = 5 * time.Minute

// Unsealed counts the entries that no seal covers yet: a change to them leaves no trace in the
// chain.
type Unsealed struct {
	Entries int64 `json:"entries"`
	// OldestRecordedAt is nil if everything is sealed.
	OldestRecordedAt *time.Time `json:"oldest_recorded_at"`
}

func (p *journalPass) countUnsealed(entries []journal.Entry) {
	unsealed := &p.Unsealed
	unsealed.Entries += int64(len(entries))
	for i := range entries {
		if recordedAt := entries[i].RecordedAt; unsealed.OldestRecordedAt == nil || recordedAt.Before(*unsealed.OldestRecordedAt) {
			unsealed.OldestRecordedAt = &recordedAt
		}
		if p.lowestUnsealed == "" || entries[i].ID < p.lowestUnsealed {
			p.lowestUnsealed = entries[i].ID
		}
	}
}

// checkSeals compares a block with its seals: the chain, each seal and each entry.
func (p *journalPass) checkSeals(block *storedBlock) {
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
		p.add(Finding{"seal", subject, fmt.Sprintf("follows seal %d: the seals between them are gone", p.seal.Number)})
	} else if stored.Previous != p.seal.Hash {
		p.add(Finding{"seal", subject, fmt.Sprintf("names another hash of seal %d than the stored one: seal %d or this seal was replaced", p.seal.Number, p.seal.Number)})
	}
	if stored.LastSeq <= p.seal.LastSeq {
		p.add(Finding{"seal", subject, fmt.Sprintf("ends at entry %d, but seal %d does not end before it", stored.LastSeq, p.seal.Number)})
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

// checkKept compares a seal with the seals that were kept elsewhere.
func (p *journalPass) checkKept(stored seal.Seal) {
	var ahead []seal.Seal
	for _, kept := range p.kept {
		switch {
		case kept.Number != stored.Number:
			ahead = append(ahead, kept)
		case kept.Hash != stored.Hash:
			p.add(Finding{"seal", strconv.FormatInt(stored.Number, 10), fmt.Sprintf("has the hash %s, but the kept seal has %s: the chain was rewritten, or it belongs to other books", stored.Hash, kept.Hash)})
		}
	}
	p.kept = ahead
}

// checkStatement compares a block with the values of its seal that the seal's hash does not
// cover: the number of postings and the time.
func (p *journalPass) checkStatement(row *sqlc.ListSealsAfterRow, entries []journal.Entry) {
	subject, postings, complete := strconv.FormatInt(row.Number, 10), int64(0), true
	newest := p.sealedAt
	for i := range entries {
		postings += int64(len(entries[i].Postings))
		complete = complete && !p.archives.HasEntry(entries[i].ID)
		if entries[i].RecordedAt.After(newest) {
			newest = entries[i].RecordedAt
		}
	}
	if complete && postings != row.Postings {
		p.add(Finding{"seal", subject, fmt.Sprintf("says that it covers %d postings, but its entries have %d", row.Postings, postings)})
	}
	if row.SealedAt.Before(newest.Add(-clockStepMax)) || row.SealedAt.After(p.facts.startedAt.Add(clockStepMax)) {
		p.add(Finding{"seal", subject, fmt.Sprintf("says that it was made at %s, but it must be after its entries and the seal before it, at %s, and before now",
			row.SealedAt.UTC().Format(time.RFC3339), newest.UTC().Format(time.RFC3339))})
	}
	p.sealedAt = row.SealedAt
}

// checkEndOfSeals finds kept seals that the chain does not have, and entries that were not sealed
// in time.
func (p *journalPass) checkEndOfSeals() {
	for _, kept := range p.kept {
		p.add(Finding{"seal", strconv.FormatInt(kept.Number, 10), fmt.Sprintf("was kept with the hash %s and is not there: the last seal is %d", kept.Hash, p.seal.Number)})
	}
	if oldest := p.Unsealed.OldestRecordedAt; oldest != nil && p.facts.startedAt.Sub(*oldest) > unsealedAgeMax {
		p.add(Finding{"seal", strconv.FormatInt(p.seal.Number, 10), fmt.Sprintf("is the last seal, and %d entries after it are not sealed, the oldest recorded at %s: seals were removed, or the worker does not seal",
			p.Unsealed.Entries, oldest.UTC().Format(time.RFC3339))})
	}
}
