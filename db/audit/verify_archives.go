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

// beginAfterArchives starts the sums with the balances that were stored when the last archived
// month was detached. The postings before that entry are archived, so they cannot be summed. The
// balances must have the hash that was recorded when the month was detached.
func (p *journalPass) beginAfterArchives(ctx context.Context, q *sqlc.Queries) error {
	for _, month := range p.archives {
		if month.Parent != "postings" {
			continue
		}
		balances, err := q.ListArchivedBalances(ctx, month.ThroughSeq)
		if err != nil {
			return err
		}
		if !bytes.Equal(months.HashBalances(balances), month.BalancesHash) {
			p.add(Finding{"archive", month.Month, fmt.Sprintf("the balances through entry %d differ from those that were recorded when the month was detached", month.ThroughSeq)})
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

// leavesOf returns the leaves of entries. An archived entry has no postings, so its content
// cannot be hashed: its leaf is the sealed one. So the seals still prove that the entry exists.
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
