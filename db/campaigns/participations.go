package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

// Participation is a creator's application to a campaign. AffiliateID is the creator who
// referred this one, or empty.
type Participation struct {
	ID          string
	CampaignID  string
	CreatorID   string
	AffiliateID string
	Status      campaign.ParticipationStatus
	CreatedAt   time.Time
	DecidedAt   *time.Time
}

// NewParticipation is the input of CreateParticipation. Status is applied, or accepted if the
// terms accept every creator.
type NewParticipation struct {
	ID          string
	CampaignID  string
	CreatorID   string
	AffiliateID string
	Status      campaign.ParticipationStatus
}

// CreateParticipation stores an application, or returns the one that an earlier identical call
// stored. It returns fault.Conflict "already_applied", fault.Invalid "own_affiliate", and
// fault.NotFound for an unknown campaign, creator or affiliate.
func (s *Store) CreateParticipation(ctx context.Context, create NewParticipation) (Participation, error) {
	var participation Participation
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.InsertParticipation(ctx, sqlc.InsertParticipationParams{
			ID: create.ID, CampaignID: create.CampaignID, CreatorID: create.CreatorID, AffiliateID: db.Optional(create.AffiliateID), Status: string(create.Status),
		}); err != nil {
			return err
		}
		row, err := q.ReadParticipation(ctx, create.ID)
		if err != nil {
			return err
		}
		participation = newParticipation(row)
		if participation.CampaignID != create.CampaignID || participation.CreatorID != create.CreatorID || participation.AffiliateID != create.AffiliateID {
			return fault.New(fault.Conflict, "already_applied", "this creator has applied to the campaign already")
		}
		return nil
	})
	return participation, err
}

// DecideParticipation accepts or rejects an application. Repeating a decision changes nothing.
// It returns fault.Conflict "participation_decided" for the opposite decision, and
// fault.NotFound "participation_not_found".
func (s *Store) DecideParticipation(ctx context.Context, id string, decision campaign.ParticipationStatus) (Participation, error) {
	var participation Participation
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.DecideParticipation(ctx, sqlc.DecideParticipationParams{ID: id, Status: string(decision)}); err != nil {
			return err
		}
		row, err := q.ReadParticipation(ctx, id)
		if err != nil {
			return db.OrNotFound(err, "participation")
		}
		participation = newParticipation(row)
		if participation.Status != decision {
			return fault.New(fault.Conflict, "participation_decided", "this application is %s already, and a decision is final", participation.Status)
		}
		return nil
	})
	return participation, err
}

// GetParticipation returns one participation, or fault.NotFound "participation_not_found".
func (s *Store) GetParticipation(ctx context.Context, id string) (Participation, error) {
	row, err := s.db.Queries.ReadParticipation(ctx, id)
	if err != nil {
		return Participation{}, db.OrNotFound(err, "participation")
	}
	return newParticipation(row), nil
}

// GetParticipationOf returns a creator's participation in a campaign, or fault.NotFound
// "participation_not_found".
func (s *Store) GetParticipationOf(ctx context.Context, campaignID, creatorID string) (Participation, error) {
	row, err := s.db.Queries.ReadParticipationOf(ctx, sqlc.ReadParticipationOfParams{CampaignID: campaignID, CreatorID: creatorID})
	if err != nil {
		return Participation{}, db.OrNotFound(err, "participation")
	}
	return newParticipation(row), nil
}

// ListParticipations returns a page of a campaign's participations in the order of ids. An
// empty creatorID or status selects all.
func (s *Store) ListParticipations(ctx context.Context, campaignID, creatorID string, status campaign.ParticipationStatus, page db.Page) ([]Participation, error) {
	rows, err := s.db.Queries.ListParticipations(ctx, sqlc.ListParticipationsParams{
		CampaignID: campaignID, CreatorID: db.Optional(creatorID), Status: db.Optional(string(status)),
		AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	participations := make([]Participation, len(rows))
	for i, row := range rows {
		participations[i] = newParticipation(row)
	}
	return participations, nil
}

func newParticipation(row sqlc.Participation) Participation {
	return Participation{
		ID: row.ID, CampaignID: row.CampaignID, CreatorID: row.CreatorID, AffiliateID: db.Text(row.AffiliateID),
		Status: campaign.ParticipationStatus(row.Status), CreatedAt: row.CreatedAt, DecidedAt: row.DecidedAt,
	}
}
