package postgres

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"

	"github.com/creditroll/creditroll/devstack/process"
)

const (
	downloadVersion = embedded.V15
	downloadMajor   = "15"
	repositoryURL   = "https://repo1.maven.org/maven2"
)

// download gets PostgreSQL for a machine that has none, once per machine.
type download struct {
	repositoryURL string
	cacheDir      string
}

func newDownload() download {
	return download{repositoryURL: repositoryURL, cacheDir: cacheDir()}
}

// cacheDir is shared by the whole machine for root, because the user that runs the server may
// not enter root's own one.
func cacheDir() string {
	if os.Geteuid() == 0 {
		return "/var/cache/creditroll"
	}
	if dir, err := os.UserCacheDir(); err == nil {
		return filepath.Join(dir, "creditroll")
	}
	return filepath.Join(os.TempDir(), "creditroll-cache")
}

func (d download) fetch(ctx context.Context) (binaries, error) {
	found := binaries{
		dir:   filepath.Join(d.cacheDir, fmt.Sprintf("postgresql-%s-%s-%s", downloadVersion, runtime.GOOS, runtime.GOARCH), "bin"),
		major: downloadMajor,
	}
	if complete(found) {
		return found, nil
	}
	if err := os.MkdirAll(d.cacheDir, 0o755); err != nil {
		return binaries{}, d.explain(err)
	}
	unlock, err := process.Lock(ctx, filepath.Join(d.cacheDir, "download.lock"))
	if err != nil {
		return binaries{}, d.explain(err)
	}
	defer unlock()
	if complete(found) {
		return found, nil
	}
	if err := d.install(ctx, filepath.Dir(found.dir)); err != nil {
		return binaries{}, d.explain(err)
	}
	return found, nil
}

// install unpacks next to the final directory and renames, so that an interrupted download is
// never used as an installation.
func (d download) install(ctx context.Context, final string) error {
	work, err := os.MkdirTemp(d.cacheDir, "unpack-")
	if err != nil {
		return err
	}
	unpacked := filepath.Join(work, "postgresql")
	result := make(chan error, 1)
	go func() { result <- d.unpack(work, unpacked) }()

	select {
	case err = <-result:
	case <-ctx.Done():
		// The library cannot be interrupted. What it leaves in work is never used.
		return ctx.Err()
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(unpacked, final)
}

// unpack uses the library only for its download, checksum and archive format. The library has
// no call for that alone. Its server therefore gets a data directory that looks old and on
// which it cannot start; unpack then checks whether the programs are there.
func (d download) unpack(work, unpacked string) error {
	data := filepath.Join(work, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(downloadMajor+"\n"), 0o600); err != nil {
		return err
	}
	ports, err := process.FreePorts(1)
	if err != nil {
		return err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().
		Version(downloadVersion).
		BinaryRepositoryURL(d.repositoryURL).
		CachePath(filepath.Join(work, "archive")).
		RuntimePath(filepath.Join(work, "runtime")).
		BinariesPath(unpacked).
		DataPath(data).
		Port(uint32(ports[0])).
		StartTimeout(time.Second).
		Logger(io.Discard))
	err = server.Start()
	if complete(binaries{dir: filepath.Join(unpacked, "bin")}) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the archive has no PostgreSQL server")
	}
	return err
}

func complete(b binaries) bool {
	for _, path := range []string{b.postgres(), b.initdb()} {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

func (d download) explain(err error) error {
	return fmt.Errorf("no PostgreSQL server of version %d or newer was found on PATH or among the usual packages. Version %s cannot be downloaded from %s: %w. Install one (`apt-get install postgresql`, `brew install postgresql@%s`), or set DATABASE_URL to a running server",
		majorMin, downloadVersion, d.repositoryURL, err, downloadMajor)
}
