package activities

import (
	"context"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// The steps of the proof of a channel.
var (
	// IssueProof issues a code, which stays in the database.
	IssueProof = Activity[clip.ProofRequest, clip.ProofState]{"IssueProof"}
	// LookForCode asks one provider whether the code of a proof is where it should be. It returns
	// fault.Conflict "proof_ended", and "tracking_off" while tracking is switched off.
	LookForCode = Activity[CodeQuestion, CodeSight]{"LookForCode"}
	// RecordLook stores what was seen. If that is the code, the channel is proven.
	RecordLook = Activity[clip.ProofLook, clip.ProofState]{"RecordLook"}
	// EndProof ends a proof without a result.
	EndProof = Activity[clip.ProofEnd, clip.ProofState]{"EndProof"}
	// ListClipsOfChannel lists one page of the clips, of any creator, of a channel's account that may still earn.
	ListClipsOfChannel = Activity[ChannelClipsPage, []string]{"ListClipsOfChannel"}
	// CheckClaim reads what the channel of a clip, by its id, is worth now.
	CheckClaim = Activity[string, clip.Claim]{"CheckClaim"}
)

// CodeQuestion identifies a proof. Its code and the author are read from the database, so that they are in no
// history.
type CodeQuestion struct {
	ChannelID string `json:"channel_id"`
	ProofID   string `json:"proof_id"`
}

// CodeSight is what one provider has seen: one of clip.CodeSeen, clip.CodeAbsent and clip.PostOfAnother, or the
// reason why there is no text.
type CodeSight struct {
	Provider  string `json:"provider"`
	AttemptID string `json:"attempt_id"`
	Seen      string `json:"seen"`
}

// ChannelClipsPage requests the open clips of a channel's account, starting after an id.
type ChannelClipsPage struct {
	ChannelID string `json:"channel_id"`
	After     string `json:"after"`
	Limit     int    `json:"limit"`
}

// ProfileReader reads the text of profiles from one provider; providers.Batcher is one.
type ProfileReader interface {
	ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.ProfileObservation, error)
}

// Proofs has the codes; clips.Store is one.
type Proofs interface {
	GetProof(ctx context.Context, channelID string) (clips.Proof, error)
}

func (l Ledger) registerChannels(registry Registry) {
	store := l.Books.Clips
	bind(registry, IssueProof, store.IssueProof)
	bind(registry, RecordLook, store.RecordLook)
	bind(registry, EndProof, store.EndProof)
	bind(registry, CheckClaim, store.GetClaim)
	bind(registry, ListClipsOfChannel, func(ctx context.Context, in ChannelClipsPage) ([]string, error) {
		return store.ListOpenOfChannel(ctx, in.ChannelID, in.After, in.Limit)
	})
}

// lookForCode compares here, so that the text goes nowhere else.
func (v Views) lookForCode(ctx context.Context, in CodeQuestion) (CodeSight, error) {
	if err := v.Switch.CheckTracking(ctx); err != nil {
		return CodeSight{}, err
	}
	proof, err := v.Proofs.GetProof(ctx, in.ChannelID)
	if err != nil {
		return CodeSight{}, err
	}
	if proof.ProofID != in.ProofID || proof.Outcome != clip.ProofUnderWay {
		return CodeSight{}, fault.New(fault.Conflict, "proof_ended", "the proof has ended")
	}
	if proof.PostID != "" {
		return v.lookAtPost(ctx, proof)
	}
	profile, err := v.Profiles.ReadProfile(ctx, proof.Platform, proof.AuthorID)
	if err != nil {
		return CodeSight{}, err
	}
	sight := CodeSight{Provider: profile.Provider, AttemptID: profile.AttemptID, Seen: profile.Missing}
	if profile.Missing == "" {
		sight.Seen = seen(profile.Text, proof.Code)
	}
	return sight, nil
}

// lookAtPost accepts only the first author of a post, who writes its text.
func (v Views) lookAtPost(ctx context.Context, proof clips.Proof) (CodeSight, error) {
	observed, err := v.Observer.Observe(ctx, providers.Post{Platform: proof.Platform, ExternalID: proof.PostID})
	if err != nil {
		return CodeSight{}, err
	}
	sight := CodeSight{Provider: observed.Provider, AttemptID: observed.AttemptID, Seen: observed.Missing}
	if observed.Reading == nil {
		return sight, nil
	}
	if clip.AuthorDigest(proof.Platform, observed.Reading.AuthorID) != clip.AuthorDigest(proof.Platform, proof.AuthorID) {
		sight.Seen = clip.PostOfAnother
		return sight, nil
	}
	sight.Seen = seen(observed.Reading.Caption, proof.Code)
	return sight, nil
}

func seen(text, code string) string {
	if clip.ContainsCode(text, code) {
		return clip.CodeSeen
	}
	return clip.CodeAbsent
}
