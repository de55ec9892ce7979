package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

func (b *bundle) verification() *stripe.IdentityVerificationSession {
	b.t.Helper()
	made, err := b.api.IdentityVerificationSessions.New(&stripe.IdentityVerificationSessionParams{
		Type: stripe.String("document"), ReturnURL: stripe.String("https://app.example.com/done"), Metadata: map[string]string{"organization_id": "o1"},
	})
	require.NoError(b.t, err)
	return made
}

func (b *bundle) readVerification(id string) *stripe.IdentityVerificationSession {
	b.t.Helper()
	read, err := b.api.IdentityVerificationSessions.Get(id, nil)
	require.NoError(b.t, err)
	return read
}

func TestVerificationSessions(t *testing.T) {
	t.Parallel()

	t.Run("wait for the person, are checked, fail with a code, and are verified", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		r := newReceiver(t, 0)
		b.sim.SetWebhook(r.url, webhookSecret)

		made := b.verification()
		b.control(http.MethodPost, "verifications/"+made.ID+"/submit", nil, nil)
		checked := b.readVerification(made.ID)
		b.control(http.MethodPost, "verifications/"+made.ID+"/fail", map[string]string{"failure_code": "document_expired"}, nil)
		failed := b.readVerification(made.ID)
		b.control(http.MethodPost, "verifications/"+made.ID+"/verify", nil, nil)
		verified := b.readVerification(made.ID)

		require.Equal(t, stripe.IdentityVerificationSessionStatusRequiresInput, made.Status)
		require.Equal(t, "o1", made.Metadata["organization_id"])
		require.Nil(t, made.LastError)
		require.NotEmpty(t, made.URL)
		require.NotEmpty(t, made.ClientSecret)
		require.Equal(t, stripe.IdentityVerificationSessionStatusProcessing, checked.Status)
		require.Empty(t, checked.URL)
		require.Equal(t, stripe.IdentityVerificationSessionStatusRequiresInput, failed.Status)
		require.Equal(t, stripe.IdentityVerificationSessionLastErrorCodeDocumentExpired, failed.LastError.Code)
		require.NotEqual(t, made.URL, failed.URL, "an address works once")
		require.Equal(t, stripe.IdentityVerificationSessionStatusVerified, verified.Status)
		require.Nil(t, verified.LastError)
		require.Empty(t, verified.URL)
		r.waitFor(t,
			"identity.verification_session.created", "identity.verification_session.processing", "identity.verification_session.requires_input",
			"identity.verification_session.processing", "identity.verification_session.verified")
		for _, event := range r.events {
			require.Nil(t, event.Data.Object["url"], "an event has no address")
			require.Nil(t, event.Data.Object["client_secret"])
		}
	})

	t.Run("are verified by the page that they lead to, which leads back", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		made := b.verification()
		browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

		opened, err := browser.Get(made.URL)
		require.NoError(t, err)
		require.NoError(t, opened.Body.Close())
		again, err := browser.Get(made.URL)
		require.NoError(t, err)
		require.NoError(t, again.Body.Close())

		require.Equal(t, http.StatusSeeOther, opened.StatusCode)
		require.Equal(t, "https://app.example.com/done", opened.Header.Get("Location"))
		require.Equal(t, http.StatusNotFound, again.StatusCode)
		require.Equal(t, stripe.IdentityVerificationSessionStatusVerified, b.readVerification(made.ID).Status)
	})

	t.Run("are cancelled only while they wait for the person", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		open, done := b.verification(), b.verification()
		b.control(http.MethodPost, "verifications/"+done.ID+"/verify", nil, nil)

		cancelled, err := b.api.IdentityVerificationSessions.Cancel(open.ID, nil)
		require.NoError(t, err)
		_, late := b.api.IdentityVerificationSessions.Cancel(done.ID, nil)

		require.Equal(t, stripe.IdentityVerificationSessionStatusCanceled, cancelled.Status)
		require.Contains(t, requireRefusal(t, late, 400, "").Msg, "status of verified")
	})

	t.Run("are refused without a known type, and not found under another id", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, untyped := b.api.IdentityVerificationSessions.New(&stripe.IdentityVerificationSessionParams{})
		_, unknown := b.api.IdentityVerificationSessions.Get("vs_none", nil)

		require.Equal(t, "type", requireRefusal(t, untyped, 400, stripe.ErrorCodeParameterMissing).Param)
		requireRefusal(t, unknown, 404, stripe.ErrorCodeResourceMissing)
	})
}
