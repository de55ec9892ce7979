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
	"github.com/creditroll/creditroll/domain/names"
)

// ApproveClip approves a clip in review, so that it earns.
func (r *resources) ApproveClip(ctx context.Context, request openapi.ApproveClipRequestObject) (openapi.ApproveClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Approve, note: given(request.Body).Note})
	return openapi.ApproveClip200JSONResponse(state), err
}

// RejectClip rejects a clip in review, so that it does not earn.
func (r *resources) RejectClip(ctx context.Context, request openapi.RejectClipRequestObject) (openapi.RejectClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Reject, code: clip.Code(request.Body.Code), note: request.Body.Note})
	return openapi.RejectClip200JSONResponse(state), err
}

// FlagClip sends a clip that earns back into review.
func (r *resources) FlagClip(ctx context.Context, request openapi.FlagClipRequestObject) (openapi.FlagClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Flag, code: clip.Code(request.Body.Code), note: request.Body.Note})
	return openapi.FlagClip200JSONResponse(state), err
}

// RemoveClip ends a clip, which keeps what it has earned.
func (r *resources) RemoveClip(ctx context.Context, request openapi.RemoveClipRequestObject) (openapi.RemoveClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Remove, code: clip.Code(request.Body.Code), note: request.Body.Note})
	return openapi.RemoveClip200JSONResponse(state), err
}

// RestoreClip starts a clip again that was removed or rejected.
func (r *resources) RestoreClip(ctx context.Context, request openapi.RestoreClipRequestObject) (openapi.RestoreClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Restore, code: clip.Code(request.Body.Code), note: request.Body.Note})
	return openapi.RestoreClip200JSONResponse(state), err
}

// ConfirmClip confirms a count that is held, so that it earns. The workflow of a clip that has ended starts again
// for that.
func (r *resources) ConfirmClip(ctx context.Context, request openapi.ConfirmClipRequestObject) (openapi.ConfirmClipResponseObject, error) {
	state, err := r.decideOnClip(ctx, request.ClipId, request.Params.IdempotencyKey, said{decision: clip.Confirm, note: request.Body.Note, views: request.Body.Views})
	return openapi.ConfirmClip200JSONResponse(state), err
}

// said is a decision as a reviewer gives it.
type said struct {
	decision clip.Decision
	code     clip.Code
	note     string
	views    int64 // of Confirm
}

// decideOnClip stores the note of a decision, and then has the engine carry the decision out. The engine gets the
// id of the note and never its text.
func (r *resources) decideOnClip(ctx context.Context, clipID string, key *openapi.IdempotencyKey, in said) (openapi.ClipState, error) {
	read, principal, err := r.clipFor(ctx, access.ClipReview, clipID)
	if err != nil {
		return openapi.ClipState{}, err
	}
	if err := in.decision.CheckCode(in.code); err != nil {
		return openapi.ClipState{}, err
	}
	if err := clip.CheckNote(in.code, in.note); err != nil {
		return openapi.ClipState{}, err
	}
	id := cmp.Or(commandID(ctx, key, string(in.decision), clipID), uuid.NewString())
	noteID, err := r.writeNote(ctx, clips.Note{ID: names.ActionID(names.Clip(clipID), "note/"+id), Subject: names.Clip(clipID), Author: principal.UserID, Body: in.note})
	if err != nil {
		return openapi.ClipState{}, err
	}
	status, err := r.engine.ReviewClip(ctx, command.ReviewClip{
		ID: id, Decision: in.decision, Actor: principal.UserID, Code: in.code, NoteID: noteID, Views: in.views, Submitted: submitted(read),
		Late: in.decision == clip.Confirm && read.Status == clip.Finished,
	})
	return openapi.ClipState{Id: clipID, Status: string(status)}, err
}

// submitted is a clip as it was submitted.
func submitted(read clips.Clip) command.SubmitClip {
	return command.SubmitClip{ClipID: read.ID, CampaignID: read.CampaignID, CreatorID: read.CreatorID, Ref: read.Ref}
}

// writeNote stores a note and returns its id, or "" for an empty one.
func (r *resources) writeNote(ctx context.Context, note clips.Note) (string, error) {
	if note.Body == "" {
		return "", nil
	}
	return note.ID, r.store.Clips.WriteNote(ctx, note)
}

// addNotes adds the texts that only the clip's creator and those who review read. A brand sees the codes.
func (r *resources) addNotes(ctx context.Context, read clips.Clip, principal access.Principal, answer *openapi.Clip) error {
	target := access.Target{OrganizationID: read.OrganizationID, CreatorID: read.CreatorID}
	if access.Check(principal, access.ClipReview, target) != nil && access.Check(principal, access.ClipAppeal, target) != nil {
		return nil
	}
	if answer.Decision != nil {
		note, err := r.store.Clips.ReadNote(ctx, read.DecisionNoteID)
		if err != nil {
			return err
		}
		answer.Decision.Note = text(note)
	}
	appeal, found, err := r.store.Clips.FindAppeal(ctx, read.ID)
	if err != nil || !found {
		return err
	}
	answer.Appeal = &openapi.ClipAppeal{Id: &appeal.ID, Status: string(appeal.Status), FiledAt: &appeal.FiledAt, DecidedAt: appeal.DecidedAt, Note: text(appeal.Note)}
	return nil
}

func reviewOf(read clips.Clip) *openapi.ClipReview {
	if read.ReviewSince == nil || read.ReviewDeadline == nil {
		return nil
	}
	return &openapi.ClipReview{Since: *read.ReviewSince, Deadline: *read.ReviewDeadline, Closed: read.ReviewClosed, KeptMinor: read.KeptMinor}
}

func rulingOf(read clips.Clip) *openapi.ClipRuling {
	if read.DecidedAt == nil {
		return nil
	}
	return &openapi.ClipRuling{Decision: string(read.Decision), By: string(read.DecidedKind), Code: text(string(read.DecisionCode)), DecidedAt: *read.DecidedAt}
}

func appealStateOf(read clips.Clip) *openapi.ClipAppeal {
	if read.AppealStatus == "" {
		return nil
	}
	return &openapi.ClipAppeal{Status: string(read.AppealStatus)}
}

// GetExposure reads what the clips in review of a campaign would cost.
func (r *resources) GetExposure(ctx context.Context, request openapi.GetExposureRequestObject) (openapi.GetExposureResponseObject, error) {
	if _, err := r.permitCampaign(ctx, access.CampaignExposure, request.CampaignId); err != nil {
		return nil, err
	}
	read, err := r.store.Campaigns.GetExposure(ctx, request.CampaignId)
	return openapi.GetExposure200JSONResponse{
		CampaignId: request.CampaignId, Currency: string(read.Currency), ClipsInReview: read.ClipsInReview,
		CostMinor: read.CostMinor, LeftMinor: read.LeftMinor, KeptMinor: read.KeptMinor,
	}, err
}
