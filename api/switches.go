package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/killswitch"
)

// ListSwitches lists what a person can stop at once.
func (r *resources) ListSwitches(ctx context.Context, _ openapi.ListSwitchesRequestObject) (openapi.ListSwitchesResponseObject, error) {
	if _, err := permit(ctx, access.SwitchRead); err != nil {
		return nil, err
	}
	switches, err := r.store.Edge.ListSwitches(ctx)
	if err != nil {
		return nil, err
	}
	answer := openapi.ListSwitches200JSONResponse{Items: []openapi.Switch{}}
	for _, each := range switches {
		answer.Items = append(answer.Items, switchOf(each))
	}
	return answer, nil
}

// SetSwitch stops or resumes something at once.
func (r *resources) SetSwitch(ctx context.Context, request openapi.SetSwitchRequestObject) (openapi.SetSwitchResponseObject, error) {
	principal, err := permit(ctx, access.SwitchSet)
	if err != nil {
		return nil, err
	}
	name, err := killswitch.ParseName(request.Switch)
	if err != nil {
		return nil, err
	}
	to := killswitch.Switch{Name: name, Off: request.Body.Off, Reason: request.Body.Reason, Actor: principal.UserID}
	if err := r.store.Edge.SetSwitch(ctx, to, r.now()); err != nil {
		return nil, err
	}
	switches, err := r.store.Edge.ListSwitches(ctx)
	return openapi.SetSwitch200JSONResponse(switchOf(killswitch.Find(switches, name))), err
}

func switchOf(read killswitch.Switch) openapi.Switch {
	answer := openapi.Switch{Name: string(read.Name), Off: read.Off, Stops: read.Name.Stops(), Reason: text(read.Reason), Actor: text(read.Actor)}
	if !read.ChangedAt.IsZero() {
		answer.ChangedAt = &read.ChangedAt
	}
	return answer
}

// readTracking returns the switch of tracking, for resources that say whether it stops them.
func (r *resources) readTracking(ctx context.Context) (killswitch.Switch, error) {
	return r.store.Edge.GetSwitch(ctx, killswitch.Tracking)
}
