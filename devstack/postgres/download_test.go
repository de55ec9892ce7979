package postgres

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDownload(t *testing.T) {
	t.Parallel()

	t.Run("keeps the programs for the next time", func(t *testing.T) {
		t.Parallel()
		archive := jar(t)
		repository := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".sha256") {
				sum := sha256.Sum256(archive)
				_, _ = w.Write([]byte(hex.EncodeToString(sum[:])))
				return
			}
			_, _ = w.Write(archive)
		})
		d := download{repositoryURL: repository.URL, cacheDir: filepath.Join(t.TempDir(), "cache")}

		first, err := d.fetch(t.Context())
		require.NoError(t, err)
		repository.Close()
		second, err := d.fetch(t.Context())

		require.NoError(t, err)
		require.Equal(t, first, second)
		installed, err := inspect(t.Context(), second.dir)
		require.NoError(t, err)
		require.Equal(t, "15", installed.major)
	})

	t.Run("is refused when the checksum does not match", func(t *testing.T) {
		t.Parallel()
		archive := jar(t)
		repository := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(archive) })
		d := download{repositoryURL: repository.URL, cacheDir: t.TempDir()}

		_, err := d.fetch(t.Context())

		require.ErrorContains(t, err, "checksums do not match")
	})

	t.Run("that cannot be reached says what is missing and what to do", func(t *testing.T) {
		t.Parallel()
		repository := serve(t, http.NotFound)
		repository.Close()
		d := download{repositoryURL: repository.URL, cacheDir: t.TempDir()}

		_, err := d.fetch(t.Context())

		require.ErrorContains(t, err, "no PostgreSQL server of version 14 or newer was found")
		require.ErrorContains(t, err, repository.URL)
		require.ErrorContains(t, err, "apt-get install postgresql")
		require.ErrorContains(t, err, "set DATABASE_URL")
	})

	t.Run("ends when its context does, although the repository hangs", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		repository := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		t.Cleanup(repository.CloseClientConnections)
		d := download{repositoryURL: repository.URL, cacheDir: t.TempDir()}

		_, err := d.fetch(ctx)

		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestFindBinaries(t *testing.T) {
	t.Parallel()

	t.Run("orders packaged versions from the newest", func(t *testing.T) {
		t.Parallel()
		root := t.TempDir()
		install(t, root, "14")
		install(t, root, "16")
		install(t, root, "9")

		found := installed(t.Context(), []string{filepath.Join(root, "*", "bin")})
		packaged := found[len(found)-3:]

		require.Equal(t, []string{"16", "14", "9"}, []string{packaged[0].major, packaged[1].major, packaged[2].major})
	})

	t.Run("takes the version that wrote the data, although there is a newer one", func(t *testing.T) {
		t.Parallel()

		chosen, ok := choose([]binaries{{dir: "new", major: "17"}, {dir: "old", major: "14"}}, "14")

		require.True(t, ok)
		require.Equal(t, "old", chosen.dir)
	})

	t.Run("refuses a version below the minimum", func(t *testing.T) {
		t.Parallel()
		dir := install(t, t.TempDir(), "13")

		_, err := findBinaries(t.Context(), dir, "")

		require.ErrorContains(t, err, "too old")
	})
}

func install(t *testing.T, root, major string) string {
	t.Helper()
	dir := filepath.Join(root, major, "bin")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := []byte("#!/bin/sh\necho 'postgres (PostgreSQL) " + major + ".1'\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "postgres"), script, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "initdb"), script, 0o755))
	return dir
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// jar packs testdata/postgres.txz, three shell scripts in bin, as the repository does.
func jar(t *testing.T) []byte {
	t.Helper()
	programs, err := os.ReadFile("testdata/postgres.txz")
	require.NoError(t, err)
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	entry, err := archive.Create("postgres-any.txz")
	require.NoError(t, err)
	_, err = entry.Write(programs)
	require.NoError(t, err)
	require.NoError(t, archive.Close())
	return packed.Bytes()
}
