package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// Organization is a brand's account.
type Organization struct {
	ID        string
	Name      string
	CreatedAt time.Time
	// Verification is how far the brand is verified. VerificationError is the rail's word for why
	// it asks again.
	Verification      rail.Verification
	VerificationError string
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
		var err error
		if organization, err = readOrganization(ctx, q, create.ID); err != nil {
			return err
		}
		if organization.Name != create.Name {
			return fault.New(fault.Conflict, "organization_exists", "an organization with this id exists already")
		}
		return nil
	})
	return organization, err
}

// GetOrganization returns one organization, or fault.NotFound "organization_not_found".
func (s *Store) GetOrganization(ctx context.Context, id string) (Organization, error) {
	return readOrganization(ctx, s.db.Queries, id)
}

func readOrganization(ctx context.Context, q *sqlc.Queries, id string) (Organization, error) {
	rows, err := q.ListOrganizations(ctx, sqlc.ListOrganizationsParams{OnlyID: &id, PageSize: 1})
	if err != nil {
		return Organization{}, db.Translate(err)
	}
	if len(rows) == 0 {
		return Organization{}, fault.New(fault.NotFound, "organization_not_found", "no such organization")
	}
	return organizationOf(rows[0]), nil
}

func organizationOf(row sqlc.ListOrganizationsRow) Organization {
	return Organization{
		ID: row.ID, Name: row.Name, CreatedAt: row.CreatedAt,
		Verification: rail.Verification(row.Verification), VerificationError: row.VerificationError,
	}
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
		organizations[i] = organizationOf(row)
	}
	return organizations, nil
}
