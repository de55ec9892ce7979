package campaigns

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
)

// Campaign is a campaign with its terms and the amounts of its budget, in minor units.
type Campaign struct {
	ID              string
	OrganizationID  string
	Name            string
	Status          campaign.Status
	Terms           campaign.Terms
	PaymentIntentID string
	ClosingAt       *time.Time
	CreatedAt       time.Time
	FundedMinor     int64
	SpentMinor      int64
	RefundedMinor   int64
	// AllocatedMinor is the part of FundedMinor that came from the organization's balance and has not
	// returned to it.
	AllocatedMinor int64
}

// Detail is a campaign with totals over its clips and holds.
type Detail struct {
	Campaign
	// HeldMinor is earned and not yet released to creators.
	HeldMinor int64
	// ClipsByStatus counts clips. It has no key for a status without clips.
	ClipsByStatus map[clip.Status]int64
}

// Get returns one campaign, or fault.NotFound "campaign_not_found".
func (s *Store) Get(ctx context.Context, id string) (Campaign, error) {
	row, err := s.db.Queries.ReadCampaign(ctx, id)
	if err != nil {
		return Campaign{}, db.OrNotFound(err, "campaign")
	}
	return FromRow(sqlc.ListCampaignPageRow(row))
}

// GetDetail returns one campaign with its totals, or fault.NotFound "campaign_not_found".
func (s *Store) GetDetail(ctx context.Context, id string) (Detail, error) {
	read, err := s.Get(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	heldMinor, err := s.db.Queries.SumHeld(ctx, id)
	if err != nil {
		return Detail{}, db.Translate(err)
	}
	counts, err := s.db.Queries.CountClipsByStatus(ctx, id)
	if err != nil {
		return Detail{}, db.Translate(err)
	}
	detail := Detail{Campaign: read, HeldMinor: heldMinor, ClipsByStatus: make(map[clip.Status]int64, len(counts))}
	for _, count := range counts {
		detail.ClipsByStatus[clip.Status(count.Status)] = count.Clips
	}
	return detail, nil
}

// Filter selects campaigns. Empty fields select all.
type Filter struct {
	OrganizationID string
	Status         campaign.Status
	// VisibleToCreator selects campaigns in one of OpenStatuses and those with a participation
	// of this creator.
	VisibleToCreator string
	OpenStatuses     []campaign.Status
}

// List returns a page of campaigns in the order of ids.
func (s *Store) List(ctx context.Context, filter Filter, page db.Page) ([]Campaign, error) {
	open := make([]string, len(filter.OpenStatuses))
	for i, status := range filter.OpenStatuses {
		open[i] = string(status)
	}
	rows, err := s.db.Queries.ListCampaignPage(ctx, sqlc.ListCampaignPageParams{
		OrganizationID: db.Optional(filter.OrganizationID), Status: db.Optional(string(filter.Status)),
		VisibleToCreator: db.Optional(filter.VisibleToCreator), OpenStatuses: open,
		AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	campaigns := make([]Campaign, len(rows))
	for i, row := range rows {
		if campaigns[i], err = FromRow(row); err != nil {
			return nil, err
		}
	}
	return campaigns, nil
}

// FromRow returns the campaign of a row. It fails if the stored terms cannot be decoded.
func FromRow(row sqlc.ListCampaignPageRow) (Campaign, error) {
	read := Campaign{
		ID: row.ID, OrganizationID: row.OrganizationID, Name: row.Name, Status: campaign.Status(row.Status),
		PaymentIntentID: db.Text(row.PaymentIntentID), ClosingAt: row.ClosingAt, CreatedAt: row.CreatedAt,
		FundedMinor: row.FundedMinor, SpentMinor: row.SpentMinor, RefundedMinor: row.RefundedMinor, AllocatedMinor: row.AllocatedMinor,
	}
	if err := json.Unmarshal(row.Terms, &read.Terms); err != nil {
		return Campaign{}, fmt.Errorf("read terms of campaign %s: %w", row.ID, err)
	}
	read.Terms = withAmendments(read.Terms, row.BudgetMinor, row.EndsAt)
	return read, nil
}
