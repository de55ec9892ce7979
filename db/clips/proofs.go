package clips

import (
	"context"
	"crypto/rand"
	"math/big"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Proof is a code, and where it is looked for.
type Proof struct {
	clip.ProofState
	ChannelID string
	// Platform and AuthorID are those of the channel.
	Platform clip.Platform
	AuthorID string
	Code     string
	IssuedAt time.Time
	// LookedAt is the time of the latest look, and Seen its result. Looks counts them.
	LookedAt *time.Time
	Seen     string
	Looks    int
}

// codeLength makes a code that cannot be guessed: 31^10 is about 2^49.
const codeLength = 10

// newCode returns a random code.
func newCode() (string, error) {
	code := []byte(clip.CodePrefix)
	for range codeLength {
		at, err := rand.Int(rand.Reader, big.NewInt(int64(len(clip.CodeAlphabet))))
		if err != nil {
			return "", err
		}
		code = append(code, clip.CodeAlphabet[at.Int64()])
	}
	return string(code), nil
}

// IssueProof issues a code for a channel. Repeating it with the same ProofID returns the same proof. A proof
// whose workflow has ended without a result is replaced. It returns
// fault.NotFound "channel_not_found" and fault.Conflict "channel_proven", "channel_taken", "too_many_proofs" and
// "idempotency_key_reused".
func (s *Store) IssueProof(ctx context.Context, request clip.ProofRequest) (clip.ProofState, error) {
	var issued clip.ProofState
	_, err := s.changeChannel(ctx, request.ChannelID, func(q *sqlc.Queries, claims claims) error {
		known, err := q.ReadProof(ctx, request.ProofID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			if known[0].ChannelID != request.ChannelID {
				return fault.New(fault.Conflict, "idempotency_key_reused", "this id was used for the proof of another channel: choose a new Idempotency-Key")
			}
			issued = proofState(known[0], clip.ChannelStatus(claims.own.Status))
			return nil
		}
		if err := clip.CheckProof(clip.ChannelStatus(claims.own.Status), claims.provenByAnother()); err != nil {
			return err
		}
		open, err := q.CountOtherProofs(ctx, sqlc.CountOtherProofsParams{CreatorID: claims.own.CreatorID, ID: request.ChannelID})
		if err != nil {
			return err
		}
		if open >= clip.OpenProofsMax {
			return fault.New(fault.Conflict, "too_many_proofs", "%d proofs of other channels are under way: wait for one to end, or cancel one", open)
		}
		code, err := newCode()
		if err != nil {
			return err
		}
		if err := q.ReplaceProof(ctx, sqlc.ReplaceProofParams{ChannelID: request.ChannelID, EndedAt: &request.Now}); err != nil {
			return err
		}
		if err := q.InsertProof(ctx, sqlc.InsertProofParams{
			ID: request.ProofID, ChannelID: request.ChannelID, Code: code, PostExternalID: request.PostID, IssuedAt: request.Now, ExpiresAt: request.ExpiresAt,
		}); err != nil {
			return err
		}
		issued = clip.ProofState{ProofID: request.ProofID, PostID: request.PostID, ExpiresAt: request.ExpiresAt, Channel: clip.Proving}
		return q.UpdateChannelStatus(ctx, sqlc.UpdateChannelStatusParams{ID: request.ChannelID, Status: string(clip.Proving)})
	})
	return issued, err
}

// GetProof returns the latest proof of a channel, or fault.NotFound "channel_not_found" and "proof_not_found".
func (s *Store) GetProof(ctx context.Context, channelID string) (Proof, error) {
	channel, err := s.GetChannel(ctx, channelID)
	if err != nil {
		return Proof{}, err
	}
	rows, err := s.db.Queries.FindLastProof(ctx, channelID)
	if err != nil {
		return Proof{}, db.Translate(err)
	}
	if len(rows) == 0 {
		return Proof{}, fault.New(fault.NotFound, "proof_not_found", "no proof of this channel was started")
	}
	row := rows[0]
	return Proof{
		ProofState: proofState(sqlc.ReadProofRow(row), channel.Status), ChannelID: channelID, Platform: channel.Platform, AuthorID: channel.AuthorID,
		Code: row.Code, IssuedAt: row.IssuedAt, LookedAt: row.LookedAt, Seen: row.Seen, Looks: int(row.Looks),
	}, nil
}

// RecordLook stores what a round of looks has seen. If it has seen the code, the channel is proven: its clips take
// their posts, and the claims of others are superseded. A proof that has ended is not changed. It returns the
// proof as it is then. Repeating it changes nothing.
func (s *Store) RecordLook(ctx context.Context, look clip.ProofLook) (clip.ProofState, error) {
	return s.changeProof(ctx, look.ProofID, look.ChannelID, func(q *sqlc.Queries, claims claims) error {
		if err := q.RecordProofLook(ctx, sqlc.RecordProofLookParams{ID: look.ProofID, ChannelID: look.ChannelID, LookedAt: &look.Now, Seen: look.Seen, Looks: int32(look.Number)}); err != nil {
			return err
		}
		if look.Seen != clip.CodeSeen {
			return nil
		}
		end := sqlc.EndProofParams{ID: look.ProofID, ChannelID: look.ChannelID, Outcome: string(clip.ProofProven), EndedAt: &look.Now, Provider: &look.Provider, AttemptID: &look.AttemptID}
		if claims.provenByAnother() {
			end.Outcome = string(clip.ProofSuperseded)
		}
		ended, err := q.EndProof(ctx, end)
		if err != nil || ended == 0 {
			return err
		}
		if end.Outcome == string(clip.ProofSuperseded) {
			return q.UpdateChannelStatus(ctx, sqlc.UpdateChannelStatusParams{ID: look.ChannelID, Status: string(clip.Superseded)})
		}
		return claims.prove(ctx, q, look.Now)
	})
}

// EndProof ends a proof without a result, and returns it. A proof that has ended is not changed.
func (s *Store) EndProof(ctx context.Context, end clip.ProofEnd) (clip.ProofState, error) {
	return s.changeProof(ctx, end.ProofID, end.ChannelID, func(q *sqlc.Queries, claims claims) error {
		ended, err := q.EndProof(ctx, sqlc.EndProofParams{ID: end.ProofID, ChannelID: end.ChannelID, Outcome: string(end.Outcome), EndedAt: &end.Now})
		if err != nil || ended == 0 || claims.own.Status != string(clip.Proving) {
			return err
		}
		status := clip.Expired
		if end.Outcome == clip.ProofCancelled {
			status = clip.Unproven
		}
		return q.UpdateChannelStatus(ctx, sqlc.UpdateChannelStatusParams{ID: end.ChannelID, Status: string(status)})
	})
}

func (s *Store) changeProof(ctx context.Context, proofID, channelID string, change func(*sqlc.Queries, claims) error) (clip.ProofState, error) {
	var state clip.ProofState
	channel, err := s.changeChannel(ctx, channelID, func(q *sqlc.Queries, claims claims) error {
		if err := change(q, claims); err != nil {
			return err
		}
		rows, err := q.ReadProof(ctx, proofID)
		if err == nil && (len(rows) == 0 || rows[0].ChannelID != channelID) {
			return fault.New(fault.NotFound, "proof_not_found", "no such proof")
		}
		if err == nil {
			state = proofState(rows[0], "")
		}
		return err
	})
	state.Channel = channel.Status
	return state, err
}

func proofState(row sqlc.ReadProofRow, channel clip.ChannelStatus) clip.ProofState {
	return clip.ProofState{ProofID: row.ID, PostID: row.PostExternalID, ExpiresAt: row.ExpiresAt.UTC(), Outcome: clip.ProofOutcome(row.Outcome), Channel: channel}
}
