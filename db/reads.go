package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Page is a part of a list: at most Size items that follow the item After in the order of
// the list. An empty After starts at the beginning.
type Page struct {
	After string
	Size  int32
}

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

// CampaignDetail is a campaign with what takes a look at its clips.
type CampaignDetail struct {
	Campaign
	// HeldMinor is earned but not yet released to creators.
	HeldMinor int64
	// ClipsByStatus has no entry for a status that no clip is in.
	ClipsByStatus map[clip.Status]int64
}

// ReadCampaign returns one campaign, or fault.NotFound "campaign_not_found".
func (s *Store) ReadCampaign(ctx context.Context, id string) (Campaign, error) {
	row, err := s.queries.ReadCampaign(ctx, id)
	if err != nil {
		return Campaign{}, orNotFound(err, "campaign")
	}
	return newCampaign(sqlc.ListCampaignPageRow(row))
}

// ReadCampaignDetail returns one campaign with its clips counted, or fault.NotFound
// "campaign_not_found".
func (s *Store) ReadCampaignDetail(ctx context.Context, id string) (CampaignDetail, error) {
	read, err := s.ReadCampaign(ctx, id)
	if err != nil {
		return CampaignDetail{}, err
	}
	held, err := s.queries.SumHeld(ctx, id)
	if err != nil {
		return CampaignDetail{}, translate(err)
	}
	counts, err := s.queries.CountClipsByStatus(ctx, id)
	if err != nil {
		return CampaignDetail{}, translate(err)
	}
	detail := CampaignDetail{Campaign: read, HeldMinor: held, ClipsByStatus: make(map[clip.Status]int64, len(counts))}
	for _, count := range counts {
		detail.ClipsByStatus[clip.Status(count.Status)] = count.Clips
	}
	return detail, nil
}

// CampaignFilter narrows a list of campaigns; empty fields do not.
type CampaignFilter struct {
	OrganizationID string
	Status         campaign.Status
	// VisibleToCreator leaves what is in one of OpenStatuses, or has a participation of
	// this creator.
	VisibleToCreator string
	OpenStatuses     []campaign.Status
}

// ListCampaigns returns a page in the order of ids.
func (s *Store) ListCampaigns(ctx context.Context, narrow CampaignFilter, page Page) ([]Campaign, error) {
	open := make([]string, len(narrow.OpenStatuses))
	for i, status := range narrow.OpenStatuses {
		open[i] = string(status)
	}
	rows, err := s.queries.ListCampaignPage(ctx, sqlc.ListCampaignPageParams{
		OrganizationID: optional(narrow.OrganizationID), Status: optional(string(narrow.Status)),
		VisibleToCreator: optional(narrow.VisibleToCreator), OpenStatuses: open,
		AfterID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	campaigns := make([]Campaign, len(rows))
	for i, row := range rows {
		if campaigns[i], err = newCampaign(row); err != nil {
			return nil, err
		}
	}
	return campaigns, nil
}

func newCampaign(row sqlc.ListCampaignPageRow) (Campaign, error) {
	read := Campaign{
		ID: row.ID, OrganizationID: row.OrganizationID, Name: row.Name, Status: campaign.Status(row.Status),
		PaymentIntentID: value(row.PaymentIntentID), ClosingAt: row.ClosingAt, CreatedAt: row.CreatedAt,
		FundedMinor: row.FundedMinor, SpentMinor: row.SpentMinor, RefundedMinor: row.RefundedMinor,
	}
	if err := json.Unmarshal(row.Terms, &read.Terms); err != nil {
		return Campaign{}, fmt.Errorf("read terms of campaign %s: %w", row.ID, err)
	}
	return read, nil
}

// Clip is a post in a campaign with its last count and what it earned.
type Clip struct {
	ID             string
	CampaignID     string
	OrganizationID string
	Currency       money.Currency
	CreatorID      string
	Ref            clip.Ref
	Status         clip.Status
	StatusReason   string
	PublishedAt    *time.Time
	SubmittedAt    time.Time
	ObservedViews  int64
	CreditedViews  int64
	// EarnedMinor is the gross, before the platform's fee, without ClawedBackMinor.
	EarnedMinor     int64
	ClawedBackMinor int64
}

// ReadClip returns one clip, or fault.NotFound "clip_not_found".
func (s *Store) ReadClip(ctx context.Context, id string) (Clip, error) {
	row, err := s.queries.ReadClip(ctx, id)
	if err != nil {
		return Clip{}, orNotFound(err, "clip")
	}
	return newClip(sqlc.ListClipPageRow(row)), nil
}

// ClipFilter names the campaign of a list of clips and narrows it; empty fields do not.
type ClipFilter struct {
	CampaignID string
	CreatorID  string
	Status     clip.Status
}

// ListClips returns a page of a campaign's clips in the order of ids.
func (s *Store) ListClips(ctx context.Context, narrow ClipFilter, page Page) ([]Clip, error) {
	rows, err := s.queries.ListClipPage(ctx, sqlc.ListClipPageParams{
		CampaignID: narrow.CampaignID, CreatorID: optional(narrow.CreatorID), Status: optional(string(narrow.Status)),
		AfterID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	clips := make([]Clip, len(rows))
	for i, row := range rows {
		clips[i] = newClip(row)
	}
	return clips, nil
}

func newClip(row sqlc.ListClipPageRow) Clip {
	return Clip{
		ID: row.ID, CampaignID: row.CampaignID, OrganizationID: row.OrganizationID, Currency: money.Currency(row.Currency), CreatorID: row.CreatorID,
		Ref:    clip.Ref{Platform: clip.Platform(row.Platform), ExternalID: row.ExternalID, URL: row.Url},
		Status: clip.Status(row.Status), StatusReason: value(row.StatusReason), PublishedAt: row.PublishedAt, SubmittedAt: row.SubmittedAt,
		ObservedViews: row.ObservedViews, CreditedViews: row.CreditedViews, EarnedMinor: row.CreditedMinor - row.ClawedBackMinor, ClawedBackMinor: row.ClawedBackMinor,
	}
}

// Observation is one reading of a clip's counters; Poll counts the readings.
type Observation struct {
	Poll       int32
	Provider   string
	Views      int64
	Likes      int64
	Comments   int64
	Shares     int64
	ObservedAt time.Time
}

// ListObservations returns at most size readings of a clip that follow the reading
// afterPoll, oldest first. It returns fault.Conflict "archived" if they are.
func (s *Store) ListObservations(ctx context.Context, clipID string, afterPoll, size int32) ([]Observation, error) {
	rows, err := s.queries.ListObservationPage(ctx, sqlc.ListObservationPageParams{ClipID: clipID, AfterPoll: afterPoll, PageSize: size})
	if err != nil {
		return nil, translate(err)
	}
	if len(rows) == 0 {
		months, err := s.queries.FindArchivedClip(ctx, clipID)
		if err != nil {
			return nil, translate(err)
		}
		if len(months) > 0 {
			return nil, archived("the readings of this clip are those of " + months[0])
		}
	}
	observations := make([]Observation, len(rows))
	for i, row := range rows {
		observations[i] = Observation(row)
	}
	return observations, nil
}

// Ready returns nil if the database answers.
func (s *Store) Ready(ctx context.Context) error { return translate(s.pool.Ping(ctx)) }

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// orNotFound names what was looked for and is not there.
func orNotFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, what+"_not_found", "no such %s", what)
	}
	return translate(err)
}
