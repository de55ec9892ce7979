package temporal

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/creditroll/creditroll/domain/fault"
)

const dialTimeout = 10 * time.Second

// Dial connects to a Temporal server. It returns fault.Unavailable "temporal_unreachable" if
// the server does not answer. Calls are not compressed: a worker is near its server, and packing
// small messages took a sixth of the worker's processor time.
func Dial(ctx context.Context, options client.Options, logger *slog.Logger) (client.Client, error) {
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	options.Logger = sdklog.NewStructuredLogger(logger)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	connection, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "temporal_unreachable", "the Temporal server at %s does not answer: check that it is running and that TEMPORAL_ADDRESS is right", options.HostPort).Because(err)
	}
	return connection, nil
}
