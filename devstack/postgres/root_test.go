package postgres_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/postgres"
)

// The case changes the environment, so it cannot run in parallel with others.
func TestAsRootADirectoryThatIsClosedToOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}

	t.Run("stays closed: the data are kept in another directory, the same every time, and the log says so", func(t *testing.T) {
		closed := filepath.Join(t.TempDir(), "closed")
		require.NoError(t, os.Mkdir(closed, 0o700))
		t.Setenv("TMPDIR", t.TempDir()) // now closed is not below the temporary directory
		dir := filepath.Join(closed, "postgres")
		var log bytes.Buffer

		first := start(t, postgres.Options{Dir: dir, Log: &log})
		t.Cleanup(func() { _ = os.RemoveAll(first.Dir()) })
		write(t, first.URL())
		require.NoError(t, first.Stop(t.Context()))
		second := start(t, postgres.Options{Dir: dir})

		requireWritten(t, second.URL())
		require.Equal(t, first.Dir(), second.Dir())
		require.NotEqual(t, dir, second.Dir())
		require.Contains(t, log.String(), "cannot enter")
		require.Contains(t, log.String(), second.Dir())
		info, err := os.Stat(closed)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	})
}
