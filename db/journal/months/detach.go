package months

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// DetachMonth is a request to detach a month of one partitioned table from the books.
type DetachMonth struct {
	// Table is "postings" or "observations".
	Table  string
	Period ledger.Period
	Actor  string
	Reason string
	Now    time.Time
}

// DetachedMonth is a month that was detached from the books.
type DetachedMonth struct {
	// TableName is the table that holds the rows now. It still refuses changes.
	TableName string
	// Rows counts entries for postings, and readings for observations.
	Rows int64
	// ThroughSeq is the highest seq of an entry whose postings may be archived. Every account
	// has a checkpoint of its balance at that seq. Checkpoints counts those that were written.
	ThroughSeq  int64
	Checkpoints int64
	// Attach holds the statements that attach the rows again, separated by a semicolon. The
	// first checks the rows while only this table is locked, so the second, which blocks other
	// transactions, does not need to.
	Attach string
}

// Detach detaches a month of postings or observations. It acts as the role that logs in, which
// must own the schema. The rows stay in a table of their own, which may be stored elsewhere and
// dropped. Months are detached in order, each in one transaction.
//
// It returns fault.Invalid "actor_missing" and "unknown_table", fault.Denied "not_the_owner",
// fault.Unavailable "database_busy", and fault.Conflict "period_not_over", "period_open",
// "month_unsealed", "month_without_table", "month_detached", "earlier_month_attached",
// "campaign_open" and "books_differ".
func Detach(ctx context.Context, url string, in DetachMonth) (DetachedMonth, error) {
	if in.Actor == "" || in.Reason == "" {
		return DetachedMonth{}, fault.Field("actor", "actor_missing", "give the actor who detaches the month and a reason")
	}
	if !slices.Contains(db.PartitionedTables, in.Table) {
		return DetachedMonth{}, fault.Field("table", "unknown_table", "%.40q is not a table of months: use postings or observations", in.Table)
	}
	if err := in.Period.RequireOver(in.Now); err != nil {
		return DetachedMonth{}, err
	}
	owner, err := pgx.Connect(ctx, url)
	if err != nil {
		return DetachedMonth{}, db.Unreachable(err)
	}
	defer func() { _ = owner.Close(context.WithoutCancel(ctx)) }()
	var detached DetachedMonth
	err = pgx.BeginFunc(ctx, owner, func(tx pgx.Tx) (err error) {
		detaching := detaching{DetachMonth: in, q: sqlc.New(tx), tx: tx}
		detached, err = detaching.run(ctx)
		return err
	})
	if err = db.Translate(err); fault.CodeOf(err) == "database_right_missing" {
		err = fault.New(fault.Denied, "not_the_owner", "only the owner of the schema can detach months: use the same DATABASE_URL as for 'creditroll migrate'").Because(err)
	}
	return detached, err
}

type detaching struct {
	DetachMonth
	q  *sqlc.Queries
	tx pgx.Tx
}

func (d *detaching) tableName() string {
	return d.Table + "_" + strings.ReplaceAll(d.Period.Name, "-", "_")
}

func (d *detaching) run(ctx context.Context) (DetachedMonth, error) {
	detached := DetachedMonth{TableName: d.tableName()}
	if err := d.begin(ctx); err != nil {
		return detached, err
	}
	if err := d.requireReady(ctx); err != nil {
		return detached, err
	}
	archive := d.archivePostings
	if d.Table == "observations" {
		archive = d.archiveReadings
	}
	if err := archive(ctx, &detached); err != nil {
		return detached, err
	}
	action := access.OperatorAction{ID: db.NewID(), Subject: names.Period(d.Period.Name), Action: "detach " + d.Table, Actor: d.Actor, Reason: d.Reason}
	if err := db.RecordAction(ctx, d.q, action); err != nil {
		return detached, err
	}
	var err error
	detached.Attach, err = d.detach(ctx)
	return detached, err
}

// begin prevents other transactions from sealing and from creating partitions.
func (d *detaching) begin(ctx context.Context) error {
	return errors.Join(d.q.LimitLockWait(ctx), d.q.LockSealing(ctx), d.q.LockPartitions(ctx))
}

func (d *detaching) requireReady(ctx context.Context) error {
	closed, err := d.q.GetClosedThrough(ctx, d.Period.EndsAt.Add(-time.Microsecond))
	if err != nil {
		return err
	}
	if !closed {
		return fault.New(fault.Conflict, "period_open", "%s is still open: close it first with `creditroll ledger close-period %s`", d.Period.Name, d.Period.Name)
	}
	attached, err := d.q.ListPartitions(ctx, d.Table)
	if err != nil {
		return err
	}
	if !slices.Contains(attached, d.tableName()) {
		return d.requireAttached(ctx)
	}
	if attached[0] != d.tableName() {
		return fault.New(fault.Conflict, "earlier_month_attached", "months are detached in order: detach %s first", attached[0])
	}
	// The period is closed, so nothing new is written. This waits for transactions that are
	// still writing.
	_, err = d.tx.Exec(ctx, "LOCK TABLE ONLY public."+d.tableName()+" IN SHARE MODE")
	return err
}

// requireAttached returns the fault of a month that is not attached as a partition.
func (d *detaching) requireAttached(ctx context.Context) error {
	months, err := d.q.ListDetachedMonths(ctx)
	if err != nil {
		return err
	}
	for _, month := range months {
		if month.Parent == d.Table && month.Month == d.Period.Name {
			return fault.New(fault.Conflict, "month_detached", "%s of %s are detached already", d.Table, d.Period.Name)
		}
	}
	return fault.New(fault.Conflict, "month_without_table", "%s of %s have no table of their own: they are in %s_default and cannot be detached", d.Table, d.Period.Name, d.Table)
}

// archivePostings stores what later reads need of the postings: checkpoints, totals, and what
// each entry moved.
func (d *detaching) archivePostings(ctx context.Context, detached *DetachedMonth) error {
	posted, err := d.q.GetLastSeqOfMonth(ctx, sqlc.GetLastSeqOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt})
	if err != nil {
		return err
	}
	months, err := ListDetached(ctx, d.q)
	if err != nil {
		return err
	}
	// At the end of a month, the seqs of both months overlap.
	detached.Rows, detached.ThroughSeq = posted.Entries, max(posted.LastSeq, months.throughSeq())
	sealed, err := d.q.GetLastSeal(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if sealed.LastSeq < detached.ThroughSeq {
		return fault.New(fault.Conflict, "month_unsealed", "entries of %s are not sealed yet: try again after the next run of the schedule seal-ledger", d.Period.Name)
	}
	if detached.Checkpoints, err = d.q.InsertBoundaryCheckpoints(ctx, detached.ThroughSeq); err != nil {
		return err
	}
	// The last seal covers all that is archived, so what is owed is read from this checkpoint.
	if _, err := d.q.WriteCoverCheckpoint(ctx, 0); err != nil {
		return err
	}
	balances, err := d.q.ListArchivedBalances(ctx, detached.ThroughSeq)
	if err != nil {
		return err
	}
	if err := d.q.InsertArchivedTotals(ctx, sqlc.InsertArchivedTotalsParams{Month: d.Period.Name, StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	if err := d.q.InsertArchivedPostings(ctx, sqlc.InsertArchivedPostingsParams{Month: d.Period.Name, StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	return d.record(ctx, detached, HashBalances(balances))
}

// archiveReadings stores what later reads need of the readings.
func (d *detaching) archiveReadings(ctx context.Context, detached *DetachedMonth) error {
	open, err := d.q.ListOpenCampaignsOfMonth(ctx, sqlc.ListOpenCampaignsOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt})
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fault.New(fault.Conflict, "campaign_open", "%d campaigns created in %s may still have readings, for example campaign %s: wait until they have ended, or cancel them", len(open), d.Period.Name, open[0])
	}
	if detached.Rows, err = d.q.CountReadingsOfMonth(ctx, sqlc.CountReadingsOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	if err := d.q.InsertArchivedReadings(ctx, sqlc.InsertArchivedReadingsParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	return d.record(ctx, detached, HashBalances(nil))
}

// record stores the archived month. A month that was attached again has a record already.
func (d *detaching) record(ctx context.Context, detached *DetachedMonth, balances []byte) error {
	known, err := d.q.FindArchivedRows(ctx, sqlc.FindArchivedRowsParams{Parent: d.Table, Month: d.Period.Name})
	if err != nil {
		return err
	}
	if len(known) > 0 {
		if known[0] != detached.Rows {
			return fault.New(fault.Conflict, "books_differ", "%s of %s had %d rows when they were first detached, and have %d now: run `creditroll ledger verify`", d.Table, d.Period.Name, known[0], detached.Rows)
		}
		return nil
	}
	return d.q.InsertArchivedMonth(ctx, sqlc.InsertArchivedMonthParams{
		Parent: d.Table, Month: d.Period.Name, TableName: d.tableName(), StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt,
		ThroughSeq: detached.ThroughSeq, Entries: detached.Rows, BalancesHash: balances, ArchivedBy: d.Actor, Reason: d.Reason,
	})
}

// detach takes a lock that blocks all other transactions on the table. It therefore runs last,
// with the short lock timeout of ensure_partitions. Later rows of the month are refused: in the
// default partition they would prevent attaching the month again. It returns the statements
// that attach the month.
func (d *detaching) detach(ctx context.Context) (attach string, err error) {
	bounds, err := d.q.GetMonthBounds(ctx, sqlc.GetMonthBoundsParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt})
	if err != nil {
		return "", err
	}
	column := map[string]string{"postings": "entry_id", "observations": "clip_id"}[d.Table]
	constraint := strings.Replace(d.tableName(), "_", db.ArchivedMark, 1)
	statements := []string{
		fmt.Sprintf("ALTER TABLE public.%s DETACH PARTITION public.%s", d.Table, d.tableName()),
		fmt.Sprintf("ALTER TABLE public.%s_default DROP CONSTRAINT IF EXISTS %s", d.Table, constraint),
		fmt.Sprintf("ALTER TABLE public.%s_default ADD CONSTRAINT %s CHECK (%s < '%s' OR %s >= '%s') NOT VALID", d.Table, constraint, column, bounds.FirstID, column, bounds.NextID),
	}
	within := d.tableName() + "_within"
	attach = fmt.Sprintf("ALTER TABLE public.%[1]s DROP CONSTRAINT IF EXISTS %[2]s, ADD CONSTRAINT %[2]s CHECK (%[3]s >= '%[4]s' AND %[3]s < '%[5]s');\n"+
		"ALTER TABLE public.%[6]s ATTACH PARTITION public.%[1]s FOR VALUES FROM ('%[4]s') TO ('%[5]s')",
		d.tableName(), within, column, bounds.FirstID, bounds.NextID, d.Table)
	return attach, db.RetryConflicts(ctx, func() error {
		return pgx.BeginFunc(ctx, d.tx, func(attempt pgx.Tx) error {
			for _, statement := range statements {
				if _, err := attempt.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
