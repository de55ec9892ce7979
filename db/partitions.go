package db

import (
	"context"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// PartitionsAhead is how far in advance partitions are created.
const PartitionsAhead = 3 * 31 * 24 * time.Hour

// PartitionedTables have one partition a month, by the time in their ids.
var PartitionedTables = []string{"postings", "observations"}

// EnsurePartitions creates the missing monthly partitions of PartitionedTables, from this month
// to PartitionsAhead of now, and returns how many it created. Each table is one transaction.
//
// It returns fault.Unavailable "database_busy" if a long read blocks it, because waiting would
// block new postings too; a later pass creates the rest. Rows without a partition go to the
// default one. Nothing is lost, but such a month cannot be detached.
func (s *DB) EnsurePartitions(ctx context.Context, now time.Time) (int, error) {
	return ensurePartitions(ctx, func(ctx context.Context, parent string) (made int32, err error) {
		return s.Queries.EnsurePartitions(ctx, sqlc.EnsurePartitionsParams{Parent: parent, Until: now.Add(PartitionsAhead)})
	})
}

func ensurePartitions(ctx context.Context, ensure func(ctx context.Context, parent string) (int32, error)) (int, error) {
	total := 0
	for _, parent := range PartitionedTables {
		err := RetryConflicts(ctx, func() error {
			made, err := ensure(ctx, parent)
			total += int(made)
			return Translate(err)
		})
		if err != nil {
			return total, fmt.Errorf("prepare partitions of %s: %w", parent, err)
		}
	}
	return total, nil
}
