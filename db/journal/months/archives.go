// Package months detaches months of postings and observations from the books, and knows which
// months are detached.
package months

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Detached are the detached months, by table and in order.
type Detached []sqlc.ListDetachedMonthsRow

// ListDetached reads the detached months.
func ListDetached(ctx context.Context, q *sqlc.Queries) (Detached, error) {
	return q.ListDetachedMonths(ctx)
}

// throughSeq returns the highest seq of an entry whose postings may be archived, or zero.
func (d Detached) throughSeq() int64 {
	throughSeq := int64(0)
	for _, month := range d {
		throughSeq = max(throughSeq, month.ThroughSeq)
	}
	return throughSeq
}

// HasEntry reports whether the postings of an entry are archived. It compares ids as text, which
// sorts in the same order.
func (d Detached) HasEntry(id string) bool {
	return slices.ContainsFunc(d, func(month sqlc.ListDetachedMonthsRow) bool {
		return month.Parent == "postings" && id >= month.FirstID && id < month.NextID
	})
}

// RequirePostings returns fault.Conflict "archived" if an archived posting is dated or recorded
// after asOf.
func (d Detached) RequirePostings(asOf ledger.AsOf) error {
	for _, month := range d {
		if month.Parent == "postings" && (isAfter(month.LastEffectiveAt, asOf.EffectiveAt) || isAfter(month.LastRecordedAt, asOf.RecordedAt)) {
			return Archived("the balance as of that time needs postings of " + month.Month)
		}
	}
	return nil
}

// RequireAllPostings returns fault.Conflict "archived" if postings of any month are archived.
func (d Detached) RequireAllPostings() error {
	for _, month := range d {
		if month.Parent == "postings" && month.Entries > 0 {
			return Archived("the journal includes postings of " + month.Month)
		}
	}
	return nil
}

func isAfter(last, limit *time.Time) bool {
	return last != nil && limit != nil && last.After(*limit)
}

// Archived returns fault.Conflict "archived". what ends with the archived months.
func Archived(what string) error {
	return fault.New(fault.Conflict, "archived", "%s, which are archived: attach them again to read them (docs/guides/months.md)", what)
}

// RequireCreator returns fault.Conflict "archived" if earnings of a creator are archived.
func RequireCreator(ctx context.Context, q *sqlc.Queries, creatorID string) error {
	archived, err := q.IsCreatorArchived(ctx, creatorID)
	if err == nil && archived {
		err = Archived("the creator has earnings in months")
	}
	return err
}

// RequireCampaign returns fault.Conflict "archived" if funding, earnings or readings of a
// campaign are archived.
func RequireCampaign(ctx context.Context, q *sqlc.Queries, campaignID string) error {
	archived, err := q.IsCampaignArchived(ctx, campaignID)
	if err == nil && archived {
		err = Archived("the campaign has funding, earnings or readings in months")
	}
	return err
}

// HashBalances returns the SHA-256 over account, balance and currency of each balance, in their
// order. Verification compares it with the checkpoints once the postings are archived.
func HashBalances(balances []sqlc.ListArchivedBalancesRow) []byte {
	var text bytes.Buffer
	for _, balance := range balances {
		_ = binary.Write(&text, binary.BigEndian, balance.AccountID)
		_ = binary.Write(&text, binary.BigEndian, balance.BalanceMinor)
		text.WriteString(balance.Currency)
	}
	hash := sha256.Sum256(text.Bytes())
	return hash[:]
}
