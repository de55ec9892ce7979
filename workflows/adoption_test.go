package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

// restored is a world whose books were restored from a copy that was made before a payout run. Each
// creator had 50.00 available in the copy.
type restored struct {
	*compared
	creators []creator
	input    workflows.AdoptionInput
}

// setupRestored makes the copy, has happen what the copy lacks, and restores it. If nothing else
// happens, the payouts are in the bank by then.
func setupRestored(t *testing.T, creators int, happen func(r *runnable)) *restored {
	t.Helper()
	run := setupRun(t, creators)
	if happen == nil {
		happen = func(r *runnable) {
			for i := range creators {
				r.payIntoBank(t, i)
			}
		}
	}
	return &restored{
		compared: &compared{world: run.restore(t, func() { happen(run) }), settings: workflows.DefaultReconcileSettings()}, creators: run.creators,
		input: workflows.AdoptionInput{Policy: policy(), Proposal: adoption.Proposal{ID: uuid.NewString(), ProposedBy: "proposer", Reason: "restored from Sunday"}},
	}
}

// restore returns the world with the books as they are now, after something has happened.
func (w *world) restore(t *testing.T, happen func()) *world {
	t.Helper()
	w.store.DB.Close()
	backup := dbtest.CopyURL(t, w.databaseURL)
	w.store = dbtest.Open(t, w.databaseURL)
	w.posts.store = w.store

	happen()

	after := *w
	after.databaseURL, after.store = backup, dbtest.Open(t, backup)
	after.posts.store = after.store
	now := w.clock.Now()
	after.clock.follow(func() time.Time { return now })
	return &after
}

// sent counts the requests to make an object at Stripe.
func (w *world) sent(path string) int {
	sent := 0
	for _, request := range w.sim.Journal().Entries(0, faults.KindRequest) {
		if request.Method == http.MethodPost && request.Path == path {
			sent++
		}
	}
	return sent
}

// adopt has another person approve the adoption after an hour.
func (r *restored) adopt(h *history) workflows.AdoptionResult {
	h.t.Helper()
	h.ask(hour, workflows.UpdateApprove, by("approver"))
	return completed[workflows.AdoptionResult](h, workflows.Adoption, r.input)
}

func (r *restored) run(t *testing.T, period string) workflows.PayoutRunResult {
	t.Helper()
	return (&runnable{world: r.world, input: runInput(period)}).run(r.begin(t))
}

func (r *restored) payoutID(i int) string {
	return names.PayoutID(names.PayoutRunID("2026-W10", 1), r.creators[i].id, "USD")
}

// requirePaidOnce says that every payout of the lost run is paid, once, on both sides.
func (r *restored) requirePaidOnce(t *testing.T) {
	t.Helper()
	require.Equal(t, len(r.creators), r.effects("transfer.applied"), "transfers")
	require.Equal(t, len(r.creators), r.effects("payout.paid"), "payouts that reached a bank")
	for i, who := range r.creators {
		detail, err := r.store.Payouts.Get(t.Context(), r.payoutID(i))
		require.NoError(t, err)
		require.Equal(t, payout.Paid, detail.Status)
		require.Empty(t, detail.AttentionReason)
		require.Zero(t, r.balance(t, ledger.CreatorAvailable(who.id)))
		require.Zero(t, r.balance(t, ledger.CreatorConnected(who.id)))
		require.Zero(t, r.stripeAvailable(t, who.account))
	}
	r.requireBooksInOrder(t)
}

func (r *restored) onRecord(t *testing.T) adoption.Adoption {
	t.Helper()
	found, err := r.store.Payouts.GetAdoption(t.Context(), r.input.Proposal.ID)
	require.NoError(t, err)
	return found
}

func TestAdoption(t *testing.T) {
	t.Parallel()

	t.Run("brings books that were restored to the side of Stripe, and the next run pays what is new", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 2, nil)
		found := r.pass(t)
		require.EqualValues(t, 2, found.Blocking)
		for _, each := range r.open(t) {
			require.Equal(t, reconcile.MissingHere, each.Class)
		}
		plans, err := r.store.Payouts.ListAdoptable(t.Context())
		require.NoError(t, err)
		require.Len(t, plans, 2)
		require.Equal(t, []any{"2026-W10", true, int64(5000), int64(0)}, []any{plans[0].Period, plans[0].PeriodKnown, plans[0].CoveredMinor, plans[0].AdvancedMinor})

		result := r.adopt(r.begin(t))

		require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 2}, result)
		r.requirePaidOnce(t)
		require.Zero(t, r.pass(t).Open)

		campaignID, _ := r.liveCampaign(t, nil)
		r.earns(t, campaignID, r.creators[0], 6000)
		again := r.run(t, "2026-W11")
		require.Equal(t, "finished", again.Status)
		require.Equal(t, 1, again.Payouts)
		paid, err := r.store.Payouts.Get(t.Context(), names.PayoutID(names.PayoutRunID("2026-W11", 1), r.creators[0].id, "USD"))
		require.NoError(t, err)
		require.Equal(t, int64(3000), paid.AmountMinor)
		require.Equal(t, 3, r.effects("transfer.applied"))
		require.Zero(t, r.pass(t).Open)
	})

	t.Run("does not pay again when the lost run is run again", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 2, nil)
		r.pass(t)
		r.adopt(r.begin(t))

		again := r.run(t, "2026-W10")

		require.Equal(t, "finished", again.Status)
		r.requirePaidOnce(t)
	})

	t.Run("books each payout once although workers die", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 2, nil)
		r.pass(t)
		r.mishaps.lose(activities.BookAdopted.Name, afterWork, 1)
		r.mishaps.lose(activities.RecordAdopted.Name, beforeWork, 1)

		result := r.adopt(r.begin(t))

		require.EqualValues(t, 2, result.Adopted)
		r.requirePaidOnce(t)
	})

	for _, tc := range []struct {
		name     string
		activity string
		when     moment
		skip     int
	}{
		{"after the decision", activities.DecideAdoption.Name, afterWork, 0},
		{"before the first payout is booked", activities.BookAdopted.Name, beforeWork, 0},
		{"after the first of two payouts is booked", activities.BookAdopted.Name, afterWork, 0},
		{"after the second payout is booked", activities.BookAdopted.Name, afterWork, 1},
		{"before the started payouts are recorded", activities.RecordAdopted.Name, beforeWork, 0},
	} {
		t.Run("continues in another history that begins "+tc.name, func(t *testing.T) {
			t.Parallel()
			r := setupRestored(t, 2, nil)
			r.pass(t)
			r.mishaps.add(&mishap{activity: tc.activity, when: tc.when, skip: tc.skip, times: 1, ends: true})
			h := r.begin(t)
			h.ask(hour, workflows.UpdateApprove, by("approver"))
			h.ExecuteWorkflow(workflows.Adoption, r.input)
			h.requireTerminated()

			result := completed[workflows.AdoptionResult](r.begin(t), workflows.Adoption, r.input)

			require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 2}, result)
			r.requirePaidOnce(t)
			require.Zero(t, r.pass(t).Open)
		})
	}

	t.Run("waits while Stripe does not answer, and says so", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, nil)
		r.pass(t)
		r.mishaps.leave(workflows.QueueReconcile)
		h := r.begin(t)
		h.at(24*hour, func() { r.mishaps.leave("") })

		result := r.adopt(h)

		require.EqualValues(t, 1, result.Adopted)
		r.requirePaidOnce(t)
	})
}

func TestAdoptionDecisions(t *testing.T) {
	t.Parallel()

	t.Run("is refused to the proposer, and final", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, nil)
		r.pass(t)
		h := r.begin(t)
		proposed := h.ask(0, workflows.UpdateProposed)
		own := h.ask(hour, workflows.UpdateApprove, by(" Proposer"))
		rejected := h.ask(2*hour, workflows.UpdateReject, by("approver"))

		result := completed[workflows.AdoptionResult](h, workflows.Adoption, r.input)

		require.Equal(t, adoption.Proposed, proposed.result)
		require.Equal(t, "same_person", fault.CodeOf(own.rejected))
		require.Equal(t, adoption.Rejected, rejected.result)
		require.Equal(t, workflows.AdoptionResult{Status: "rejected"}, result)
		require.Equal(t, "approver", r.onRecord(t).DecidedBy)
		require.EqualValues(t, 1, r.pass(t).Blocking)
		require.Equal(t, int64(5000), r.balance(t, ledger.CreatorAvailable(r.creators[0].id)))
	})

	t.Run("is a rejection if the workflow is cancelled", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, nil)
		r.pass(t)
		h := r.begin(t)
		h.at(hour, h.CancelWorkflow)

		result := completed[workflows.AdoptionResult](h, workflows.Adoption, r.input)

		require.Equal(t, "rejected", result.Status)
	})

	t.Run("is not asked for when there is nothing to adopt", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, func(*runnable) {})
		r.pass(t)
		h := r.begin(t)
		proposed := h.ask(0, workflows.UpdateProposed)

		result := completed[workflows.AdoptionResult](h, workflows.Adoption, r.input)

		require.Equal(t, "refused", result.Status)
		require.Equal(t, "nothing_to_adopt", fault.CodeOf(proposed.failed))
	})

	t.Run("leaves out what was reversed between proposal and approval", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, func(r *runnable) {
			r.replaceBank(t, r.creators[0].account, noAccount)
			r.mishaps.terminate(activities.RecordBankPayoutFailed.Name, afterWork)
			h := r.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, r.payoutInput(t, 0))
			h.requireTerminated() // the bank has refused the money, so it waits on the account
		})
		r.pass(t)
		h := r.begin(t)
		h.at(30*time.Minute, func() {
			made, err := r.payments.List(t.Context(), rail.ListRequest{Type: reconcile.Transfer, Since: start})
			require.NoError(t, err)
			r.post(t, "/v1/transfers/"+made.Objects[0].ID+"/reversals", nil)
		})

		result := r.adopt(h)

		require.Equal(t, workflows.AdoptionResult{Status: "approved", Refused: 1}, result)
		items, err := r.store.Payouts.ListAdoptionItems(t.Context(), r.input.Proposal.ID, db.Page{Size: 10})
		require.NoError(t, err)
		require.Equal(t, adoption.Reversed, items[0].Refusal)
		require.Equal(t, int64(5000), r.balance(t, ledger.CreatorAvailable(r.creators[0].id)))
		require.Zero(t, r.pass(t).Open)
	})
}

func TestAdoptionOfUnfinishedPayouts(t *testing.T) {
	t.Parallel()

	t.Run("sends the bank payout that was not made yet", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, func(r *runnable) {
			r.mishaps.terminate(activities.RecordTransferred.Name, beforeWork)
			h := r.begin(t)
			h.ExecuteWorkflow(workflows.CreatorPayout, r.payoutInput(t, 0))
			h.requireTerminated()
		})
		require.Zero(t, r.effects("payout.paid"))
		r.pass(t)

		r.adopt(r.begin(t))

		r.requirePaidOnce(t)
		require.Zero(t, r.pass(t).Open)
	})

	t.Run("finds a bank payout that its reading did not show, and sends none", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, nil)
		r.pass(t)
		// Stripe refuses the list of the account once, so that only the transfer is known.
		r.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/payouts", Action: faults.Refuse, Status: http.StatusForbidden, Code: "account_invalid"})
		before := r.sent("/v1/payouts")

		r.adopt(r.begin(t))

		require.Equal(t, before, r.sent("/v1/payouts"))
		r.requirePaidOnce(t)
		require.Zero(t, r.pass(t).Open)
	})

	t.Run("has the creator owe what the restored books have not credited yet", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 1, func(r *runnable) {
			campaignID, _ := r.liveCampaign(t, nil)
			r.earns(t, campaignID, r.creators[0], 4000) // 20.00 that the copy lacks
			r.payIntoBank(t, 0)
		})
		r.pass(t)

		r.adopt(r.begin(t))

		require.Equal(t, int64(2000), r.balance(t, ledger.CreatorReceivable(r.creators[0].id)))
		r.requirePaidOnce(t)
		campaignID, _ := r.liveCampaign(t, nil)
		r.earns(t, campaignID, r.creators[0], 5000) // the views are read again, and some more
		require.Zero(t, r.balance(t, ledger.CreatorReceivable(r.creators[0].id)))
		require.Equal(t, int64(500), r.balance(t, ledger.CreatorAvailable(r.creators[0].id)))
		r.requireBooksInOrder(t)
	})
}

// payIntoBank pays a creator, and ends before the time in which the bank may return the money.
func (r *runnable) payIntoBank(t *testing.T, i int) {
	t.Helper()
	r.mishaps.terminate(activities.RecordBankPayoutPaid.Name, afterWork)
	h := r.begin(t)
	h.ExecuteWorkflow(workflows.CreatorPayout, r.payoutInput(t, i))
	h.requireTerminated()
}

// payoutInput is that of a creator's payout in the run, which it opens.
func (r *runnable) payoutInput(t *testing.T, i int) workflows.PayoutInput {
	t.Helper()
	runID, err := r.store.Payouts.OpenRun(t.Context(), names.PayoutRunID(r.input.Period, 1), r.input.Period, r.clock.Now())
	require.NoError(t, err)
	return workflows.PayoutInput{
		PayoutID: names.PayoutID(runID, r.creators[i].id, "USD"), RunID: runID, CreatorID: r.creators[i].id, Currency: "USD", Policy: policy(),
	}
}
