package temporalserver

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/creditroll/creditroll/devstack/process"
)

const (
	toolsModule = "github.com/creditroll/creditroll/tools"
	cliModule   = "github.com/temporalio/cli"
	cliPackage  = cliModule + "/cmd/temporal"
)

// Binary returns the path of the Temporal CLI that Start runs when Options name none, and
// builds it if necessary. progress receives a sentence about work that takes minutes.
func Binary(ctx context.Context, progress func(string)) (string, error) {
	return findBinary(ctx, Options{Progress: progress})
}

func findBinary(ctx context.Context, options Options) (string, error) {
	if options.Binary != "" {
		return existing(options.Binary)
	}
	if path, err := exec.LookPath("temporal"); err == nil {
		return filepath.Abs(path)
	}
	repository, ok := findRepository(startingPoints())
	if !ok {
		return "", errors.New("there is no Temporal CLI on PATH, and no checkout of this repository to build it from. Install it (https://docs.temporal.io/cli), run inside the checkout, or set TEMPORAL_ADDRESS to a running server")
	}
	return repository.binary(ctx, options.Progress)
}

func existing(binary string) (string, error) {
	path, err := exec.LookPath(binary)
	if err != nil {
		return "", fmt.Errorf("the requested Temporal CLI cannot be run: %w", err)
	}
	return filepath.Abs(path)
}

// startingPoints are directories that may be inside a checkout: tests run in one, and a
// program that was built in one usually stays there.
func startingPoints() []string {
	var points []string
	if dir, err := os.Getwd(); err == nil {
		points = append(points, dir)
	}
	if executable, err := os.Executable(); err == nil {
		points = append(points, filepath.Dir(executable))
	}
	return points
}

// repository is a checkout that can build the CLI.
type repository struct {
	root string
	// version of the CLI that tools/go.mod asks for.
	version string
}

var (
	modulePattern  = regexp.MustCompile(`(?m)^module ` + regexp.QuoteMeta(toolsModule) + `\s*$`)
	versionPattern = regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(cliModule) + ` (v\S+)`)
)

func findRepository(startingPoints []string) (repository, bool) {
	for _, dir := range startingPoints {
		for {
			if found, ok := openRepository(dir); ok {
				return found, true
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return repository{}, false
}

func openRepository(root string) (repository, bool) {
	goMod, err := os.ReadFile(filepath.Join(root, "tools", "go.mod"))
	if err != nil || !modulePattern.Match(goMod) {
		return repository{}, false
	}
	version := versionPattern.FindSubmatch(goMod)
	if version == nil {
		return repository{}, false
	}
	return repository{root: root, version: string(version[1])}, true
}

// binary returns the path of the built CLI. It is built again when go.mod names another
// version, so that raising the version there is enough.
func (r repository) binary(ctx context.Context, progress func(string)) (string, error) {
	path := filepath.Join(r.root, ".bin", "temporal")
	if r.isCurrent(path) {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make the directory of the Temporal CLI: %w", err)
	}
	unlock, err := process.Lock(ctx, path+".lock")
	if err != nil {
		return "", fmt.Errorf("wait for another process that builds the Temporal CLI: %w", err)
	}
	defer unlock()
	if r.isCurrent(path) {
		return path, nil
	}
	progress("building the Temporal server; the first time takes about 5 minutes")
	if err := r.build(ctx, path); err != nil {
		return "", fmt.Errorf("build the Temporal CLI %s from %s: %w; or install it (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS to a server that runs already",
			r.version, filepath.Join(r.root, "tools"), err)
	}
	return path, nil
}

func (r repository) isCurrent(path string) bool {
	info, err := buildinfo.ReadFile(path)
	return err == nil && info.Main.Path == cliModule && info.Main.Version == r.version
}

// build writes the file under another name first, so that no process runs half of it.
func (r repository) build(ctx context.Context, path string) error {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	unfinished := path + ".unfinished"
	defer func() { _ = os.Remove(unfinished) }()
	err = process.Run(ctx, process.Spec{
		Name:        "go build",
		Path:        goTool,
		Args:        []string{"build", "-mod=readonly", "-o", unfinished, cliPackage},
		Env:         append(os.Environ(), "GOWORK=off"),
		WorkDir:     filepath.Join(r.root, "tools"),
		DeathSignal: syscall.SIGKILL,
	})
	if err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
