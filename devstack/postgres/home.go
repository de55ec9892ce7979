package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/creditroll/creditroll/devstack/process"
)

const (
	tempPrefix = "creditroll-postgres-"
	// elsewhere is where root keeps data when the server cannot enter the wanted directory.
	elsewhere = "/var/lib/creditroll"
)

// home is the claimed directory of one server, with its data and password.
type home struct {
	dir       string
	temporary bool
	account   *process.User
	claim     *process.Claim
	password  string
}

func (h *home) data() string         { return filepath.Join(h.dir, "data") }
func (h *home) passwordFile() string { return filepath.Join(h.dir, "password") }
func (h *home) initializing() string { return filepath.Join(h.dir, "initializing") }
func (h *home) pidFile() string      { return filepath.Join(h.data(), "postmaster.pid") }

func openHome(ctx context.Context, options Options, account *process.User) (*home, error) {
	h := &home{temporary: options.Dir == "", account: account}
	var err error
	if h.temporary {
		h.dir, err = temporaryDir(account, options.Durable)
	} else {
		h.dir, err = lastingDir(options, account)
	}
	if err != nil {
		return nil, err
	}
	h.claim, err = process.ClaimDir(ctx, h.dir)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return h, nil
}

// memory is where Linux keeps files in memory. Temporary databases are there, because tests
// make hundreds of them, and a file system on a disk becomes slow after many deletions.
const (
	memory        = "/dev/shm"
	memoryFreeMin = 6 << 30
)

func temporaryDir(account *process.User, durable bool) (string, error) {
	bases := []string{os.TempDir(), "/tmp", "/var/tmp"}
	if !durable && free(memory) >= memoryFreeMin {
		bases = append([]string{memory}, bases...)
	}
	for _, base := range bases {
		if account != nil && account.Barrier(filepath.Join(base, tempPrefix)) != "" {
			continue
		}
		dir, err := process.TempDir(base, tempPrefix)
		if err != nil {
			return "", err
		}
		return dir, openTo(account, dir)
	}
	return "", fmt.Errorf("PostgreSQL cannot run as root, and user %q can enter none of %s, /tmp and /var/tmp. Set TMPDIR to a directory that this user can enter",
		account.Name, os.TempDir())
}

// free returns how many bytes a directory's file system has left, 0 if there is none.
func free(dir string) uint64 {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return 0
	}
	return stat.Bavail * uint64(stat.Bsize)
}

func lastingDir(options Options, account *process.User) (string, error) {
	wanted, err := makeDir(options.Dir)
	if err != nil {
		return "", err
	}
	barrier := openWay(account, wanted)
	if barrier == "" {
		return wanted, nil
	}
	name := sha256.Sum256([]byte(wanted))
	if err := os.MkdirAll(elsewhere, 0o711); err != nil {
		return "", fmt.Errorf("make a directory that user %q can enter: %w", account.Name, err)
	}
	dir, err := makeDir(filepath.Join(elsewhere, "postgres-"+hex.EncodeToString(name[:6])))
	if err != nil {
		return "", err
	}
	if openWay(account, dir) != "" {
		return "", fmt.Errorf("PostgreSQL cannot run as root, and user %q can enter neither %s nor %s: choose another directory",
			account.Name, barrier, dir)
	}
	if options.Log != nil {
		_, _ = fmt.Fprintf(options.Log, "PostgreSQL cannot run as root, and user %q cannot enter %s: the data of %s are in %s\n",
			account.Name, barrier, wanted, dir)
	}
	return dir, nil
}

// makeDir returns the real path, because the permissions along that path decide.
func makeDir(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("directory of PostgreSQL: %w", err)
	}
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		return "", fmt.Errorf("make the directory of PostgreSQL: %w", err)
	}
	return filepath.EvalSymlinks(absolute)
}

// openWay lets account pass to what is in dir, as far as the directories are ours to open. It
// returns the directory that remains closed, if one does.
func openWay(account *process.User, dir string) string {
	if account == nil {
		return ""
	}
	temp, err := filepath.EvalSymlinks(os.TempDir())
	if err != nil {
		temp = os.TempDir()
	}
	for {
		barrier := account.Barrier(filepath.Join(dir, "data"))
		if barrier == "" {
			return ""
		}
		ours := barrier == dir || strings.HasPrefix(barrier, temp+string(filepath.Separator))
		if !ours || openTo(account, barrier) != nil {
			return barrier
		}
	}
}

// openTo adds the right to pass through dir, but not to list it.
func openTo(account *process.User, dir string) error {
	if account == nil {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return os.Chmod(dir, info.Mode().Perm()|0o111)
}

// major returns the version that wrote the data, "" if there are no data yet.
func (h *home) major() string {
	version, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(version))
}

// initialize makes the data directory if there is none. An initdb that was interrupted leaves
// a directory with another name.
func (h *home) initialize(ctx context.Context, binaries binaries, durable bool) error {
	if h.major() != "" {
		return h.readPassword()
	}
	if err := h.writePassword(); err != nil {
		return err
	}
	if err := os.RemoveAll(h.initializing()); err != nil {
		return fmt.Errorf("remove an unfinished data directory: %w", err)
	}
	if err := os.Mkdir(h.initializing(), 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if err := h.give(h.initializing()); err != nil {
		return err
	}
	args := []string{
		"--pgdata=" + h.initializing(), "--username=" + superuser, "--pwfile=" + h.passwordFile(),
		// The byte order of locale C is the same on every machine.
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
	}
	if !durable {
		args = append(args, "--no-sync")
	}
	err := process.Run(ctx, process.Spec{
		Name: "initdb", Path: binaries.initdb(), Args: args, Env: environment(),
		WorkDir: h.initializing(), User: h.account,
	})
	if err != nil {
		return fmt.Errorf("make a PostgreSQL data directory in %s: %w", h.dir, err)
	}
	if err := os.Rename(h.initializing(), h.data()); err != nil {
		return fmt.Errorf("put the data directory in place: %w", err)
	}
	return nil
}

func (h *home) writePassword() error {
	h.password = rand.Text()
	if err := os.WriteFile(h.passwordFile(), []byte(h.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the password file: %w", err)
	}
	return h.give(h.passwordFile())
}

func (h *home) readPassword() error {
	password, err := os.ReadFile(h.passwordFile())
	if err != nil {
		return fmt.Errorf("read the password of the data in %s; move that directory away to start with empty data: %w", h.dir, err)
	}
	h.password = strings.TrimSpace(string(password))
	return nil
}

// give makes the account of the server the owner of a path.
func (h *home) give(path string) error {
	if h.account == nil {
		return nil
	}
	if err := os.Chown(path, int(h.account.UID), int(h.account.GID)); err != nil {
		return fmt.Errorf("give %s to user %q: %w", path, h.account.Name, err)
	}
	return nil
}

// removeStalePID removes the lock file of a killed server. PostgreSQL trusts the process id in
// it. It would refuse to start where that id was reused, as after a reboot, or where dead
// processes are not collected, as in a container. Our claim shows already that no server of
// ours runs; one that was started by hand answers on its port.
func (h *home) removeStalePID() error {
	content, err := os.ReadFile(h.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the lock file of PostgreSQL: %w", err)
	}
	// Lines: process id, data directory, start time, port.
	lines := strings.Split(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err == nil && len(lines) > 3 && process.Alive(pid) && listens(strings.TrimSpace(lines[3])) {
		return fmt.Errorf("%s is in use by a PostgreSQL server (process %d, port %s): stop that first, or choose another directory",
			h.data(), pid, lines[3])
	}
	if err := os.Remove(h.pidFile()); err != nil {
		return fmt.Errorf("remove the lock file of a killed PostgreSQL: %w", err)
	}
	return nil
}

func listens(port string) bool {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), connectWaitMax)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// leave releases the directory, and removes it if it is temporary.
func (h *home) leave() error {
	defer h.claim.Release()
	if !h.temporary {
		return nil
	}
	if err := os.RemoveAll(h.dir); err != nil {
		return fmt.Errorf("remove the data of the temporary PostgreSQL: %w", err)
	}
	return nil
}
