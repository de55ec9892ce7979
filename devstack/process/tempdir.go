package process

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// abandonedAfter protects a directory that was made a moment ago and is not claimed yet.
const abandonedAfter = time.Minute

// TempDir makes a directory for a server whose data are not needed afterwards. It also removes
// those that killed programs left in base under the same prefix: a program that is ended by
// kill -9 cannot remove its own.
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

// removeAbandoned removes only directories of our own account. In a shared temporary directory
// any account may make a link with such a name.
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
