package edge

import (
	"bytes"
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
)

// IdempotentRequest is a request that an actor sends with an Idempotency-Key.
type IdempotentRequest struct {
	Actor string
	Key   string
	// Hash covers everything that makes two requests differ.
	Hash []byte
	// At is when the work began, to the microsecond. It distinguishes this try from one that
	// takes over after this process has died.
	At time.Time
	// Lease is how long a try may work. After that, the same request takes over.
	Lease time.Duration
}

// Answer is the stored response to a request.
type Answer struct {
	Status      int
	ContentType string
	// Body is nil if the body may not be stored; the work is done again then.
	Body []byte
}

// BeginIdempotent claims a key. If it returns nil, the caller must do the work and then call
// FinishIdempotent or AbandonIdempotent. If it returns an Answer, the caller repeats that.
// It returns fault.Conflict "idempotency_key_reused" for another request under the key, and
// "idempotency_key_in_use" while the first request is in progress.
func (s *Store) BeginIdempotent(ctx context.Context, request IdempotentRequest) (*Answer, error) {
	var answer *Answer
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		claimed, err := claimKey(ctx, q, request)
		if err != nil || claimed {
			return err
		}
		record, err := q.ReadIdempotencyRecord(ctx, sqlc.ReadIdempotencyRecordParams{Actor: request.Actor, Key: request.Key})
		if err != nil {
			return keyInUse(err)
		}
		if !bytes.Equal(record.RequestHash, request.Hash) {
			return fault.New(fault.Conflict, "idempotency_key_reused", "this Idempotency-Key was used for another request: choose a new key")
		}
		if record.Status != nil && record.Body != nil {
			answer = &Answer{Status: int(*record.Status), ContentType: db.Text(record.ContentType), Body: record.Body}
			return nil
		}
		if record.Status == nil && request.At.Sub(record.CreatedAt) < request.Lease {
			return keyInUse(nil)
		}
		return takeOver(ctx, q, request, record.CreatedAt)
	})
	return answer, err
}

func claimKey(ctx context.Context, q *sqlc.Queries, request IdempotentRequest) (bool, error) {
	inserted, err := q.InsertIdempotencyRecord(ctx, sqlc.InsertIdempotencyRecordParams{
		Actor: request.Actor, Key: request.Key, RequestHash: request.Hash, Now: request.At,
	})
	return inserted == 1, err
}

// takeOver replaces a record whose process died or whose answer was not stored.
func takeOver(ctx context.Context, q *sqlc.Queries, request IdempotentRequest, createdAt time.Time) error {
	deleted, err := q.DeleteIdempotencyRecord(ctx, sqlc.DeleteIdempotencyRecordParams{Actor: request.Actor, Key: request.Key, CreatedAt: createdAt})
	if err != nil {
		return err
	}
	if deleted == 0 {
		return keyInUse(nil)
	}
	claimed, err := claimKey(ctx, q, request)
	if err == nil && !claimed {
		return keyInUse(nil)
	}
	return err
}

func keyInUse(cause error) error {
	return fault.New(fault.Conflict, "idempotency_key_in_use", "a request with this Idempotency-Key is in progress: wait for its answer, then send the request again").Because(cause)
}

// FinishIdempotent stores the answer to a claimed request. It does nothing if another try has
// taken over.
func (s *Store) FinishIdempotent(ctx context.Context, request IdempotentRequest, answer Answer) error {
	status := int32(answer.Status)
	return db.Translate(s.db.Queries.AnswerIdempotencyRecord(ctx, sqlc.AnswerIdempotencyRecordParams{
		Status: &status, ContentType: &answer.ContentType, Body: answer.Body,
		Actor: request.Actor, Key: request.Key, CreatedAt: request.At,
	}))
}

// AbandonIdempotent releases the key of a claimed request that failed without an answer.
func (s *Store) AbandonIdempotent(ctx context.Context, request IdempotentRequest) error {
	_, err := s.db.Queries.DeleteIdempotencyRecord(ctx, sqlc.DeleteIdempotencyRecordParams{
		Actor: request.Actor, Key: request.Key, CreatedAt: request.At,
	})
	return db.Translate(err)
}

// ForgetIdempotent deletes the records that were created before a time, and returns how many.
func (s *Store) ForgetIdempotent(ctx context.Context, before time.Time) (int64, error) {
	deleted, err := s.db.Queries.DeleteIdempotencyRecordsBefore(ctx, before)
	return deleted, db.Translate(err)
}
