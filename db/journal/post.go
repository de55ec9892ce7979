package journal

import (
	"bytes"
	"context"
	"slices"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// Posted is a recorded journal entry. Replayed reports that an earlier call recorded it.
type Posted struct {
	EntryID  string
	Replayed bool
}

// Post writes one entry, or returns the entry that exists under its kind and reference. It
// returns fault.Conflict "reference_reused" if the existing entry differs, and the faults of
// ledger.Entry.Validate.
func (s *Store) Post(ctx context.Context, entry ledger.Entry) (Posted, error) {
	if err := s.OpenAccounts(ctx, entry); err != nil {
		return Posted{}, err
	}
	var posted []Posted
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		var err error
		posted, err = s.PostIn(ctx, q, entry)
		return err
	})
	if err != nil {
		return Posted{}, err
	}
	return posted[0], nil
}

// PostIn writes entries inside a transaction as Post does, with all postings in one statement.
// The accounts must exist: call OpenAccounts before the transaction begins. It also returns
// fault.Conflict "nothing_to_reverse" if the entry to reverse does not exist.
func (s *Store) PostIn(ctx context.Context, q *sqlc.Queries, entries ...ledger.Entry) ([]Posted, error) {
	reversed := make([]string, len(entries))
	for i, entry := range entries {
		var err error
		if reversed[i], err = reversedEntry(ctx, q, entry); err != nil {
			return nil, err
		}
	}
	insert, err := s.Insertion(entries, reversed)
	if err != nil {
		return nil, err
	}
	inserted, err := q.InsertEntries(ctx, insert)
	if err != nil {
		return nil, err
	}
	posted := make([]Posted, len(entries))
	for i, id := range insert.Ids {
		posted[i].EntryID = id
	}
	if len(inserted) == len(entries) {
		return posted, nil
	}
	return posted, findReplayed(ctx, q, entries, posted, inserted)
}

// Insertion validates entries and returns their rows with new ids. reversed has, for each entry,
// the id of the entry that it reverses, or names.NilID. It returns the faults of
// ledger.Entry.Validate.
func (s *Store) Insertion(entries []ledger.Entry, reversed []string) (sqlc.InsertEntriesParams, error) {
	insert := sqlc.InsertEntriesParams{Reverses: reversed}
	for _, entry := range entries {
		if err := entry.Validate(); err != nil {
			return insert, err
		}
		id := db.NewID()
		insert.Ids = append(insert.Ids, id)
		insert.Kinds = append(insert.Kinds, string(entry.Kind))
		insert.Refs = append(insert.Refs, entry.Reference)
		insert.Currencies = append(insert.Currencies, string(entry.Currency))
		insert.RequestHashes = append(insert.RequestHashes, entry.RequestHash())
		insert.EffectiveAts = append(insert.EffectiveAts, entry.EffectiveAt)
		insert.ExactDates = append(insert.ExactDates, entry.ExactDate)
		for line, posting := range entry.Postings {
			account, ok := s.accounts.Get(posting.Account)
			if !ok {
				return insert, fault.New(fault.Internal, "account_unresolved", "account %s was not resolved before posting", posting.Account)
			}
			insert.EntryIds = append(insert.EntryIds, id)
			insert.Lines = append(insert.Lines, int16(line+1))
			insert.AccountIds = append(insert.AccountIds, account)
			insert.AmountsMinor = append(insert.AmountsMinor, posting.AmountMinor)
		}
	}
	return insert, nil
}

// ObjectProvider is the payment processor whose objects the ledger links to its entries. There is
// one so far; an entry of another rail needs a column that names it.
const ObjectProvider = "stripe"

// PostObjectIn posts an entry as PostIn does, and links it to the object of the payment processor
// that its kind stands for. A replay links nothing again. Neither does an empty id: the processor
// does not always name what brought money back. It returns fault.Conflict
// "external_object_recorded" if another entry records the object.
func (s *Store) PostObjectIn(ctx context.Context, q *sqlc.Queries, entry ledger.Entry, objectID string) (Posted, error) {
	posted, err := s.PostIn(ctx, q, entry)
	if err != nil {
		return Posted{}, err
	}
	if posted[0].Replayed || objectID == "" {
		return posted[0], nil
	}
	return posted[0], q.InsertExternalObject(ctx, sqlc.InsertExternalObjectParams{
		Provider: ObjectProvider, ObjectType: entry.ObjectType(), ObjectID: objectID, EntryID: posted[0].EntryID,
	})
}

func reversedEntry(ctx context.Context, q *sqlc.Queries, entry ledger.Entry) (string, error) {
	if entry.ReversesKind == "" {
		return names.NilID, nil
	}
	original, err := q.GetJournalEntry(ctx, sqlc.GetJournalEntryParams{Kind: string(entry.ReversesKind), Reference: entry.ReversesReference})
	if err != nil {
		return "", db.Absent(err, fault.New(fault.Conflict, "nothing_to_reverse", "the entry %s %s to reverse does not exist", entry.ReversesKind, entry.ReversesReference))
	}
	return original.ID, nil
}

// findReplayed sets the ids of entries that existed before. It is a statement of its own, as
// the other transaction may have committed after the snapshot of the insert.
func findReplayed(ctx context.Context, q *sqlc.Queries, entries []ledger.Entry, posted []Posted, inserted []string) error {
	for i, entry := range entries {
		if slices.Contains(inserted, posted[i].EntryID) {
			continue
		}
		original, err := q.GetJournalEntry(ctx, sqlc.GetJournalEntryParams{Kind: string(entry.Kind), Reference: entry.Reference})
		if err != nil {
			return err
		}
		if !bytes.Equal(original.RequestHash, entry.RequestHash()) {
			return fault.New(fault.Conflict, "reference_reused", "%s %s was posted before with other amounts or accounts", entry.Kind, entry.Reference)
		}
		posted[i] = Posted{EntryID: original.ID, Replayed: true}
	}
	return nil
}

// OpenAccounts creates the missing accounts that entries post to. It runs outside of the posting
// transaction, so that no transaction waits for an account that another one creates. An account
// without postings has no effect.
func (s *Store) OpenAccounts(ctx context.Context, entries ...ledger.Entry) error {
	var missing []string
	for _, entry := range entries {
		for _, posting := range entry.Postings {
			if _, ok := s.accounts.Get(posting.Account); !ok {
				missing = append(missing, string(posting.Account))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	if err := s.db.Queries.InsertLedgerAccounts(ctx, missing); err != nil {
		return db.Translate(err)
	}
	rows, err := s.db.Queries.ListLedgerAccounts(ctx, missing)
	if err != nil {
		return db.Translate(err)
	}
	for _, row := range rows {
		s.accounts.Add(ledger.Account(row.Code), row.ID)
	}
	return nil
}

// RememberAccount caches the id of an account that another query has read.
func (s *Store) RememberAccount(account ledger.Account, id int64) { s.accounts.Add(account, id) }
