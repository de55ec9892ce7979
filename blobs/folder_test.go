package blobs_test

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/blobs"
)

// counted counts how often each folder is read.
type counted struct {
	fstest.MapFS
	reads map[string]int
}

func (c counted) ReadDir(name string) ([]fs.DirEntry, error) {
	c.reads[name]++
	return c.MapFS.ReadDir(name)
}

// listAll returns the keys of all pages.
func listAll(t *testing.T, files fs.FS, prefix string, size int) (keys []string) {
	t.Helper()
	var token []byte
	for {
		page, next, err := blobs.ListFolder(files, prefix, token, size)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), size)
		for _, each := range page {
			keys = append(keys, each.Key)
		}
		if token = next; len(token) == 0 {
			return keys
		}
	}
}

func TestListFolder(t *testing.T) {
	t.Parallel()

	t.Run("has every file once, whatever the size of its pages, and does not read what earlier pages have", func(t *testing.T) {
		t.Parallel()
		for size := 1; size < 45; size++ {
			files := counted{fstest.MapFS{"other/a/b": {}, "evidence.txt": {}}, map[string]int{}}
			var want []string
			for clip := range 10 {
				for piece := range 4 {
					key := fmt.Sprintf("evidence/%d/%d", clip, piece)
					want = append(want, key)
					files.MapFS[key] = &fstest.MapFile{ModTime: time.Now()}
				}
			}

			require.Equal(t, want, listAll(t, files, "evidence/", size))

			require.NotContains(t, files.reads, "other")
			for clip := range 10 {
				require.LessOrEqual(t, files.reads[fmt.Sprintf("evidence/%d", clip)], 4/size+2, "pages of %d", size)
			}
		}
	})

	t.Run("leaves out what is no file of its own", func(t *testing.T) {
		t.Parallel()
		files := fstest.MapFS{
			"evidence/a/b": {}, "evidence/a/b.attrs": {}, "evidence/a/link": {Mode: fs.ModeSymlink}, "evidence/empty": {Mode: fs.ModeDir}, "evidence2/a": {},
		}
		require.Equal(t, []string{"evidence/a/b"}, listAll(t, files, "evidence/", 10))
		require.Equal(t, []string{"evidence/a/b", "evidence2/a"}, listAll(t, files, "", 1))
		require.Equal(t, []string{"evidence/a/b", "evidence2/a"}, listAll(t, files, "evid", 1))
	})

	t.Run("is empty before the first file", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, listAll(t, fstest.MapFS{}, "evidence/", 10))
	})
}
