package clips

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// Channel is a creator's account on a platform. AuthorID is in the form that providers report.
type Channel struct {
	ID        string
	CreatorID string
	Platform  clip.Platform
	AuthorID  string
	Status    clip.ChannelStatus
	// ProvenAt is when it was proven last.
	ProvenAt *time.Time
	// RevokedReason is why a person revoked the latest proof that was revoked.
	RevokedReason string
	CreatedAt     time.Time
}

// channelsMax is how many channels one creator may register.
const channelsMax = 50

// CreateChannel registers a creator's account on a platform, which is not proven by that. Registering it
// again changes nothing. AuthorID must be in the form of clip.ParseChannelID. It returns fault.Conflict
// "channel_taken" if another creator has proven the account, fault.Conflict
// "too_many_channels", and fault.NotFound "creator_not_found".
func (s *Store) CreateChannel(ctx context.Context, channel Channel) (Channel, error) {
	var stored Channel
	digest := clip.AuthorDigest(channel.Platform, channel.AuthorID)
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		count, err := q.CountChannels(ctx, channel.CreatorID)
		if err != nil {
			return err
		}
		if count >= channelsMax {
			return fault.New(fault.Conflict, "too_many_channels", "a creator can have at most %d channels", channelsMax)
		}
		taken, err := q.IsProvenByAnother(ctx, sqlc.IsProvenByAnotherParams{Platform: string(channel.Platform), AuthorDigest: digest, CreatorID: channel.CreatorID})
		if err != nil {
			return err
		}
		if taken {
			return clip.ChannelTaken()
		}
		if _, err := q.InsertChannel(ctx, sqlc.InsertChannelParams{
			ID: channel.ID, CreatorID: channel.CreatorID, Platform: string(channel.Platform),
			AuthorID: channel.AuthorID, AuthorDigest: digest,
		}); err != nil {
			return err
		}
		row, err := q.ReadChannelOfCreator(ctx, sqlc.ReadChannelOfCreatorParams{CreatorID: channel.CreatorID, Platform: string(channel.Platform), AuthorDigest: digest})
		stored = newChannel(sqlc.ListChannelsRow(row))
		return err
	})
	return stored, err
}

// ListChannels returns every channel of a creator.
func (s *Store) ListChannels(ctx context.Context, creatorID string) ([]Channel, error) {
	rows, err := s.db.Queries.ListChannels(ctx, sqlc.ListChannelsParams{CreatorID: creatorID, PageSize: channelsMax})
	if err != nil {
		return nil, db.Translate(err)
	}
	channels := make([]Channel, len(rows))
	for i, row := range rows {
		channels[i] = newChannel(row)
	}
	return channels, nil
}

// GetChannel returns one channel, or fault.NotFound "channel_not_found".
func (s *Store) GetChannel(ctx context.Context, id string) (Channel, error) {
	row, err := s.db.Queries.ReadChannel(ctx, id)
	if err != nil {
		return Channel{}, db.OrNotFound(err, "channel")
	}
	return channelOf(row), nil
}

// HasChannelOn reports whether a creator has registered any channel on a platform.
func (s *Store) HasChannelOn(ctx context.Context, creatorID string, platform clip.Platform) (bool, error) {
	has, err := s.db.Queries.HasChannelOn(ctx, sqlc.HasChannelOnParams{CreatorID: creatorID, Platform: string(platform)})
	return has, db.Translate(err)
}

// ProveByHand records that a person has seen evidence that the account is the creator's. It has the effect of a proof. It
// returns fault.NotFound "channel_not_found" and fault.Conflict "channel_taken".
func (s *Store) ProveByHand(ctx context.Context, channelID string, action access.OperatorAction, now time.Time) (Channel, error) {
	action.Action, action.Subject = "prove", names.Channel(channelID)
	return s.changeChannel(ctx, channelID, func(q *sqlc.Queries, claims claims) error {
		if claims.own.Status == string(clip.Proven) {
			return nil
		}
		if claims.provenByAnother() {
			return clip.ChannelTaken()
		}
		if err := q.ReplaceProof(ctx, sqlc.ReplaceProofParams{ChannelID: channelID, EndedAt: &now}); err != nil {
			return err
		}
		if err := claims.prove(ctx, q, now); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, action)
	})
}

// Revoke takes the proof of a channel back. Its clips are credited nothing from here on, and no longer keep their
// posts from others. What they were credited before stays on record, and the creator's payouts are frozen, so that nothing of it is
// paid before a person has decided: a clawback takes it back, and Unfreeze lets the rest go. It returns fault.NotFound
// "channel_not_found" and fault.Conflict "channel_not_proven".
func (s *Store) Revoke(ctx context.Context, channelID string, action access.OperatorAction) (Channel, error) {
	action.Action, action.Subject = "revoke", names.Channel(channelID)
	return s.changeChannel(ctx, channelID, func(q *sqlc.Queries, claims claims) error {
		switch clip.ChannelStatus(claims.own.Status) {
		case clip.Revoked:
			return nil
		case clip.Proven:
		default:
			return fault.New(fault.Conflict, "channel_not_proven", "only a proven channel can be revoked: this one is %s, and earns nothing", claims.own.Status)
		}
		if err := q.UpdateChannelStatus(ctx, sqlc.UpdateChannelStatusParams{ID: channelID, Status: string(clip.Revoked), RevokedReason: &action.Reason}); err != nil {
			return err
		}
		if err := countOwnerships(ctx, q, channelID); err != nil {
			return err
		}
		if err := q.LeavePosts(ctx, &channelID); err != nil {
			return err
		}
		if err := freezeRevoked(ctx, q, claims.own, action); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, action)
	})
}

// freezeRevoked freezes the payouts of a creator whose proof was revoked. An earlier freeze stays.
func freezeRevoked(ctx context.Context, q *sqlc.Queries, channel sqlc.Channel, revocation access.OperatorAction) error {
	reason := "the proof of channel " + channel.ID + " was revoked: " + revocation.Reason
	changed, err := q.FreezeCreator(ctx, sqlc.FreezeCreatorParams{ID: channel.CreatorID, Actor: &revocation.Actor, Reason: &reason})
	if err != nil || changed == 0 {
		return err
	}
	frozen := revocation
	frozen.ID, frozen.Action, frozen.Subject = names.ActionID(revocation.Subject, revocation.ID), "freeze", names.Creator(channel.CreatorID)
	return db.RecordAction(ctx, q, frozen)
}

// claims are all claims on the account of a channel, locked.
type claims struct {
	own sqlc.Channel
	all []sqlc.LockClaimsRow
}

func (c claims) provenByAnother() bool {
	return slices.ContainsFunc(c.all, func(each sqlc.LockClaimsRow) bool { return each.ID != c.own.ID && each.Status == string(clip.Proven) })
}

func lockClaims(ctx context.Context, q *sqlc.Queries, channelID string) (claims, error) {
	own, err := q.ReadChannel(ctx, channelID)
	if err != nil {
		return claims{}, db.OrNotFound(err, "channel")
	}
	all, err := q.LockClaims(ctx, sqlc.LockClaimsParams{Platform: own.Platform, AuthorDigest: own.AuthorDigest})
	for _, each := range all {
		if each.ID == own.ID {
			own.Status = each.Status // as it is under the lock
		}
	}
	return claims{own: own, all: all}, err
}

// prove makes the claim the only proven one. Its clips take their posts, which earn from the next reading on.
func (c claims) prove(ctx context.Context, q *sqlc.Queries, now time.Time) error {
	if err := q.UpdateChannelStatus(ctx, sqlc.UpdateChannelStatusParams{ID: c.own.ID, Status: string(clip.Proven), ProvenAt: &now}); err != nil {
		return err
	}
	if err := q.SupersedeClaims(ctx, sqlc.SupersedeClaimsParams{ID: c.own.ID, Platform: c.own.Platform, AuthorDigest: c.own.AuthorDigest}); err != nil {
		return err
	}
	err := q.EndProofsOfAuthor(ctx, sqlc.EndProofsOfAuthorParams{
		Platform: c.own.Platform, AuthorDigest: c.own.AuthorDigest, Outcome: string(clip.ProofSuperseded), EndedAt: &now,
	})
	if err != nil {
		return err
	}
	if err := countOwnerships(ctx, q, c.own.ID); err != nil {
		return err
	}
	return q.TakePosts(ctx, &c.own.ID)
}

// countOwnerships locks the budgets of a channel's campaigns, and tells those who credit their clips to read them
// again. A budget is locked after the claims and before the clips, here and in ClaimPost.
func countOwnerships(ctx context.Context, q *sqlc.Queries, channelID string) error {
	campaignIDs, err := q.LockBudgetsOfChannel(ctx, &channelID)
	if err != nil || len(campaignIDs) == 0 {
		return err
	}
	return q.CountOwnerships(ctx, campaignIDs)
}

// postRaces is how often a change is tried that gives posts to clips while others take them.
const postRaces = 5

// changeChannel runs a change under the lock of all claims on the channel's account. A post that another clip
// takes in between is found taken at the next try.
func (s *Store) changeChannel(ctx context.Context, channelID string, change func(*sqlc.Queries, claims) error) (Channel, error) {
	var changed Channel
	var err error
	for range postRaces {
		err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
			locked, err := lockClaims(ctx, q, channelID)
			if err != nil {
				return err
			}
			if err := change(q, locked); err != nil {
				return err
			}
			row, err := q.ReadChannel(ctx, channelID)
			changed = channelOf(row)
			return err
		})
		if fault.CodeOf(err) != clip.RejectedDuplicate {
			break
		}
	}
	return changed, err
}

func channelOf(row sqlc.Channel) Channel {
	return newChannel(sqlc.ListChannelsRow{
		ID: row.ID, CreatorID: row.CreatorID, Platform: row.Platform, AuthorID: row.AuthorID, Status: row.Status, ProvenAt: row.ProvenAt, RevokedReason: row.RevokedReason, CreatedAt: row.CreatedAt,
	})
}

func newChannel(row sqlc.ListChannelsRow) Channel {
	return Channel{
		ID: row.ID, CreatorID: row.CreatorID, Platform: clip.Platform(row.Platform), AuthorID: row.AuthorID,
		Status: clip.ChannelStatus(row.Status), ProvenAt: row.ProvenAt, RevokedReason: db.Text(row.RevokedReason), CreatedAt: row.CreatedAt,
	}
}
