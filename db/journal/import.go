package journal

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// Imported is the result of Import. Head is the last seal, the same as in the exported books.
type Imported struct {
	Entries  int64     `json:"entries"`
	Postings int64     `json:"postings"`
	Head     seal.Seal `json:"-"`
}

// Import replays a transcript into empty books at url. It keeps the ids, seqs and times of the
// entries and computes the seals again over the same blocks. It acts as the role that logs in,
// which must own the schema. All is one transaction, so a refused transcript leaves nothing.
//
// It returns fault.Conflict "books_not_empty", and fault.Invalid "transcript_differs" if a request
// hash or the last seal does not match the entries. It also returns the faults of
// transcript.Reader and of the rules for every entry.
func Import(ctx context.Context, url string, lines transcript.Reader) (Imported, error) {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return Imported{}, db.Unreachable(err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	var imported Imported
	err = pgx.BeginFunc(ctx, connection, func(tx pgx.Tx) error {
		q := sqlc.New(tx)
		if err := requireEmptyBooks(ctx, q); err != nil {
			return err
		}
		replay := &replay{q: q, accounts: map[ledger.Account]int64{}}
		if err := replay.run(ctx, lines); err != nil {
			return err
		}
		imported = replay.Imported
		imported.Head = replay.head
		return nil
	})
	return imported, db.Translate(err)
}

func requireEmptyBooks(ctx context.Context, q *sqlc.Queries) error {
	if err := q.LockJournal(ctx); err != nil {
		return err
	}
	empty, err := q.AreBooksEmpty(ctx)
	if err == nil && !*empty {
		return fault.New(fault.Conflict, "books_not_empty", "a transcript can be imported into empty books only: migrate a new database and import there")
	}
	return err
}

// replayBlockEntries is how many entries one statement writes.
const replayBlockEntries = 5_000

// replay writes a transcript block by block. It keeps the entries of one seal in memory until
// the seal is complete.
type replay struct {
	Imported
	q        *sqlc.Queries
	accounts map[ledger.Account]int64
	head     seal.Seal
	// number is the seal of the current block; zero if the entries are not sealed.
	number int64
	// written are the entries of the current block that are in the database.
	written []Entry
	// pending are entries that are not written yet.
	pending []Entry
}

func (r *replay) run(ctx context.Context, lines transcript.Reader) error {
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if line.Seal != r.number && r.number > 0 {
			if err := r.seal(ctx); err != nil {
				return err
			}
		}
		r.number = line.Seal
		r.pending = append(r.pending, Entry{Recorded: line.Recorded})
		if len(r.pending) == replayBlockEntries {
			if err := r.write(ctx); err != nil {
				return err
			}
		}
	}
	finish := r.write
	if r.number > 0 {
		finish = r.seal
	}
	if err := finish(ctx); err != nil {
		return err
	}
	if end := lines.End(); end.Seal != r.head.Number || end.SealHash != r.head.Hash {
		return fault.New(fault.Invalid, "transcript_differs", "the entries give seal %d the hash %s, but in the exported books seal %d has the hash %s. Export again, or find the change there with `creditroll ledger verify`",
			r.head.Number, r.head.Hash, end.Seal, end.SealHash)
	}
	return nil
}

// seal writes the rest of the current block and its seal.
func (r *replay) seal(ctx context.Context) error {
	if err := r.write(ctx); err != nil {
		return err
	}
	block := Block{Entries: r.written}
	for i := range r.written {
		block.Postings += int64(len(r.written[i].Postings))
	}
	if _, err := writeSeal(ctx, r.q, r.head, block, seal.DefaultLimits()); err != nil {
		return err
	}
	r.head, r.written = r.head.Next(LeavesOf(r.written)), nil
	return nil
}

// write inserts the pending entries.
func (r *replay) write(ctx context.Context) error {
	if len(r.pending) == 0 {
		return nil
	}
	if err := r.openAccounts(ctx); err != nil {
		return err
	}
	last := r.pending[len(r.pending)-1].Seq
	if err := r.q.SetLastDrawnSeq(ctx, last); err != nil {
		return err
	}
	insert := sqlc.ReplayEntriesParams{}
	for i := range r.pending {
		r.add(&insert, &r.pending[i])
	}
	if err := r.q.ReplayEntries(ctx, insert); err != nil {
		return err
	}
	if err := r.checkRequests(ctx); err != nil {
		return err
	}
	r.Entries += int64(len(r.pending))
	r.Postings += int64(len(insert.EntryIds))
	if r.number > 0 {
		r.written = append(r.written, r.pending...)
	}
	r.pending = nil
	return nil
}

// checkRequests compares the stored request hash of each pending entry with its content. It runs
// after they are written, because an entry may reverse another one of the same block.
func (r *replay) checkRequests(ctx context.Context) error {
	var reversed []string
	for i := range r.pending {
		if id := r.pending[i].ReversesID; id != "" {
			reversed = append(reversed, id)
		}
	}
	originals := map[string]sqlc.ListEntriesByIDRow{}
	if len(reversed) > 0 {
		rows, err := r.q.ListEntriesByID(ctx, reversed)
		if err != nil {
			return err
		}
		for _, row := range rows {
			originals[row.ID] = row
		}
	}
	for i := range r.pending {
		entry := &r.pending[i]
		original := originals[entry.ReversesID]
		entry.ReversesKind, entry.ReversesReference = ledger.Kind(original.Kind), original.Reference
		if !bytes.Equal(entry.RequestHash(), entry.StoredHash) {
			return fault.New(fault.Invalid, "transcript_differs", "entry %s differs from its request hash: export again", NameOf(entry))
		}
	}
	return nil
}

func (r *replay) add(insert *sqlc.ReplayEntriesParams, entry *Entry) {
	insert.Ids = append(insert.Ids, entry.ID)
	insert.Seqs = append(insert.Seqs, entry.Seq)
	insert.Kinds = append(insert.Kinds, string(entry.Kind))
	insert.Refs = append(insert.Refs, entry.Reference)
	insert.Currencies = append(insert.Currencies, string(entry.Currency))
	insert.RequestHashes = append(insert.RequestHashes, entry.StoredHash)
	insert.EffectiveAts = append(insert.EffectiveAts, entry.EffectiveAt)
	insert.RecordedAts = append(insert.RecordedAts, entry.RecordedAt)
	insert.Reverses = append(insert.Reverses, entry.ReversesID)
	for i, posting := range entry.Postings {
		id := r.accounts[posting.Account]
		entry.AccountIDs = append(entry.AccountIDs, id)
		insert.EntryIds = append(insert.EntryIds, entry.ID)
		insert.Lines = append(insert.Lines, int16(i+1))
		insert.AccountIds = append(insert.AccountIds, id)
		insert.AmountsMinor = append(insert.AmountsMinor, posting.AmountMinor)
	}
}

// openAccounts opens the accounts of pending entries that no earlier entry has posted to.
func (r *replay) openAccounts(ctx context.Context) error {
	var missing []string
	for i := range r.pending {
		for _, posting := range r.pending[i].Postings {
			if _, known := r.accounts[posting.Account]; !known {
				r.accounts[posting.Account] = 0
				missing = append(missing, string(posting.Account))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := r.q.InsertLedgerAccounts(ctx, missing); err != nil {
		return err
	}
	rows, err := r.q.ListLedgerAccounts(ctx, missing)
	for _, row := range rows {
		r.accounts[ledger.Account(row.Code)] = row.ID
	}
	return err
}
