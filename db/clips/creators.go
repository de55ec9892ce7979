package clips

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Creator is a person who posts clips and is paid. Handle is personal data: workflows and the
// ledger have only the id.
type Creator struct {
	ID     string
	Handle string
	// PayoutAccount is empty until the creator has a connected account.
	PayoutAccount string
	// Verification says how far the payment rail has verified the creator.
	Verification rail.Verification
	// PayoutsFrozenAt is set while a person holds the creator's payouts.
	PayoutsFrozenAt     *time.Time
	PayoutsFrozenBy     string
	PayoutsFrozenReason string
	CreatedAt           time.Time
}

// NewCreator is the input of CreateCreator.
type NewCreator struct {
	ID            string
	Handle        string
	PayoutAccount string
}

// Channel is a creator's account on a platform. AuthorID is in the form that providers report.
type Channel struct {
	ID        string
	CreatorID string
	Platform  clip.Platform
	AuthorID  string
	CreatedAt time.Time
}

// channelsMax is how many channels one creator may register.
const channelsMax = 50

// CreateCreator stores a creator, or returns the one that an earlier identical call stored. It
// returns fault.Conflict "handle_taken", "stripe_account_taken" or "creator_exists".
func (s *Store) CreateCreator(ctx context.Context, create NewCreator) (Creator, error) {
	var creator Creator
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.InsertCreator(ctx, sqlc.InsertCreatorParams(create)); err != nil {
			return err
		}
		row, err := q.ReadCreator(ctx, create.ID)
		if err != nil {
			return err
		}
		creator = newCreator(row)
		if creator.Handle != create.Handle || creator.PayoutAccount != create.PayoutAccount {
			return fault.New(fault.Conflict, "creator_exists", "a creator with this id exists already")
		}
		return nil
	})
	return creator, err
}

// GetCreator returns one creator, or fault.NotFound "creator_not_found".
func (s *Store) GetCreator(ctx context.Context, id string) (Creator, error) {
	row, err := s.db.Queries.ReadCreator(ctx, id)
	if err != nil {
		return Creator{}, db.OrNotFound(err, "creator")
	}
	return newCreator(row), nil
}

// ListCreators returns a page in the order of ids, or only the creator onlyID.
func (s *Store) ListCreators(ctx context.Context, onlyID string, page db.Page) ([]Creator, error) {
	rows, err := s.db.Queries.ListCreators(ctx, sqlc.ListCreatorsParams{
		OnlyID: db.Optional(onlyID), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	creators := make([]Creator, len(rows))
	for i, row := range rows {
		creators[i] = newCreator(sqlc.ReadCreatorRow(row))
	}
	return creators, nil
}

// CreateChannel registers a creator's account on a platform. Registering it again changes
// nothing. AuthorID must be in the form of clip.ParseChannelID. It returns fault.Conflict
// "channel_taken" if the channel belongs to another creator, fault.Conflict
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
		if _, err := q.InsertChannel(ctx, sqlc.InsertChannelParams{
			ID: channel.ID, CreatorID: channel.CreatorID, Platform: string(channel.Platform),
			AuthorID: channel.AuthorID, AuthorDigest: digest,
		}); err != nil {
			return err
		}
		row, err := q.ReadChannelByAuthor(ctx, sqlc.ReadChannelByAuthorParams{Platform: string(channel.Platform), AuthorDigest: digest})
		if err != nil {
			return err
		}
		if row.CreatorID != channel.CreatorID {
			return fault.New(fault.Conflict, "channel_taken", "another creator has registered this channel")
		}
		stored = newChannel(sqlc.ListChannelsRow(row))
		return nil
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

// HasChannelOn reports whether a creator has registered any channel on a platform.
func (s *Store) HasChannelOn(ctx context.Context, creatorID string, platform clip.Platform) (bool, error) {
	has, err := s.db.Queries.HasChannelOn(ctx, sqlc.HasChannelOnParams{CreatorID: creatorID, Platform: string(platform)})
	return has, db.Translate(err)
}

func newCreator(row sqlc.ReadCreatorRow) Creator {
	return Creator{
		ID: row.ID, Handle: row.Handle, PayoutAccount: row.PayoutAccount, Verification: rail.Verification(row.Verification),
		PayoutsFrozenAt: row.PayoutsFrozenAt, PayoutsFrozenBy: row.PayoutsFrozenBy, PayoutsFrozenReason: row.PayoutsFrozenReason, CreatedAt: row.CreatedAt,
	}
}

func newChannel(row sqlc.ListChannelsRow) Channel {
	return Channel{
		ID: row.ID, CreatorID: row.CreatorID, Platform: clip.Platform(row.Platform),
		AuthorID: row.AuthorID, CreatedAt: row.CreatedAt,
	}
}
