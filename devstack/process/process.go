package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Spec describes a server to run.
type Spec struct {
	// Name is what messages call the server ("PostgreSQL").
	Name string
	// Path is the executable, Args what follows it.
	Path string
	Args []string
	// Env is the whole environment; nil inherits ours.
	Env []string
	// WorkDir is where the server starts; it must be reachable by User.
	WorkDir string
	// User runs the server as somebody else; nil means as ourselves.
	User *User
	// DeathSignal is what the server gets when this program dies (Linux only).
	DeathSignal syscall.Signal
	// Log receives what the server prints; nil keeps the last lines only.
	Log io.Writer
	// Claim, if set, is inherited by the server and lives as long as it does.
	Claim *Claim
}

// User is the account that a server runs as when we are root and it must not be.
type User struct {
	Name     string
	UID, GID uint32
}

// Process is a running server. It is safe for use by several goroutines.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
	err  error
}

// Start runs the server in a process group of its own, so that Ctrl-C in a terminal
// reaches only us and we decide the order in which servers stop.
func Start(spec Spec) (*Process, error) {
	p := &Process{name: spec.Name, log: newTail(spec.Log), done: make(chan struct{})}
	p.cmd = exec.Command(spec.Path, spec.Args...)
	p.cmd.Dir = spec.WorkDir
	p.cmd.Env = spec.Env
	// One pipe for both: Wait returns only when every descendant has closed it, which is
	// how we know that nothing is left behind.
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = attributes(spec)
	if spec.Claim != nil {
		p.cmd.ExtraFiles = []*os.File{spec.Claim.file}
	}

	started := make(chan error)
	go p.supervise(started)
	if err := <-started; err != nil {
		return nil, explainStart(spec, err)
	}
	if spec.Claim != nil {
		spec.Claim.note(p.cmd.Process.Pid)
	}
	return p, nil
}

// supervise starts the server and waits for it on one operating system thread. The kernel
// sends the parent death signal when the thread that forked ends, not the program, so
// that thread must not be handed back to the scheduler before the server is gone.
func (p *Process) supervise(started chan<- error) {
	runtime.LockOSThread()

	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

func explainStart(spec Spec, err error) error {
	if spec.User != nil && errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("start %s as user %q: this root may not change to another user; run as that user instead: %w",
			spec.Name, spec.User.Name, err)
	}
	if spec.User != nil && errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("start %s as user %q: that user cannot reach %s or %s: %w",
			spec.Name, spec.User.Name, spec.Path, spec.WorkDir, err)
	}
	return fmt.Errorf("start %s: %w", spec.Name, err)
}

// PID returns the process id of the server.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the server and everything it started are gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the server ended and quotes its last lines. It is nil while the server
// runs; a server that ended well has an error too, because none should end unasked.
func (p *Process) Err() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return &ExitError{Name: p.name, How: how, LastLines: p.log.lines()}
}

// LastLines returns what the server printed last.
func (p *Process) LastLines() string { return p.log.lines() }

// ExitError is a server that ended without being asked to.
type ExitError struct {
	Name      string
	How       string
	LastLines string
}

// Error returns how the server ended, with the last lines of its log.
func (e *ExitError) Error() string {
	if e.LastLines == "" {
		return fmt.Sprintf("%s ended (%s) and logged nothing", e.Name, e.How)
	}
	return fmt.Sprintf("%s ended (%s); its last lines:\n%s", e.Name, e.How, e.LastLines)
}

// Step is one way to ask for an end, and how long to wait before the next way.
type Step struct {
	Signal  syscall.Signal
	WaitMax time.Duration
}

// Stop goes through the steps until the server is gone, and kills it after the last one.
// When ctx ends it goes to the last step at once, so that even a hurried stop is not worse
// than that step. Stopping a server that is gone already is not an error.
func (p *Process) Stop(ctx context.Context, steps ...Step) error {
	for i, step := range steps {
		if i == len(steps)-1 {
			ctx = context.WithoutCancel(ctx)
		}
		if ctx.Err() != nil {
			continue
		}
		p.signal(step.Signal)
		if p.gone(ctx, step.WaitMax) {
			return nil
		}
	}
	return p.Kill()
}

func (p *Process) gone(ctx context.Context, waitMax time.Duration) bool {
	timer := time.NewTimer(waitMax)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// killWaitMax bounds the wait for what the kernel has already been told to end.
const killWaitMax = 10 * time.Second

// Kill ends the server and its children with SIGKILL and waits until they are gone.
func (p *Process) Kill() error {
	orphans := children(p.PID())
	p.signal(syscall.SIGKILL)
	for _, pid := range orphans {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if !p.gone(context.Background(), killWaitMax) {
		return fmt.Errorf("%s (process %d) does not end after SIGKILL; look for its children with ps", p.name, p.PID())
	}
	return nil
}

// signal ignores failure: the only one that can happen is that the server is gone.
func (p *Process) signal(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
}
