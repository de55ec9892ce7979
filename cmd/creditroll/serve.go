package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/domain/fault"
)

const shutdownTimeout = 30 * time.Second

func newAPI() *cobra.Command {
	return &cobra.Command{
		Use: "api", Short: "Serve the HTTP API", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(nil)
			if err != nil {
				return err
			}
			w, err := wire(cmd.Context(), s, logTo(s.LogLevel))
			if err != nil {
				return err
			}
			defer w.close()
			return w.serveAPI(cmd.Context(), func(address string) { w.logger.Info("api listens", "address", address) })
		},
	}
}

// serveAPI serves until ctx ends. Then it waits for running requests, and for the delivery of the
// webhooks that they stored. It calls ready with the address once it listens.
func (w *wired) serveAPI(ctx context.Context, ready func(address string)) error {
	if err := w.settings.require("STRIPE_WEBHOOK_SECRETS"); err != nil {
		return err
	}
	handler, err := w.newServer()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", w.settings.ListenAddress)
	if err != nil {
		return fault.New(fault.Conflict, "address_in_use", "cannot listen on %s: choose another CREDITROLL_LISTEN_ADDRESS", w.settings.ListenAddress).Because(err)
	}
	server := handler.HTTPServer(w.settings.ListenAddress)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	ready(listener.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	defer handler.Stop(stopping)
	if err := server.Shutdown(stopping); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop the API: %w", err)
	}
	return nil
}

func newWorker() *cobra.Command {
	var queues []string
	command := &cobra.Command{
		Use: "worker", Short: "Run workflows and activities", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(nil)
			if err != nil {
				return err
			}
			w, err := wire(cmd.Context(), s, logTo(s.LogLevel))
			if err != nil {
				return err
			}
			defer w.close()
			stop, err := w.startWorkers(queues)
			if err != nil {
				return err
			}
			w.logger.Info("worker polls", "queues", queues, "pid", os.Getpid())
			<-cmd.Context().Done()
			stop()
			return nil
		},
	}
	command.Flags().StringSliceVar(&queues, "queues", nil, "task queues to serve (default all that are configured)")
	return command
}
