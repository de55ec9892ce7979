//go:build unix && !linux

package process

import "syscall"

// attributes has no parent death signal: only Linux knows one.
func attributes(spec Spec) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: credential(spec.User)}
}

// children returns nothing: without /proc the children of a killed server are left to
// notice by themselves that it is gone, which those of PostgreSQL do.
func children(int) []int { return nil }

// zombie knows of none: they matter where nobody collects them, in Linux containers.
func zombie(int) bool { return false }
