package temporal

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/creditroll/creditroll/workflows"
)

// heartbeats sends heartbeats to the server while an activity runs. Without them the server
// notices a killed worker only after the activity's own timeout, which is minutes for a
// scraper.
type heartbeats struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity adds heartbeats to an activity.
func (*heartbeats) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &beating{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type beating struct {
	interceptor.ActivityInboundInterceptorBase
}

// heartbeatInterval allows two heartbeats to be lost.
const heartbeatInterval = workflows.HeartbeatTimeout / 4

// ExecuteActivity runs the activity and sends heartbeats until it ends.
func (b *beating) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		beat(ctx, done)
	}()
	defer func() {
		close(done)
		<-stopped
	}()
	return b.Next.ExecuteActivity(ctx, in)
}

func beat(ctx context.Context, done <-chan struct{}) {
	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
			activity.RecordHeartbeat(ctx)
		}
	}
}
