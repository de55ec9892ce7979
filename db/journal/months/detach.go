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

// DetachMonth asks for a month of one partitioned table to be taken out of the books.
type DetachMonth struct {
	// Table is "postings" or "observations".
	Table  string
	Period ledger.Period
	Actor  string
	Reason string
	Now    time.Time
}

// DetachedMonth is a month that was taken out of the books.
type DetachedMonth struct {
	// TableName is the table that has the rows now. It refuses changes as before.
	TableName string
	// Rows are entries for postings, and readings for observations.
	Rows int64
	// ThroughSeq is the last entry whose postings may be gone: every account has a checkpoint
	// of its balance up to there. Checkpoints are how many had to be written.
	ThroughSeq  int64
	Checkpoints int64
	// Attach are the statements that bring the rows back, one behind the other with a semicolon
	// between. The first reads the table while only that is locked, so that the second, which
	// others wait for, need not.
	Attach string
}

// Detach takes a month out of postings or observations, as the role that logs in, which must
// own the schema. The rows stay in a table of their own, which may be stored elsewhere and
// dropped. All is done in one transaction or not at all, and in the order of the months.
//
// It returns fault.Invalid "actor_missing" and "unknown_table", fault.Denied "not_the_owner",
// fault.Unavailable "database_busy", and fault.Conflict "period_not_over", "period_open",
// "month_unsealed", "month_without_table", "month_detached", "earlier_month_attached",
// "campaign_open" and "books_differ".
func Detach(ctx context.Context, url string, in DetachMonth) (DetachedMonth, error) {
	if in.Actor == "" || in.Reason == "" {
		return DetachedMonth{}, fault.Field("actor", "actor_missing", "say who detaches the month, and why")
	}
	if !slices.Contains(db.PartitionedTables, in.Table) {
		return DetachedMonth{}, fault.Field("table", "unknown_table", "%.40q has no months: use postings or observations", in.Table)
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
		err = fault.New(fault.Denied, "not_the_owner", "only the owner of the schema detaches months: use the DATABASE_URL that 'creditroll migrate' is run with").Because(err)
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
	keep := d.keepPostings
	if d.Table == "observations" {
		keep = d.keepReadings
	}
	if err := keep(ctx, &detached); err != nil {
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

// begin keeps others from sealing and from making partitions meanwhile.
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
		return d.notAttached(ctx)
	}
	if attached[0] != d.tableName() {
		return fault.New(fault.Conflict, "earlier_month_attached", "months are detached in their order: %s comes first", attached[0])
	}
	// Nobody writes there any more; whoever still does is waited for.
	_, err = d.tx.Exec(ctx, "LOCK TABLE ONLY public."+d.tableName()+" IN SHARE MODE")
	return err
}

func (d *detaching) notAttached(ctx context.Context) error {
	months, err := d.q.ListDetachedMonths(ctx)
	if err != nil {
		return err
	}
	for _, month := range months {
		if month.Parent == d.Table && month.Month == d.Period.Name {
			return fault.New(fault.Conflict, "month_detached", "%s of %s are detached already", d.Table, d.Period.Name)
		}
	}
	return fault.New(fault.Conflict, "month_without_table", "%s of %s have no table of their own: they lie in %s_default and stay there", d.Table, d.Period.Name, d.Table)
}

// keepPostings writes down what is asked of postings after they are gone.
func (d *detaching) keepPostings(ctx context.Context, detached *DetachedMonth) error {
	posted, err := d.q.GetLastSeqOfMonth(ctx, sqlc.GetLastSeqOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt})
	if err != nil {
		return err
	}
	months, err := ListDetached(ctx, d.q)
	if err != nil {
		return err
	}
	// Entries of two months may lie in each other's range of numbers where one month ends.
	detached.Rows, detached.ThroughSeq = posted.Entries, max(posted.LastSeq, months.ThroughSeq())
	sealed, err := d.q.GetLastSeal(ctx)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if sealed.LastSeq < detached.ThroughSeq {
		return fault.New(fault.Conflict, "month_unsealed", "entries of %s are not sealed yet: try again after the next pass of the schedule seal-ledger", d.Period.Name)
	}
	if detached.Checkpoints, err = d.q.InsertBoundaryCheckpoints(ctx, detached.ThroughSeq); err != nil {
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

// keepReadings writes down what is asked of clips after their readings are gone.
func (d *detaching) keepReadings(ctx context.Context, detached *DetachedMonth) error {
	open, err := d.q.ListOpenCampaignsOfMonth(ctx, sqlc.ListOpenCampaignsOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt})
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fault.New(fault.Conflict, "campaign_open", "clips of %d campaigns that were created in %s are still tracked or may still come, such as those of campaign %s: wait until it has ended, or cancel it", len(open), d.Period.Name, open[0])
	}
	if detached.Rows, err = d.q.CountReadingsOfMonth(ctx, sqlc.CountReadingsOfMonthParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	if err := d.q.InsertArchivedReadings(ctx, sqlc.InsertArchivedReadingsParams{StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt}); err != nil {
		return err
	}
	return d.record(ctx, detached, HashBalances(nil))
}

// record writes the boundary down. A month that was attached again has one already.
func (d *detaching) record(ctx context.Context, detached *DetachedMonth, balances []byte) error {
	known, err := d.q.FindArchivedRows(ctx, sqlc.FindArchivedRowsParams{Parent: d.Table, Month: d.Period.Name})
	if err != nil {
		return err
	}
	if len(known) > 0 {
		if known[0] != detached.Rows {
			return fault.New(fault.Conflict, "books_differ", "%s of %s were %d when they were first detached, and are %d now: run `creditroll ledger verify`", d.Table, d.Period.Name, known[0], detached.Rows)
		}
		return nil
	}
	return d.q.InsertArchivedMonth(ctx, sqlc.InsertArchivedMonthParams{
		Parent: d.Table, Month: d.Period.Name, TableName: d.tableName(), StartsAt: d.Period.StartsAt, EndsAt: d.Period.EndsAt,
		ThroughSeq: detached.ThroughSeq, Entries: detached.Rows, BalancesHash: balances, ArchivedBy: d.Actor, Reason: d.Reason,
	})
}

// detach takes the lock that stops everybody, so it comes last and waits for it as little as
// ensure_partitions does. What would still belong to the month is refused from then on: in
// the default partition it would be in the way of attaching the month again.
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
