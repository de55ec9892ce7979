package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal"
)

// checkReferences finds rows that refer to an entry that does not exist, or to a wrong entry. It
// always checks all rows.
func (v *Verification) checkReferences(ctx context.Context, q *sqlc.Queries) error {
	if err := q.AllowSorting(ctx); err != nil {
		return err
	}
	for _, check := range []func(context.Context, *sqlc.Queries) ([]Finding, error){
		checkRepeatedEntries, checkRepeatedReversals, checkKinds, checkEntriesOfObjects, checkEntriesOfAccruals, checkEntriesOfHolds, checkReleasesOfHolds,
		checkAdvances, checkObjects, checkUnexpectedObjects, checkReadings, checkLaterHolds, checkAccountsOfPayouts,
	} {
		found, err := check(ctx, q)
		if err != nil {
			return err
		}
		v.add(found...)
	}
	return nil
}

func checkRepeatedEntries(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListRepeatedEntries(ctx)
	return findingsOf("reference", rows, func(row sqlc.ListRepeatedEntriesRow) (subject, detail string) {
		return "entry " + row.Kind + " " + row.Reference, fmt.Sprintf("%d entries have this kind and reference", row.Entries)
	}), err
}

func checkRepeatedReversals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListRepeatedReversals(ctx)
	return findingsOf("reference", rows, func(row sqlc.ListRepeatedReversalsRow) (subject, detail string) {
		return "entry " + row.EntryID, fmt.Sprintf("is reversed by %d entries", row.Entries)
	}), err
}

func checkKinds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListUnknownKinds(ctx)
	return findingsOf("reference", rows, func(row sqlc.ListUnknownKindsRow) (subject, detail string) {
		return "kind " + row.Kind, fmt.Sprintf("%d entries have this kind, which is not in ledger_kinds; the first is entry %d", row.Entries, row.FirstSeq)
	}), err
}

func checkEntriesOfObjects(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListObjectsWithoutEntry(ctx)
	return findingsOf("reference", rows, func(row sqlc.ExternalObject) (subject, detail string) {
		return nameOfObject(row.Provider, row.ObjectType, row.ObjectID), "belongs to entry " + row.EntryID + ", which does not exist"
	}), err
}

func checkEntriesOfAccruals(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	ids, err := q.ListAccrualsWithoutEntry(ctx)
	return findingsOf("reference", ids, func(entryID string) (subject, detail string) {
		return "accrual " + entryID, "has no entry"
	}), err
}

func checkEntriesOfHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	ids, err := q.ListHoldsWithoutEarning(ctx)
	return findingsOf("reference", ids, func(entryID string) (subject, detail string) {
		return "hold " + entryID, "holds earnings of an entry that does not exist, or of a kind by which a creator earns nothing"
	}), err
}

func checkReleasesOfHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListHoldsWithoutRelease(ctx)
	return findingsOf("reference", rows, func(row sqlc.ListHoldsWithoutReleaseRow) (subject, detail string) {
		return "hold " + row.EntryID, "was released by entry " + row.ReleaseEntryID + ", which does not exist"
	}), err
}

func checkAdvances(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	references, err := q.ListAdvancesWithoutPayout(ctx)
	return findingsOf("reference", references, func(payoutID string) (subject, detail string) {
		return "advance " + payoutID, "no adoption of this payout has advanced the amount"
	}), err
}

func checkObjects(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListObjectDifferences(ctx, journal.ObjectProvider)
	return findingsOf("object", rows, func(row sqlc.ListObjectDifferencesRow) (subject, detail string) {
		return "entry " + row.Kind + " " + row.Reference, describeObject(row)
	}), err
}

func describeObject(row sqlc.ListObjectDifferencesRow) string {
	switch found := nameOfObject(row.Provider, row.FoundType, row.ObjectID); row.Objects {
	case 0:
		return fmt.Sprintf("has no %s of the payment processor", row.ObjectType)
	case 1:
		return fmt.Sprintf("has the %s, which is not the %s that the entry is about", found, row.ObjectType)
	default:
		return fmt.Sprintf("has %d objects; the first is the %s", row.Objects, found)
	}
}

func checkUnexpectedObjects(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListObjectsOfOtherKinds(ctx)
	return findingsOf("object", rows, func(row sqlc.ListObjectsOfOtherKindsRow) (subject, detail string) {
		return nameOfObject(row.Provider, row.ObjectType, row.ObjectID), "belongs to an entry of the kind " + row.Kind
	}), err
}

func nameOfObject(provider, objectType, id string) string {
	return "external object " + provider + " " + objectType + " " + id
}

func checkReadings(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListReadingDifferences(ctx)
	return findingsOf("reading", rows, func(row sqlc.ListReadingDifferencesRow) (subject, detail string) {
		return fmt.Sprintf("%s/%d", row.ClipID, row.Poll), fmt.Sprintf("has %d views of which %d count, %d as its highest count and %d excluded; the reading before has %d and %d",
			row.Views, row.AcceptedViews, row.HighWaterViews, row.ExcludedViews, row.HighWaterBefore, row.ExcludedBefore)
	}), err
}

func checkLaterHolds(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListLaterHoldDifferences(ctx)
	return findingsOf("hold", rows, func(row sqlc.ListLaterHoldDifferencesRow) (subject, detail string) {
		return row.EntryID + " of creator " + row.CreatorID, fmt.Sprintf("has %d %s of campaign %s, available at %s, which does not follow from its entry and from what that entry corrects",
			row.AmountMinor, row.Currency, row.CampaignID, row.AvailableAt.UTC().Format(time.RFC3339))
	}), err
}

func checkAccountsOfPayouts(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	rows, err := q.ListPayoutsOfOtherAccounts(ctx)
	return findingsOf("reference", rows, func(row sqlc.ListPayoutsOfOtherAccountsRow) (subject, detail string) {
		return "payout " + row.ID, fmt.Sprintf("goes to %q instead of %q, although no second person approved that account", row.PayoutAccount, row.ReservedAccount)
	}), err
}
