package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// An explanation splits an amount into the readings that earned it, then computes the amount
// again from other rows. If the two amounts differ, the explanation has the difference. It
// also has the result of each rule that it checked. All rows are read in one snapshot.

// readExplanation runs the reads of an explanation in one snapshot. They concern one payout,
// campaign or creator, so they must use indexes. PostgreSQL could choose a full scan while it
// has no statistics, for example after a restore, so full scans are switched off.
func (s *Store) readExplanation(ctx context.Context, read func(q *sqlc.Queries) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return db.Translate(pgx.BeginTxFunc(ctx, s.db.Pool, options, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		q := s.db.Queries.WithTx(tx)
		if err := q.KeepPartitions(ctx); err != nil {
			return err
		}
		return read(q)
	}))
}

// Check is one rule that an explanation checked. Name is stable, in snake case. Says has the
// values that were compared, as text for a person.
type Check struct {
	Name  string
	Holds bool
	Says  string
}

// Checks are all rules that an explanation checked.
type Checks []Check

func (c *Checks) add(name string, holds bool, format string, args ...any) {
	*c = append(*c, Check{Name: name, Holds: holds, Says: fmt.Sprintf(format, args...)})
}

// addCounted adds a check of a rule that applies to each accrual. broken accruals violate it.
func (c *Checks) addCounted(name string, broken, accruals int64) {
	if accruals > 0 {
		c.add(name, broken == 0, "%d of %d accruals", accruals-broken, accruals)
	}
}

// Broken returns the first check that does not hold, and whether there is one.
func (c Checks) Broken() (Check, bool) {
	for _, check := range c {
		if !check.Holds {
			return check, true
		}
	}
	return Check{}, false
}

// ExplainedAccrual is one accrual of a clip, with the reading and the amounts that it follows from.
type ExplainedAccrual struct {
	EntryID     string
	Seq         int64
	AccruedAt   time.Time
	CampaignID  string
	CreatorID   string
	AffiliateID string // who referred the creator; empty if there is none

	ClipID   string
	Platform clip.Platform
	// Poll is the number of the reading that earned the accrual.
	Poll           int32
	Views          int64
	HighWaterViews int64
	ExcludedViews  int64
	ObservedAt     time.Time
	// Decision is what the reading counts for, and AcceptedViews how much of it. ClaimedViews is a count that
	// waited for confirmation after it.
	Decision      views.Decision
	AcceptedViews int64
	ClaimedViews  int64
	Signals       []views.Signal
	Attempt       ExplainedAttempt

	CreditedViewsBefore int64
	CreditedViewsAfter  int64
	GrossMinor          int64
	CreatorMinor        int64
	FeeMinor            int64
	AffiliateMinor      int64
	// ClipGrossAfterMinor and CreatorGrossAfterMinor are the running totals after the accrual.
	ClipGrossAfterMinor    int64
	CreatorGrossAfterMinor int64
	LimitedBy              earnings.Limit

	// The fields below are about the hold of the creator whose earnings are explained. They
	// are empty if there is no hold.
	AvailableAt *time.Time
	// ByCard reports that AvailableAt is later than the terms say, because a payment that funds the
	// campaign was made by card.
	ByCard         bool
	ReleaseEntryID string
	ReleaseSeq     int64
	ReleasedAt     *time.Time
	// ReversalEntryID is the entry that reversed the accrual; empty if there is none.
	ReversalEntryID string
}

// ExplainedAttempt is the request to a provider that a reading came from.
type ExplainedAttempt struct {
	ID         string
	Provider   string
	Outcome    string
	Clips      int32
	LatencyMS  int64
	CostMicros int64
	StartedAt  time.Time
}

// listExplainedAccruals returns accruals by the id of their entry, each with the hold of the
// beneficiary. If beneficiaryID is empty, the hold is that of the clip's creator.
func listExplainedAccruals(ctx context.Context, q *sqlc.Queries, entryIDs []string, beneficiaryID string, cards earnings.CardHold) (map[string]ExplainedAccrual, error) {
	rows, err := q.ListExplainedAccruals(ctx, sqlc.ListExplainedAccrualsParams{EntryIds: entryIDs, BeneficiaryID: db.Optional(beneficiaryID), KeptMethods: cards.Methods()})
	if err != nil {
		return nil, err
	}
	accruals := make(map[string]ExplainedAccrual, len(rows))
	for _, row := range rows {
		accrual := ExplainedAccrual{
			EntryID: row.EntryID, Seq: row.Seq, AccruedAt: row.AccruedAt,
			CampaignID: row.CampaignID, CreatorID: row.CreatorID, AffiliateID: db.Text(row.AffiliateID),
			ClipID: row.ClipID, Platform: clip.Platform(row.Platform), Poll: row.Poll,
			Views: row.Views, HighWaterViews: row.HighWaterViews, ExcludedViews: row.ExcludedViews, ObservedAt: row.ObservedAt,
			Attempt: ExplainedAttempt{
				ID: row.AttemptID, Provider: row.Provider, Outcome: row.Outcome, Clips: row.Clips,
				LatencyMS: row.LatencyMs, CostMicros: row.CostMicros, StartedAt: row.StartedAt,
			},
			CreditedViewsBefore: row.CreditedViewsBefore, CreditedViewsAfter: row.CreditedViewsAfter,
			GrossMinor: row.GrossMinor, CreatorMinor: row.CreatorMinor, FeeMinor: row.FeeMinor, AffiliateMinor: row.AffiliateMinor,
			ClipGrossAfterMinor: row.ClipGrossAfterMinor, CreatorGrossAfterMinor: row.CreatorGrossAfterMinor,
			LimitedBy:   earnings.Limit(row.LimitedBy),
			AvailableAt: row.AvailableAt, ReleaseEntryID: db.Text(row.ReleaseEntryID), ReleasedAt: row.ReleasedAt,
			ReversalEntryID: db.Text(row.ReversalEntryID),
			Decision:        views.Decision(row.Decision), AcceptedViews: row.AcceptedViews, ClaimedViews: row.ClaimedViews,
		}
		if err := json.Unmarshal([]byte(row.Signals), &accrual.Signals); err != nil {
			return nil, err
		}
		if row.ReleaseSeq != nil {
			accrual.ReleaseSeq = *row.ReleaseSeq
		}
		if until := cards.Until(row.KeptPaymentAt); row.ReleasedAt == nil && row.AvailableAt != nil && until.After(*row.AvailableAt) {
			accrual.AvailableAt, accrual.ByCard = &until, true
		}
		accruals[row.EntryID] = accrual
	}
	return accruals, nil
}

// AccountEvents sums the entries of one kind on an account. The amount is positive on the
// account's normal side.
type AccountEvents struct {
	Kind        ledger.Kind
	Entries     int64
	AmountMinor int64
}

// ExplainedEntry is a journal entry with its postings and the external objects that it records.
type ExplainedEntry struct {
	EntryID     string
	Seq         int64
	Kind        ledger.Kind
	Reference   string
	Currency    money.Currency
	EffectiveAt time.Time
	RecordedAt  time.Time
	Reverses    string // the id of the entry that it reverses; empty if there is none
	Seal        int64  // the number of the seal that covers it; zero until it is sealed
	Postings    []ledger.Posting
	Objects     []ExternalObject
}

// ExternalObject is an object of the payment processor that an entry records.
type ExternalObject struct {
	Provider string
	Type     string
	ID       string
}

func (e ExplainedEntry) sumMinor(account ledger.Account) int64 {
	sumMinor := int64(0)
	for _, posting := range e.Postings {
		if posting.Account == account {
			sumMinor += posting.AmountMinor
		}
	}
	return sumMinor
}

func (e ExplainedEntry) balances() bool {
	totalMinor := int64(0)
	for _, posting := range e.Postings {
		totalMinor += posting.AmountMinor
	}
	return totalMinor == 0 && len(e.Postings) > 1
}

func listPayoutEntries(ctx context.Context, q *sqlc.Queries, payoutID string) ([]ExplainedEntry, error) {
	rows, err := q.ListPayoutEntries(ctx, payoutID)
	if err != nil {
		return nil, err
	}
	return explainEntries(ctx, q, rows)
}

// explainEntries adds postings and objects to entries.
func explainEntries(ctx context.Context, q *sqlc.Queries, rows []sqlc.ListPayoutEntriesRow) ([]ExplainedEntry, error) {
	entries, positions, ids := make([]ExplainedEntry, len(rows)), make(map[string]int, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		ids[i], positions[row.ID] = row.ID, i
		entries[i] = ExplainedEntry{
			EntryID: row.ID, Seq: row.Seq, Kind: ledger.Kind(row.Kind), Reference: row.Reference, Currency: money.Currency(row.Currency),
			EffectiveAt: row.EffectiveAt, RecordedAt: row.RecordedAt, Reverses: db.Text(row.Reverses), Seal: row.Seal,
		}
	}
	postings, err := q.ListEntryPostings(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, posting := range postings {
		entry := &entries[positions[posting.EntryID]]
		entry.Postings = append(entry.Postings, ledger.Posting{Account: ledger.Account(posting.Code), AmountMinor: posting.AmountMinor})
	}
	objects, err := q.ListEntryObjects(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		entry := &entries[positions[object.EntryID]]
		entry.Objects = append(entry.Objects, ExternalObject{Provider: object.Provider, Type: object.ObjectType, ID: object.ObjectID})
	}
	return entries, nil
}

func listTerms(ctx context.Context, q *sqlc.Queries, campaignIDs []string) (map[string]campaign.Terms, error) {
	rows, err := q.ListCampaignTerms(ctx, campaignIDs)
	if err != nil {
		return nil, err
	}
	terms := make(map[string]campaign.Terms, len(rows))
	for _, row := range rows {
		var frozen campaign.Terms
		if err := json.Unmarshal(row.Terms, &frozen); err != nil {
			return nil, fmt.Errorf("read terms of campaign %s: %w", row.ID, err)
		}
		terms[row.ID] = frozen
	}
	return terms, nil
}
