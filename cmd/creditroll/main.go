// Command creditroll is the whole product in one binary: API, worker, migrations, the
// embedded stack for development, the demo, and the tools for finance and operations.
//
// Only this package reads the environment. Output for people goes to stdout and logs go to
// stderr. Every failure ends with a non-zero exit code, also a failed verification.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/domain/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		report(err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := group("creditroll", "Counts verified views, credits earnings on a ledger, and pays creators through Stripe Connect",
		newDev(), newDemo(), newAPI(), newWorker(), newMigrate(), newSim(), newToken(), newLedger(), newCorrections(), newReconcile(), newExplain(), newStatements(), newDoctor(), newPlan(), newBench(),
	)
	root.SilenceErrors, root.SilenceUsage = true, true
	usageFaults(root)
	return root
}

// report prints an error in one line, with its code for scripts. The cause of a fault goes to
// the log.
func report(err error) {
	message := err.Error()
	if found, ok := fault.As(err); ok {
		if found.Cause != nil {
			slog.Error("command failed", "code", found.Code, "cause", found.Cause.Error())
			message = found.Message
		}
		message += " (" + found.Code + ")"
	}
	fmt.Fprintln(os.Stderr, "creditroll:", message)
}

// logTo sets up the process's log: text on stderr, from a level upwards.
func logTo(level slog.Level) *slog.Logger {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(logger)
	return logger
}
