package months_test

import (
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestDetachPostings(t *testing.T) {
	t.Parallel()

	t.Run("leaves balances, totals and promises as they were, and lets everything go on", func(t *testing.T) {
		t.Parallel()
		w, payoutID := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		before := bookkeepingOf(t, w)

		detached := mustDetach(t, w, "postings")

		require.Equal(t, int64(4), detached.Rows, "funded, accrued, released, reserved")
		require.Positive(t, detached.Checkpoints)
		require.Equal(t, before, bookkeepingOf(t, w))
		w.RequireSound(t, 4)

		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 20_000))
		require.NoError(t, err)
		require.NoError(t, w.Payouts.Cancel(t.Context(), payoutID, payout.Cancelled, world.Now))
		require.Equal(t, int64(5000), w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		w.RequireSound(t, 4)
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		w.RequireSound(t, 4)
		require.Equal(t, int64(105_000), w.Balance(t, ledger.StripePlatform)+w.Balance(t, ledger.ProcessingFees)+5_000)
	})

	t.Run("leaves the split of clips that were clawed back to be recomputed", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.FeeBasisPoints = 1234 })
		w.Read(t, 0, 1, 1999)
		w.Read(t, 0, 2, 2222)
		w.Correct(t, w.Clawback(0, 333))
		age(t, w, 1)
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		closePeriod(t, w, lastMonth(t))
		mustDetach(t, w, "postings")
		w.RequireBooksInOrder(t)

		w.Read(t, 0, 3, 3333)

		w.RequireBooksInOrder(t)
		dbtest.Tamper(t, w.URL, "UPDATE accruals SET clip_net_after_minor = clip_gross_after_minor")
		verified, err := w.Audit.Verify(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"split"}, world.Checks(verified))
	})

	t.Run("leaves a converted payment without an explanation until it is undone", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		require.NoError(t, w.Funding.RecordConverted(t.Context(), funding.ConvertedPayment{
			PaymentIntentID: "pi_converted", CampaignID: w.CampaignID, AmountMinor: 10_000, Currency: "EUR", NetMinor: 12_100, FeeMinor: 400, SettlementCurrency: "USD", At: world.Now,
		}))
		age(t, w, 1)
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		closePeriod(t, w, lastMonth(t))
		month := mustDetach(t, w, "postings")

		_, err := w.Audit.ExplainPayment(t.Context(), "pi_converted")
		require.Equal(t, "archived", fault.CodeOf(err), err)

		attach(t, w, month)
		x, err := w.Audit.ExplainPayment(t.Context(), "pi_converted")
		require.NoError(t, err)
		broken, found := x.Checks.Broken()
		require.False(t, found, broken)
	})

	t.Run("can be undone, and done again", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		before := bookkeepingOf(t, w)
		first := mustDetach(t, w, "postings")

		attach(t, w, first)
		require.Equal(t, before, bookkeepingOf(t, w))
		w.RequireSound(t, 0)
		_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), "DELETE FROM "+first.TableName)
		require.ErrorContains(t, err, "postings")
		again := mustDetach(t, w, "postings")

		require.Equal(t, first.Attach, again.Attach)
		require.Zero(t, again.Checkpoints)
		require.Equal(t, before, bookkeepingOf(t, w))
		w.RequireSound(t, 4)
	})

	t.Run("goes month by month, where entries of two months were numbered in turn", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)
		age(t, w, 2)
		for poll, months := range []int{1, 2, 1, 2, 0} {
			for i := range w.ClipIDs {
				_, err := w.Earnings.RecordReading(t.Context(), w.Reading(i, poll+1, int64(poll+1)*1000))
				require.NoError(t, err)
			}
			if months > 0 {
				age(t, w, months)
			}
		}
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		closePeriod(t, w, lastMonth(t))
		before := bookkeepingOf(t, w)
		owner := dbtest.Connect(t, w.URL)
		var attach []string

		for _, month := range []ledger.Period{monthsAgo(t, 2), monthsAgo(t, 1)} {
			detached, err := months.Detach(t.Context(), w.URL, months.DetachMonth{Table: "postings", Period: month, Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()})
			require.NoError(t, err)
			require.Equal(t, before, bookkeepingOf(t, w), month.Name)
			attach = append(attach, detached.Attach)
			w.RequireSound(t, int64(5+4*(len(attach)-1)))
		}
		for i, left := range []int64{4, 0} {
			_, err := owner.Exec(t.Context(), attach[i])
			require.NoError(t, err)
			require.Equal(t, before, bookkeepingOf(t, w))
			w.RequireSound(t, left)
		}
	})

	t.Run("explains a payout of what was earned later", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		mustDetach(t, w, "postings")
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 20_000))
		require.NoError(t, err)
		_, err = w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(2*time.Hour), 100)
		require.NoError(t, err)
		runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W11", world.Now.AddDate(0, 0, 7))
		require.NoError(t, err)
		payoutID := uuid.NewString()
		_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: payoutID, RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1000, Now: world.Now})
		require.NoError(t, err)

		explained, err := w.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})

		require.NoError(t, err)
		require.Zero(t, explained.DifferenceMinor)
		require.Len(t, explained.Items, 1)
		_, broken := explained.Checks.Broken()
		require.False(t, broken)
	})

	t.Run("leaves a table that refuses changes, and refuses what would belong to it", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		detached := mustDetach(t, w, "postings")
		owner := dbtest.Connect(t, w.URL)

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
		closePeriod(t, w, lastMonth(t))
		const legsOfFunding = `SELECT array_agg(account_id || ' ' || amount_minor ORDER BY account_id) FROM known_postings
			WHERE entry_id = (SELECT entry_id FROM external_objects WHERE object_type = 'payment_intent')`
		owner := dbtest.Connect(t, w.URL)
		var before, detached, attached []string
		require.NoError(t, owner.QueryRow(t.Context(), legsOfFunding).Scan(&before))

		attach := mustDetach(t, w, "postings").Attach
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
		closePeriod(t, w, lastMonth(t))
		dated := world.Now.Add(-time.Hour)
		recorded := time.Now().UTC()
		_, err := w.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
		require.NoError(t, err)

		mustDetach(t, w, "postings")

		for what, look := range map[string]func() error{
			"a balance dated before": func() error {
				_, err := w.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"a trial balance dated before": func() error {
				_, err := w.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"an export": func() error {
				_, err := w.Journal.Export(t.Context(), transcript.NewWriter(transcript.JSONLines, io.Discard))
				return err
			},
			"a payout's explanation": func() error {
				_, err := w.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})
				return err
			},
			"a campaign's explanation": func() error {
				_, err := w.Audit.ExplainCampaign(t.Context(), w.CampaignID, db.Page{Size: 10})
				return err
			},
			"a creator's explanation": func() error {
				_, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "")
				return err
			},
		} {
			require.Equal(t, "archived", fault.CodeOf(look()), what)
			require.Contains(t, look().Error(), "attach", what)
		}
		totals, err := w.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{RecordedAt: &recorded})
		require.NoError(t, err)
		now, err := w.Journal.ListTrialBalances(t.Context())
		require.NoError(t, err)
		require.Equal(t, now, totals, "everything that is archived was recorded by then")
	})

	t.Run("finds a boundary that was tampered with", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		mustDetach(t, w, "postings")
		dbtest.Tamper(t, w.URL, "UPDATE balance_checkpoints SET balance_minor = balance_minor + 1 WHERE account_id = 1")

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.NotEmpty(t, verified.Findings)
		require.Equal(t, "archive", verified.Findings[0].Check)
		require.Equal(t, lastMonth(t).Name, verified.Findings[0].Subject)
	})

	t.Run("finds an archived entry that is gone", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		mustDetach(t, w, "postings")
		dbtest.Tamper(t, w.URL, "DELETE FROM journal_entries WHERE kind = 'payout_reserved'")

		verified, err := w.Audit.Verify(t.Context())

		require.NoError(t, err)
		require.NotEmpty(t, verified.Findings)
		require.Contains(t, verified.Findings[0].Detail, "is gone")
	})

	t.Run("gives up behind a long reader, having changed nothing", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		reader, err := dbtest.Connect(t, w.URL).BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		require.NoError(t, err)
		_, err = reader.Exec(t.Context(), "SELECT count(*) FROM postings")
		require.NoError(t, err)

		_, busy := detach(t, w, "postings")
		require.NoError(t, reader.Rollback(t.Context()))

		require.Equal(t, "database_busy", fault.CodeOf(busy))
		w.RequireSound(t, 0)
		mustDetach(t, w, "postings")
		w.RequireSound(t, 4)
	})

	t.Run("takes nothing away from who has begun to read", func(t *testing.T) {
		t.Parallel()
		w, _ := agedPayout(t)
		closePeriod(t, w, lastMonth(t))
		dated := world.Now.Add(-time.Hour)
		for what, look := range map[string]func() error{
			"a balance as of then": func() error {
				_, err := w.Journal.GetBalanceAsOf(t.Context(), ledger.StripePlatform, "USD", ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"a trial balance as of then": func() error {
				_, err := w.Journal.ListTrialBalancesAsOf(t.Context(), ledger.AsOf{EffectiveAt: &dated})
				return err
			},
			"an explanation": func() error {
				_, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "")
				return err
			},
		} {
			// The reader finds out what is archived, and can go no further.
			blocking := dbtest.Connect(t, w.URL)
			blocker, err := blocking.Begin(t.Context())
			require.NoError(t, err)
			_, err = blocker.Exec(t.Context(), "LOCK TABLE archived_months IN ACCESS EXCLUSIVE MODE")
			require.NoError(t, err)
			looked := make(chan error, 1)
			go func() { looked <- look() }()
			dbtest.AwaitBlocked(t, w.URL, 1)

			_, err = dbtest.Connect(t, w.URL).Exec(t.Context(), "BEGIN; LOCK TABLE postings, observations IN ACCESS EXCLUSIVE MODE NOWAIT")

			require.ErrorContains(t, err, "could not obtain lock", what)
			require.NoError(t, blocker.Rollback(t.Context()))
			require.NoError(t, <-looked, what)
		}
	})

	t.Run("stops no caller who posts at that time", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 4, nil)
		age(t, w, 1)
		dbtest.SealAll(t, w.Books, seal.DefaultLimits())
		closePeriod(t, w, lastMonth(t))
		posting := w.KeepPosting(t)

		mustDetach(t, w, "postings")

		posting.AwaitProgress(t)
		require.Less(t, posting.Stop(), world.StallMax)
		w.RequireSound(t, 1)
	})
}
