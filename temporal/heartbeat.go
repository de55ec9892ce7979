package temporal

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/creditroll/creditroll/workflows"
)

// heartbeats tells the server of every activity that takes a while that its worker is
// alive. Without it the server knows of a killed worker only when the activity's own
// timeout is over, which for a scraper's run is minutes.
type heartbeats struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity puts a heartbeat around an activity.
func (*heartbeats) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &beating{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type beating struct {
	interceptor.ActivityInboundInterceptorBase
}

// heartbeatInterval leaves room for two beats to be lost.
const heartbeatInterval = workflows.HeartbeatTimeout / 4

// ExecuteActivity runs the activity and beats until it is done.
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
