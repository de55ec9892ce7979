package blobs_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/domain/fault"
)

func setup(t *testing.T) (*blobs.Bucket, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "made", "later")
	bucket := blobs.In(folder)
	t.Cleanup(func() { require.NoError(t, bucket.Close()) })
	return bucket, folder
}

func read(t *testing.T, bucket *blobs.Bucket, key string) string {
	t.Helper()
	reader, err := bucket.Read(t.Context(), key)
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	return string(content)
}

func TestFolder(t *testing.T) {
	t.Parallel()

	t.Run("keeps files, and the last content of each", func(t *testing.T) {
		t.Parallel()
		bucket, _ := setup(t)
		require.NoError(t, bucket.Write(t.Context(), "a/b", "image/png", []byte("first")))
		require.NoError(t, bucket.Write(t.Context(), "a/b", "image/png", []byte("second")))

		require.Equal(t, "second", read(t, bucket, "a/b"))
	})

	t.Run("is made with the first file, and only for its own user", func(t *testing.T) {
		t.Parallel()
		bucket, folder := setup(t)
		_, err := os.Stat(folder)
		require.ErrorIs(t, err, os.ErrNotExist)

		require.NoError(t, bucket.Write(t.Context(), "a/b", "image/png", []byte("x")))

		info, err := os.Stat(folder)
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077)
		files, err := os.ReadDir(filepath.Join(folder, "a"))
		require.NoError(t, err)
		require.Len(t, files, 1, "there is nothing next to the file")
	})

	t.Run("does not write outside", func(t *testing.T) {
		t.Parallel()
		bucket, folder := setup(t)
		_ = bucket.Write(t.Context(), "../../escaped", "image/png", []byte("x")) // a refusal is as good

		_, err := os.Stat(filepath.Join(folder, "..", "..", "escaped"))
		require.ErrorIs(t, err, os.ErrNotExist)
	})

	t.Run("reports that a file does not exist", func(t *testing.T) {
		t.Parallel()
		bucket, _ := setup(t)
		_, err := bucket.Read(t.Context(), "a/b")
		require.Equal(t, "blob_not_found", fault.CodeOf(err))
	})

	t.Run("deletes a file twice", func(t *testing.T) {
		t.Parallel()
		bucket, _ := setup(t)
		require.NoError(t, bucket.Write(t.Context(), "a/b", "image/png", []byte("x")))
		require.NoError(t, bucket.Delete(t.Context(), "a/b"))
		require.NoError(t, bucket.Delete(t.Context(), "a/b"))
		_, err := bucket.Read(t.Context(), "a/b")
		require.Equal(t, "blob_not_found", fault.CodeOf(err))
	})

	t.Run("lists every file below a prefix once, page by page", func(t *testing.T) {
		t.Parallel()
		bucket, _ := setup(t)
		want := []string{}
		for n := range 7 {
			key := fmt.Sprintf("evidence/%d/x", n)
			want = append(want, key)
			require.NoError(t, bucket.Write(t.Context(), key, "image/png", []byte("x")))
		}
		require.NoError(t, bucket.Write(t.Context(), "other/x", "image/png", []byte("x")))
		var keys []string
		var token []byte
		for {
			page, next, err := bucket.List(t.Context(), "evidence/", token, 3)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), 3)
			for _, each := range page {
				keys = append(keys, each.Key)
				require.False(t, each.ModifiedAt.IsZero())
			}
			if token = next; len(token) == 0 {
				break
			}
		}

		require.Equal(t, want, keys)
	})

	t.Run("is checked by a file that is gone afterwards", func(t *testing.T) {
		t.Parallel()
		bucket, _ := setup(t)
		require.NoError(t, bucket.Check(t.Context()))
		page, _, err := bucket.List(t.Context(), "", nil, 10)
		require.NoError(t, err)
		require.Empty(t, page)
	})

	t.Run("that cannot be made is unavailable, and is tried again", func(t *testing.T) {
		t.Parallel()
		taken := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(taken, nil, 0o600))
		bucket := blobs.In(filepath.Join(taken, "blobs"))

		require.Equal(t, fault.Unavailable, fault.KindOf(bucket.Check(t.Context())))

		require.NoError(t, os.Remove(taken))
		require.NoError(t, bucket.Check(t.Context()))
	})
}

func TestAddress(t *testing.T) {
	t.Parallel()

	for _, address := range []string{"", "name", "s3://", "gs://name", "file:///tmp/x", "s3://user:password@name", "https://name"} {
		t.Run("refuses "+address, func(t *testing.T) {
			t.Parallel()
			_, err := blobs.At(address)
			require.Equal(t, "blobs_url_malformed", fault.CodeOf(err))
			require.NotContains(t, err.Error(), "password")
		})
	}

	t.Run("is shown without what may be secret", func(t *testing.T) {
		t.Parallel()
		bucket, err := blobs.At("s3://name?region=eu-central-1&secret=x")
		require.NoError(t, err)
		require.Equal(t, "s3://name", bucket.String())
	})
}
