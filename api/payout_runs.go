package api

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// StartPayoutRun starts a run of a period. The defaults are the current week and the weekly run.
func (r *resources) StartPayoutRun(ctx context.Context, request openapi.StartPayoutRunRequestObject) (openapi.StartPayoutRunResponseObject, error) {
	principal, err := permit(ctx, access.PayoutRunStart)
	if err != nil {
		return nil, err
	}
	asked := given(request.Body)
	period := cmp.Or(asked.Period, payout.Period(r.now()))
	number := cmp.Or(given(asked.Number), payout.WeeklyRun)
	if err := payout.RequireRecent(period, r.now()); err != nil {
		return nil, err
	}
	runID := names.PayoutRunID(period, number)
	// The engine forgets workflows some time after they have ended; the books do not.
	if read, err := r.store.Payouts.GetRun(ctx, runID); err == nil && read.Status.Ended() {
		return nil, runExists(read)
	}
	id, err := r.engine.StartPayoutRun(ctx, command.StartPayoutRun{
		ID: commandID(ctx, request.Params.IdempotencyKey, "start_payout_run", runID), Period: period, Number: number, Actor: principal.UserID,
	})
	if fault.CodeOf(err) == "run_exists" {
		if read, readErr := r.store.Payouts.GetRun(ctx, runID); readErr == nil {
			return nil, runExists(read)
		}
		return nil, fault.New(fault.Conflict, "run_exists", "run %d of %s has the id %s and is starting: another run of the week needs another number", number, period, runID)
	}
	if err != nil {
		return nil, err
	}
	return openapi.StartPayoutRun202JSONResponse{Id: id, Period: period, Number: number}, nil
}

func runExists(read payouts.Run) error {
	return fault.New(fault.Conflict, "run_exists", "run %d of %s has the id %s and is %s: another run of the week needs another number", read.Number, read.Period, read.ID, read.Status)
}

// ListPayoutRuns lists the runs, latest first. Only callers who may start runs can see them,
// because a run shows how many creators are paid.
func (r *resources) ListPayoutRuns(ctx context.Context, request openapi.ListPayoutRunsRequestObject) (openapi.ListPayoutRunsResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byRun)
	if err != nil {
		return nil, err
	}
	period, number, _ := strings.Cut(page.After, ".")
	before := payouts.RunPlace{Period: period}
	before.Number, _ = strconv.Atoi(number)
	rows, err := r.store.Payouts.ListRuns(ctx, payout.RunKind(given(request.Params.Kind)), before, page.Size)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row payouts.Run) string { return fmt.Sprintf("%s.%d", row.Period, row.Number) }, payoutRunOf)
	return openapi.ListPayoutRuns200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetPayoutRun reads one run, with the sums of those it leaves out.
func (r *resources) GetPayoutRun(ctx context.Context, request openapi.GetPayoutRunRequestObject) (openapi.GetPayoutRunResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	read, err := r.wholePayoutRun(ctx, request.PayoutRunId)
	return openapi.GetPayoutRun200JSONResponse(read), err
}

// ApprovePayoutRun approves a run that another person or the schedule has started.
func (r *resources) ApprovePayoutRun(ctx context.Context, request openapi.ApprovePayoutRunRequestObject) (openapi.ApprovePayoutRunResponseObject, error) {
	read, err := r.commandPayoutRun(ctx, access.PayoutRunApprove, request.PayoutRunId, request.Params.IdempotencyKey, command.PayoutRunCommand{
		Action: command.ApproveRun, Reason: "approved",
	})
	return openapi.ApprovePayoutRun200JSONResponse(read), err
}

// CancelPayoutRun stops a run before its next payout.
func (r *resources) CancelPayoutRun(ctx context.Context, request openapi.CancelPayoutRunRequestObject) (openapi.CancelPayoutRunResponseObject, error) {
	read, err := r.commandPayoutRun(ctx, access.PayoutRunCancel, request.PayoutRunId, request.Params.IdempotencyKey, command.PayoutRunCommand{
		Action: command.CancelRun, Reason: request.Body.Reason,
	})
	return openapi.CancelPayoutRun200JSONResponse(read), err
}

// ExcludeFromPayoutRun leaves a creator out of a run that waits for its approval.
func (r *resources) ExcludeFromPayoutRun(ctx context.Context, request openapi.ExcludeFromPayoutRunRequestObject) (openapi.ExcludeFromPayoutRunResponseObject, error) {
	read, err := r.commandPayoutRun(ctx, access.PayoutRunExclude, request.PayoutRunId, request.Params.IdempotencyKey, command.PayoutRunCommand{
		Action: command.ExcludeFromRun, Reason: request.Body.Reason, CreatorID: request.Body.CreatorId, Currency: money.Currency(request.Body.Currency),
	})
	return openapi.ExcludeFromPayoutRun200JSONResponse(read), err
}

// commandPayoutRun sends a command to a run that has not ended, and returns the run after it.
func (r *resources) commandPayoutRun(ctx context.Context, action access.Action, runID string, key *openapi.IdempotencyKey, order command.PayoutRunCommand) (openapi.PayoutRun, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return openapi.PayoutRun{}, err
	}
	read, err := r.store.Payouts.GetRun(ctx, runID)
	if err != nil {
		return openapi.PayoutRun{}, err
	}
	if order.Action == command.ApproveRun && access.SamePerson(principal.UserID, read.StartedBy) {
		return openapi.PayoutRun{}, fault.New(fault.Denied, "same_person", "you started this payout run, so you cannot approve it: ask another person")
	}
	order.ID = commandID(ctx, key, string(order.Action), runID)
	order.Period, order.Number, order.Actor = read.Period, read.Number, principal.UserID
	if err := r.engine.CommandPayoutRun(ctx, order); err != nil {
		if fault.CodeOf(err) == "not_running" && read.Status.Ended() {
			err = fault.New(fault.Conflict, "run_ended", "the payout run is %s", read.Status).Because(err)
		}
		return openapi.PayoutRun{}, err
	}
	return r.wholePayoutRun(ctx, runID)
}

// wholePayoutRun reads a run with the sums of those it leaves out.
func (r *resources) wholePayoutRun(ctx context.Context, id string) (openapi.PayoutRun, error) {
	read, err := r.store.Payouts.GetRun(ctx, id)
	if err != nil {
		return openapi.PayoutRun{}, err
	}
	sums, err := r.store.Payouts.SumLeftOut(ctx, id)
	if err != nil {
		return openapi.PayoutRun{}, err
	}
	answer, leftOut := payoutRunOf(read), leftOutSums(sums)
	answer.LeftOut = &leftOut
	return answer, nil
}

func payoutRunOf(read payouts.Run) openapi.PayoutRun {
	return openapi.PayoutRun{
		Id: read.ID, Period: read.Period, Number: read.Number, Kind: string(payout.KindOfRun(read.Number)), Status: string(read.Status), BlockedReason: text(read.BlockedReason),
		Payouts: int64(read.Payouts), AtBank: int64(read.AtBank), UnassignedDifferences: int64(read.UnassignedDifferences),
		StartedBy: read.StartedBy, ApprovedBy: text(read.ApprovedBy), CancelledBy: text(read.CancelledBy), CancelReason: text(read.CancelReason),
		StartedAt: read.StartedAt, FinishedAt: read.FinishedAt,
	}
}
