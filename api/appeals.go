package api

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// AppealClip files a creator's appeal against the decision on a clip.
func (r *resources) AppealClip(ctx context.Context, request openapi.AppealClipRequestObject) (openapi.AppealClipResponseObject, error) {
	read, principal, err := r.clipFor(ctx, access.ClipAppeal, request.ClipId)
	if err != nil {
		return nil, err
	}
	filed, err := r.store.Clips.FileAppeal(ctx, clips.NewAppeal{
		ID: newID(ctx, request.Params.IdempotencyKey), ClipID: read.ID, Statement: request.Body.Statement, FiledBy: principal.UserID, At: r.now(),
	})
	if err != nil {
		return nil, err
	}
	return openapi.AppealClip201JSONResponse(appealOf(filed)), nil
}

// ListAppeals lists appeals for those who decide them.
func (r *resources) ListAppeals(ctx context.Context, request openapi.ListAppealsRequestObject) (openapi.ListAppealsResponseObject, error) {
	if _, err := permit(ctx, access.AppealRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Clips.ListAppeals(ctx, clip.AppealStatus(given(request.Params.Status)), page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row clips.Appeal) string { return row.ID }, appealOf)
	return openapi.ListAppeals200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetAppeal reads one appeal.
func (r *resources) GetAppeal(ctx context.Context, request openapi.GetAppealRequestObject) (openapi.GetAppealResponseObject, error) {
	if _, err := permit(ctx, access.AppealRead); err != nil {
		return nil, err
	}
	read, err := r.store.Clips.GetAppeal(ctx, request.AppealId)
	return openapi.GetAppeal200JSONResponse(appealOf(read)), err
}

// UpholdAppeal decides that a decision stays. Nothing happens to the clip, so no workflow takes part.
func (r *resources) UpholdAppeal(ctx context.Context, request openapi.UpholdAppealRequestObject) (openapi.UpholdAppealResponseObject, error) {
	asked, err := r.decideOnAppeal(ctx, request.AppealId, request.Params.IdempotencyKey, clip.AppealUpheld, request.Body.Note)
	if err != nil {
		return nil, err
	}
	if !asked.repeated {
		if err := r.store.Clips.UpholdAppeal(ctx, asked.decision); err != nil {
			return nil, err
		}
	}
	read, err := r.store.Clips.GetAppeal(ctx, request.AppealId)
	return openapi.UpholdAppeal200JSONResponse(appealOf(read)), err
}

// OverturnAppeal restores the clip, or decides without money if none is kept for it.
func (r *resources) OverturnAppeal(ctx context.Context, request openapi.OverturnAppealRequestObject) (openapi.OverturnAppealResponseObject, error) {
	asked, err := r.decideOnAppeal(ctx, request.AppealId, request.Params.IdempotencyKey, clip.AppealOverturned, request.Body.Note)
	if err != nil {
		return nil, err
	}
	if !asked.repeated {
		if err := r.overturn(ctx, asked); err != nil {
			return nil, err
		}
	}
	decided, err := r.store.Clips.GetAppeal(ctx, request.AppealId)
	return openapi.OverturnAppeal200JSONResponse(appealOf(decided)), err
}

// overturn has the engine restore the clip. The same decision may have arrived twice at the same time: then the clip
// is running by now, and the engine refuses the second one.
func (r *resources) overturn(ctx context.Context, asked appealDecision) error {
	read, err := r.store.Clips.Get(ctx, asked.decision.ClipID)
	if err != nil {
		return err
	}
	_, refused := r.engine.ReviewClip(ctx, command.ReviewClip{
		ID: asked.commandID, Decision: clip.Restore, Actor: asked.decision.Actor, Code: clip.OverturnedOnAppeal, NoteID: asked.decision.NoteID,
		AppealID: asked.decision.ID, Submitted: submitted(read),
	})
	if !fault.Is(refused, fault.Conflict) {
		return refused
	}
	decided, err := r.store.Clips.GetAppeal(ctx, asked.decision.ID)
	if err != nil {
		return err
	}
	if repeated, _ := decided.State().CheckDecision(clip.AppealOverturned, asked.decision.Actor); repeated {
		return nil
	}
	return refused
}

// appealDecision is a decision on an appeal with its note stored. A repeated one is on record already.
type appealDecision struct {
	commandID string
	decision  clip.Appeal
	repeated  bool
}

func (r *resources) decideOnAppeal(ctx context.Context, appealID string, key *openapi.IdempotencyKey, outcome clip.AppealStatus, note string) (appealDecision, error) {
	principal, err := permit(ctx, access.AppealDecide)
	if err != nil {
		return appealDecision{}, err
	}
	read, err := r.store.Clips.GetAppeal(ctx, appealID)
	if err != nil {
		return appealDecision{}, err
	}
	if repeated, err := read.State().CheckDecision(outcome, principal.UserID); err != nil || repeated {
		return appealDecision{repeated: repeated}, err
	}
	id := cmp.Or(commandID(ctx, key, string(outcome), appealID), uuid.NewString())
	subject := names.Clip(read.ClipID)
	noteID, err := r.writeNote(ctx, clips.Note{ID: names.ActionID(subject, "note/"+id), Subject: subject, Author: principal.UserID, Body: note})
	return appealDecision{commandID: id, decision: clip.Appeal{ID: appealID, ClipID: read.ClipID, Actor: principal.UserID, NoteID: noteID, At: r.now()}}, err
}

// unpaidStep is what the reviewer reads who has overturned a decision for which no money is kept.
const unpaidStep = "No money is kept for the clip, so it was overturned without pay. A correction can pay what the clip should have earned: " +
	"have finance propose an adjustment with POST /v1/corrections, or with creditroll corrections propose adjustment, and another person approve it."

func appealOf(read clips.Appeal) openapi.Appeal {
	return openapi.Appeal{
		Id: read.ID, ClipId: read.ClipID, CampaignId: read.CampaignID, CreatorId: read.CreatorID, Decision: string(read.Appealed), Code: string(read.AppealedCode),
		DecisionAt: read.AppealedAt, Statement: read.Statement, FiledAt: read.FiledAt, Status: string(read.Status), DecidedAt: read.DecidedAt, Note: text(read.Note),
		NextStep: nextStepOf(read),
	}
}

func nextStepOf(read clips.Appeal) *string {
	if !read.Unpaid {
		return nil
	}
	return text(unpaidStep)
}
