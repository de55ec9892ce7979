package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	evidenceBatch  = 100
	blobsPage      = 500
	evidenceRounds = 100 // in one history
)

// EvidenceInput starts or continues a pass over evidence.
type EvidenceInput struct {
	// Retention is how long evidence is kept after its clip has ended.
	Retention duration.Text `json:"retention"`
	// After is the last row that was handled. RowsDone is set once all are.
	After    string `json:"after,omitempty"`
	RowsDone bool   `json:"rows_done,omitempty"`
	// Token is the page of files to continue with. Known is how many files with a row the pages before it have.
	Token   string         `json:"token,omitempty"`
	Known   int            `json:"known,omitempty"`
	Deleted EvidenceResult `json:"deleted"`
}

// EvidenceResult is what a pass has deleted.
type EvidenceResult struct {
	Pieces int64 `json:"pieces"`
	// Orphans are files without a row. They appear if the database is restored to an earlier state.
	Orphans int `json:"orphans"`
	// Failed is the code of the error because of which the rest is left to the next pass.
	Failed string `json:"failed,omitempty"`
}

// EvidenceRetention is a daily pass. It deletes evidence whose time is over, files that were never completed,
// and files without a row. A file is deleted before its row, so that none is forgotten if the pass is
// interrupted, and every step can be repeated. If the storage cannot be used, the next pass continues.
func EvidenceRetention(ctx workflow.Context, in EvidenceInput) (EvidenceResult, error) {
	rounds := evidenceRounds
	for ; !in.RowsDone; rounds-- {
		if rounds == 0 {
			return in.Deleted, workflow.NewContinueAsNewError(ctx, EvidenceRetention, in)
		}
		if err := deleteDue(ctx, &in); err != nil {
			return leftToNext(ctx, in.Deleted, err)
		}
	}
	for more := true; more; rounds-- {
		if rounds == 0 {
			return in.Deleted, workflow.NewContinueAsNewError(ctx, EvidenceRetention, in)
		}
		if err := deleteOrphans(ctx, &in); err != nil {
			return leftToNext(ctx, in.Deleted, err)
		}
		more = in.Token != ""
	}
	return in.Deleted, nil
}

func leftToNext(ctx workflow.Context, deleted EvidenceResult, err error) (EvidenceResult, error) {
	deleted.Failed = fault.CodeOf(err)
	workflow.GetLogger(ctx).Warn("old evidence is left to the next pass", "error", err)
	return deleted, nil
}

// deleteDue deletes one batch.
func deleteDue(ctx workflow.Context, in *EvidenceInput) error {
	now := workflow.Now(ctx)
	due, err := step(ctx, "List evidence to delete", activities.ListDueEvidence, activities.DueEvidence{
		EndedBefore: now.Add(-in.Retention.Std()), UnfinishedBefore: now.Add(-evidence.UnfinishedFor), After: in.After, Limit: evidenceBatch,
	})
	if err != nil {
		return err
	}
	in.RowsDone = len(due) < evidenceBatch
	if len(due) == 0 {
		return nil
	}
	var ids, keys []string
	for _, each := range due {
		ids = append(ids, each.ID)
		if each.BlobKey != "" {
			keys = append(keys, each.BlobKey)
		}
	}
	if len(keys) > 0 {
		if _, err := do(ctx, storageCall, "Delete the files of old evidence", activities.DeleteBlobs, keys); err != nil {
			return err
		}
	}
	forgotten, err := step(ctx, "Delete old evidence", activities.ForgetEvidence, ids)
	in.Deleted.Pieces += forgotten
	in.After = ids[len(ids)-1]
	return err
}

// deleteOrphans deletes the files of one page that no row has. A file is younger than its row, so one that is old
// enough to be complete and has no row never gets one.
func deleteOrphans(ctx workflow.Context, in *EvidenceInput) error {
	page, err := do(ctx, storageCall, "List stored files", activities.ListBlobs, activities.BlobsPage{
		StoredBefore: workflow.Now(ctx).Add(-evidence.UnfinishedFor), Token: in.Token, Limit: blobsPage,
	})
	if err != nil {
		return err
	}
	if len(page.Keys) > 0 {
		unknown, err := step(ctx, "Find files without a row", activities.FindUnknownBlobs, page.Keys)
		if err != nil {
			return err
		}
		in.Known += len(page.Keys) - len(unknown)
		if err := evidence.CheckOrphans(in.Known, in.Deleted.Orphans+len(unknown)); err != nil {
			return err
		}
		for keys := range slices.Chunk(unknown, evidenceBatch) {
			if _, err := do(ctx, storageCall, "Delete files without a row", activities.DeleteBlobs, keys); err != nil {
				return err
			}
			in.Deleted.Orphans += len(keys)
		}
	}
	in.Token = page.Next
	return nil
}
