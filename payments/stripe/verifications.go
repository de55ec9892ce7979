package stripe

import (
	"context"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// CreateVerification creates a session of Stripe Identity, in which a person shows a document. Its
// metadata names the organization. The same key again returns the same session.
func (c *Client) CreateVerification(ctx context.Context, request rail.NewVerification) (rail.VerificationSession, error) {
	if err := firstOf(checkOwnID("organization_id", request.OrganizationID), checkKey(request.IdempotencyKey)); err != nil {
		return rail.VerificationSession{}, err
	}
	made, err := perform(ctx, writing("verification"), func(ctx context.Context) (*stripe.IdentityVerificationSession, error) {
		asked := &stripe.IdentityVerificationSessionParams{
			Params: params(ctx, request.IdempotencyKey), Type: stripe.String(string(stripe.IdentityVerificationSessionTypeDocument)),
			ReturnURL: &request.ReturnURL,
		}
		asked.AddMetadata(metadataOrganizationID, request.OrganizationID)
		return c.api.IdentityVerificationSessions.New(asked)
	}, func(s *stripe.IdentityVerificationSession) bool { return s.ID != "" && s.Status != "" })
	if err != nil {
		return rail.VerificationSession{}, err
	}
	return verification(made), nil
}

// GetVerification returns a session by Stripe's id, or NotFound "resource_missing".
func (c *Client) GetVerification(ctx context.Context, id string) (rail.VerificationSession, error) {
	if err := checkStripeID("id", id); err != nil {
		return rail.VerificationSession{}, err
	}
	found, err := perform(ctx, reading("verification"), func(ctx context.Context) (*stripe.IdentityVerificationSession, error) {
		return c.api.IdentityVerificationSessions.Get(id, &stripe.IdentityVerificationSessionParams{Params: params(ctx, "")})
	}, func(s *stripe.IdentityVerificationSession) bool { return s.ID == id && s.Status != "" })
	if err != nil {
		return rail.VerificationSession{}, err
	}
	return verification(found), nil
}

func verification(found *stripe.IdentityVerificationSession) rail.VerificationSession {
	session := rail.VerificationSession{
		ID: found.ID, OrganizationID: found.Metadata[metadataOrganizationID], Status: verificationStatus(found.Status), URL: found.URL,
	}
	if found.LastError != nil && session.Status == rail.VerificationRequiresInput {
		session.ErrorCode = safeCode(string(found.LastError.Code))
	}
	return session
}

// verificationStatus translates Stripe's word. An unknown one verifies no brand.
func verificationStatus(status stripe.IdentityVerificationSessionStatus) rail.Verification {
	switch status {
	case stripe.IdentityVerificationSessionStatusVerified:
		return rail.Verified
	case stripe.IdentityVerificationSessionStatusProcessing:
		return rail.VerificationPending
	case stripe.IdentityVerificationSessionStatusCanceled:
		return rail.VerificationCanceled
	}
	return rail.VerificationRequiresInput
}
