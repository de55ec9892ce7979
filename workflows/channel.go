package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// ChannelInput starts or continues the proof of a channel. Chain names the providers to ask, in order. The code and
// the author are in the database only.
type ChannelInput struct {
	ChannelID string         `json:"channel_id"`
	ProofID   string         `json:"proof_id"`
	PostID    string         `json:"post_id,omitempty"`
	Chain     []string       `json:"chain"`
	Schedule  views.Schedule `json:"schedule"`
	State     channelState   `json:"state"`
}

// channelState is what a proof carries from one history into the next.
type channelState struct {
	Proof     clip.ProofState `json:"proof"`
	StartedAt time.Time       `json:"started_at"`
	Looks     int             `json:"looks"`
	LookedAt  time.Time       `json:"looked_at"`
	// Failed counts the latest rounds in which no provider had an answer.
	Failed int `json:"failed,omitempty"`
	// Asked counts the looks that the creator has asked for.
	Asked int `json:"asked,omitempty"`
	// Unstored is a look with the code that is not on record yet.
	Unstored *clip.ProofLook `json:"unstored,omitempty"`
}

// ChannelProof has a code issued that the creator puts into their profile or a post, and asks the providers for it
// until it is there or the time is over. Another proof starts a new workflow under the same id.
//
//	issue the code -> look, with growing waits -> proven: clips take their posts, and other claims are superseded
//	                                           -> expired, cancelled, superseded or replaced
//
// While no provider answers, the time does not end, for a week at most. What was seen is stored once and in one transaction
// with the proof, so a crash or a reset repeats at most a look.
func ChannelProof(root workflow.Context, in ChannelInput) (ChannelResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	p := &channelProcess{ChannelInput: in, waiting: waitFor(root)}
	if err := p.setUpdateHandlers(ctx); err != nil {
		return ChannelResult{}, err
	}
	p.issue(ctx)
	for p.issueErr == nil && p.State.Proof.Outcome == clip.ProofUnderWay {
		if err := p.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, ""))
			p.sleep(ctx, defectRetryInterval, "Until the refused step is tried again")
			clearAttention(ctx)
		}
		if p.State.Proof.Outcome == clip.ProofUnderWay && !p.isCancelled() && p.continueAsNew(ctx) {
			return ChannelResult{}, workflow.NewContinueAsNewError(root, ChannelProof, p.ChannelInput)
		}
	}
	p.noteAnswered(ctx) // nothing is left to attend to
	p.tellClips(ctx)
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return ChannelResult{Outcome: p.State.Proof.Outcome, Channel: p.State.Proof.Channel, Looks: p.State.Looks}, err
}

// askedMax is how many looks of one proof the creator can ask for. They cost requests that all creators share.
const askedMax = 20

// channelProcess is the state of one proof.
type channelProcess struct {
	ChannelInput
	*waiting
	issueErr error
	// cancel is the request of a person to end the proof.
	cancel *Operator
}

func (p *channelProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateIssued, p.onIssued,
			workflow.UpdateHandlerOptions{Validator: p.validateIssued, Description: "Returns the proof once its code is issued, and looks for it now."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, p.onCancel,
			workflow.UpdateHandlerOptions{Description: "Ends the proof. The channel can be proven with another code."}),
	)
}

// validateIssued refuses a proof by another post while one is under way.
func (p *channelProcess) validateIssued(in ProofAsked) error {
	if in.PostID != p.PostID {
		return activities.Failure(conflict("proof_running", "a proof of this channel is under way, and looks for its code elsewhere: cancel it first"))
	}
	return nil
}

// onIssued answers with the proof under way. A repeated request means that the creator has put the code there, so
// it is looked for now.
func (p *channelProcess) onIssued(ctx workflow.Context, _ ProofAsked) (clip.ProofState, error) {
	if err := workflow.Await(ctx, func() bool { return p.State.Proof.ProofID != "" || p.issueErr != nil }); err != nil {
		return clip.ProofState{}, err
	}
	if p.State.Asked < askedMax { // the others come at their time
		p.State.Asked++
		p.wake()
	}
	return p.State.Proof, activities.Failure(p.issueErr)
}

func (p *channelProcess) onCancel(ctx workflow.Context, in Operator) (clip.ProofState, error) {
	p.cancel = &in
	p.wake()
	err := workflow.Await(ctx, func() bool { return p.issueErr != nil || p.State.Proof.Outcome != clip.ProofUnderWay })
	return p.State.Proof, err
}

func (p *channelProcess) issue(ctx workflow.Context) {
	if p.State.Proof.ProofID != "" {
		return
	}
	now := workflow.Now(ctx)
	issued, err := stepForPerson(ctx, "Issue a code", activities.IssueProof, clip.ProofRequest{
		ProofID: p.ProofID, ChannelID: p.ChannelID, PostID: p.PostID, Now: now, ExpiresAt: now.Add(p.Schedule.Search().Over()),
	})
	if err != nil {
		p.issueErr = err
		return
	}
	p.State.Proof, p.State.StartedAt = issued, now
}

// advance looks for the code once, and waits until the next look.
func (p *channelProcess) advance(ctx workflow.Context) error {
	if p.cancel != nil || p.isCancelled() {
		return p.end(ctx, clip.ProofCancelled)
	}
	now, search := workflow.Now(ctx), p.Schedule.Search()
	if wait := p.State.LookedAt.Add(search.Gap()).Sub(now); !p.State.LookedAt.IsZero() && wait > 0 && p.State.Unstored == nil {
		p.sleep(ctx, wait, "Until the code may be looked for again")
		return nil
	}
	look, err := p.look(ctx)
	switch {
	case fault.CodeOf(err) == "proof_ended":
		return p.end(ctx, clip.ProofReplaced) // it returns how the proof has ended
	case err != nil:
		p.noteFailed(ctx, err)
	default:
		p.noteAnswered(ctx)
		if err := p.store(ctx, look); err != nil || p.State.Proof.Outcome != clip.ProofUnderWay {
			return err
		}
	}
	left := p.State.Proof.ExpiresAt.Sub(workflow.Now(ctx))
	if left <= 0 && (err == nil || workflow.Now(ctx).Sub(p.State.StartedAt) >= search.Longest()) {
		return p.end(ctx, clip.ProofExpired)
	}
	if err == nil {
		workflow.SetCurrentDetails(ctx, "The code is not there yet ("+look.Seen+"). It is looked for until "+p.State.Proof.ExpiresAt.UTC().Format(time.DateTime)+".")
	}
	p.sleep(ctx, max(search.NextLook(p.State.Looks+p.State.Failed, left), quotaWait(err, left)), "Until the code is looked for again")
	return nil
}

// quotaWait is how long the providers may not be asked, but no longer than the search has left.
func quotaWait(err error, left time.Duration) time.Duration {
	refused, ok := fault.As(err)
	if !ok || !needsQuota(err) {
		return 0
	}
	return min(refused.RetryAfter, max(left, quotaLookMax))
}

// look asks every provider until one sees the code: one of them may show a text of yesterday. It fails if none has an
// answer.
func (p *channelProcess) look(ctx workflow.Context) (clip.ProofLook, error) {
	if p.State.Unstored != nil {
		return *p.State.Unstored, nil
	}
	var failure error
	var refused *fault.Error
	var seen *activities.CodeSight
	for _, provider := range p.Chain {
		sight, err := do(ctx, observeCall(provider), "Look for the code with "+provider, activities.LookForCode, activities.CodeQuestion{ChannelID: p.ChannelID, ProofID: p.State.Proof.ProofID})
		switch {
		case fault.CodeOf(err) == "proof_ended" || trackingOff(err):
			return clip.ProofLook{}, err
		case needsQuota(err):
			refused = sooner(refused, err)
		case err != nil:
			failure = err
		case sight.Seen == views.Unreadable:
			failure = fault.New(fault.Unavailable, "profile_unreadable", "%s has no usable answer about the channel", provider)
		case seen == nil || sight.Seen == clip.CodeSeen || seen.Seen != clip.CodeAbsent && sight.Seen == clip.CodeAbsent:
			seen = &sight
		}
		if seen != nil && seen.Seen == clip.CodeSeen {
			break
		}
	}
	switch {
	case seen != nil:
		p.State.Looks++
		p.State.LookedAt = workflow.Now(ctx)
		return clip.ProofLook{
			ProofID: p.State.Proof.ProofID, ChannelID: p.ChannelID, Number: p.State.Looks,
			Seen: seen.Seen, Provider: seen.Provider, AttemptID: seen.AttemptID, Now: workflow.Now(ctx),
		}, nil
	case refused != nil:
		return clip.ProofLook{}, refused
	case failure != nil:
		return clip.ProofLook{}, failure
	}
	return clip.ProofLook{}, fault.New(fault.Unavailable, "no_provider", "no provider is configured for the platform of the channel")
}

// store records a look. One that has seen the code is kept until it is on record, because the code may be gone
// by then.
func (p *channelProcess) store(ctx workflow.Context, look clip.ProofLook) error {
	if look.Seen == clip.CodeSeen {
		p.State.Unstored = &look
	}
	state, err := step(ctx, "Record what was seen: "+look.Seen, activities.RecordLook, look)
	if err == nil {
		p.State.Proof, p.State.Unstored = state, nil
	}
	return err
}

func (p *channelProcess) end(ctx workflow.Context, outcome clip.ProofOutcome) error {
	state, err := step(ctx, "End the proof: "+string(outcome), activities.EndProof, clip.ProofEnd{
		ProofID: p.State.Proof.ProofID, ChannelID: p.ChannelID, Outcome: outcome, Now: workflow.Now(ctx),
	})
	if err == nil {
		p.State.Proof = state
	}
	return err
}

// noteFailed counts a round without an answer. While tracking is off nothing has failed.
func (p *channelProcess) noteFailed(ctx workflow.Context, err error) {
	p.State.LookedAt = workflow.Now(ctx)
	if trackingOff(err) {
		workflow.SetCurrentDetails(ctx, "Tracking is switched off, so no provider is asked for the code. The time of the proof goes on once tracking is on.")
		return
	}
	if needsQuota(err) {
		workflow.SetCurrentDetails(ctx, "The providers may not be asked more often now. The code is looked for once they may. `GET /v1/tracking/quotas` has the quotas.")
		return
	}
	if p.State.Failed++; p.State.Failed == failedAttention {
		showAttention(ctx, attention{
			Reason: "providers_failing",
			Detail: "No provider has answered about this channel for several rounds (" + fault.CodeOf(err) + "). Check their credentials and quotas. The workflow continues once a provider answers. An administrator can prove the channel by hand: `POST /v1/channels/" + p.ChannelID + "/prove`.",
		})
	}
}

func (p *channelProcess) noteAnswered(ctx workflow.Context) {
	if p.State.Failed >= failedAttention {
		clearAttention(ctx)
	}
	p.State.Failed = 0
}

// quotaLookMax is how long a search waits for quota once its time is over.
const quotaLookMax = time.Hour

const channelClipsPage = 100

// tellClips has every clip of the account look at its channel now. One that is not reached finds out at its next
// reading.
func (p *channelProcess) tellClips(ctx workflow.Context) {
	if p.State.Proof.Outcome != clip.ProofProven {
		return
	}
	for after := ""; ; {
		open, err := step(ctx, "List the clips of the channel", activities.ListClipsOfChannel, activities.ChannelClipsPage{ChannelID: p.ChannelID, After: after, Limit: channelClipsPage})
		if err != nil {
			workflow.GetLogger(ctx).Warn("clips not told about their channel", "error", err)
			return
		}
		for _, id := range open {
			signalWorkflow(ctx, names.Clip(id), SignalChannelChanged)
		}
		if len(open) < channelClipsPage {
			return
		}
		after = open[len(open)-1]
	}
}
