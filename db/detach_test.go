package db_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/payout"
)

// monthsAgo is a month before the one that these tests run in.
func monthsAgo(t *testing.T, months int) ledger.Period {
	t.Helper()
	begins := time.Now().UTC()
	period, err := ledger.ParsePeriod(time.Date(begins.Year(), begins.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
	require.NoError(t, err)
	return period
}

func lastMonth(t *testing.T) ledger.Period {
	t.Helper()
	return monthsAgo(t, 1)
}

// agedPayout is a world with a reserved payout, all of which was posted last month.
func agedPayout(t *testing.T) (*world, string) {
	t.Helper()
	w, payoutID := reservedPayout(t)
	w.age(t, 1)
	sealAll(t, t.Context(), w.store, seal.DefaultLimits())
	return w, payoutID
}

// age moves everything that was posted this month to an earlier one.
func (w *world) age(t *testing.T, months int) {
	t.Helper()
	tamper(t, w.url, strings.ReplaceAll(`
		SELECT make_partition(parent, '$month'::timestamptz) FROM unnest('{postings,observations}'::text[]) AS parent
		 WHERE to_regclass(parent || to_char('$month'::timestamptz AT TIME ZONE 'UTC', '_YYYY_MM')) IS NULL;
		CREATE FUNCTION pg_temp.aged(id uuid) RETURNS uuid LANGUAGE sql AS $$
			SELECT CASE WHEN id < first_id_at(date_trunc('month', now(), 'UTC')) THEN id
			       ELSE (lpad(to_hex(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint
			            - (extract(epoch FROM now() - '$month'::timestamptz - interval '10 days') * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid END
		$$;
		UPDATE postings SET entry_id = pg_temp.aged(entry_id);
		UPDATE journal_entries SET id = pg_temp.aged(id), reverses = pg_temp.aged(reverses);
		UPDATE accruals SET entry_id = pg_temp.aged(entry_id);
		UPDATE holds SET entry_id = pg_temp.aged(entry_id), release_entry_id = pg_temp.aged(release_entry_id);
		UPDATE external_objects SET entry_id = pg_temp.aged(entry_id);
		UPDATE campaigns SET created_at = '$month'::timestamptz + interval '10 days'`, "$month", monthsAgo(t, months).StartsAt.Format(time.RFC3339)))
}

func (w *world) close(t *testing.T, period ledger.Period) {
	t.Helper()
	require.NoError(t, w.store.Journal.ClosePeriod(t.Context(), period, "finance-1", "reported", time.Now()))
}

func (w *world) detach(t *testing.T, table string) (months.DetachedMonth, error) {
	t.Helper()
	return months.Detach(t.Context(), w.url, months.DetachMonth{Table: table, Period: lastMonth(t), Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()})
}

func (w *world) mustDetach(t *testing.T, table string) months.DetachedMonth {
	t.Helper()
	detached, err := w.detach(t, table)
	require.NoError(t, err)
	return detached
}

// attach brings a month back, and requires that nobody waits while its table is read.
func (w *world) attach(t *testing.T, month months.DetachedMonth) {
	t.Helper()
	config, err := pgx.ParseConfig(w.url)
	require.NoError(t, err)
	config.RuntimeParams["client_min_messages"] = "debug1"
	var said []string
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { said = append(said, notice.Message) }
	owner, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer func() { _ = owner.Close(t.Context()) }()

	_, err = owner.Exec(t.Context(), month.Attach)

	require.NoError(t, err)
	require.Contains(t, said, `partition constraint for table "`+month.TableName+`" is implied by existing constraints`)
}

// bookkeeping is what must not change when a month is detached.
type bookkeeping struct {
	balances []journal.AccountBalance
	totals   []journal.TrialBalance
}

func (w *world) bookkeeping(t *testing.T) (books bookkeeping) {
	t.Helper()
	var err error
	books.balances, err = w.store.Journal.ListBalances(t.Context(), "", db.Page{Size: 1000}, ledger.AsOf{})
	require.NoError(t, err)
	books.totals, err = w.store.Journal.ListTrialBalances(t.Context())
	require.NoError(t, err)
	return books
}

func (w *world) requireSound(t *testing.T, archived int64) {
	t.Helper()
	whole, err := w.store.Audit.Verify(t.Context())
	require.NoError(t, err)
	short, err := w.store.Audit.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, whole.Findings)
	require.Empty(t, short.Findings)
	require.Equal(t, archived, whole.Checked.Archived)
}

func TestDetachPostings(t *testing.T) {
	t.Parallel()

	t.Run("leaves balances, totals and promises as they were, and lets everything go on", func(t *testing.T) {
		t.Parallel()
		w, payoutID := agedPayout(t)
		w.close(t, lastMonth(t))
		before := w.bookkeeping(t)

		detached := w.mustDetach(t, "postings")

		require.Equal(t, int64(4), detached.Rows, "funded, accrued, released, reserved")
		require.Positive(t, detached.Checkpoints)
		require.Equal(t, before, w.bookkeeping(t))
		w.requireSound(t, 4)

		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 2, 20_000))
		require.NoError(t, err)
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), payoutID, payout.Cancelled, now))
		require.Equal(t, int64(5000), w.balance(t, ledger.CreatorAvailable(w.creators[0])))
		w.requireSound(t, 4)
		sealAll(t, t.Context(), w.store, seal.DefaultLimits())
		w.requireSound(t, 4)
		require.Equal(t, int64(105_000), w.balance(t, ledger.StripePlatform)+w.balance(t, ledger.ProcessingFees)+5_000)
	})

	t.Run("can be undone, and done again", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		before := w.bookkeeping(t)
		first := w.mustDetach(t, "postings")

		w.attach(t, first)
		require.Equal(t, before, w.bookkeeping(t))
		w.requireSound(t, 0)
		_, err := connect(t, w.url).Exec(t.Context(), "DELETE FROM "+first.TableName)
		require.ErrorContains(t, err, "postings")
		again := w.mustDetach(t, "postings")

		require.Equal(t, first.Attach, again.Attach)
		require.Zero(t, again.Checkpoints)
		require.Equal(t, before, w.bookkeeping(t))
		w.requireSound(t, 4)
	})

	t.Run("goes month by month, where entries of two months were numbered in turn", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 2, nil)
		w.age(t, 2)
		for poll, months := range []int{1, 2, 1, 2, 0} {
			for i := range w.clips {
				_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(i, poll+1, int64(poll+1)*1000))
				require.NoError(t, err)
			}
			if months > 0 {
				w.age(t, months)
			}
		}
		sealAll(t, t.Context(), w.store, seal.DefaultLimits())
		w.close(t, lastMonth(t))
		before := w.bookkeeping(t)
		owner := connect(t, w.url)
		var attach []string

		for _, month := range []ledger.Period{monthsAgo(t, 2), monthsAgo(t, 1)} {
			detached, err := months.Detach(t.Context(), w.url, months.DetachMonth{Table: "postings", Period: month, Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()})
			require.NoError(t, err)
			require.Equal(t, before, w.bookkeeping(t), month.Name)
			attach = append(attach, detached.Attach)
			w.requireSound(t, int64(5+4*(len(attach)-1)))
		}
		for i, left := range []int64{4, 0} {
			_, err := owner.Exec(t.Context(), attach[i])
			require.NoError(t, err)
			require.Equal(t, before, w.bookkeeping(t))
			w.requireSound(t, left)
		}
	})

	t.Run("explains a payout of what was earned later", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		w.mustDetach(t, "postings")
		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 2, 20_000))
		require.NoError(t, err)
		_, err = w.store.Earnings.ReleaseHolds(t.Context(), now.Add(2*time.Hour), 100)
		require.NoError(t, err)
		runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W11", now.AddDate(0, 0, 7))
		require.NoError(t, err)
		payoutID := uuid.NewString()
		_, err = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: payoutID, RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 1000, Now: now})
		require.NoError(t, err)

		explained, err := w.store.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})

		require.NoError(t, err)
		require.Zero(t, explained.DifferenceMinor)
		require.Len(t, explained.Items, 1)
		_, broken := explained.Checks.Broken()
		require.False(t, broken)
	})

	t.Run("leaves a table that refuses changes, and refuses what would belong to it", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		detached := w.mustDetach(t, "postings")
		owner := connect(t, w.url)

		for _, statement := range []string{"UPDATE " + detached.TableName + " SET amount_minor = 1", "DELETE FROM " + detached.TableName, "TRUNCATE " + detached.TableName, "DELETE FROM archived_months"} {
			_, err := owner.Exec(t.Context(), statement)
			require.Equal(t, "immutable", fault.CodeOf(db.Translate(err)), statement)
		}
		_, err := owner.Exec(t.Context(), "INSERT INTO postings (entry_id, line, account_id, currency, amount_minor) SELECT entry_id, 3, account_id, currency, 7 FROM "+detached.TableName+" LIMIT 1")
		require.Equal(t, "archived", fault.CodeOf(db.Translate(err)))
	})

	t.Run("leaves what guards, disputes and outside objects are held against", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		const legsOfFunding = `SELECT array_agg(account_id || ' ' || amount_minor ORDER BY account_id) FROM known_postings
			WHERE entry_id = (SELECT entry_id FROM external_objects WHERE object_type = 'payment_intent')`
		owner := connect(t, w.url)
		var before, detached, attached []string
		require.NoError(t, owner.QueryRow(t.Context(), legsOfFunding).Scan(&before))

		attach := w.mustDetach(t, "postings").Attach
		require.NoError(t, owner.QueryRow(t.Context(), legsOfFunding).Scan(&detached))
		_, err := owner.Exec(t.Context(), attach)
		require.NoError(t, err)
		require.NoError(t, owner.QueryRow(t.Context(), legsOfFunding).Scan(&attached))

		require.Len(t, before, 3)
		require.Equal(t, before, detached)
		require.Equal(t, before, attached, "and not twice")
	})

	t.Run("answers what would need the postings with what to do", func(t *testing.T) {
		t.Parallel()
		w, payoutID := agedPayout(t)
		w.close(t, lastMonth(t))
		dated := now.Add(-time.Hour)
		recorded := time.Now().UTC()
		_, err := w.store.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
		require.NoError(t, err)

		w.mustDetach(t, "postings")

		for what, look := range map[string]func() error{
			"a balance dated before": func() error {
				_, err := w.store.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"a trial balance dated before": func() error {
				_, err := w.store.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"an export": func() error {
				_, err := w.store.Journal.Export(t.Context(), transcript.NewWriter(transcript.JSONLines, io.Discard))
				return err
			},
			"a payout's explanation": func() error {
				_, err := w.store.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})
				return err
			},
			"a campaign's explanation": func() error {
				_, err := w.store.Audit.ExplainCampaign(t.Context(), w.campaignID, db.Page{Size: 10})
				return err
			},
			"a creator's explanation": func() error {
				_, err := w.store.Audit.ExplainCreator(t.Context(), w.creators[0], "")
				return err
			},
		} {
			require.Equal(t, "archived", fault.CodeOf(look()), what)
			require.Contains(t, look().Error(), "attach", what)
		}
		totals, err := w.store.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{RecordedAt: &recorded})
		require.NoError(t, err)
		now, err := w.store.Journal.ListTrialBalances(t.Context())
		require.NoError(t, err)
		require.Equal(t, now, totals, "everything that is archived was recorded by then")
	})

	t.Run("finds a boundary that was tampered with", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		w.mustDetach(t, "postings")
		tamper(t, w.url, "UPDATE balance_checkpoints SET balance_minor = balance_minor + 1 WHERE account_id = 1")

		verified, err := w.store.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.NotEmpty(t, verified.Findings)
		require.Equal(t, "archive", verified.Findings[0].Check)
		require.Equal(t, lastMonth(t).Name, verified.Findings[0].Subject)
	})

	t.Run("finds an archived entry that is gone", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		w.mustDetach(t, "postings")
		tamper(t, w.url, "DELETE FROM journal_entries WHERE kind = 'payout_reserved'")

		verified, err := w.store.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.NotEmpty(t, verified.Findings)
		require.Contains(t, verified.Findings[0].Detail, "is gone")
	})

	t.Run("gives up behind a long reader, having changed nothing", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		reader, err := connect(t, w.url).BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		require.NoError(t, err)
		_, err = reader.Exec(t.Context(), "SELECT count(*) FROM postings")
		require.NoError(t, err)

		_, busy := w.detach(t, "postings")
		require.NoError(t, reader.Rollback(t.Context()))

		require.Equal(t, "database_busy", fault.CodeOf(busy))
		w.requireSound(t, 0)
		w.mustDetach(t, "postings")
		w.requireSound(t, 4)
	})

	t.Run("takes nothing away from who has begun to read", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		w.close(t, lastMonth(t))
		dated := now.Add(-time.Hour)
		for what, look := range map[string]func() error{
			"a balance as of then": func() error {
				_, err := w.store.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"a trial balance as of then": func() error {
				_, err := w.store.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"an explanation": func() error {
				_, err := w.store.Audit.ExplainCreator(t.Context(), w.creators[0], "")
				return err
			},
		} {
			// The reader finds out what is archived, and can go no further.
			blocking := connect(t, w.url)
			blocker, err := blocking.Begin(t.Context())
			require.NoError(t, err)
			_, err = blocker.Exec(t.Context(), "LOCK TABLE archived_months IN ACCESS EXCLUSIVE MODE")
			require.NoError(t, err)
			looked := make(chan error, 1)
			go func() { looked <- look() }()
			w.awaitBlocked(t)

			_, err = connect(t, w.url).Exec(t.Context(), "BEGIN; LOCK TABLE postings, observations IN ACCESS EXCLUSIVE MODE NOWAIT")

			require.ErrorContains(t, err, "could not obtain lock", what)
			require.NoError(t, blocker.Rollback(t.Context()))
			require.NoError(t, <-looked, what)
		}
	})

	t.Run("stops nobody who posts meanwhile", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 4, nil)
		w.age(t, 1)
		sealAll(t, t.Context(), w.store, seal.DefaultLimits())
		w.close(t, lastMonth(t))
		stop := w.keepPosting(t)

		w.mustDetach(t, "postings")

		require.Less(t, stop(), 5*time.Second)
		w.requireSound(t, 1)
	})
}

func TestDetachRefusals(t *testing.T) {
	t.Parallel()
	asked := func(t *testing.T) months.DetachMonth {
		return months.DetachMonth{Table: "postings", Period: lastMonth(t), Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()}
	}

	for _, tc := range []struct {
		name, code string
		arrange    func(t *testing.T, w *world, in *months.DetachMonth) (url string)
	}{
		{"that nobody stands for", "actor_missing", func(_ *testing.T, w *world, in *months.DetachMonth) string {
			in.Actor = ""
			return w.url
		}},
		{"of a table without months", "unknown_table", func(_ *testing.T, w *world, in *months.DetachMonth) string {
			in.Table = "accruals"
			return w.url
		}},
		{"that is not over", "period_not_over", func(_ *testing.T, w *world, in *months.DetachMonth) string {
			in.Now = in.Period.EndsAt.Add(-time.Second)
			return w.url
		}},
		{"that is open", "period_open", func(_ *testing.T, w *world, _ *months.DetachMonth) string { return w.url }},
		{"that is not sealed", "month_unsealed", func(t *testing.T, w *world, _ *months.DetachMonth) string {
			w.close(t, lastMonth(t))
			return w.url
		}},
		{"without a table", "month_without_table", func(t *testing.T, w *world, in *months.DetachMonth) string {
			w.close(t, lastMonth(t))
			in.Period = february(t)
			return w.url
		}},
		{"behind one that is attached", "earlier_month_attached", func(t *testing.T, w *world, _ *months.DetachMonth) string {
			tamper(t, w.url, "SELECT make_partition('postings', '2026-01-01Z')")
			w.close(t, lastMonth(t))
			return w.url
		}},
		{"that is detached", "month_detached", func(t *testing.T, w *world, _ *months.DetachMonth) string {
			sealAll(t, t.Context(), w.store, seal.DefaultLimits())
			w.close(t, lastMonth(t))
			w.mustDetach(t, "postings")
			return w.url
		}},
		{"by who does not own it", "not_the_owner", func(t *testing.T, w *world, _ *months.DetachMonth) string {
			sealAll(t, t.Context(), w.store, seal.DefaultLimits())
			w.close(t, lastMonth(t))
			return member(t, w.url, db.AppRole)
		}},
		{"of readings that may still come", "campaign_open", func(t *testing.T, w *world, in *months.DetachMonth) string {
			w.close(t, lastMonth(t))
			in.Table = "observations"
			return w.url
		}},
	} {
		t.Run("refuses a month "+tc.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, 1, nil)
			w.age(t, 1)
			in := asked(t)
			url := tc.arrange(t, w, &in)

			_, err := months.Detach(t.Context(), url, in)

			require.Equal(t, tc.code, fault.CodeOf(err), err)
		})
	}
}

func TestDetachObservations(t *testing.T) {
	t.Parallel()
	w := setup(t, 1, nil)
	w.age(t, 1)
	read, err := w.store.Campaigns.Get(t.Context(), w.campaignID)
	require.NoError(t, err)
	w.submit(t, read.CreatedAt)
	for poll := 1; poll <= 3; poll++ {
		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(1, poll, int64(poll)*1000))
		require.NoError(t, err)
	}
	for _, id := range w.clips {
		require.NoError(t, w.store.Clips.Move(t.Context(), id, clip.InReview, ""))
		require.NoError(t, w.store.Clips.Move(t.Context(), id, clip.Tracking, ""))
	}
	w.close(t, lastMonth(t))
	tamper(t, w.url, "UPDATE campaigns SET status = 'completed'")
	_, tracked := w.detach(t, "observations")
	for _, id := range w.clips {
		require.NoError(t, w.store.Clips.Move(t.Context(), id, clip.Finished, ""))
	}
	before, err := w.store.Clips.Get(t.Context(), w.clips[1])
	require.NoError(t, err)

	detached := w.mustDetach(t, "observations")

	t.Run("waits until no clip is tracked", func(t *testing.T) {
		require.Equal(t, "campaign_open", fault.CodeOf(tracked))
		require.Equal(t, int64(3), detached.Rows)
	})

	t.Run("leaves the books in order, and clips with what they had", func(t *testing.T) {
		w.requireSound(t, 0)
		after, err := w.store.Clips.Get(t.Context(), w.clips[1])
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.Equal(t, int64(3000), after.ObservedViews)
		var viewed int64
		require.NoError(t, connect(t, w.url).QueryRow(t.Context(), "SELECT observed_views FROM audit.clips WHERE clip_id = $1", w.clips[1]).Scan(&viewed))
		require.Equal(t, int64(3000), viewed)
	})

	t.Run("answers what would need the readings with what to do", func(t *testing.T) {
		_, listed := w.store.Clips.ListObservations(t.Context(), w.clips[1], -1, 10)
		_, explained := w.store.Audit.ExplainCampaign(t.Context(), w.campaignID, db.Page{Size: 10})
		_, added := w.store.Earnings.RecordReading(t.Context(), w.reading(1, 4, 4000))

		require.Equal(t, "archived", fault.CodeOf(listed))
		require.Equal(t, "archived", fault.CodeOf(explained))
		require.Equal(t, "archived", fault.CodeOf(added))
	})

	t.Run("can be undone", func(t *testing.T) {
		w.attach(t, detached)
		readings, err := w.store.Clips.ListObservations(t.Context(), w.clips[1], -1, 10)

		require.NoError(t, err)
		require.Len(t, readings, 3)
		w.requireSound(t, 0)
	})
}
