package audit

import (
	"fmt"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// UnsealedAgeMax is for how long an entry may wait for its seal. Blocks are sealed every few
// minutes; a transaction that stays open holds that up, but nobody leaves one open for a day.
const UnsealedAgeMax = 24 * time.Hour

// clockStepMax is how far the clock of the database may have been set back without a finding,
// which would never go away: seals, entries and closed periods have moments that it said one
// after the other. What somebody dates into a closed period within it of the closing is not seen.
const clockStepMax = 5 * time.Minute

// Unsealed is what no seal covers yet: whoever changes that leaves no trace in the chain.
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

// checkKept holds a seal against those that were kept elsewhere.
func (p *journalPass) checkKept(stored seal.Seal) {
	var ahead []seal.Seal
	for _, kept := range p.kept {
		switch {
		case kept.Number != stored.Number:
			ahead = append(ahead, kept)
		case kept.Hash != stored.Hash:
			p.add(Finding{"seal", strconv.FormatInt(stored.Number, 10), fmt.Sprintf("has the hash %s, and the one that was kept is %s: the chain was written anew, or it is that of other books", stored.Hash, kept.Hash)})
		}
	}
	p.kept = ahead
}

// checkStatement holds what a seal says of its block, without being part of its hash, against
// the block.
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
		p.add(Finding{"seal", subject, fmt.Sprintf("says that it covers %d postings, its entries have %d", row.Postings, postings)})
	}
	if row.SealedAt.Before(newest.Add(-clockStepMax)) || row.SealedAt.After(p.beside.moment.Add(clockStepMax)) {
		p.add(Finding{"seal", subject, fmt.Sprintf("says that it was made at %s, and not between %s, when there were its entries and the seal before, and now",
			row.SealedAt.UTC().Format(time.RFC3339), newest.UTC().Format(time.RFC3339))})
	}
	p.sealedAt = row.SealedAt
}

// checkEndOfSeals looks at what is missing behind the last seal.
func (p *journalPass) checkEndOfSeals() {
	for _, kept := range p.kept {
		p.add(Finding{"seal", strconv.FormatInt(kept.Number, 10), fmt.Sprintf("was kept with the hash %s and is not there: the last seal is %d", kept.Hash, p.seal.Number)})
	}
	if oldest := p.Unsealed.OldestRecordedAt; oldest != nil && p.beside.moment.Sub(*oldest) > UnsealedAgeMax {
		p.add(Finding{"seal", strconv.FormatInt(p.seal.Number, 10), fmt.Sprintf("is the last one, and behind it are %d entries that nothing seals, the oldest recorded at %s: seals were removed, or the worker seals nothing any more",
			p.Unsealed.Entries, oldest.UTC().Format(time.RFC3339))})
	}
}
