package clip

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// ChannelStatus is how far a creator has shown that an account of a platform is theirs.
type ChannelStatus string

const (
	// Unproven: the creator claims the account. Others may claim it too.
	Unproven ChannelStatus = "unproven"
	// Proving: a code was issued, and providers are asked whether it is there.
	Proving ChannelStatus = "proving"
	// Proven: the account is the creator's, and their clips of it earn.
	Proven ChannelStatus = "proven"
	// Expired: the code was not found in time. Another one can be issued.
	Expired ChannelStatus = "expired"
	// Superseded: another creator has proven the account.
	Superseded ChannelStatus = "superseded"
	// Revoked: a person has taken the proof back. The creator can prove the account again.
	Revoked ChannelStatus = "revoked"
)

// ChannelStatuses returns every status.
func ChannelStatuses() []ChannelStatus {
	return []ChannelStatus{Unproven, Proving, Proven, Expired, Superseded, Revoked}
}

// WaitingForProof is what a clip waits for, or has ended for, whose channel is not proven.
const WaitingForProof = "channel_unproven"

// Claim is what a creator's channels say about a post.
type Claim struct {
	// Status is that of the creator's channel that the post is of. It is empty if the post is of none.
	Status ChannelStatus `json:"status,omitempty"`
	// Holds: the channel is proven and no other clip has the post, so the clip earns.
	Holds bool `json:"holds,omitempty"`
	// Taken: another clip has the post.
	Taken bool `json:"taken,omitempty"`
	// ProvenByAnother: another creator has proven the account.
	ProvenByAnother bool `json:"proven_by_another,omitempty"`
}

// EndsBecause returns why a clip with this claim cannot earn any more, or "" if it may, now or after a
// proof.
func (c Claim) EndsBecause() string {
	switch {
	case c.Status == "":
		return RejectedForeignAuthor
	case c.Taken:
		return RejectedDuplicate
	case c.ProvenByAnother && c.Status != Proven:
		return RejectedTakenOver
	}
	return ""
}

// BestClaim returns the index of the status that serves the creator of a post of several authors best:
// a proven one, then one that can be proven. It returns -1 without any.
func BestClaim(statuses []ChannelStatus) int {
	best := -1
	for i, status := range statuses {
		if best < 0 || claimOrder[status] > claimOrder[statuses[best]] {
			best = i
		}
	}
	return best
}

var claimOrder = map[ChannelStatus]int{Superseded: 0, Revoked: 1, Expired: 2, Unproven: 3, Proving: 4, Proven: 5}

// CheckProof returns nil if a creator may begin to prove a claim. Otherwise it returns fault.Conflict
// "channel_proven" or, if another creator has proven the account, "channel_taken".
func CheckProof(status ChannelStatus, provenByAnother bool) error {
	switch {
	case status == Proven:
		return fault.New(fault.Conflict, "channel_proven", "the channel is proven already: there is nothing to do")
	case provenByAnother:
		return ChannelTaken()
	}
	return nil
}

// OpenProofsMax is how many proofs of a creator may be under way: each asks the providers for days.
const OpenProofsMax = 3

// ChannelTaken is the refusal of a claim on an account that another creator has proven.
func ChannelTaken() *fault.Error {
	return fault.New(fault.Conflict, "channel_taken", "another creator has proven that this account is theirs: if it is yours, ask an administrator to check and to revoke that proof")
}

// ProofRequest issues a code. PostID is the post in whose text the code is looked for; empty is the text of
// the profile.
type ProofRequest struct {
	ProofID   string    `json:"proof_id"`
	ChannelID string    `json:"channel_id"`
	PostID    string    `json:"post_id,omitempty"`
	Now       time.Time `json:"now"`
	ExpiresAt time.Time `json:"expires_at"`
}

// ProofOutcome is how a proof ended. It is empty while the proof is under way.
type ProofOutcome string

// The outcomes.
const (
	ProofUnderWay   ProofOutcome = ""
	ProofProven     ProofOutcome = "proven"
	ProofExpired    ProofOutcome = "expired"
	ProofCancelled  ProofOutcome = "cancelled"
	ProofSuperseded ProofOutcome = "superseded" // another creator has proven the account
	ProofReplaced   ProofOutcome = "replaced"   // a later proof, or a decision of a person, is in its place
)

// ProofState is a proof on record, without its code.
type ProofState struct {
	ProofID   string        `json:"proof_id"`
	PostID    string        `json:"post_id,omitempty"`
	ExpiresAt time.Time     `json:"expires_at"`
	Outcome   ProofOutcome  `json:"outcome,omitempty"`
	Channel   ChannelStatus `json:"channel"`
}

// What a look for a code sees, apart from the reasons for which a post has no reading.
const (
	// CodeSeen: the code is there.
	CodeSeen = "code_seen"
	// CodeAbsent: the text was read, and the code is not in it.
	CodeAbsent = "code_absent"
	// PostOfAnother: the post is of another author.
	PostOfAnother = "post_of_another_author"
)

// ProofLook is the result of one round of looks.
type ProofLook struct {
	ProofID   string    `json:"proof_id"`
	ChannelID string    `json:"channel_id"`
	Number    int       `json:"number"`
	Seen      string    `json:"seen"`
	Provider  string    `json:"provider,omitempty"`
	AttemptID string    `json:"attempt_id,omitempty"`
	Now       time.Time `json:"now"`
}

// ProofEnd ends a proof without a result.
type ProofEnd struct {
	ProofID   string       `json:"proof_id"`
	ChannelID string       `json:"channel_id"`
	Outcome   ProofOutcome `json:"outcome"`
	Now       time.Time    `json:"now"`
}

// ExplainLook tells a creator what the latest look for a code has seen. It returns "" without a text.
func ExplainLook(seen string) string { return lookTexts[seen] }

var lookTexts = map[string]string{
	CodeSeen:      "The code is there.",
	CodeAbsent:    "The text was read, and the code is not in it. Save the text, and wait a few minutes: the platform may show the earlier one for a while.",
	PostOfAnother: "The post is of another account. Give a post whose first author is this channel.",
	"not_found":   "The platform shows no such profile or post. Check the name of the channel, and that it is public.",
	"private":     "The profile or post is private. Make it public until the code is found.",
	"removed":     "The platform has taken the profile or post down.",
}
