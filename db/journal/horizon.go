package journal

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// finalSeq returns a seq up to which the journal is final: every entry with that seq or a
// lower one is committed and visible from now on, or will never exist. It returns false if
// transactions that may still post below that seq did not end soon.
//
// Seqs are drawn when entries are inserted, not when they commit, so an entry may become
// visible after entries with higher seqs. No entry may appear within a sealed block. A safe
// upper end for a block is therefore found in three steps. Each is a statement of its own, and
// so has a snapshot of its own:
//
//  1. Read L, the last seq drawn.
//  2. Take a transaction id X. A trigger assigns every transaction its id before it draws a
//     seq. A transaction that drew L or less thus has an id below X, assigned before step 1.
//  3. Poll until no transaction with an id below X is running. All of them have then committed,
//     and every later snapshot sees what they wrote, or have rolled back.
//
// The upper end of a snapshot cannot serve as X: it is one past the newest transaction that
// has ended, and transactions with higher ids may be running. Step 2 takes a new id and ends
// at once, because step 3 waits for every transaction that has an id and is running.
//
// A long transaction delays step 3, even one in another database of the same server. The pass
// then ends without a change, and the next pass tries again. Every later upper end includes
// this one.
func (s *Store) finalSeq(ctx context.Context) (int64, bool, error) {
	drawn, err := s.db.Queries.GetLastDrawnSeq(ctx)
	if err != nil {
		return 0, false, db.Translate(err)
	}
	transaction, err := s.db.Queries.DrawTransactionID(ctx)
	if err != nil {
		return 0, false, db.Translate(err)
	}
	ended, err := awaitEnd(ctx, s.db.Queries, transaction)
	return drawn, ended, db.Translate(err)
}

// The pauses between polls grow from the first to the last. Together they take less than three
// seconds.
const (
	horizonPolls    = 20
	horizonPause    = time.Millisecond
	horizonPauseMax = 200 * time.Millisecond
)

func awaitEnd(ctx context.Context, q *sqlc.Queries, transaction int64) (bool, error) {
	pause := horizonPause
	for range horizonPolls {
		ended, err := q.HaveAllEnded(ctx, transaction)
		if err != nil || ended {
			return ended, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, ctx.Err()
		}
		pause = min(2*pause, horizonPauseMax)
	}
	return false, nil
}
