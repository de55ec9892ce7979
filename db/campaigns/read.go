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

// Campaign is a campaign as people see it, with the state of its budget.
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
}

// Detail is a campaign with what takes a look at its clips.
type Detail struct {
	Campaign
	// HeldMinor is earned but not yet released to creators.
	HeldMinor int64
	// ClipsByStatus has no entry for a status that no clip is in.
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

// GetDetail returns one campaign with its clips counted, or fault.NotFound
// "campaign_not_found".
func (s *Store) GetDetail(ctx context.Context, id string) (Detail, error) {
	read, err := s.Get(ctx, id)
	if err != nil {
		return Detail{}, err
	}
	held, err := s.db.Queries.SumHeld(ctx, id)
	if err != nil {
		return Detail{}, db.Translate(err)
	}
	counts, err := s.db.Queries.CountClipsByStatus(ctx, id)
	if err != nil {
		return Detail{}, db.Translate(err)
	}
	detail := Detail{Campaign: read, HeldMinor: held, ClipsByStatus: make(map[clip.Status]int64, len(counts))}
	for _, count := range counts {
		detail.ClipsByStatus[clip.Status(count.Status)] = count.Clips
	}
	return detail, nil
}

// Filter narrows a list of campaigns; empty fields do not.
type Filter struct {
	OrganizationID string
	Status         campaign.Status
	// VisibleToCreator leaves what is in one of OpenStatuses, or has a participation of
	// this creator.
	VisibleToCreator string
	OpenStatuses     []campaign.Status
}

// List returns a page in the order of ids.
func (s *Store) List(ctx context.Context, narrow Filter, page db.Page) ([]Campaign, error) {
	open := make([]string, len(narrow.OpenStatuses))
	for i, status := range narrow.OpenStatuses {
		open[i] = string(status)
	}
	rows, err := s.db.Queries.ListCampaignPage(ctx, sqlc.ListCampaignPageParams{
		OrganizationID: db.Optional(narrow.OrganizationID), Status: db.Optional(string(narrow.Status)),
		VisibleToCreator: db.Optional(narrow.VisibleToCreator), OpenStatuses: open,
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

func FromRow(row sqlc.ListCampaignPageRow) (Campaign, error) {
	read := Campaign{
		ID: row.ID, OrganizationID: row.OrganizationID, Name: row.Name, Status: campaign.Status(row.Status),
		PaymentIntentID: db.Text(row.PaymentIntentID), ClosingAt: row.ClosingAt, CreatedAt: row.CreatedAt,
		FundedMinor: row.FundedMinor, SpentMinor: row.SpentMinor, RefundedMinor: row.RefundedMinor,
	}
	if err := json.Unmarshal(row.Terms, &read.Terms); err != nil {
		return Campaign{}, fmt.Errorf("read terms of campaign %s: %w", row.ID, err)
	}
	return read, nil
}
