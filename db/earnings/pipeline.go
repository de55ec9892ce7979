package earnings

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// pipelinedTx is a transaction whose statements travel together where none needs another's
// answer: on a hot row every round trip is time in which nobody else can commit. Each
// statement still has its own snapshot, as if it had been sent alone.
type pipelinedTx struct {
	conn *pgx.Conn
	// opening is sent ahead of the first round.
	opening []string
	begun   bool
}

// inPipelinedTx runs work in a read-committed transaction, which work begins with its first
// round and must end with commit. Anything else rolls back. settings hold for the
// transaction only.
func (s *Store) inPipelinedTx(ctx context.Context, settings []string, work func(tx *pipelinedTx) error) error {
	return db.RetryConflicts(ctx, func() error {
		connection, err := s.db.Pool.Acquire(ctx)
		if err != nil {
			return db.Translate(err)
		}
		// A connection that comes back inside a transaction is closed by the pool.
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

// round sends all statements, then reads all answers. It calls statements twice: first to
// learn what they send, with zero values for answers, then with the real ones. So what is
// sent must not depend on what was answered in the same round.
func (t *pipelinedTx) round(ctx context.Context, statements func(q *sqlc.Queries) error) error {
	return t.send(ctx, statements, "")
}

// commit sends the last statements and COMMIT behind them. When one of them fails, the
// server skips the rest, COMMIT included.
func (t *pipelinedTx) commit(ctx context.Context, statements func(q *sqlc.Queries) error) error {
	return t.send(ctx, statements, "COMMIT")
}

func (t *pipelinedTx) send(ctx context.Context, statements func(q *sqlc.Queries) error, last string) error {
	queue := &statementQueue{}
	opening := t.opening
	for _, statement := range opening {
		queue.batch.Queue(statement)
	}
	if err := statements(sqlc.New(queue)); err != nil {
		return err
	}
	if last != "" {
		queue.batch.Queue(last)
	}
	t.begun, t.opening = true, nil
	answers := t.conn.SendBatch(ctx, &queue.batch)
	err := read(answers, len(opening), statements, last)
	if closed := answers.Close(); err == nil {
		err = closed
	}
	return err
}

func read(answers pgx.BatchResults, opening int, statements func(q *sqlc.Queries) error, last string) error {
	for range opening {
		if _, err := answers.Exec(); err != nil {
			return err
		}
	}
	if err := statements(sqlc.New(statementAnswers{answers})); err != nil {
		return err
	}
	if last != "" {
		_, err := answers.Exec()
		return err
	}
	return nil
}

// statementQueue implements sqlc.DBTX by noting what would be sent.
type statementQueue struct{ batch pgx.Batch }

func (s *statementQueue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	s.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

func (s *statementQueue) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	s.batch.Queue(sql, args...)
	return noAnswer{}, nil
}

func (s *statementQueue) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	s.batch.Queue(sql, args...)
	return noAnswer{}
}

// statementAnswers implements sqlc.DBTX by reading answers in the order of the questions.
type statementAnswers struct{ answers pgx.BatchResults }

func (s statementAnswers) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return s.answers.Exec()
}

func (s statementAnswers) Query(context.Context, string, ...any) (pgx.Rows, error) {
	return s.answers.Query() //nolint:rowserrcheck // the generated code that asked closes the rows and checks them
}

func (s statementAnswers) QueryRow(context.Context, string, ...any) pgx.Row {
	return s.answers.QueryRow()
}

// noAnswer is a row, and rows, that say nothing.
type noAnswer struct{}

func (noAnswer) Close()                                       {}
func (noAnswer) Err() error                                   { return nil }
func (noAnswer) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (noAnswer) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (noAnswer) Next() bool                                   { return false }
func (noAnswer) Scan(...any) error                            { return nil }
func (noAnswer) Values() ([]any, error)                       { return nil, nil }
func (noAnswer) RawValues() [][]byte                          { return nil }
func (noAnswer) Conn() *pgx.Conn                              { return nil }
func (noAnswer) TypeMap() *pgtype.Map                         { return nil }
