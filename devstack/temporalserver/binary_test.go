package temporalserver

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindRepository(t *testing.T) {
	t.Parallel()

	t.Run("walks up to the checkout and reads which version it asks for", func(t *testing.T) {
		t.Parallel()
		root := checkout(t, "module "+toolsModule+"\n\nrequire (\n\tgithub.com/temporalio/cli v1.2.3 // indirect\n)\n")
		deep := filepath.Join(root, "a", "b")
		require.NoError(t, os.MkdirAll(deep, 0o755))

		found, ok := findRepository([]string{t.TempDir(), deep})

		require.True(t, ok)
		require.Equal(t, repository{root: root, version: "v1.2.3"}, found)
	})

	t.Run("ignores the tools of another project", func(t *testing.T) {
		t.Parallel()
		root := checkout(t, "module example.org/tools\n\nrequire github.com/temporalio/cli v1.2.3\n")

		_, ok := openRepository(root)

		require.False(t, ok)
	})
}

func TestBinary(t *testing.T) {
	t.Parallel()

	t.Run("that cannot be built says from where, why, and what else to do", func(t *testing.T) {
		t.Parallel()
		root := checkout(t, "module "+toolsModule+"\n\ngo 1.26\n\nrequire github.com/temporalio/cli v0.0.0-broken\n")
		repository, ok := openRepository(root)
		require.True(t, ok)
		var progress []string

		_, err := repository.binary(t.Context(), func(line string) { progress = append(progress, line) })

		require.ErrorContains(t, err, filepath.Join(root, "tools"))
		require.ErrorContains(t, err, "go build ended")
		require.ErrorContains(t, err, "set TEMPORAL_ADDRESS")
		require.Equal(t, []string{"building the Temporal server; the first time takes about 5 minutes"}, progress)
		left, err := filepath.Glob(filepath.Join(root, ".bin", "temporal*"))
		require.NoError(t, err)
		require.Equal(t, []string{filepath.Join(root, ".bin", "temporal.lock")}, left)
	})

	t.Run("of another version is not the current one", func(t *testing.T) {
		t.Parallel()
		executable, err := os.Executable()
		require.NoError(t, err)

		require.False(t, repository{version: "v1.2.3"}.isCurrent(executable))
		require.False(t, repository{version: "v1.2.3"}.isCurrent("/nonexistent"))
	})
}

func checkout(t *testing.T, goMod string) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "tools"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "tools", "go.mod"), []byte(goMod), 0o644))
	return root
}
