package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
)

// Organization is a brand's account.
type Organization struct {
	ID        string
	Name      string
	CreatedAt time.Time
}

// NewOrganization is the input of CreateOrganization.
type NewOrganization struct {
	ID   string
	Name string
}

// CreateOrganization stores an organization, or returns the one that an earlier identical call
// stored. It returns fault.Conflict "organization_exists" if the id has another name.
func (s *Store) CreateOrganization(ctx context.Context, create NewOrganization) (Organization, error) {
	var organization Organization
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.InsertOrganization(ctx, sqlc.InsertOrganizationParams(create)); err != nil {
			return err
		}
		row, err := q.ReadOrganization(ctx, create.ID)
		if err != nil {
			return err
		}
		organization = Organization(row)
		if organization.Name != create.Name {
			return fault.New(fault.Conflict, "organization_exists", "an organization with this id exists already")
		}
		return nil
	})
	return organization, err
}

// GetOrganization returns one organization, or fault.NotFound "organization_not_found".
func (s *Store) GetOrganization(ctx context.Context, id string) (Organization, error) {
	row, err := s.db.Queries.ReadOrganization(ctx, id)
	if err != nil {
		return Organization{}, db.OrNotFound(err, "organization")
	}
	return Organization(row), nil
}

// ListOrganizations returns a page in the order of ids, or only the organization onlyID.
func (s *Store) ListOrganizations(ctx context.Context, onlyID string, page db.Page) ([]Organization, error) {
	rows, err := s.db.Queries.ListOrganizations(ctx, sqlc.ListOrganizationsParams{
		OnlyID: db.Optional(onlyID), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	organizations := make([]Organization, len(rows))
	for i, row := range rows {
		organizations[i] = Organization(row)
	}
	return organizations, nil
}
