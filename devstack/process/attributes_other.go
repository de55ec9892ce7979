//go:build unix && !linux

package process

import "syscall"

// attributes sets no parent death signal: only Linux has one.
func attributes(spec Spec) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: credential(spec.User)}
}

// children returns nothing, because there is no /proc. The children of a killed server have to
// notice that it has ended; those of PostgreSQL do.
func children(int) []int { return nil }

// zombie returns false: zombies matter only where no process collects them, in Linux
// containers.
func zombie(int) bool { return false }
