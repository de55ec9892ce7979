package clips

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// Clip is a post in a campaign with its last view count and its earnings in minor units.
type Clip struct {
	ID             string
	CampaignID     string
	OrganizationID string
	Currency       money.Currency
	CreatorID      string
	Ref            clip.Ref
	Status         clip.Status
	StatusReason   string
	// CampaignStatus is the status of its campaign.
	CampaignStatus campaign.Status
	// WaitingFor is why the clip is not read at the moment, or empty.
	WaitingFor    string
	PublishedAt   *time.Time
	SubmittedAt   time.Time
	ObservedViews int64
	// AcceptedViews is the highest count that was plausible or confirmed. HeldViews are those above it that
	// wait for confirmation.
	AcceptedViews int64
	HeldViews     int64
	// ClaimedViews is the count that waits for confirmation, or zero. IsContradicted: another provider shows fewer
	// views, and a reviewer can confirm the count.
	ClaimedViews   int64
	IsContradicted bool
	CreditedViews  int64
	// EarnedMinor is the gross before the platform's fee, less ClawedBackMinor.
	EarnedMinor     int64
	ClawedBackMinor int64
	// ReviewSince and ReviewDeadline are nil for a clip that was never in review. ReviewClosed: it is not read any
	// more, because its campaign has ended. KeptMinor is what its approval can earn then.
	ReviewSince    *time.Time
	ReviewDeadline *time.Time
	ReviewClosed   bool
	KeptMinor      int64
	// Decision is the last decision on the clip, empty without one.
	Decision       clip.Decision
	DecidedKind    clip.DecidedBy
	DecidedBy      string
	DecisionCode   clip.Code
	DecisionNoteID string
	DecidedAt      *time.Time
	// AppealStatus is empty without an appeal.
	AppealStatus clip.AppealStatus
}

// Appealed is what the rules for appeals need to know of the clip.
func (c Clip) Appealed() clip.Appealed {
	appealed := clip.Appealed{Status: c.Status, StatusReason: c.StatusReason}
	if c.DecidedAt != nil && (c.Decision == clip.Reject || c.Decision == clip.Remove) {
		appealed.By, appealed.DecidedAt = c.DecidedKind, *c.DecidedAt
	}
	return appealed
}

// Get returns one clip, or fault.NotFound "clip_not_found".
func (s *Store) Get(ctx context.Context, id string) (Clip, error) {
	row, err := s.db.Queries.ReadClip(ctx, id)
	if err != nil {
		return Clip{}, db.OrNotFound(err, "clip")
	}
	return newClip(sqlc.ListClipPageRow(row)), nil
}

// Filter selects clips of one campaign. CreatorID and Status select all if empty.
type Filter struct {
	CampaignID string
	CreatorID  string
	Status     clip.Status
}

// List returns a page of a campaign's clips in the order of ids.
func (s *Store) List(ctx context.Context, filter Filter, page db.Page) ([]Clip, error) {
	rows, err := s.db.Queries.ListClipPage(ctx, sqlc.ListClipPageParams{
		CampaignID: filter.CampaignID, CreatorID: db.Optional(filter.CreatorID), Status: db.Optional(string(filter.Status)),
		AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	clips := make([]Clip, len(rows))
	for i, row := range rows {
		clips[i] = newClip(row)
	}
	return clips, nil
}

func newClip(row sqlc.ListClipPageRow) Clip {
	claimedViews := max(row.ClaimedViews, row.ContestedViews)
	if claimedViews <= row.AcceptedViews {
		claimedViews = 0
	}
	return Clip{
		CampaignStatus: campaign.Status(row.CampaignStatus), ClaimedViews: claimedViews, IsContradicted: claimedViews > 0 && row.ContestedViews > row.AcceptedViews,
		ID: row.ID, CampaignID: row.CampaignID, OrganizationID: row.OrganizationID, Currency: money.Currency(row.Currency), CreatorID: row.CreatorID,
		Ref:    clip.Ref{Platform: clip.Platform(row.Platform), ExternalID: row.ExternalID, URL: row.Url},
		Status: clip.Status(row.Status), StatusReason: db.Text(row.StatusReason), WaitingFor: db.Text(row.WaitingFor), PublishedAt: row.PublishedAt, SubmittedAt: row.SubmittedAt,
		ObservedViews: row.ObservedViews, AcceptedViews: row.AcceptedViews, HeldViews: max(0, claimedViews-row.AcceptedViews),
		CreditedViews: row.CreditedViews, EarnedMinor: row.CreditedMinor - row.ClawedBackMinor, ClawedBackMinor: row.ClawedBackMinor,
		ReviewSince: row.ReviewSince, ReviewDeadline: row.ReviewDeadline, ReviewClosed: row.ReviewClosedAt != nil, KeptMinor: row.KeptMinor,
		Decision: clip.Decision(db.Text(row.Decision)), DecidedKind: clip.DecidedBy(db.Text(row.DecidedKind)), DecidedBy: db.Text(row.DecidedBy),
		DecisionCode: clip.Code(db.Text(row.DecisionCode)), DecisionNoteID: db.Text(row.DecisionNoteID), DecidedAt: row.DecidedAt,
		AppealStatus: clip.AppealStatus(row.AppealStatus),
	}
}

// Observation is one reading of a clip's counters. Poll is its number.
type Observation struct {
	Poll       int32
	Provider   string
	Views      int64
	Likes      int64
	Comments   int64
	Shares     int64
	ObservedAt time.Time
	// Decision is what the reading counts for, and AcceptedViews how much of it. ClaimedViews is a count by
	// ClaimedBy that waits for confirmation.
	Decision      views.Decision
	AcceptedViews int64
	ClaimedViews  int64
	ClaimedBy     string
	Signals       []views.Signal
}

// ListObservations returns at most size readings of a clip after the poll afterPoll, oldest
// first. It returns fault.Conflict "archived" if the readings of the clip are archived.
func (s *Store) ListObservations(ctx context.Context, clipID string, afterPoll, size int32) ([]Observation, error) {
	rows, err := s.db.Queries.ListObservationPage(ctx, sqlc.ListObservationPageParams{ClipID: clipID, AfterPoll: afterPoll, PageSize: size})
	if err != nil {
		return nil, db.Translate(err)
	}
	if len(rows) == 0 {
		found, err := s.db.Queries.FindArchivedClip(ctx, clipID)
		if err != nil {
			return nil, db.Translate(err)
		}
		if len(found) > 0 {
			return nil, months.Archived("the readings of this clip are in the month " + found[0])
		}
	}
	observations := make([]Observation, len(rows))
	for i, row := range rows {
		observations[i] = Observation{
			Poll: row.Poll, Provider: row.Provider, Views: row.Views, Likes: row.Likes, Comments: row.Comments, Shares: row.Shares, ObservedAt: row.ObservedAt,
			Decision: views.Decision(row.Decision), AcceptedViews: row.AcceptedViews, ClaimedViews: row.ClaimedViews, ClaimedBy: row.ClaimedBy,
		}
		if err := json.Unmarshal([]byte(row.Signals), &observations[i].Signals); err != nil {
			return nil, err
		}
	}
	return observations, nil
}
