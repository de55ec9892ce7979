package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

const verifiedReturn = "https://api.example.test/done"

func (w *world) verify(t *testing.T) *client.OrganizationVerification {
	t.Helper()
	got, err := w.as(t, w.brand()).VerifyOrganizationWithResponse(t.Context(), w.organizationID, nil, client.NewVerification{ReturnUrl: verifiedReturn})
	require.NoError(t, err)
	require.Equal(t, 201, got.StatusCode(), string(got.Body))
	return got.JSON201
}

func (w *world) organization(t *testing.T) client.Organization {
	t.Helper()
	got, err := w.as(t, w.brand()).GetOrganizationWithResponse(t.Context(), w.organizationID)
	require.NoError(t, err)
	return *got.JSON200
}

func TestVerifyOrganization(t *testing.T) {
	t.Parallel()
	address := func(organizationID string) string { return path("/organizations/%s/verification", organizationID) }
	body := `{"return_url":"` + verifiedReturn + `"}`

	t.Run("leads to one session until it is over, and shows how far it is", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		require.Equal(t, "unverified", w.organization(t).Verification)

		first := w.verify(t)
		w.desk.session.Status, w.desk.session.ErrorCode = rail.VerificationRequiresInput, "document_expired"
		failed := w.verify(t)
		shown := w.organization(t)
		w.desk.session.Status, w.desk.session.ErrorCode, w.desk.session.URL = rail.VerificationPending, "", ""
		checked := w.verify(t)
		w.desk.session.Status = rail.Verified
		verified := w.verify(t)
		w.desk.session = rail.VerificationSession{} // a verified brand is not read again
		again := w.verify(t)

		require.Len(t, w.desk.asked, 1)
		require.Equal(t, w.organizationID, w.desk.asked[0].OrganizationID)
		require.Equal(t, verifiedReturn, w.desk.asked[0].ReturnURL)
		require.Equal(t, "requires_input", first.Status)
		require.Contains(t, *first.Url, "https://verify.stripe.test/vs_")
		require.Equal(t, "document_expired", *failed.ErrorCode)
		require.Equal(t, *first.Url, *failed.Url)
		require.Equal(t, "requires_input", shown.Verification)
		require.Equal(t, "document_expired", *shown.VerificationError)
		require.Equal(t, client.OrganizationVerification{Status: "pending"}, *checked)
		require.Equal(t, client.OrganizationVerification{Status: "verified"}, *verified)
		require.Equal(t, *verified, *again)
		require.Equal(t, "verified", w.organization(t).Verification)
		require.NotContains(t, w.log.String(), "verify.stripe.test")
	})

	t.Run("makes another session after a canceled one", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.verify(t)
		w.desk.session.Status = rail.VerificationCanceled

		second := w.verify(t)

		require.Len(t, w.desk.asked, 2)
		require.NotEqual(t, w.desk.asked[0].IdempotencyKey, w.desk.asked[1].IdempotencyKey)
		require.Equal(t, "requires_input", second.Status)
	})

	t.Run("is for the brand itself and admins", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.foreignBrand(), "POST", address(w.organizationID), body, nil).requireProblem(t, 404, "organization_not_found")
		w.send(t, w.finance(), "POST", address(w.organizationID), body, nil).requireProblem(t, 403, "wrong_role")
		w.send(t, w.creatorUser(), "POST", address(w.organizationID), body, nil).requireProblem(t, 403, "wrong_role")
		w.send(t, w.admin(), "POST", address(w.creatorID), body, nil).requireProblem(t, 404, "organization_not_found")

		require.Empty(t, w.desk.asked)
		require.Equal(t, 201, w.send(t, w.admin(), "POST", address(w.organizationID), body, nil).status)
	})

	t.Run("leads back to our own pages only", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.brand(), "POST", address(w.organizationID), `{"return_url":"https://evil.test/"}`, nil).requireProblem(t, 400, "host_not_allowed")
		w.send(t, w.brand(), "POST", address(w.organizationID), `{}`, nil).requireProblem(t, 400, "invalid_request")

		require.Empty(t, w.desk.asked)
	})

	t.Run("does not store the address with an Idempotency-Key", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		key := "verify-1"
		params := &client.VerifyOrganizationParams{IdempotencyKey: &key}
		ask := func() *client.OrganizationVerification {
			got, err := w.as(t, w.brand()).VerifyOrganizationWithResponse(t.Context(), w.organizationID, params, client.NewVerification{ReturnUrl: verifiedReturn})
			require.NoError(t, err)
			return got.JSON201
		}

		first := ask()
		w.desk.session.URL = "https://verify.stripe.test/another"
		second := ask()

		require.NotEqual(t, first.Url, second.Url)
	})
}

func TestFundCampaignOfABrandThatIsNotVerified(t *testing.T) {
	t.Parallel()

	t.Run("answers with a conflict that names what to do", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.draft(t)
		w.engine.failWith(fault.New(fault.Conflict, "brand_not_verified", "a campaign with this budget needs a verified brand"))

		got := w.send(t, w.brand(), "POST", path("/campaigns/%s/fund", id), `{}`, nil)

		got.requireProblem(t, 409, "brand_not_verified")
	})
}
