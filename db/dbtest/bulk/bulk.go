// Package bulk writes journals of millions of postings, for measurements.
package bulk

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/ledger"
)

const (
	creators = 1000
	// postingsPerEntry are a debit of escrow, the creator's share and the fee.
	postingsPerEntry = 3
	feeMinor         = 20
	// batchEntries bounds what is held in memory and in one transaction.
	batchEntries = 100_000
	campaignID   = "k1"
	currency     = "USD"
	budgetMinor  = 1_000_000_000_000
)

// Journal is the accruals of one campaign, of a thousand creators in turn. Its entries are
// those of package ledger, but no trigger checks them when they are written: that would take
// most of the time. Verifying the books does.
type Journal struct {
	conn     *pgx.Conn
	accounts map[ledger.Account]int64
	// entries is how many accruals were written.
	entries int
}

// Create begins a journal in books that have none, in the database at url.
func Create(ctx context.Context, url string, store *books.Books) (*Journal, error) {
	funding := ledger.Funding{CampaignID: campaignID, PaymentIntentID: "pi_1", Currency: currency, GrossMinor: budgetMinor, At: time.Now()}
	if _, err := store.Journal.Post(ctx, ledger.CampaignFunded(funding)); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	j := &Journal{conn: conn}
	if err := j.openAccounts(ctx); err != nil {
		j.Close()
		return nil, err
	}
	return j, nil
}

// Close closes the connection.
func (j *Journal) Close() { _ = j.conn.Close(context.Background()) }

// Postings is how many postings of accruals the journal has.
func (j *Journal) Postings() int { return j.entries * postingsPerEntry }

// FeesMinor is the balance of ledger.PlatformFees, which has a third of the postings.
func (j *Journal) FeesMinor() int64 { return int64(j.entries) * feeMinor }

func (j *Journal) openAccounts(ctx context.Context) error {
	for _, setting := range []string{"SET session_replication_role = replica", "SET synchronous_commit = off"} {
		if _, err := j.conn.Exec(ctx, setting); err != nil {
			return err
		}
	}
	codes := []string{string(ledger.PlatformFees)}
	for n := range creators {
		codes = append(codes, string(ledger.CreatorPending(creatorOf(n))))
	}
	if _, err := j.conn.Exec(ctx, "INSERT INTO ledger_accounts (code) SELECT unnest($1::text[])", codes); err != nil {
		return err
	}
	rows, err := j.conn.Query(ctx, "SELECT code, id FROM ledger_accounts")
	if err != nil {
		return err
	}
	defer rows.Close()
	j.accounts = map[ledger.Account]int64{}
	for rows.Next() {
		var code ledger.Account
		var id int64
		if err := rows.Scan(&code, &id); err != nil {
			return err
		}
		j.accounts[code] = id
	}
	return rows.Err()
}

// Grow adds accruals, as many as make so many postings.
func (j *Journal) Grow(ctx context.Context, postings int) error {
	for until := j.entries + postings/postingsPerEntry; j.entries < until; {
		if err := j.write(ctx, min(batchEntries, until-j.entries)); err != nil {
			return err
		}
	}
	return nil
}

// Vacuum brings the statistics and the visibility map up to date.
func (j *Journal) Vacuum(ctx context.Context) error {
	_, err := j.conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

func (j *Journal) write(ctx context.Context, entries int) error {
	var last int64
	if err := j.conn.QueryRow(ctx, "SELECT last_value FROM journal_entries_seq_seq").Scan(&last); err != nil {
		return err
	}
	now := time.Now().UTC()
	heads, legs := make([][]any, entries), make([][]any, 0, entries*postingsPerEntry)
	for i := range heads {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		entry, seq := accrual(j.entries+i, now), last+1+int64(i)
		heads[i] = []any{id, seq, string(entry.Kind), entry.Reference, string(entry.Currency), entry.RequestHash(), entry.EffectiveAt}
		for line, leg := range entry.Postings {
			legs = append(legs, []any{id, seq, int16(line + 1), j.accounts[leg.Account], string(entry.Currency), leg.AmountMinor})
		}
	}
	tx, err := j.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"journal_entries"}, []string{"id", "seq", "kind", "reference", "currency", "request_hash", "effective_at"}, pgx.CopyFromRows(heads)); err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"postings"}, []string{"entry_id", "seq", "line", "account_id", "currency", "amount_minor"}, pgx.CopyFromRows(legs)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT setval('journal_entries_seq_seq', $1)", last+int64(entries)); err != nil {
		return err
	}
	j.entries += entries
	return tx.Commit(ctx)
}

// accrual is the entry of the reading with a number.
func accrual(number int, at time.Time) ledger.Entry {
	return ledger.EarningsAccrued(ledger.Earning{
		ClipID: "clip", Poll: number, CampaignID: campaignID, CreatorID: creatorOf(number), Currency: currency, CreatorMinor: 80, FeeMinor: feeMinor, At: at,
	})
}

func creatorOf(number int) string { return strconv.Itoa(number%creators + 1) }
