package workflows_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

// kept is a clip with evidence.
type kept struct {
	*tracked
	folder string
	bucket *blobs.Bucket
}

func setupEvidence(t *testing.T) *kept {
	t.Helper()
	c := setupClip(t, nil)
	_, err := c.store.Clips.Create(t.Context(), clip.NewClip{
		ID: c.input.ClipID, CampaignID: c.campaignID, CreatorID: c.creator.id, Platform: c.input.Platform, ExternalID: c.input.ExternalID, URL: c.input.URL,
	})
	require.NoError(t, err)
	k := &kept{tracked: c, folder: t.TempDir()}
	k.bucket = blobs.In(k.folder)
	c.files = k.bucket
	return k
}

// add adds a file as the API does, up to a step: its row, its content, and that it is complete.
func (k *kept) add(t *testing.T, at time.Time, steps int) (key string) {
	t.Helper()
	piece := evidence.Piece{ID: uuid.NewString(), ClipID: k.input.ClipID, Kind: evidence.File, ContentType: evidence.PNG, SizeBytes: 1, Digest: "d", AddedBy: "u", AddedAt: at}
	_, err := k.store.Evidence.Add(t.Context(), piece)
	require.NoError(t, err)
	key = evidence.BlobKey(piece.ClipID, piece.ID)
	if steps > 1 {
		k.write(t, key, at)
	}
	if steps > 2 {
		require.NoError(t, k.store.Evidence.Finish(t.Context(), piece.ID, at))
	}
	return key
}

func (k *kept) write(t *testing.T, key string, at time.Time) {
	t.Helper()
	require.NoError(t, k.bucket.Write(t.Context(), key, "image/png", []byte("x")))
	require.NoError(t, os.Chtimes(filepath.Join(k.folder, filepath.FromSlash(key)), at, at))
}

func (k *kept) end(t *testing.T) {
	t.Helper()
	require.NoError(t, k.store.Clips.Move(t.Context(), k.input.ClipID, clip.Rejected, "off_topic"))
}

// stored returns the keys of the files.
func (k *kept) stored(t *testing.T) (keys []string) {
	t.Helper()
	page, _, err := k.bucket.List(t.Context(), "", nil, 100)
	require.NoError(t, err)
	for _, each := range page {
		keys = append(keys, each.Key)
	}
	return keys
}

func (k *kept) rows(t *testing.T) int {
	t.Helper()
	pieces, err := k.store.Evidence.List(t.Context(), k.input.ClipID)
	require.NoError(t, err)
	return len(pieces)
}

const retention = 180 * oneDay

// pass runs at a time. The end of a clip is in the time of the database.
func (k *kept) pass(t *testing.T, at time.Time) workflows.EvidenceResult {
	t.Helper()
	k.clock.follow(func() time.Time { return at })
	return completed[workflows.EvidenceResult](k.begin(t), workflows.EvidenceRetention, workflows.EvidenceInput{Retention: duration.Text(retention)})
}

func TestEvidenceRetention(t *testing.T) {
	t.Parallel()

	t.Run("deletes evidence some time after its clip has ended", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		k.add(t, now, 3)
		_, err := k.store.Evidence.Add(t.Context(), evidence.Piece{ID: uuid.NewString(), ClipID: k.input.ClipID, Kind: evidence.Link, URL: "https://example.test", AddedBy: "u", AddedAt: now})
		require.NoError(t, err)

		require.Zero(t, k.pass(t, now.Add(2*retention)), "the clip has not ended")
		k.end(t)
		require.Empty(t, k.pass(t, now.Add(2*retention)).Failed)

		require.Empty(t, k.stored(t))
		require.Zero(t, k.rows(t))
	})

	t.Run("keeps evidence that is younger than that, whatever its clip does", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		k.end(t)
		k.add(t, now, 3)
		k.add(t, now.Add(retention), 3) // added long after the end

		require.Zero(t, k.pass(t, now.Add(retention-time.Hour)))
		require.Equal(t, 2, k.rows(t))
		require.EqualValues(t, 1, k.pass(t, now.Add(retention+time.Hour)).Pieces)

		require.Len(t, k.stored(t), 1)
		require.Equal(t, 1, k.rows(t))
	})

	t.Run("deletes what an interrupted upload has left, but not one that is under way", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		k.add(t, now.Add(-2*time.Hour), 1)
		k.add(t, now.Add(-2*time.Hour), 2)
		k.write(t, evidence.BlobPrefix+k.input.ClipID+"/fileblob123", now.Add(-2*time.Hour))
		underWay := k.add(t, now.Add(-time.Minute), 2)
		complete := k.add(t, now.Add(-2*time.Hour), 3)

		done := k.pass(t, now)

		require.Equal(t, workflows.EvidenceResult{Pieces: 2, Orphans: 1}, done)
		require.ElementsMatch(t, []string{underWay, complete}, k.stored(t))
	})

	t.Run("deletes files without a row", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		complete := k.add(t, now.Add(-2*time.Hour), 3)
		k.write(t, evidence.BlobKey(k.input.ClipID, uuid.NewString()), now.Add(-2*time.Hour))
		fresh := evidence.BlobKey(k.input.ClipID, uuid.NewString())
		k.write(t, fresh, now)
		k.write(t, "other/file", now.Add(-2*time.Hour))

		done := k.pass(t, now)

		require.Equal(t, workflows.EvidenceResult{Orphans: 1}, done)
		require.ElementsMatch(t, []string{complete, fresh, "other/file"}, k.stored(t))
	})

	for name, files := range map[string]struct{ known, unknown int }{
		"of a database that is not there":           {0, 30},
		"of a small database that is not there":     {0, 1},
		"of which most belong to another database":  {2, 3},
		"that were added since an old copy of rows": {10, 11},
	} {
		t.Run("keeps files "+name, func(t *testing.T) {
			t.Parallel()
			k := setupEvidence(t)
			now := time.Now()
			for range files.known {
				k.add(t, now.Add(-2*time.Hour), 3)
			}
			for range files.unknown {
				k.write(t, evidence.BlobKey(k.input.ClipID, uuid.NewString()), now.Add(-2*time.Hour))
			}

			done := k.pass(t, now)

			require.Equal(t, workflows.EvidenceResult{Failed: "blobs_of_another"}, done)
			require.Len(t, k.stored(t), files.known+files.unknown)
		})
	}

	t.Run("deletes files without a row from a page of them, after pages of files with rows", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		for range 3 {
			k.add(t, now.Add(-2*time.Hour), 3)
		}
		k.write(t, evidence.BlobPrefix+"last", now.Add(-2*time.Hour))
		k.files = smallPages{k.bucket}

		done := k.pass(t, now)

		require.Equal(t, workflows.EvidenceResult{Orphans: 1}, done)
		require.Len(t, k.stored(t), 3)
	})

	t.Run("reads each row once", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		_, err := k.store.DB.Pool.Exec(t.Context(), `INSERT INTO evidence (id, clip_id, kind, url, added_by, added_at, stored_at)
			SELECT gen_random_uuid(), $1, 'link', 'https://example.test', 'u', $2, $2 FROM generate_series(1, 250)`, k.input.ClipID, now)
		require.NoError(t, err)
		k.end(t)
		at := now.Add(2 * retention)
		k.clock.follow(func() time.Time { return at })
		h := k.begin(t)
		var starts []string
		h.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, args converter.EncodedValues) {
			var due activities.DueEvidence
			if info.ActivityType.Name == activities.ListDueEvidence.Name && assert.NoError(t, args.Get(&due)) {
				starts = append(starts, due.After)
			}
		})

		done := completed[workflows.EvidenceResult](h, workflows.EvidenceRetention, workflows.EvidenceInput{Retention: duration.Text(retention)})

		require.Equal(t, workflows.EvidenceResult{Pieces: 250}, done)
		require.Len(t, starts, 3)
		require.Empty(t, starts[0])
		require.Less(t, starts[0], starts[1])
		require.Less(t, starts[1], starts[2])
	})

	t.Run("leaves the rows of files that cannot be deleted to the next pass", func(t *testing.T) {
		t.Parallel()
		k := setupEvidence(t)
		now := time.Now()
		k.add(t, now.Add(-2*time.Hour), 2)
		k.files = brokenFiles{k.bucket}

		done := k.pass(t, now)
		require.Equal(t, "blobs_unavailable", done.Failed)
		require.Len(t, k.stored(t), 1)
		k.files = k.bucket
		done = k.pass(t, now)

		require.Equal(t, workflows.EvidenceResult{Pieces: 1}, done)
		require.Empty(t, k.stored(t))
	})

	t.Run("deletes each piece once, wherever a worker dies", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"ListDueEvidence", 1}, step{"DeleteBlobs", 1}, step{"ForgetEvidence", 1}, step{"ListBlobs", 1}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				k := setupEvidence(t)
				now := time.Now()
				k.clock.follow(func() time.Time { return now })
				k.add(t, now.Add(-2*time.Hour), 2)
				complete := k.add(t, now.Add(-2*time.Hour), 3)
				k.befall(t, rule)

				survive[workflows.EvidenceResult](func() *history { return k.begin(t) }, workflows.EvidenceRetention, workflows.EvidenceInput{Retention: duration.Text(retention)})

				require.Equal(t, []string{complete}, k.stored(t))
				require.Equal(t, 1, k.rows(t))
			})
		}
	})
}

// brokenFiles cannot be deleted.
type brokenFiles struct{ *blobs.Bucket }

func (brokenFiles) Delete(context.Context, string) error {
	return fault.New(fault.Unavailable, "blobs_unavailable", "away").Because(errors.New("disk is read-only"))
}

// smallPages have one file each.
type smallPages struct{ *blobs.Bucket }

func (s smallPages) List(ctx context.Context, prefix string, token []byte, _ int) ([]evidence.Blob, []byte, error) {
	return s.Bucket.List(ctx, prefix, token, 1)
}
