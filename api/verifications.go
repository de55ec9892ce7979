package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// VerifyOrganization returns the page on which a brand is verified. An attempt that is not over is
// read again at the rail, so this also finds a result whose event was lost.
func (r *resources) VerifyOrganization(ctx context.Context, request openapi.VerifyOrganizationRequestObject) (openapi.VerifyOrganizationResponseObject, error) {
	id, back := request.OrganizationId, request.Body.ReturnUrl
	principal, _, err := r.permitOrganization(ctx, access.OrganizationVerify, id)
	if err != nil {
		return nil, err
	}
	if err := r.returns.check("return_url", back); err != nil {
		return nil, err
	}
	known, err := r.store.Campaigns.GetVerification(ctx, id)
	if err != nil {
		return nil, err
	}
	session := rail.VerificationSession{Status: known.Status}
	if known.SessionID != "" && known.Status != rail.Verified {
		if session, err = r.readSession(ctx, known.SessionID); err != nil {
			return nil, err
		}
	}
	if session.Status == rail.Unverified || session.Status == rail.VerificationCanceled {
		session, err = r.createSession(ctx, campaigns.NewSession{Actor: principal.UserID, Now: r.now()}, rail.NewVerification{
			OrganizationID: id, ReturnURL: back, IdempotencyKey: names.VerificationKey(id, known.Sessions+1, back),
		})
	}
	return openapi.VerifyOrganization201JSONResponse{Status: string(session.Status), ErrorCode: text(session.ErrorCode), Url: text(session.URL)}, err
}

// readSession does not wake the campaigns that wait: they read the verification themselves.
func (r *resources) readSession(ctx context.Context, sessionID string) (rail.VerificationSession, error) {
	session, err := r.onboarding.GetVerification(ctx, sessionID)
	if err != nil {
		return session, err
	}
	_, err = r.store.Campaigns.RecordVerification(ctx, session, r.now())
	return session, err
}

func (r *resources) createSession(ctx context.Context, create campaigns.NewSession, request rail.NewVerification) (rail.VerificationSession, error) {
	session, err := r.onboarding.CreateVerification(ctx, request)
	if err != nil {
		return session, err
	}
	create.Session, create.Session.OrganizationID = session, request.OrganizationID
	return session, r.store.Campaigns.CreateSession(ctx, create)
}
