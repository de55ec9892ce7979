package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	// retention is how long closed workflows are kept and their ids refused for another run.
	// The server's own default is one day.
	retention = 30 * 24 * time.Hour

	tryWaitMax  = 5 * time.Second
	tryInterval = 50 * time.Millisecond
)

// awaitReady returns when all services of the server answer. The frontend answers earlier, and
// a workflow that is started then would fail or wait.
func (s *Server) awaitReady(ctx context.Context, namespace string) error {
	for {
		err := s.try(ctx, namespace)
		if err == nil {
			return nil
		}
		select {
		case <-s.process.Done():
			return fmt.Errorf("start Temporal on %s: %w", s.home.dir, s.process.Err())
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server does not answer on %s (%w): %w; its last lines:\n%s",
				s.Address(), ctx.Err(), err, s.process.LastLines())
		case <-time.After(tryInterval):
		}
	}
}

func (s *Server) try(ctx context.Context, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, tryWaitMax)
	defer cancel()

	options := client.Options{
		HostPort:  s.Address(),
		Namespace: namespace,
		Identity:  "devstack",
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
	connection, err := client.DialContext(ctx, options)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer connection.Close()
	if err := askServices(ctx, connection); err != nil {
		return err
	}
	return keepClosedWorkflows(ctx, options)
}

// askServices sends a read to each of the services history, matching and visibility.
func askServices(ctx context.Context, connection client.Client) error {
	_, err := connection.DescribeWorkflowExecution(ctx, "devstack-readiness", "")
	var notFound *serviceerror.NotFound
	if !errors.As(err, &notFound) {
		return fmt.Errorf("ask the history service: %w", err)
	}
	_, err = connection.DescribeTaskQueue(ctx, "devstack-readiness", enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return fmt.Errorf("ask the matching service: %w", err)
	}
	_, err = connection.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{})
	if err != nil {
		return fmt.Errorf("ask the visibility service: %w", err)
	}
	return nil
}

func keepClosedWorkflows(ctx context.Context, options client.Options) error {
	namespaces, err := client.NewNamespaceClient(options)
	if err != nil {
		return fmt.Errorf("connect to change the namespace: %w", err)
	}
	defer namespaces.Close()

	kept, err := keptFor(ctx, namespaces, options.Namespace)
	if err != nil || kept == retention {
		return err
	}
	err = namespaces.Update(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: options.Namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(retention)},
	})
	if err != nil {
		return fmt.Errorf("set the retention of namespace %q: %w", options.Namespace, err)
	}
	kept, err = keptFor(ctx, namespaces, options.Namespace)
	if err != nil {
		return err
	}
	if kept != retention {
		return fmt.Errorf("namespace %q keeps closed workflows for %s instead of %s", options.Namespace, kept, retention)
	}
	return nil
}

func keptFor(ctx context.Context, namespaces client.NamespaceClient, name string) (time.Duration, error) {
	description, err := namespaces.Describe(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("describe namespace %q: %w", name, err)
	}
	return description.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(), nil
}
