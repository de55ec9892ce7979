package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestVerifications(t *testing.T) {
	t.Parallel()
	session := func(status string, lastError any) object {
		return object{
			"id": "vs_1", "object": "identity.verification_session", "status": status, "url": "https://verify.stripe.com/start/1",
			"last_error": lastError, "metadata": object{"organization_id": "018f-brand"}, "type": "document",
		}
	}
	request := rail.NewVerification{OrganizationID: "018f-brand", ReturnURL: "https://app.test/done", IdempotencyKey: "verification/1"}

	t.Run("ask for a document, name the organization and lead back", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, session("requires_input", nil)))

		made, err := client.CreateVerification(t.Context(), request)

		require.NoError(t, err)
		require.Equal(t, rail.VerificationSession{
			ID: "vs_1", OrganizationID: "018f-brand", Status: rail.VerificationRequiresInput, URL: "https://verify.stripe.com/start/1",
		}, made)
		require.NotContains(t, made.String(), "start")
		sent := stub.last(t)
		require.Equal(t, "/v1/identity/verification_sessions", sent.Path)
		require.Equal(t, "verification/1", sent.Header.Get("Idempotency-Key"))
		for name, want := range map[string]string{
			"type": "document", "return_url": "https://app.test/done", "metadata[organization_id]": "018f-brand",
		} {
			require.Equal(t, want, sent.Form.Get(name), name)
		}
	})

	for status, want := range map[string]rail.Verification{
		"requires_input": rail.VerificationRequiresInput, "processing": rail.VerificationPending, "verified": rail.Verified,
		"canceled": rail.VerificationCanceled, "of_the_future": rail.VerificationRequiresInput,
	} {
		t.Run("read "+status, func(t *testing.T) {
			t.Parallel()
			client, stub := setup(t, answer(200, session(status, object{"code": "document_expired", "reason": "The document of Jenny Rosen is expired."})))

			found, err := client.GetVerification(t.Context(), "vs_1")

			require.NoError(t, err)
			require.Equal(t, want, found.Status)
			require.Equal(t, want == rail.VerificationRequiresInput, found.ErrorCode == "document_expired")
			require.Equal(t, "/v1/identity/verification_sessions/vs_1", stub.last(t).Path)
		})
	}

	t.Run("send nothing that cannot be right", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, session("verified", nil)))

		_, unnamed := client.CreateVerification(t.Context(), rail.NewVerification{IdempotencyKey: "k"})
		_, unkeyed := client.CreateVerification(t.Context(), rail.NewVerification{OrganizationID: "018f-brand"})
		_, unread := client.GetVerification(t.Context(), "")

		requireFault(t, unnamed, fault.Invalid, "id_invalid")
		requireFault(t, unkeyed, fault.Invalid, "idempotency_key_required")
		requireFault(t, unread, fault.Invalid, "stripe_id_invalid")
		require.Zero(t, stub.count())
	})

	t.Run("take no other session, and none without a status, for an answer", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, session("verified", nil)))
		empty, _ := setup(t, answer(200, session("", nil)))

		_, other := client.GetVerification(t.Context(), "vs_2")
		_, blank := empty.GetVerification(t.Context(), "vs_1")

		require.Error(t, other)
		require.Error(t, blank)
	})
}
