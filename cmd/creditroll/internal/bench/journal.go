package bench

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest/bulk"
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
		if err := journal.written.Grow(ctx, unsealedTail); err != nil {
			return err
		}
	}
	result.JournalPostings, result.SealPostingsPerSecond = large.written.Postings(), round(large.sealedPerSecond)

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

	progress(fmt.Sprintf("verifying %d postings", result.JournalPostings))
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
	written         *bulk.Journal
	sealedPerSecond float64
}

func (j *journalBench) close() {
	j.store.DB.Close()
	j.written.Close()
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
	if j.written, err = bulk.Create(ctx, address, j.store); err != nil {
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
	if err := j.written.Grow(ctx, postings); err != nil {
		return err
	}
	if err := j.written.Vacuum(ctx); err != nil {
		return err
	}
	progress(fmt.Sprintf("sealing %d postings", j.written.Postings()))
	begin := time.Now()
	if err := j.seal(ctx); err != nil {
		return err
	}
	j.sealedPerSecond = float64(j.written.Postings()) / time.Since(begin).Seconds()
	return nil
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
		if want := j.written.FeesMinor(); balanceMinor != want {
			return 0, fmt.Errorf("balance of %s is %d instead of %d", hotAccount, balanceMinor, want)
		}
	}
	return middle(took), nil
}
