package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// takeoverWaitMax is how long a server may take to end after the program that started it was
// killed. PostgreSQL gives its own children five seconds.
const takeoverWaitMax = 10 * time.Second

const pollInterval = 20 * time.Millisecond

// Claim is the right to run a server on a directory.
type Claim struct {
	file *os.File
}

// InUseError is a directory on which another server runs.
type InUseError struct {
	Dir string
	// OwnerPID is the program that claimed the directory, and ServerPID the server it runs.
	// Zero means unknown.
	OwnerPID, ServerPID int
}

// Error names the process to stop.
func (e *InUseError) Error() string {
	if e.ServerPID != 0 && !Alive(e.OwnerPID) {
		return fmt.Sprintf("%s is in use by server process %d, whose parent program was killed: stop it with `kill -INT %d`",
			e.Dir, e.ServerPID, e.ServerPID)
	}
	return fmt.Sprintf("%s is in use by process %d (server process %d): stop that first, or choose another directory",
		e.Dir, e.OwnerPID, e.ServerPID)
}

// ClaimDir claims an existing directory, or returns an *InUseError. If the program that
// claimed it before has ended, its server is ending too, and ClaimDir waits for that.
func ClaimDir(ctx context.Context, dir string) (*Claim, error) {
	deadline := time.Now().Add(takeoverWaitMax)
	for {
		claim, err := tryClaim(dir)
		var inUse *InUseError
		if !errors.As(err, &inUse) || Alive(inUse.OwnerPID) || time.Now().After(deadline) {
			return claim, err
		}
		if err := pause(ctx); err != nil {
			return nil, errors.Join(inUse, err)
		}
	}
}

func tryClaim(dir string) (*Claim, error) {
	file, err := os.OpenFile(filepath.Join(dir, "claim"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", dir, err)
	}
	claim := &Claim{file: file}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		defer func() { _ = file.Close() }()
		inUse := &InUseError{Dir: dir}
		_, _ = fmt.Fscan(io.NewSectionReader(file, 0, 64), &inUse.OwnerPID, &inUse.ServerPID)
		return nil, inUse
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	claim.note(0)
	return claim, nil
}

// note writes the process ids for the message of an InUseError; nothing else reads them.
func (c *Claim) note(serverPID int) {
	_ = c.file.Truncate(0)
	_, _ = c.file.WriteAt(fmt.Appendf(nil, "%d %d\n", os.Getpid(), serverPID), 0)
}

// Release gives the claim up. The directory stays claimed until the server has ended too.
func (c *Claim) Release() {
	_ = c.file.Close()
}

// Lock waits for an exclusive lock on a file until ctx ends, and creates the file if there is
// none. The caller calls unlock when done.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = pause(ctx)
		}
		if err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("wait for lock file %s: %w", path, err)
		}
	}
}

// Alive reports whether a process with this id runs, even one that reuses the id. A zombie,
// which has ended and waits for its parent to collect it, does not run.
func Alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return (err == nil || errors.Is(err, syscall.EPERM)) && !zombie(pid)
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(pollInterval)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
