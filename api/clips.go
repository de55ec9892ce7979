package api

import (
	"context"
	"strconv"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/views"
)

// SubmitClip starts the tracking of a post. It checks what needs no call to the platform; the
// workflow checks the rest.
func (r *resources) SubmitClip(ctx context.Context, request openapi.SubmitClipRequestObject) (openapi.SubmitClipResponseObject, error) {
	body := request.Body
	if err := permitCreator(ctx, access.ClipSubmit, body.CreatorId); err != nil {
		return nil, err
	}
	ref, err := clip.FindPost(body.Url)
	if err != nil {
		return nil, err
	}
	target, err := r.campaignForClips(ctx, request.CampaignId, body.CreatorId, ref.Platform)
	if err != nil {
		return nil, err
	}
	if ref.ShortLink {
		if ref, err = r.links.Resolve(ctx, ref.URL); err != nil {
			return nil, err
		}
	}
	submission := clip.Submission{CampaignID: target.ID, CampaignCreatedAt: target.CreatedAt, CreatorID: body.CreatorId, Ref: ref}
	submit := command.SubmitClip{ClipID: submission.ID(), CampaignID: target.ID, CreatorID: body.CreatorId, Ref: ref}
	status, err := r.engine.SubmitClip(ctx, submit)
	if err != nil {
		return nil, err
	}
	return openapi.SubmitClip201JSONResponse{
		Id: submit.ClipID, CampaignId: submit.CampaignID, CreatorId: submit.CreatorID,
		Platform: string(ref.Platform), ExternalId: ref.ExternalID, Url: ref.URL, Status: string(status),
	}, nil
}

// campaignForClips returns the campaign if it accepts clips of the creator on the platform. A
// short link never leads to another platform, so this is checked before the link is followed.
func (r *resources) campaignForClips(ctx context.Context, campaignID, creatorID string, platform clip.Platform) (campaigns.Campaign, error) {
	read, err := r.visibleCampaign(ctx, campaignID)
	if err != nil {
		return read, err
	}
	if read.Status != campaign.Live || read.ClosingAt != nil {
		return read, fault.New(fault.Conflict, "campaign_not_live", "the campaign is not live, so it accepts no clips")
	}
	participation, err := r.store.Campaigns.GetParticipationOf(ctx, campaignID, creatorID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return read, err
	}
	if participation.Status != campaign.ParticipationAccepted {
		return read, fault.New(fault.Conflict, "participation_not_accepted", "the creator does not take part in this campaign: apply first, and wait until the application is accepted")
	}
	if !read.Terms.Allows(platform) {
		return read, fault.Field("url", "platform_not_allowed", "this campaign does not accept clips on %s", platform)
	}
	has, err := r.store.Clips.HasChannelOn(ctx, creatorID, platform)
	if err != nil {
		return read, err
	}
	if !has {
		return read, fault.New(fault.Conflict, "channel_missing", "register the creator's channel on %s first, so that the post can be attributed", platform)
	}
	return read, nil
}

// ListClips lists the clips of a campaign; creators see only their own.
func (r *resources) ListClips(ctx context.Context, request openapi.ListClipsRequestObject) (openapi.ListClipsResponseObject, error) {
	sees, err := r.reachIn(ctx, access.ClipRead, request.CampaignId)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	filter := clips.Filter{
		CampaignID: request.CampaignId, CreatorID: given(request.Params.CreatorId), Status: clip.Status(given(request.Params.Status)),
	}
	if filter.CreatorID, err = ownOnly(sees, filter.CreatorID); err != nil {
		return nil, err
	}
	rows, err := r.store.Clips.List(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	tracking, err := r.readTracking(ctx)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row clips.Clip) string { return row.ID }, func(row clips.Clip) openapi.Clip { return clipOf(row, tracking) })
	return openapi.ListClips200JSONResponse{Items: items, NextCursor: next}, nil
}

// ownOnly limits a filter by creator to the creator that the caller may see.
func ownOnly(sees reach, requested string) (string, error) {
	if sees.creatorID == "" {
		return requested, nil
	}
	if requested != "" && requested != sees.creatorID {
		return "", fault.New(fault.NotFound, "creator_not_found", "no such creator")
	}
	return sees.creatorID, nil
}

// GetClip reads one clip, with what its reviewer and its creator have written to each other.
func (r *resources) GetClip(ctx context.Context, request openapi.GetClipRequestObject) (openapi.GetClipResponseObject, error) {
	read, principal, err := r.clipFor(ctx, access.ClipRead, request.ClipId)
	if err != nil {
		return nil, err
	}
	tracking, err := r.readTracking(ctx)
	if err != nil {
		return nil, err
	}
	answer := clipOf(read, tracking)
	if err := r.addNotes(ctx, read, principal, &answer); err != nil {
		return nil, err
	}
	return openapi.GetClip200JSONResponse(answer), nil
}

// ListObservations lists the readings of a clip, oldest first.
func (r *resources) ListObservations(ctx context.Context, request openapi.ListObservationsRequestObject) (openapi.ListObservationsResponseObject, error) {
	if _, _, err := r.clipFor(ctx, access.ClipRead, request.ClipId); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byPoll)
	if err != nil {
		return nil, err
	}
	afterPoll := int32(-1)
	if page.After != "" {
		poll, err := strconv.ParseInt(page.After, 10, 32)
		if err != nil {
			return nil, err
		}
		afterPoll = int32(poll)
	}
	rows, err := r.store.Clips.ListObservations(ctx, request.ClipId, afterPoll, page.Size)
	if err != nil {
		return nil, err
	}
	place := func(row clips.Observation) string { return strconv.Itoa(int(row.Poll)) }
	items, next := present(rows, page, place, observationOf)
	return openapi.ListObservations200JSONResponse{Items: items, NextCursor: next}, nil
}

// clipFor returns a clip on which the caller may take an action.
func (r *resources) clipFor(ctx context.Context, action access.Action, id string) (clips.Clip, access.Principal, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return clips.Clip{}, principal, err
	}
	read, err := r.store.Clips.Get(ctx, id)
	if err != nil {
		return clips.Clip{}, principal, err
	}
	target := access.Target{OrganizationID: read.OrganizationID, CreatorID: read.CreatorID}
	return read, principal, permitOn(principal, action, target, "clip")
}

func clipOf(read clips.Clip, tracking killswitch.Switch) openapi.Clip {
	explained, next := explanationOf(read)
	return openapi.Clip{
		WaitingFor: text(read.WaitingFor), ReasonText: text(explained), ActsNext: next,
		Id: read.ID, CampaignId: read.CampaignID, CreatorId: read.CreatorID, Platform: string(read.Ref.Platform),
		ExternalId: read.Ref.ExternalID, Url: read.Ref.URL, Status: string(read.Status), StatusReason: text(read.StatusReason),
		PublishedAt: read.PublishedAt, SubmittedAt: read.SubmittedAt, Currency: string(read.Currency),
		ObservedViews: read.ObservedViews, AcceptedViews: read.AcceptedViews, HeldViews: read.HeldViews, ClaimedViews: read.ClaimedViews, ClaimContradicted: read.IsContradicted, HeldReason: heldReason(read),
		CreditedViews: read.CreditedViews, EarnedMinor: read.EarnedMinor, ClawedBackMinor: read.ClawedBackMinor,
		Review: reviewOf(read), Decision: rulingOf(read), Appeal: appealStateOf(read),
		TrackingPaused: tracking.Off && read.Status.Observed() && !read.ReviewClosed,
	}
}

// heldReason says in the creator's words why views do not earn.
func heldReason(read clips.Clip) string {
	switch {
	case read.HeldViews == 0:
		return ""
	case read.Status == clip.Finished && read.StatusReason == clip.FullyEarned:
		return "The clip has earned all that it can in this campaign, so these views would pay nothing."
	case read.ReviewClosed && !read.Status.Terminal():
		return "The count rose faster than is plausible, and the campaign has ended, so no other reading follows. These views earn if a reviewer confirms them and approves the clip."
	case read.IsContradicted && !read.Status.Terminal():
		return "One provider reported these views, and another one shows fewer. They earn if the first one is confirmed, or once a reviewer confirms them."
	case read.Status == clip.Finished && read.StatusReason == clip.UnconfirmedCount && (read.CampaignStatus.Credits() || read.KeptMinor > 0):
		return "The count rose faster than is plausible, and no other reading confirmed it before the clip ended. These views earn if a reviewer confirms them before the campaign is completed, or while money is kept for them."
	case read.Status.Terminal():
		return "The count rose faster than is plausible, and no other reading confirmed it before the clip ended. These views do not earn."
	}
	return "The count rose faster than is plausible. These views earn once another reading confirms them, which is tried soon, or once a reviewer does."
}

// explanationOf tells the creator what the clip waits for, or why it has ended.
func explanationOf(read clips.Clip) (explained string, next *openapi.ClipActsNext) {
	found, ok := clip.ExplainWaiting(read.WaitingFor)
	if !ok {
		found, ok = clip.ExplainEnd(read.StatusReason, !read.CampaignStatus.Credits() && read.KeptMinor == 0)
	}
	if !ok && read.Status == clip.InReview {
		found, ok = clip.ExplainReview(read.ReviewClosed), true
	}
	if !ok {
		return "", nil
	}
	actor := openapi.ClipActsNext(found.Next)
	return found.Text, &actor
}

func observationOf(read clips.Observation) openapi.Observation {
	return openapi.Observation{
		Decision: string(read.Decision), AcceptedViews: read.AcceptedViews, ClaimedViews: read.ClaimedViews, ClaimedBy: read.ClaimedBy, Signals: signalsOf(read.Signals),
		Poll: int64(read.Poll), Provider: read.Provider, Views: read.Views, Likes: read.Likes,
		Comments: read.Comments, Shares: read.Shares, ObservedAt: read.ObservedAt,
	}
}

func signalsOf(read []views.Signal) []openapi.ReadingSignal {
	signals := make([]openapi.ReadingSignal, len(read))
	for i, signal := range read {
		signals[i] = openapi.ReadingSignal{Code: string(signal.Code), Value: signal.Value, Limit: signal.Limit}
	}
	return signals
}
