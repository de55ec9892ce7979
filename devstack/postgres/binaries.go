package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// majorMin is the oldest release that the schema runs on.
const majorMin = 14

// binaries is one installation of PostgreSQL.
type binaries struct {
	dir   string
	major string
}

func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }
func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }

// installedIn are the directories of the usual packages, which do not put the server on PATH.
var installedIn = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
}

// findBinaries returns an installation that can run data written by major version dataMajor,
// where "" means any. It takes the one in binDir if given, else an installed one, those on
// PATH first and newer before older, else a downloaded copy.
func findBinaries(ctx context.Context, binDir, dataMajor string) (binaries, error) {
	if binDir != "" {
		found, err := inspect(ctx, binDir)
		if err != nil {
			return binaries{}, err
		}
		return found, fits([]binaries{found}, dataMajor)
	}
	found := installed(ctx, installedIn)
	if chosen, ok := choose(found, dataMajor); ok {
		return chosen, nil
	}
	if dataMajor != "" && dataMajor != downloadMajor {
		return binaries{}, fits(found, dataMajor)
	}
	return newDownload().fetch(ctx)
}

// fits returns an error unless one of the found installations can run the data.
func fits(found []binaries, dataMajor string) error {
	if _, ok := choose(found, dataMajor); ok {
		return nil
	}
	versions := make([]string, len(found))
	for i, b := range found {
		versions[i] = fmt.Sprintf("%s in %s", b.major, b.dir)
	}
	here := strings.Join(versions, ", ")
	if here == "" {
		here = "none installed"
	}
	if dataMajor == "" {
		return fmt.Errorf("PostgreSQL is too old: this machine has %s, and %d or newer is needed", here, majorMin)
	}
	return fmt.Errorf("the data were written by PostgreSQL %s, and no other major version can read them. This machine has: %s. Install PostgreSQL %s, or move the data directory away to start with empty data",
		dataMajor, here, dataMajor)
}

func choose(found []binaries, dataMajor string) (binaries, bool) {
	for _, b := range found {
		number, err := strconv.Atoi(b.major)
		if err == nil && number >= majorMin && (dataMajor == "" || dataMajor == b.major) {
			return b, true
		}
	}
	return binaries{}, false
}

func installed(ctx context.Context, patterns []string) []binaries {
	var onPath []string
	for _, name := range []string{"postgres", "initdb", "pg_ctl"} {
		if path, err := exec.LookPath(name); err == nil {
			onPath = append(onPath, filepath.Dir(realPath(path)))
		}
	}
	var packaged []string
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern)
		packaged = append(packaged, dirs...)
	}
	first := inspectAll(ctx, onPath)
	rest := inspectAll(ctx, packaged)
	slices.SortStableFunc(rest, func(a, b binaries) int {
		newer, _ := strconv.Atoi(b.major)
		older, _ := strconv.Atoi(a.major)
		return newer - older
	})
	return append(first, rest...)
}

// realPath follows the links by which packages put one program of an installation on PATH. The
// other programs are in the directory of the real one.
func realPath(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}

func inspectAll(ctx context.Context, dirs []string) []binaries {
	var found []binaries
	for _, dir := range dirs {
		if b, err := inspect(ctx, dir); err == nil && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	return found
}

// "postgres (PostgreSQL) 15.13", "17beta1", or followed by a vendor's words.
var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func inspect(ctx context.Context, dir string) (binaries, error) {
	b := binaries{dir: dir}
	if _, err := os.Stat(b.initdb()); err != nil {
		return binaries{}, fmt.Errorf("no PostgreSQL server in %s: %w", dir, err)
	}
	printed, err := exec.CommandContext(ctx, b.postgres(), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("ask %s for its version: %w", b.postgres(), err)
	}
	match := versionPattern.FindSubmatch(printed)
	if match == nil {
		return binaries{}, fmt.Errorf("%s does not print its version: %q", b.postgres(), printed)
	}
	b.major = string(match[1])
	return b, nil
}
