package process

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Unprivileged returns the first of the named accounts that exists, for servers that
// refuse to run as root.
func Unprivileged(names ...string) (*User, error) {
	for _, name := range names {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &User{Name: name, UID: uint32(uid), GID: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("none of the accounts %q exists: create one, or do not run as root", names)
}

func credential(u *User) *syscall.Credential {
	if u == nil {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID}
}

// Barrier returns the topmost directory above path that u may not pass through, or "" if
// there is none. Path itself is not checked, and need not exist.
func (u *User) Barrier(path string) string {
	parent := filepath.Dir(path)
	if parent != path {
		if above := u.Barrier(parent); above != "" {
			return above
		}
	}
	if parent == path || u.mayPass(parent) {
		return ""
	}
	return parent
}

func (u *User) mayPass(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return true // it will be made, with permissions that let u pass
	}
	var search os.FileMode = 0o001
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		switch {
		case stat.Uid == u.UID:
			search = 0o100
		case stat.Gid == u.GID:
			search = 0o010
		}
	}
	return info.Mode().Perm()&search != 0
}
