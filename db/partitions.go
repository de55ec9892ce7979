package db

import (
	"context"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// PartitionsAhead is for how long partitions are made in advance.
const PartitionsAhead = 3 * 31 * 24 * time.Hour

// PartitionedTables have a partition for each month, by the time in their ids.
var PartitionedTables = []string{"postings", "observations"}

// EnsurePartitions makes the monthly partitions of postings and observations from this month
// until PartitionsAhead of now, a transaction a table, and returns how many were missing. It
// gives up with fault.Unavailable "database_busy" rather than to keep postings waiting behind
// whoever reads for long: a later pass makes what is missing. What has no partition of its own
// is kept in a default one, so a month without it cannot be detached, but nothing is lost.
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
