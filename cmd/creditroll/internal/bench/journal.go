package bench

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// The journals for comparing reads of a balance, in postings. The account has a third of the
// postings.
const (
	smallJournal = 10_000
	hotAccount   = ledger.PlatformFees
	// unsealedTail is the number of postings after the last seal in both journals.
	unsealedTail = 3_000
)

// measureJournal compares reading a balance from a small and a large journal. It seals and
// verifies the large one.
func measureJournal(ctx context.Context, server string, p plan, progress func(string), result *Result) error {
	small, err := newJournal(ctx, server, "small_journal", smallJournal, progress)
	if err != nil {
		return err
	}
	defer small.close()
	large, err := newJournal(ctx, server, "large_journal", p.journalPostings, progress)
	if err != nil {
		return err
	}
	defer large.close()
	// Write both tails at the same moment. Autovacuum reaches the small table first, and then only
	// one of the two could be read with an index-only scan.
	for _, journal := range []*journalBench{small, large} {
		if err := journal.grow(ctx, unsealedTail); err != nil {
			return err
		}
	}
	result.JournalPostings, result.SealPostingsPerSecond = large.postings, round(large.sealedPerSecond)

	var growth []float64
	for range balanceRounds {
		few, err := small.readBalances(ctx)
		if err != nil {
			return err
		}
		many, err := large.readBalances(ctx)
		if err != nil {
			return err
		}
		growth = append(growth, many/few)
		result.BalanceReadMs = round(many)
	}
	result.BalanceReadGrowth = median(growth)

	progress(fmt.Sprintf("verifying %d postings", large.postings))
	begin := time.Now()
	verified, err := large.store.Audit.Verify(ctx)
	if err != nil {
		return err
	}
	if len(verified.Findings) > 0 {
		return fmt.Errorf("verification found %d errors in the large journal, the first: %s", len(verified.Findings), verified.Findings[0])
	}
	result.VerifyPostingsPerSecond = round(float64(verified.Checked.Postings) / time.Since(begin).Seconds())
	return nil
}

const (
	balanceRounds = 9
	balanceReads  = 400
)

// journalBench is a database with a generated journal.
type journalBench struct {
	store           *books.Books
	writer          *pgx.Conn
	postings        int
	sealedPerSecond float64
}

func (j *journalBench) close() {
	j.store.DB.Close()
	_ = j.writer.Close(context.Background())
}

// newJournal writes and seals a journal without its tail.
func newJournal(ctx context.Context, server, name string, postings int, progress func(string)) (*journalBench, error) {
	progress(fmt.Sprintf("writing a journal of %d postings", postings))
	address, err := createDatabase(ctx, server, name)
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, address); err != nil {
		return nil, err
	}
	j := &journalBench{}
	if j.store, err = books.Open(ctx, address, db.Options{}); err != nil {
		return nil, err
	}
	if j.writer, err = pgx.Connect(ctx, address); err != nil {
		j.store.DB.Close()
		return nil, err
	}
	if err := j.fill(ctx, postings-unsealedTail, progress); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

func createDatabase(ctx context.Context, server, name string) (string, error) {
	owner, err := pgx.Connect(ctx, server)
	if err != nil {
		return "", err
	}
	defer func() { _ = owner.Close(ctx) }()
	if _, err := owner.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	address, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	address.Path = "/" + name
	return address.String(), nil
}

func (j *journalBench) fill(ctx context.Context, postings int, progress func(string)) error {
	funding := ledger.Funding{CampaignID: "k1", PaymentIntentID: "pi_1", Currency: "USD", GrossMinor: budgetMinor, At: time.Now()}
	if _, err := j.store.Journal.Post(ctx, ledger.CampaignFunded(funding)); err != nil {
		return err
	}
	for _, statement := range []string{
		// Without triggers, which would take most of the time. Verification checks the result.
		"SET session_replication_role = replica", "SET synchronous_commit = off", "SET jit = off",
		"INSERT INTO ledger_accounts (code) VALUES ('platform/fees')",
		"INSERT INTO ledger_accounts (code) SELECT 'creator/' || n || '/pending' FROM generate_series(1, 1000) AS n",
		"CREATE FUNCTION pg_temp.field(content text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT int4send(length(content)) || content::bytea $$",
	} {
		if _, err := j.writer.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := j.grow(ctx, postings); err != nil {
		return err
	}
	if _, err := j.writer.Exec(ctx, "VACUUM ANALYZE"); err != nil {
		return err
	}
	progress(fmt.Sprintf("sealing %d postings", j.postings))
	begin := time.Now()
	if err := j.seal(ctx); err != nil {
		return err
	}
	j.sealedPerSecond = float64(j.postings) / time.Since(begin).Seconds()
	return nil
}

const generatedBatch = 300_000

// grow adds accruals of three postings each.
func (j *journalBench) grow(ctx context.Context, postings int) error {
	for until := j.postings + postings; j.postings+3 <= until; {
		next := min(j.postings+generatedBatch, until)
		if err := writeAccruals(ctx, j.writer, j.postings/3, next/3); err != nil {
			return err
		}
		j.postings = next / 3 * 3
	}
	return nil
}

// writeAccruals writes numbered accruals of a thousand creators in the journal's form.
func writeAccruals(ctx context.Context, writer *pgx.Conn, from, until int) error {
	_, err := writer.Exec(ctx, `
		WITH entry AS (
			INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
			SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
			       'earnings_accrued', 'clip/' || n, 'USD',
			       sha256(pg_temp.field('earnings_accrued') || pg_temp.field('clip/' || n) || pg_temp.field('USD') || pg_temp.field('') || pg_temp.field('')
			              || pg_temp.field('campaign/k1/escrow') || int8send(100)
			              || pg_temp.field('creator/' || n % 1000 + 1 || '/pending') || int8send(-80) || pg_temp.field('platform/fees') || int8send(-20)), now()
			  FROM generate_series($1::int, $2::int - 1) AS n
			RETURNING id, seq, reference)
		INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
		SELECT entry.id, entry.seq, leg.line, account.id, 'USD', leg.amount_minor
		  FROM entry CROSS JOIN LATERAL (VALUES (1, 'campaign/k1/escrow', 100), (3, 'platform/fees', -20),
		       (2, 'creator/' || split_part(reference, '/', 2)::int % 1000 + 1 || '/pending', -80)) AS leg (line, code, amount_minor)
		  JOIN ledger_accounts AS account ON account.code = leg.code`, from, until)
	return err
}

func (j *journalBench) seal(ctx context.Context) error {
	for {
		sealed, err := j.store.Journal.SealEntries(ctx, seal.DefaultLimits())
		if err != nil || !sealed.More {
			return err
		}
	}
}

// readBalances returns the median milliseconds of reading the hot account's balance.
func (j *journalBench) readBalances(ctx context.Context) (float64, error) {
	took := make([]float64, balanceReads)
	for i := range took {
		begin := time.Now()
		balanceMinor, err := j.store.Journal.GetBalance(ctx, hotAccount, "USD")
		if err != nil {
			return 0, err
		}
		took[i] = time.Since(begin).Seconds() * 1000
		if want := int64(j.postings/3) * 20; balanceMinor != want {
			return 0, fmt.Errorf("balance of %s is %d instead of %d", hotAccount, balanceMinor, want)
		}
	}
	return middle(took), nil
}
