package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// requireAnswered says that an update was carried out. Any failure would be kept under its id.
func requireAnswered(t *testing.T, given ...*answer) {
	t.Helper()
	for _, each := range given {
		require.NoError(t, each.rejected)
		require.True(t, each.done)
		require.NoError(t, each.failed)
	}
}

// An update's id keeps its first answer, so no answer may be a temporary failure.
func TestRequestsWhileTheBooksCannotBeReached(t *testing.T) {
	t.Parallel()

	t.Run("a retried payout is tried when they can", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: faults.Refuse, Status: http.StatusBadRequest, Code: "parameter_unknown"})
		p.mishaps.putAway("RecordOperatorAction")
		h := p.begin(t)
		retried := h.ask(hour, workflows.UpdateRetry, operator())

		p.pay(h)

		requireAnswered(t, retried)
		p.requirePaidOnce(t)
	})

	t.Run("a cancelled payout returns the money", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.unverify(t)
		p.mishaps.putAway("RecordOperatorAction")
		h := p.begin(t)
		cancelled := h.ask(hour, workflows.UpdateCancel, operator())

		p.pay(h)

		requireAnswered(t, cancelled)
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("a named object is taken", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.neverAnswers(t)
		unlisted := faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever}
		p.script(t, unlisted)
		p.mishaps.putAway("RecordOperatorAction")
		h := p.begin(t)
		given := &answer{}
		h.at(30*hour, func() {
			evidence := operator()
			evidence.Evidence = p.byHand(t, p.payoutID)
			p.script(t, unlisted) // no look-up finds it, so the operator has to name it
			h.update(given, workflows.UpdateResolve, evidence)
		})

		p.pay(h)

		requireAnswered(t, given)
		p.requirePaidOnce(t)
	})

	t.Run("a run is approved, and without the creator who was excluded", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.byHand("ann")
		r.mishaps.putAway("ExcludeFromPayoutRun")
		r.mishaps.putAway("RecordOperatorAction")
		h := r.begin(t)
		excluded := h.ask(5*hour, workflows.UpdateExclude, workflows.RunExclusion{CreatorID: r.creators[0].id, Actor: "bob", Reason: "ticket 7"})
		approved := h.ask(6*hour, workflows.UpdateApprove, operator())

		result := r.run(h)

		requireAnswered(t, excluded, approved)
		require.Equal(t, 1, result.Payouts)
	})

	t.Run("a run is cancelled", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.byHand("ann")
		r.mishaps.putAway("RecordOperatorAction")
		h := r.begin(t)
		cancelled := h.ask(5*hour, workflows.UpdateCancel, operator())

		result := r.run(h)

		requireAnswered(t, cancelled)
		require.Equal(t, "cancelled", result.Status)
	})

	for _, step := range []string{"ProposeCorrection", "RecordOperatorAction", "DecideCorrection"} {
		t.Run("a correction is decided although "+step+" gets no answer", func(t *testing.T) {
			t.Parallel()
			c := setupCorrection(t)
			c.mishaps.putAway(step)
			h := c.begin(t)
			proposed := h.ask(0, workflows.UpdateProposed)
			approved := h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

			result := c.run(h)

			requireAnswered(t, proposed, approved)
			require.Equal(t, string(correction.Approved), result.Status)
			c.requirePosted(t, 1)
		})
	}

	for _, step := range []string{"ProposeAdoption", "RecordOperatorAction", "DecideAdoption"} {
		t.Run("an adoption is decided although "+step+" gets no answer", func(t *testing.T) {
			t.Parallel()
			r := setupRestored(t, 1, nil)
			r.pass(t)
			r.mishaps.putAway(step)

			h := r.begin(t)
			approved := h.ask(hour, workflows.UpdateApprove, by("approver"))

			result := completed[workflows.AdoptionResult](h, workflows.Adoption, r.input)

			requireAnswered(t, approved)
			require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 1}, result)
			r.requirePaidOnce(t)
		})
	}

	t.Run("a clip is reviewed", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(100)...)
		c.mishaps.putAway("RecordOperatorAction")
		h := c.begin(t)
		given := h.ask(hour, workflows.UpdateReview, reviewed(false))

		result := c.track(h)

		requireAnswered(t, given)
		require.Equal(t, clip.Rejected, result.Status)
	})

	t.Run("a campaign is moved and amended", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.deposit(t, 2*budgetMinor)
		b.mishaps.putAway("MoveCampaign")
		b.mishaps.putAway("AmendCampaign")
		h := b.begin(t)
		submitted := h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
		approved := h.ask(10*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
		h.ask(20*time.Minute, workflows.UpdateFund, fromBalance())
		amended := h.ask(2*hour, workflows.UpdateAmend, amends(campaign.Change{BudgetMinor: budgetMinor + 10_000}))

		b.live(h)

		requireAnswered(t, submitted, approved, amended)
		require.Equal(t, int64(budgetMinor+10_000), b.onRecord(t).FundedMinor)
	})
}

// What cannot be read at Stripe is no temporary failure either: the next try is another request.
func TestResolveWhileStripeCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]faults.Rule{
		"fails":             {Action: faults.ServerError, Count: 6},
		"refuses our key":   {Action: faults.ServerError, Status: http.StatusUnauthorized, Type: "invalid_request_error", Count: 1},
		"limits the rate":   {Action: faults.RateLimit, Count: 6},
		"answers with junk": {Action: faults.Garbage, Count: 6},
	} {
		t.Run("is refused while it "+name+", and a new request is carried out", func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			p.neverAnswers(t)
			unlisted := faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever}
			p.script(t, unlisted)
			h := p.begin(t)
			evidence, first, second := operator(), &answer{}, &answer{}
			h.at(30*hour, func() {
				evidence.Evidence = p.byHand(t, p.payoutID)
				p.script(t, unlisted)
				rule.Method, rule.Path = http.MethodGet, "/v1/transfers/*"
				p.script(t, rule)
				h.update(first, workflows.UpdateResolve, evidence)
			})
			h.at(31*hour, func() { h.update(second, workflows.UpdateResolve, evidence) })

			p.pay(h)

			require.Equal(t, "object_unreadable", fault.CodeOf(first.failed))
			require.Equal(t, fault.Conflict, fault.KindOf(first.failed))
			requireAnswered(t, second)
			p.requirePaidOnce(t)
		})
	}
}
