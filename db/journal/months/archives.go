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

// Detached are the months that are detached, by table and in their order.
type Detached []sqlc.ListDetachedMonthsRow

func ListDetached(ctx context.Context, q *sqlc.Queries) (Detached, error) {
	return q.ListDetachedMonths(ctx)
}

// ThroughSeq is the last entry whose postings may be gone, or zero.
func (a Detached) ThroughSeq() int64 {
	throughSeq := int64(0)
	for _, month := range a {
		throughSeq = max(throughSeq, month.ThroughSeq)
	}
	return throughSeq
}

// HasEntry reports whether the postings of an entry are gone. Ids are compared as text,
// whose order is theirs.
func (a Detached) HasEntry(id string) bool {
	return slices.ContainsFunc(a, func(month sqlc.ListDetachedMonthsRow) bool {
		return month.Parent == "postings" && id >= month.FirstID && id < month.NextID
	})
}

// RequirePostings returns fault.Conflict "archived" if postings of any month are gone that
// are dated or recorded after a moment.
func (a Detached) RequirePostings(asOf ledger.AsOf) error {
	for _, month := range a {
		if month.Parent == "postings" && (isAfter(month.LastEffectiveAt, asOf.EffectiveAt) || isAfter(month.LastRecordedAt, asOf.RecordedAt)) {
			return Archived("the books as of then have postings of " + month.Month)
		}
	}
	return nil
}

// RequireAllPostings returns fault.Conflict "archived" if postings of any month are gone.
func (a Detached) RequireAllPostings() error {
	for _, month := range a {
		if month.Parent == "postings" && month.Entries > 0 {
			return Archived("the whole journal has postings of " + month.Month)
		}
	}
	return nil
}

func isAfter(last, moment *time.Time) bool {
	return last != nil && moment != nil && last.After(*moment)
}

func Archived(what string) error {
	return fault.New(fault.Conflict, "archived", "%s, which are archived: attach them again to look at them (docs/guides/months.md)", what)
}

// RequireCreator returns fault.Conflict "archived" if anything that a creator earned is gone.
func RequireCreator(ctx context.Context, q *sqlc.Queries, creatorID string) error {
	gone, err := q.IsCreatorArchived(ctx, creatorID)
	if err == nil && gone {
		err = Archived("the creator has earnings of months")
	}
	return err
}

// RequireCampaign returns fault.Conflict "archived" if anything that a campaign was funded
// with or spent is gone.
func RequireCampaign(ctx context.Context, q *sqlc.Queries, campaignID string) error {
	gone, err := q.IsCampaignArchived(ctx, campaignID)
	if err == nil && gone {
		err = Archived("the campaign has funding, earnings or readings of months")
	}
	return err
}

// HashBalances is over account, currency and balance, in their order: what the checkpoints at
// a boundary are held against once the postings before it are gone.
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
