package audit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// beginBehindArchives takes balances at the last boundary as they were written down when the
// month was detached, after holding them against what was recorded of them then. What lies
// before cannot be summed any more.
func (p *journalPass) beginBehindArchives(ctx context.Context, q *sqlc.Queries) error {
	for _, month := range p.archives {
		if month.Parent != "postings" {
			continue
		}
		balances, err := q.ListArchivedBalances(ctx, month.ThroughSeq)
		if err != nil {
			return err
		}
		if !bytes.Equal(months.HashBalances(balances), month.BalancesHash) {
			p.add(Finding{"archive", month.Month, fmt.Sprintf("the balances through entry %d are not those that were recorded when the month was detached", month.ThroughSeq)})
		}
		if month.ThroughSeq < p.base {
			continue
		}
		p.base = month.ThroughSeq
		clear(p.sums)
		clear(p.totals)
		for _, balance := range balances {
			p.sums[journal.Holding{AccountID: balance.AccountID, Currency: balance.Currency}] = balance.BalanceMinor
			p.totals[balance.Currency] += balance.BalanceMinor
		}
	}
	return nil
}

// leavesOf returns the leaves of entries, those of archived ones as they were sealed: without
// postings their content cannot be hashed. That they are there is checked all the same.
func (p *journalPass) leavesOf(entries []journal.Entry, sealed []seal.Leaf) []seal.Leaf {
	leaves := journal.LeavesOf(entries)
	if len(p.archives) == 0 {
		return leaves
	}
	for i := range entries {
		if !p.archives.HasEntry(entries[i].ID) {
			continue
		}
		at, found := slices.BinarySearchFunc(sealed, leaves[i].Seq, func(leaf seal.Leaf, seq int64) int { return cmp.Compare(leaf.Seq, seq) })
		if found {
			leaves[i] = sealed[at]
		}
	}
	return leaves
}
