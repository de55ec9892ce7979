package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func organizationOf(t *testing.T, w *world.World) string {
	t.Helper()
	read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
	require.NoError(t, err)
	return read.OrganizationID
}

// execute changes the database as its owner.
func execute(t *testing.T, w *world.World, statement string, args ...any) {
	t.Helper()
	_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

func begin(t *testing.T, w *world.World, id string, at time.Time) rail.VerificationSession {
	t.Helper()
	session := rail.VerificationSession{ID: id, OrganizationID: organizationOf(t, w), Status: rail.VerificationRequiresInput}
	require.NoError(t, w.Campaigns.CreateSession(t.Context(), campaigns.NewSession{Session: session, Actor: "eve", Now: at}))
	return session
}

func TestVerification(t *testing.T) {
	t.Parallel()

	t.Run("is that of the last session, or of the verified one", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		organizationID := organizationOf(t, w)
		none, err := w.Campaigns.GetVerification(t.Context(), organizationID)
		require.NoError(t, err)
		first := begin(t, w, "vs_1", world.Now)
		begin(t, w, "vs_1", world.Now.Add(time.Hour)) // a repeated request
		begin(t, w, "vs_2", world.Now.Add(2*time.Hour))
		last, err := w.Campaigns.GetVerification(t.Context(), organizationID)
		require.NoError(t, err)
		first.Status = rail.Verified
		_, err = w.Campaigns.RecordVerification(t.Context(), first, world.Now)
		require.NoError(t, err)
		first.Status, first.ErrorCode = rail.VerificationRequiresInput, "document_expired"
		_, err = w.Campaigns.RecordVerification(t.Context(), first, world.Now)
		require.NoError(t, err)

		verified, err := w.Campaigns.GetVerification(t.Context(), organizationID)

		require.NoError(t, err)
		require.Equal(t, campaigns.Verification{Status: rail.Unverified}, none)
		require.Equal(t, campaigns.Verification{Status: rail.VerificationRequiresInput, SessionID: "vs_2", Sessions: 2}, last)
		require.Equal(t, campaigns.Verification{Status: rail.Verified, SessionID: "vs_1", Sessions: 2}, verified)
		organization, err := w.Campaigns.GetOrganization(t.Context(), organizationID)
		require.NoError(t, err)
		require.Equal(t, rail.Verified, organization.Verification)
		require.Empty(t, organization.VerificationError)
	})

	t.Run("of an unknown session or organization changes nothing", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		foreign := rail.VerificationSession{ID: "vs_9", OrganizationID: uuid.NewString(), Status: rail.Verified}

		waiting, err := w.Campaigns.RecordVerification(t.Context(), foreign, world.Now)
		require.NoError(t, err)
		refused := w.Campaigns.CreateSession(t.Context(), campaigns.NewSession{Session: foreign, Actor: "eve", Now: world.Now})
		has, err := w.Campaigns.HasSession(t.Context(), "vs_9")

		require.NoError(t, err)
		require.False(t, has)
		require.Empty(t, waiting)
		require.Equal(t, "organization_not_found", fault.CodeOf(refused))
	})

	t.Run("names the funded campaigns that may wait for it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil) // its own campaign is live
		funded := uuid.NewString()
		require.NoError(t, w.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: funded, OrganizationID: organizationOf(t, w), Name: "Next", Terms: w.Terms}))
		execute(t, w, "UPDATE campaigns SET status = 'funded' WHERE id = $1", funded)
		session := begin(t, w, "vs_1", world.Now)

		pending, err := w.Campaigns.RecordVerification(t.Context(), session, world.Now)
		require.NoError(t, err)
		session.Status = rail.Verified
		verified, err := w.Campaigns.RecordVerification(t.Context(), session, world.Now)

		require.NoError(t, err)
		require.Empty(t, pending)
		require.Equal(t, []string{funded}, verified)
	})

	t.Run("holds a campaign above the amount back from going live", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		id := uuid.NewString()
		require.NoError(t, w.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: id, OrganizationID: organizationOf(t, w), Name: "Next", Terms: w.Terms}))
		execute(t, w, "UPDATE campaigns SET status = 'funded' WHERE id = $1", id)
		execute(t, w, "UPDATE campaign_budgets SET funded_minor = (SELECT budget_minor FROM campaigns WHERE id = $1) WHERE campaign_id = $1", id)
		move := campaign.Move{
			CampaignID: id, Command: campaign.GoLive, StartsAt: world.Now.Add(-time.Hour), Now: world.Now,
			VerifyAbove: campaign.VerifyAbove{w.Terms.Currency: w.Terms.BudgetMinor - 1},
		}

		_, refused := w.Campaigns.Move(t.Context(), move)
		session := begin(t, w, "vs_1", world.Now)
		session.Status = rail.Verified
		_, err := w.Campaigns.RecordVerification(t.Context(), session, world.Now)
		require.NoError(t, err)
		status, err := w.Campaigns.Move(t.Context(), move)

		require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(refused))
		require.NoError(t, err)
		require.Equal(t, campaign.Live, status)
	})
}
