package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/rail"
)

// Verification is how far a brand is verified. SessionID is its verified session, or else its
// last one, and empty without one.
type Verification struct {
	Status    rail.Verification
	SessionID string
	ErrorCode string
	// Sessions counts the sessions that were ever made.
	Sessions int
}

// NewSession is a session that a person has requested for a brand.
type NewSession struct {
	Session rail.VerificationSession
	Actor   string
	Now     time.Time
}

// GetVerification returns the verification of an organization. It is rail.Unverified without a
// session, also for an organization that does not exist.
func (s *Store) GetVerification(ctx context.Context, organizationID string) (Verification, error) {
	rows, err := s.db.Queries.FindVerification(ctx, organizationID)
	if err != nil || len(rows) == 0 {
		return Verification{Status: rail.Unverified}, db.Translate(err)
	}
	row := rows[0]
	return Verification{Status: rail.Verification(row.Status), SessionID: row.SessionID, ErrorCode: row.ErrorCode, Sessions: int(row.Sessions)}, nil
}

// CreateSession stores a session once. It returns fault.NotFound "organization_not_found".
func (s *Store) CreateSession(ctx context.Context, create NewSession) error {
	return db.Translate(s.db.Queries.InsertVerification(ctx, sqlc.InsertVerificationParams{
		SessionID: create.Session.ID, OrganizationID: create.Session.OrganizationID, Status: string(create.Session.Status),
		ErrorCode: create.Session.ErrorCode, RequestedBy: create.Actor, RequestedAt: create.Now,
	}))
}

// HasSession reports whether a session is one of ours. Other systems may use the same Stripe
// account.
func (s *Store) HasSession(ctx context.Context, sessionID string) (bool, error) {
	has, err := s.db.Queries.HasVerification(ctx, sessionID)
	return has, db.Translate(err)
}

// fundedCampaignsMax bounds the campaigns that are notified. Those beyond it read the verification
// themselves.
const fundedCampaignsMax = 200

// RecordVerification stores what the rail shows of a session, and returns the campaigns that may
// wait for it. A session that is not ours changes nothing. A verified brand stays verified.
func (s *Store) RecordVerification(ctx context.Context, session rail.VerificationSession, now time.Time) (waiting []string, err error) {
	updated, err := s.db.Queries.UpdateVerification(ctx, sqlc.UpdateVerificationParams{
		SessionID: session.ID, Status: string(session.Status), ErrorCode: session.ErrorCode, ChangedAt: now,
	})
	if err != nil || len(updated) == 0 || updated[0].Status != string(rail.Verified) {
		return nil, db.Translate(err)
	}
	waiting, err = s.db.Queries.ListFundedCampaigns(ctx, sqlc.ListFundedCampaignsParams{
		OrganizationID: updated[0].OrganizationID, PageSize: fundedCampaignsMax,
	})
	return waiting, db.Translate(err)
}
