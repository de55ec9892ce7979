package journal

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// finalSeq returns a seq up to which the journal is final: every entry with that seq or a
// lower one is committed and visible from now on, or will never exist. It returns false if
// transactions that may still post under such a number did not end soon.
//
// Numbers are drawn in the order of inserting, not of committing: an entry with a low number
// may appear after ones with higher numbers. What is sealed must not get a neighbour later,
// so a cut through the journal is found in three steps, each a statement, and therefore a
// snapshot, of its own:
//
//  1. Read L, the last number drawn.
//  2. Take a transaction id X. A trigger gives every transaction its id before it draws a
//     number, so whoever drew L or a lower one has an id below X: it was given before step 1.
//  3. Look until no transaction with an id below X is running. Then all of them have
//     committed, and every later snapshot sees what they wrote, or have rolled back.
//
// The upper end of a snapshot would not do for X: it is one past the newest transaction that
// has ended, and ids above that may be running already. Step 2 takes an id of its own and
// ends at once, for as long as a transaction with an id lives, step 3 waits for it.
//
// A transaction that stays open holds step 3 up, and so does one in another database of the
// same server. The pass gives up then, having changed nothing, and the next one tries anew.
// Every later cut includes what this one would have.
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

// The pauses between looks grow from the first to the last; all together take less than three
// seconds.
const (
	horizonLooks    = 20
	horizonPause    = time.Millisecond
	horizonPauseMax = 200 * time.Millisecond
)

func awaitEnd(ctx context.Context, q *sqlc.Queries, transaction int64) (bool, error) {
	pause := horizonPause
	for range horizonLooks {
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
