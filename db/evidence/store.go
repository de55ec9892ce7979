// Package evidence stores what people add to clips to prove something. The content of files is not in the
// database.
package evidence

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

// Store reads and writes evidence.
type Store struct {
	db *db.DB
}

// New returns a Store on an open database.
func New(db *db.DB) *Store { return &Store{db: db} }

var notFound = fault.New(fault.NotFound, "evidence_not_found", "the clip has no such evidence: it may have been deleted by schedule")

// Add stores a piece of evidence and returns it as it is on record. Adding it again changes nothing. A file is not
// listed before Finish. It returns fault.NotFound "clip_not_found", fault.Conflict "evidence_too_much", and
// "evidence_differs" if the id belongs to another piece.
func (s *Store) Add(ctx context.Context, add evidence.Piece) (evidence.Piece, error) {
	var stored evidence.Piece
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockClipForEvidence(ctx, add.ClipID); err != nil {
			return db.OrNotFound(err, "clip")
		}
		rows, err := q.FindEvidence(ctx, add.ID)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			if err := insert(ctx, q, add); err != nil {
				return err
			}
			if rows, err = q.FindEvidence(ctx, add.ID); err != nil {
				return err
			}
		}
		stored = pieceOf(rows[0])
		if stored.ClipID != add.ClipID || stored.Kind != add.Kind || stored.Digest != add.Digest || stored.URL != add.URL {
			return fault.New(fault.Conflict, "evidence_differs", "another piece of evidence has this id: send this one with another Idempotency-Key")
		}
		return nil
	})
	return stored, err
}

func insert(ctx context.Context, q *sqlc.Queries, add evidence.Piece) error {
	have, err := q.CountEvidence(ctx, add.ClipID)
	if err != nil {
		return err
	}
	if err := evidence.CheckCount(int(have)); err != nil {
		return err
	}
	params := sqlc.InsertEvidenceParams{
		ID: add.ID, ClipID: add.ClipID, Kind: string(add.Kind), ContentType: db.Optional(string(add.ContentType)),
		Digest: db.Optional(add.Digest), Url: db.Optional(add.URL), AddedBy: add.AddedBy, AddedAt: add.AddedAt,
	}
	if add.Kind == evidence.File {
		params.SizeBytes = &add.SizeBytes
	} else {
		params.StoredAt = &add.AddedAt
	}
	return q.InsertEvidence(ctx, params)
}

// Finish records that a file is complete. It returns fault.Conflict "evidence_expired" if that took so long that the
// file may be deleted at any moment. Its caller has to delete the file then.
func (s *Store) Finish(ctx context.Context, id string, at time.Time) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		_, err := q.FinishEvidence(ctx, sqlc.FinishEvidenceParams{ID: id, StoredAt: &at, BegunAfter: at.Add(-evidence.UnfinishedFor / 2)})
		if err != nil {
			return err
		}
		rows, err := q.FindEvidence(ctx, id)
		if err == nil && (len(rows) == 0 || rows[0].StoredAt == nil) {
			return fault.New(fault.Conflict, "evidence_expired", "the first request with this key was not finished in time: send the file again with another Idempotency-Key")
		}
		return err
	})
}

// Get returns one complete piece of a clip, or fault.NotFound "evidence_not_found".
func (s *Store) Get(ctx context.Context, clipID, id string) (evidence.Piece, error) {
	rows, err := s.db.Queries.FindEvidence(ctx, id)
	if err != nil {
		return evidence.Piece{}, db.Translate(err)
	}
	if len(rows) == 0 || rows[0].ClipID != clipID || rows[0].StoredAt == nil {
		return evidence.Piece{}, notFound
	}
	return pieceOf(rows[0]), nil
}

// List returns all complete pieces of a clip, oldest first.
func (s *Store) List(ctx context.Context, clipID string) ([]evidence.Piece, error) {
	rows, err := s.db.Queries.ListEvidence(ctx, sqlc.ListEvidenceParams{ClipID: clipID, PageSize: evidence.PerClipMax})
	if err != nil {
		return nil, db.Translate(err)
	}
	pieces := make([]evidence.Piece, len(rows))
	for i, row := range rows {
		pieces[i] = pieceOf(row)
	}
	return pieces, nil
}

func pieceOf(row sqlc.Evidence) evidence.Piece {
	piece := evidence.Piece{
		ID: row.ID, ClipID: row.ClipID, Kind: evidence.Kind(row.Kind), ContentType: evidence.Type(db.Text(row.ContentType)),
		Digest: db.Text(row.Digest), URL: db.Text(row.Url), AddedBy: row.AddedBy, AddedAt: row.AddedAt, Stored: row.StoredAt != nil,
	}
	if row.SizeBytes != nil {
		piece.SizeBytes = *row.SizeBytes
	}
	return piece
}
