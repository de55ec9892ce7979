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
	// Path is the executable, and Args are its arguments.
	Path string
	Args []string
	// Env is the whole environment; nil inherits ours.
	Env []string
	// WorkDir is where the server starts; it must be reachable by User.
	WorkDir string
	// User is the account to run the server as; nil means our own.
	User *User
	// DeathSignal is the signal that the server gets when this program dies (Linux only).
	DeathSignal syscall.Signal
	// Log receives what the server prints; nil keeps only the last lines.
	Log io.Writer
	// Claim, if set, is inherited by the server and held as long as it runs.
	Claim *Claim
}

// User is the account of a server that must not run as root, when we do.
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
	// One pipe for both. Wait returns only when every descendant has closed it, so that then
	// no process of the server is left.
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
// sends the parent death signal when the thread that forked ends, not when the program does.
// The thread must therefore not go back to the scheduler before the server has ended.
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

// Done is closed when the server and everything it started have ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err reports how the server ended, with its last lines. It is nil while the server runs. A
// server that ended with status 0 has an error too, because no server should end by itself.
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

// ExitError reports a server that ended by itself.
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

// Step is a signal, and how long to wait for its effect before the next step.
type Step struct {
	Signal  syscall.Signal
	WaitMax time.Duration
}

// Stop goes through the steps until the server has ended, and kills it after the last one.
// When ctx ends, it goes to the last step at once, so that the server still gets that signal
// before it is killed. It is not an error to stop a server that has ended already.
func (p *Process) Stop(ctx context.Context, steps ...Step) error {
	for i, step := range steps {
		if i == len(steps)-1 {
			ctx = context.WithoutCancel(ctx)
		}
		if ctx.Err() != nil {
			continue
		}
		p.signal(step.Signal)
		if p.endsWithin(ctx, step.WaitMax) {
			return nil
		}
	}
	return p.Kill()
}

func (p *Process) endsWithin(ctx context.Context, waitMax time.Duration) bool {
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

// killWaitMax bounds the wait for processes that SIGKILL has been sent to.
const killWaitMax = 10 * time.Second

// Kill ends the server and its children with SIGKILL, and waits until they have ended.
func (p *Process) Kill() error {
	orphans := children(p.PID())
	p.signal(syscall.SIGKILL)
	for _, pid := range orphans {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if !p.endsWithin(context.Background(), killWaitMax) {
		return fmt.Errorf("%s (process %d) does not end after SIGKILL; look for its children with ps", p.name, p.PID())
	}
	return nil
}

// signal ignores an error: it can only mean that the server has ended.
func (p *Process) signal(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
}
