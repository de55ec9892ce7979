package earnings

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// pipelinedTx is a transaction that sends its statements in rounds. Every round trip extends
// the time for which the campaign's budget row is locked, so statements that do not need each
// other's answers share one. Each statement still has its own snapshot, as if sent alone.
//
// A round is built, then sent:
//
//	var budget sqlc.CampaignBudget
//	round := &round{}
//	queue(ctx, round, (*sqlc.Queries).LockCampaignBudget, campaignID, &budget)
//	err := tx.send(ctx, round)
//
// An answer has its value once send returns.
type pipelinedTx struct {
	conn *pgx.Conn
	// opening is sent ahead of the first round.
	opening []string
	begun   bool
}

// inPipelinedTx runs work in a read-committed transaction. The first round begins it, and work
// must end with sendAndCommit; an error of work rolls back. The settings apply to the
// transaction only. After a conflict, work runs again from its beginning.
func (s *Store) inPipelinedTx(ctx context.Context, settings []string, work func(tx *pipelinedTx) error) error {
	return db.RetryConflicts(ctx, func() error {
		connection, err := s.db.Pool.Acquire(ctx)
		if err != nil {
			return db.Translate(err)
		}
		// The pool closes a connection that is released inside a transaction.
		defer connection.Release()
		tx := &pipelinedTx{conn: connection.Conn(), opening: []string{"BEGIN"}}
		for _, setting := range settings {
			tx.opening = append(tx.opening, "SET LOCAL "+setting)
		}
		if err := work(tx); err != nil {
			if tx.begun && !tx.conn.IsClosed() {
				_, _ = tx.conn.Exec(context.WithoutCancel(ctx), "ROLLBACK")
			}
			return db.Translate(err)
		}
		return nil
	})
}

// send sends a round and reads its answers, in one round trip. It returns the error of the
// first statement that failed; the server skips those after it.
func (t *pipelinedTx) send(ctx context.Context, r *round) error {
	return t.exchange(ctx, r, "")
}

// sendAndCommit sends a round with COMMIT as its last statement. The server skips COMMIT if
// a statement fails.
func (t *pipelinedTx) sendAndCommit(ctx context.Context, r *round) error {
	return t.exchange(ctx, r, "COMMIT")
}

func (t *pipelinedTx) exchange(ctx context.Context, r *round, last string) error {
	if r.err != nil {
		return r.err
	}
	batch := &pgx.Batch{}
	opening := t.opening
	for _, statement := range opening {
		batch.Queue(statement)
	}
	batch.QueuedQueries = append(batch.QueuedQueries, r.queued.QueuedQueries...)
	if last != "" {
		batch.Queue(last)
	}
	t.begun, t.opening = true, nil
	answers := t.conn.SendBatch(ctx, batch)
	err := r.readAnswers(answers, len(opening), last != "")
	if closed := answers.Close(); err == nil {
		err = closed
	}
	return err
}

// round is a list of generated queries that are sent together. The argument of a query is
// fixed when it is queued, so it cannot depend on an answer of the same round.
type round struct {
	queued pgx.Batch
	// readers read the answers, in the order of the statements.
	readers []func(answers *sqlc.Queries) error
	err     error
}

// queue adds a query to a round. send stores its answer in answer.
func queue[Arg, Answer any](ctx context.Context, r *round, query func(*sqlc.Queries, context.Context, Arg) (Answer, error), arg Arg, answer *Answer) {
	_, err := query(sqlc.New(recorder{&r.queued}), ctx, arg)
	r.add(err, func(answers *sqlc.Queries) (err error) {
		*answer, err = query(answers, ctx, arg)
		return err
	})
}

// queueExec adds a query without an answer to a round.
func queueExec[Arg any](ctx context.Context, r *round, query func(*sqlc.Queries, context.Context, Arg) error, arg Arg) {
	r.add(query(sqlc.New(recorder{&r.queued}), ctx, arg), func(answers *sqlc.Queries) error {
		return query(answers, ctx, arg)
	})
}

func (r *round) add(recording error, reader func(answers *sqlc.Queries) error) {
	if !errors.Is(recording, errRecorded) {
		r.err = errors.Join(r.err, recording)
	}
	r.readers = append(r.readers, reader)
}

func (r *round) readAnswers(answers pgx.BatchResults, opening int, commits bool) error {
	for range opening {
		if _, err := answers.Exec(); err != nil {
			return err
		}
	}
	received := sqlc.New(answerReader{answers})
	for _, read := range r.readers {
		if err := read(received); err != nil {
			return err
		}
	}
	if commits {
		_, err := answers.Exec()
		return err
	}
	return nil
}

// errRecorded ends a generated query once its statement is recorded: there is no answer yet.
var errRecorded = errors.New("the statement was recorded and not sent")

// recorder implements sqlc.DBTX: it adds the statement of a generated query to a batch.
type recorder struct{ batch *pgx.Batch }

func (r recorder) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	r.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, errRecorded
}

func (r recorder) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	r.batch.Queue(sql, args...)
	return nil, errRecorded
}

func (r recorder) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	r.batch.Queue(sql, args...)
	return recordedRow{}
}

type recordedRow struct{}

func (recordedRow) Scan(...any) error { return errRecorded }

// answerReader implements sqlc.DBTX: it gives a generated query the next answer of a batch.
type answerReader struct{ answers pgx.BatchResults }

func (a answerReader) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return a.answers.Exec()
}

func (a answerReader) Query(context.Context, string, ...any) (pgx.Rows, error) {
	return a.answers.Query() //nolint:rowserrcheck // the generated query closes the rows and checks them
}

func (a answerReader) QueryRow(context.Context, string, ...any) pgx.Row {
	return a.answers.QueryRow()
}
