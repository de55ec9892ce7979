package process

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// abandonedAfter keeps the sweep away from a directory that was made a moment ago and is
// about to be claimed.
const abandonedAfter = time.Minute

// TempDir makes a directory for a server whose data nobody needs afterwards. It also
// removes those that killed programs left in base under the same prefix, because a kill
// -9 leaves nobody else to do it.
func TempDir(base, prefix string) (string, error) {
	left, _ := filepath.Glob(filepath.Join(base, prefix+"*"))
	for _, dir := range left {
		removeAbandoned(dir)
	}
	dir, err := os.MkdirTemp(base, prefix)
	if err != nil {
		return "", fmt.Errorf("make a temporary directory: %w", err)
	}
	return dir, nil
}

// removeAbandoned leaves alone what is not a directory of ours: anybody may put a link
// with that name into a shared temporary directory.
func removeAbandoned(dir string) {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < abandonedAfter {
		return
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known || int(stat.Uid) != os.Geteuid() {
		return
	}
	claim, err := tryClaim(dir)
	if err != nil {
		return
	}
	defer claim.Release()
	_ = os.RemoveAll(dir)
}
