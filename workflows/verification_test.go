package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// session begins a verification of the brand at Stripe, as the API does.
func (w *world) session(t *testing.T) string {
	t.Helper()
	return w.sessionNumber(t, 1)
}

func (w *world) sessionNumber(t *testing.T, number int) string {
	t.Helper()
	back := "https://app.example.test/done"
	made, err := w.payments.CreateVerification(t.Context(), rail.NewVerification{
		OrganizationID: w.organizationID, ReturnURL: back, IdempotencyKey: names.VerificationKey(w.organizationID, number, back),
	})
	require.NoError(t, err)
	require.NoError(t, w.store.Campaigns.CreateSession(t.Context(), campaigns.NewSession{Session: made, Actor: "user-brand", Now: w.clock.Now()}))
	return made.ID
}

func (w *world) verification(t *testing.T) campaigns.Verification {
	t.Helper()
	read, err := w.store.Campaigns.GetVerification(t.Context(), w.organizationID)
	require.NoError(t, err)
	return read
}

// setupVerified is a campaign whose brand must be verified.
func setupVerified(t *testing.T) *brand {
	t.Helper()
	b := setupCampaign(t, nil)
	b.verifyAbove = campaign.VerifyAbove{"USD": 99_999}
	return b
}

func byCard() workflows.Fund {
	return workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"}
}

func TestFundingWithABrandThatIsNotVerified(t *testing.T) {
	t.Parallel()

	t.Run("is refused with what to do, and charges nothing", func(t *testing.T) {
		t.Parallel()
		b := setupVerified(t)
		h := b.begin(t)
		refused := b.fund(h, "pm_card_bypassPending")
		waiting := b.status(h, hour)
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(refused.failed))
		require.ErrorContains(t, refused.failed, "/verification")
		require.Equal(t, campaign.Approved, *waiting)
		require.Zero(t, b.effects("charge.succeeded"))
	})

	t.Run("is accepted up to the amount", func(t *testing.T) {
		t.Parallel()
		b := setupVerified(t)
		b.verifyAbove["USD"] = b.input.Terms.BudgetMinor
		h := b.begin(t)
		accepted := b.fund(h, "pm_card_bypassPending")
		started := b.status(h, hour)
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.NoError(t, accepted.failed)
		require.Equal(t, campaign.Live, *started)
	})

	t.Run("is accepted after a failed attempt and a good one, although no event arrived", func(t *testing.T) {
		t.Parallel()
		b := setupVerified(t)
		session := b.session(t)
		h := b.begin(t)
		first := b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.control(t, "/verifications/"+session+"/fail", `{"failure_code":"document_expired"}`) })
		failed := h.ask(hour+time.Minute, workflows.UpdateFund, byCard())
		h.at(hour+2*time.Minute, func() {
			read := b.verification(t)
			require.Equal(t, rail.VerificationRequiresInput, read.Status)
			require.Equal(t, "document_expired", read.ErrorCode)
			b.control(t, "/verifications/"+session+"/submit", `{}`)
		})
		checked := h.ask(hour+3*time.Minute, workflows.UpdateFund, byCard())
		h.at(hour+4*time.Minute, func() {
			require.Equal(t, rail.VerificationPending, b.verification(t).Status)
			b.control(t, "/verifications/"+session+"/verify", `{}`)
		})
		verified := h.ask(hour+5*time.Minute, workflows.UpdateFund, byCard())
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		for _, refused := range []*answer{first, failed, checked} {
			require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(refused.failed))
		}
		require.NoError(t, verified.failed)
		require.Equal(t, rail.Verified, b.verification(t).Status)
		require.Equal(t, 1, b.effects("charge.succeeded"))
	})

	t.Run("is refused while Stripe does not show the verification", func(t *testing.T) {
		t.Parallel()
		b := setupVerified(t)
		b.control(t, "/verifications/"+b.session(t)+"/verify", `{}`)
		b.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/identity/verification_sessions/*", Action: faults.ServerError, Status: 503, Count: 100})
		h := b.begin(t)
		refused := b.fund(h, "pm_card_bypassPending")
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(refused.failed))
	})

	t.Run("does not count the verification of another brand", func(t *testing.T) {
		t.Parallel()
		b := setupVerified(t)
		own := b.organizationID
		other, err := b.store.Campaigns.CreateOrganization(t.Context(), campaigns.NewOrganization{ID: names.PayoutRunID("other", 1), Name: "Other"})
		require.NoError(t, err)
		b.organizationID = other.ID
		b.control(t, "/verifications/"+b.session(t)+"/verify", `{}`)
		b.organizationID = own
		h := b.begin(t)
		refused := b.fund(h, "pm_card_bypassPending")
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, campaign.BrandNotVerified, fault.CodeOf(refused.failed))
	})
}

// fundedBefore is a campaign that was funded before an amount was set. It starts at the second
// hour.
func fundedBefore(t *testing.T) (*brand, *history) {
	t.Helper()
	b := setupCampaign(t, func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(2 * hour) })
	b.verifyAbove = campaign.VerifyAbove{}
	h := b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	h.at(hour, func() { b.verifyAbove["USD"] = 0 })
	return b, h
}

func TestFundedCampaignWhoseBrandIsNotVerified(t *testing.T) {
	t.Parallel()

	t.Run("says what it waits for, and starts by itself although no event arrives", func(t *testing.T) {
		t.Parallel()
		b, h := fundedBefore(t)
		waiting := b.status(h, 5*hour)
		h.at(5*hour, func() {
			require.Contains(t, h.details(), "**Needs attention: brand_not_verified**")
			b.control(t, "/verifications/"+b.session(t)+"/verify", `{}`)
		})
		started := b.status(h, 12*hour)
		h.at(12*hour, func() { require.NotContains(t, h.details(), "brand_not_verified") })
		h.ask(13*hour, workflows.UpdateTransition, asks(campaign.Complete))

		result := b.live(h)

		require.Equal(t, campaign.Funded, *waiting)
		require.Equal(t, campaign.Live, *started)
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 0)
	})

	t.Run("starts at once when the event arrives", func(t *testing.T) {
		t.Parallel()
		b, h := fundedBefore(t)
		var session string
		var delivered int
		h.at(5*hour, func() {
			session = b.session(t)
			b.control(t, "/verifications/"+session+"/verify", `{}`)
			b.receive(t, rail.Event{ID: "evt_1", Type: "identity.verification_session.verified", ObjectID: session})
			delivered = b.sweepInto(t, h)
		})
		started := b.status(h, 5*hour+time.Minute)
		h.ask(13*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, 1, delivered)
		require.Equal(t, campaign.Live, *started)
	})

	t.Run("can be cancelled, which refunds everything", func(t *testing.T) {
		t.Parallel()
		b, h := fundedBefore(t)
		h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(6*hour, func() { require.NotContains(t, h.details(), "brand_not_verified") })

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		b.requireRefunded(t, 0)
	})
}

// sweepInto delivers stored events, and passes the signals for the campaign on to its history.
func (b *brand) sweepInto(t *testing.T, h *history) int {
	t.Helper()
	defer b.clock.follow(h.Now)
	sweep := b.world.begin(t)
	sweep.onSignal = func(workflowID, signal string) {
		if workflowID == names.Campaign(b.input.CampaignID) {
			h.at(0, func() { h.SignalWorkflow(signal, nil) })
		}
	}
	return completed[int](sweep, workflows.InboxSweep, workflows.InboxInput{})
}

func TestVerificationEvents(t *testing.T) {
	t.Parallel()
	report := func(t *testing.T, w *world, session, eventType string) int {
		t.Helper()
		w.receive(t, rail.Event{ID: "evt_" + eventType, Type: "identity.verification_session." + eventType, ObjectID: session})
		return completed[int](w.begin(t), workflows.InboxSweep, workflows.InboxInput{})
	}

	t.Run("are no evidence: the session is read at Stripe", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		session := w.session(t)

		delivered := report(t, w, session, "verified")

		require.Equal(t, 1, delivered)
		require.Equal(t, rail.VerificationRequiresInput, w.verification(t).Status)
	})

	t.Run("that arrive late change nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		session := w.session(t)
		w.control(t, "/verifications/"+session+"/verify", `{}`)
		report(t, w, session, "verified")

		report(t, w, session, "requires_input")

		require.Equal(t, rail.Verified, w.verification(t).Status)
	})

	t.Run("about a session of another system are finished and read nothing", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/identity/verification_sessions/*", Action: faults.ServerError, Status: 503, Count: 100})

		require.Equal(t, 1, report(t, w, "vs_foreign", "verified"))
	})

	t.Run("stay in the inbox while Stripe does not answer", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		session := w.session(t)
		w.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/identity/verification_sessions/*", Action: faults.ServerError, Status: 503, Count: 100})

		require.Zero(t, report(t, w, session, "verified"))
		require.Equal(t, rail.VerificationRequiresInput, w.verification(t).Status)
	})

	t.Run("of a canceled session make room for another one", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		session := w.session(t)
		w.control(t, "/verifications/"+session+"/cancel", `{}`)
		report(t, w, session, "canceled")
		canceled := w.verification(t)

		second := w.sessionNumber(t, 2)

		require.Equal(t, rail.VerificationCanceled, canceled.Status)
		require.NotEqual(t, session, second)
		require.Equal(t, 2, w.verification(t).Sessions)
	})
}
