package audit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/ledger"
)

// checkReversal compares an entry with the original, the entry that it reverses. It may not take
// back more than the original moved, in total and on each account of the original. If the money
// has moved since then, it can come back from other accounts.
//
// A clawback rounds fee and commission of the whole clip. So it may take a minor unit more than the
// accrual gave, but returns no more than its gross to the escrow.
func (p *journalPass) checkReversal(entry *journal.Entry, originals map[string]*journal.Entry) {
	if entry.ReversesID == "" {
		return
	}
	original := originals[entry.ReversesID]
	switch {
	case original == nil:
		p.add(Finding{"reversal", journal.NameOf(entry), "reverses entry " + entry.ReversesID + ", which does not exist"})
		return
	case original.Seq >= entry.Seq:
		p.add(Finding{"reversal", journal.NameOf(entry), "reverses entry " + entry.ReversesID + ", which is later"})
	case original.Currency != entry.Currency:
		p.add(Finding{"reversal", journal.NameOf(entry), "reverses an entry in " + string(original.Currency)})
	}
	if p.archives.HasEntry(original.ID) || p.archives.HasEntry(entry.ID) {
		return // the postings are archived
	}
	if entry.Kind == ledger.KindConvertedRefundFailed {
		return // it came back at another rate; checkConversions compares it with its record
	}
	moved, back := debitsOf(original.Postings), debitsOf(entry.Postings)
	rounding := int64(0)
	if entry.Kind == ledger.KindEarningsClawedBack {
		rounding = 1
	}
	if back > moved+rounding {
		p.add(Finding{"reversal", journal.NameOf(entry), fmt.Sprintf("takes back %d of %d", back, moved)})
	}
	sums := map[ledger.Account]int64{}
	for _, posting := range original.Postings {
		sums[posting.Account] += posting.AmountMinor
	}
	taken := map[ledger.Account]int64{}
	for _, posting := range entry.Postings {
		if _, shared := sums[posting.Account]; shared {
			taken[posting.Account] += posting.AmountMinor
		}
	}
	for _, account := range slices.Sorted(maps.Keys(taken)) {
		moved, tolerated := sums[account], int64(0)
		if _, _, ofCreator := account.OfCreator(); ofCreator || account == ledger.PlatformFees {
			tolerated = rounding
		}
		if left := moved + taken[account]; left < min(0, moved)-tolerated || left > max(0, moved)+tolerated {
			p.add(Finding{"reversal", journal.NameOf(entry), fmt.Sprintf("moves %d on %s, where the original moved %d", taken[account], account, moved)})
		}
	}
}

func debitsOf(postings []ledger.Posting) int64 {
	debitMinor := int64(0)
	for _, posting := range postings {
		debitMinor += max(0, posting.AmountMinor)
	}
	return debitMinor
}
