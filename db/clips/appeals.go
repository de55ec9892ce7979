package clips

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// Note is what a person writes about a subject. Its text is stored nowhere else.
type Note struct {
	ID      string
	Subject string
	Author  string
	Body    string
}

// WriteNote stores a note. Repeating it changes nothing.
func (s *Store) WriteNote(ctx context.Context, note Note) error {
	return db.Translate(s.db.Queries.InsertNote(ctx, sqlc.InsertNoteParams{ID: note.ID, Subject: note.Subject, Author: note.Author, Body: note.Body}))
}

// ReadNote returns the text of a note, or "" for an id without one.
func (s *Store) ReadNote(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	found, err := s.db.Queries.FindNote(ctx, id)
	if err != nil || len(found) == 0 {
		return "", db.Translate(err)
	}
	return found[0], nil
}

// Appeal is an objection of a creator to a decision on a clip.
type Appeal struct {
	ID             string
	ClipID         string
	CampaignID     string
	OrganizationID string
	CreatorID      string
	// Appealed is the decision, with its code, who took it and when.
	Appealed     clip.Decision
	AppealedCode clip.Code
	AppealedBy   string
	AppealedAt   time.Time
	Statement    string
	FiledBy      string
	FiledAt      time.Time
	Status       clip.AppealStatus
	DecidedBy    string
	DecidedAt    *time.Time
	Note         string
	// Unpaid: it was overturned after the campaign's end, and no money was kept for the clip.
	Unpaid bool
}

// State returns what the rules for its decision need to know of the appeal.
func (a Appeal) State() clip.AppealState {
	return clip.AppealState{Status: a.Status, AppealedBy: a.AppealedBy, FiledBy: a.FiledBy, DecidedBy: a.DecidedBy}
}

// NewAppeal is an appeal to be filed.
type NewAppeal struct {
	ID        string
	ClipID    string
	Statement string
	FiledBy   string
	At        time.Time
}

// FileAppeal files an appeal. Repeating it changes nothing. It holds the lock of the campaign's budget guard, so that the money that is
// kept for the clip is not released at the same time. It returns the faults of clip.CheckAppeal, fault.Conflict
// "already_appealed" for a second one, and fault.NotFound "clip_not_found".
func (s *Store) FileAppeal(ctx context.Context, a NewAppeal) (Appeal, error) {
	var filed Appeal
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.ReadClip(ctx, a.ClipID)
		if err != nil {
			return db.OrNotFound(err, "clip")
		}
		if _, err := q.LockCampaignBudget(ctx, row.CampaignID); err != nil {
			return err
		}
		if row, err = q.ReadClip(ctx, a.ClipID); err != nil {
			return err
		}
		known, err := q.FindAppealOfClip(ctx, a.ClipID)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			if known[0].ID != a.ID {
				return fault.New(fault.Conflict, "already_appealed", "a clip can be appealed once: the first appeal is %s", known[0].Status)
			}
			filed = newAppeal(sqlc.ListAppealPageRow(known[0]))
			return nil
		}
		read := newClip(sqlc.ListClipPageRow(row))
		if err := clip.CheckAppeal(read.Appealed(), a.Statement, a.At); err != nil {
			return err
		}
		err = q.InsertAppeal(ctx, sqlc.InsertAppealParams{
			ID: a.ID, SubjectKind: "clip", SubjectID: a.ClipID, CampaignID: read.CampaignID, CreatorID: read.CreatorID,
			Appealed: string(read.Decision), AppealedCode: string(read.DecisionCode), AppealedBy: read.DecidedBy, AppealedAt: *read.DecidedAt,
			Statement: a.Statement, FiledBy: a.FiledBy, FiledAt: a.At,
		})
		if err != nil {
			return err
		}
		stored, err := q.FindAppealOfClip(ctx, a.ClipID)
		if err != nil {
			return err
		}
		filed = newAppeal(sqlc.ListAppealPageRow(stored[0]))
		return nil
	})
	return filed, err
}

// UpholdAppeal decides that a decision stays. Money that is kept for the clip is released. Repeating it changes
// nothing. It returns fault.Denied "same_person", fault.Conflict "appeal_decided" and fault.NotFound "appeal_not_found".
func (s *Store) UpholdAppeal(ctx context.Context, a clip.Appeal) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		read, err := q.ReadAppeal(ctx, a.ID)
		if err != nil {
			return db.OrNotFound(err, "appeal")
		}
		if _, err := q.LockCampaignBudget(ctx, read.CampaignID); err != nil {
			return err
		}
		a.ClipID = read.SubjectID
		if repeated, err := decideAppeal(ctx, q, clip.AppealUpheld, a); err != nil || repeated {
			return err
		}
		if err := q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: a.ClipID, ReleaseAfter: &a.At}); err != nil {
			return err
		}
		subject := names.Clip(a.ClipID)
		return db.RecordAction(ctx, q, access.OperatorAction{
			ID: names.ActionID(subject, "appeal/"+a.ID), Subject: subject, Action: "uphold", Actor: a.Actor, Evidence: a.NoteID,
		})
	})
}

// decideAppeal decides an open appeal of a clip, and reports whether the same decision is on record already. The caller
// has locked the budget guard of the campaign.
func decideAppeal(ctx context.Context, q *sqlc.Queries, outcome clip.AppealStatus, a clip.Appeal) (repeated bool, err error) {
	rows, err := q.LockAppeal(ctx, a.ID)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 || rows[0].SubjectID != a.ClipID {
		return false, fault.New(fault.NotFound, "appeal_not_found", "no such appeal")
	}
	filed := clip.AppealState{Status: clip.AppealStatus(rows[0].Status), AppealedBy: rows[0].AppealedBy, FiledBy: rows[0].FiledBy, DecidedBy: rows[0].DecidedBy}
	if repeated, err = filed.CheckDecision(outcome, a.Actor); err != nil || repeated {
		return repeated, err
	}
	return false, q.UpdateAppealDecided(ctx, sqlc.UpdateAppealDecidedParams{ID: a.ID, Status: string(outcome), DecidedBy: a.Actor, DecidedAt: a.At, NoteID: db.Optional(a.NoteID)})
}

// openAppealsPage is how many open appeals are read at once.
const openAppealsPage = 200

// ListOverdueAppeals returns the appeals that have been open for as long as a review of their campaign may take.
func (s *Store) ListOverdueAppeals(ctx context.Context, now time.Time) (clip.OverdueAppeals, error) {
	var overdue clip.OverdueAppeals
	for after := (sqlc.ListOpenAppealsParams{AfterID: names.NilID, Batch: openAppealsPage}); ; {
		rows, err := s.db.Queries.ListOpenAppeals(ctx, after)
		if err != nil {
			return overdue, db.Translate(err)
		}
		for _, row := range rows {
			var terms campaign.Terms
			if err := json.Unmarshal(row.Terms, &terms); err != nil {
				return overdue, err
			}
			if now.Sub(row.FiledAt) < terms.ReviewTime() {
				continue
			}
			if overdue.Count++; overdue.Count <= clip.AppealsNamed {
				overdue.Oldest = append(overdue.Oldest, clip.OverdueAppeal{ID: row.ID, ClipID: row.ClipID, CampaignID: row.CampaignID, FiledAt: row.FiledAt.UTC()})
			}
			if overdue.Count == clip.AppealsCounted {
				return overdue, nil
			}
		}
		if len(rows) < openAppealsPage {
			return overdue, nil
		}
		last := rows[len(rows)-1]
		after.FiledAfter, after.AfterID = last.FiledAt, last.ID
	}
}

// GetAppeal returns one appeal, or fault.NotFound "appeal_not_found".
func (s *Store) GetAppeal(ctx context.Context, id string) (Appeal, error) {
	row, err := s.db.Queries.ReadAppeal(ctx, id)
	if err != nil {
		return Appeal{}, db.OrNotFound(err, "appeal")
	}
	return newAppeal(sqlc.ListAppealPageRow(row)), nil
}

// FindAppeal returns the appeal of a clip, or false if it has none.
func (s *Store) FindAppeal(ctx context.Context, clipID string) (Appeal, bool, error) {
	rows, err := s.db.Queries.FindAppealOfClip(ctx, clipID)
	if err != nil || len(rows) == 0 {
		return Appeal{}, false, db.Translate(err)
	}
	return newAppeal(sqlc.ListAppealPageRow(rows[0])), true, nil
}

// ListAppeals returns a page of appeals in the order of ids. An empty status selects all.
func (s *Store) ListAppeals(ctx context.Context, status clip.AppealStatus, page db.Page) ([]Appeal, error) {
	rows, err := s.db.Queries.ListAppealPage(ctx, sqlc.ListAppealPageParams{Status: db.Optional(string(status)), AfterID: db.Optional(page.After), PageSize: page.Size})
	if err != nil {
		return nil, db.Translate(err)
	}
	appeals := make([]Appeal, len(rows))
	for i, row := range rows {
		appeals[i] = newAppeal(row)
	}
	return appeals, nil
}

func newAppeal(row sqlc.ListAppealPageRow) Appeal {
	return Appeal{
		ID: row.ID, ClipID: row.SubjectID, CampaignID: row.CampaignID, OrganizationID: row.OrganizationID, CreatorID: row.CreatorID,
		Appealed: clip.Decision(row.Appealed), AppealedCode: clip.Code(row.AppealedCode), AppealedBy: row.AppealedBy, AppealedAt: row.AppealedAt,
		Statement: row.Statement, FiledBy: row.FiledBy, FiledAt: row.FiledAt, Status: clip.AppealStatus(row.Status), DecidedBy: row.DecidedBy, DecidedAt: row.DecidedAt, Note: row.Note, Unpaid: row.Unpaid,
	}
}
