package workflows_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

// hide has Stripe fail whenever the transfer of one creator is read.
func (r *restored) hide(t *testing.T, i int) {
	t.Helper()
	made, err := r.payments.List(t.Context(), rail.ListRequest{Type: reconcile.Transfer, Since: start})
	require.NoError(t, err)
	for _, object := range made.Objects {
		if object.PayoutID == r.payoutID(i) {
			r.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers/" + object.ID, Action: faults.ServerError, Count: 10_000})
			return
		}
	}
	require.Fail(t, "the creator has no transfer")
}

// breakBooks has the database refuse the payout of one creator, as a defect of ours would.
func (r *restored) breakBooks(t *testing.T, i int) {
	t.Helper()
	r.disturb(t, "ALTER TABLE payouts ADD CONSTRAINT broken CHECK (id <> '"+r.payoutID(i)+"') NOT VALID")
}

func (r *restored) repairBooks(t *testing.T) {
	t.Helper()
	r.disturb(t, "ALTER TABLE payouts DROP CONSTRAINT broken")
}

// transferAll sends the transfer of each creator, and no bank payout.
func transferAll(t *testing.T) func(r *runnable) {
	return func(r *runnable) { r.transferAll(t) }
}

func (r *runnable) transferAll(t *testing.T) {
	t.Helper()
	for i := range r.creators {
		r.mishaps.terminate(activities.RecordTransferred.Name, beforeWork)
		h := r.begin(t)
		h.ExecuteWorkflow(workflows.CreatorPayout, r.payoutInput(t, i))
		h.requireTerminated()
	}
}

func (r *restored) items(t *testing.T) map[string]adoption.Item {
	t.Helper()
	listed, err := r.store.Payouts.ListAdoptionItems(t.Context(), r.input.Proposal.ID, db.Page{Size: 100})
	require.NoError(t, err)
	items := map[string]adoption.Item{}
	for _, item := range listed {
		items[item.PayoutID] = item
	}
	return items
}

// requireFailed says that one payout is set aside with its reason, and that all others are adopted.
func (r *restored) requireFailed(h *history, failed int, code string) {
	r.requireSetAside(h.t, failed, code)
	require.Equal(h.t, "adoption_incomplete", r.attentionReason())
	require.Contains(h.t, h.details(), "payout/"+r.payoutID(failed))
	require.Contains(h.t, h.details(), code)
	require.Contains(h.t, h.details(), "--name "+workflows.UpdateRetry)
	require.Contains(h.t, h.details(), "--name "+workflows.UpdateCancel)
}

func (r *restored) requireSetAside(t *testing.T, failed int, code string) {
	t.Helper()
	items := r.items(t)
	for i := range r.creators {
		item := items[r.payoutID(i)]
		if i == failed {
			require.Equal(t, adoption.Waiting, item.Outcome)
			require.Equal(t, code, item.Failure.Code)
			require.NotEmpty(t, item.Failure.Detail)
		} else {
			require.Equal(t, adoption.Adopted, item.Outcome)
			require.Empty(t, item.Failure)
		}
	}
	found := r.onRecord(t)
	require.EqualValues(t, 1, found.Failed)
	require.EqualValues(t, len(r.creators)-1, found.Adopted)
}

func TestAdoptionOfPayoutsThatFail(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name, code  string
		fails, ends func(t *testing.T, r *restored)
	}{
		{"Stripe does not show", "stripe_server_error", func(t *testing.T, r *restored) { r.hide(t, 1) }, func(_ *testing.T, r *restored) { r.sim.Faults().Remove("") }},
		{"the books do not take", "internal", func(t *testing.T, r *restored) { r.breakBooks(t, 1) }, func(t *testing.T, r *restored) { r.repairBooks(t) }},
	} {
		t.Run("sets one aside that "+tc.name+", adopts the others, and tries it again by itself", func(t *testing.T) {
			t.Parallel()
			r := setupRestored(t, 3, nil)
			r.pass(t)
			tc.fails(t, r)
			h := r.begin(t)
			h.at(24*hour, func() { r.requireFailed(h, 1, tc.code) })
			h.at(24*hour+time.Minute, func() { tc.ends(t, r) })
			h.at(26*hour, func() { require.EqualValues(t, 3, r.onRecord(t).Adopted) })

			result := r.adopt(h)

			require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 3}, result)
			require.Empty(t, r.attentionReason())
			require.Empty(t, r.items(t)[r.payoutID(1)].Failure)
			r.requirePaidOnce(t)
			require.Zero(t, r.pass(t).Open)
		})
	}

	t.Run("tries the failed one again at once when a person asks for it", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 2, nil)
		r.pass(t)
		r.breakBooks(t, 0)
		h := r.begin(t)
		early := h.ask(0, workflows.UpdateRetry, by("finance"))
		anonymous := h.ask(24*hour, workflows.UpdateRetry, workflows.Operator{})
		h.at(24*hour, func() { r.repairBooks(t) })
		asked := h.ask(24*hour+time.Second, workflows.UpdateRetry, by("finance"))
		h.at(24*hour+2*time.Second, func() { require.EqualValues(t, 2, r.onRecord(t).Adopted) })

		result := r.adopt(h)

		require.Equal(t, "not_parked", fault.CodeOf(early.rejected))
		require.Error(t, anonymous.rejected)
		require.NoError(t, asked.failed)
		require.Equal(t, adoption.Approved, asked.result)
		require.EqualValues(t, 2, result.Adopted)
		r.requirePaidOnce(t)
	})

	t.Run("continues with the next page although a whole page failed", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 12, transferAll(t))
		r.pass(t)
		r.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers/*", Action: faults.ServerError, Count: 10_000})
		h := r.begin(t)
		var after []int64
		h.at(hour+time.Minute, func() { after = append(after, r.onRecord(t).Failed) })
		h.at(hour+4*time.Minute, func() { after = append(after, r.onRecord(t).Failed) })
		h.at(hour+5*time.Minute, func() { r.sim.Faults().Remove("") })
		h.at(hour+30*time.Minute, func() { after = append(after, r.onRecord(t).Failed) })

		result := r.adopt(h)

		require.Equal(t, []int64{10, 12, 0}, after)
		require.EqualValues(t, 12, result.Adopted)
		r.requirePaidOnce(t)
	})

	t.Run("keeps its history short, and loses neither a failed payout nor the others", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 12, transferAll(t))
		r.pass(t)
		r.hide(t, 3)
		histories := 0
		for {
			h := r.begin(t)
			h.SetContinueAsNewSuggested(true)
			if histories == 0 {
				h.ask(hour, workflows.UpdateApprove, by("approver"))
			}
			if histories == 8 {
				r.requireSetAside(t, 3, "stripe_server_error")
				r.sim.Faults().Remove("")
			}
			h.ExecuteWorkflow(workflows.Adoption, r.input)
			var next *workflow.ContinueAsNewError
			if !errors.As(h.GetWorkflowError(), &next) {
				require.NoError(t, h.GetWorkflowError())
				break
			}
			carryOver(t, next, &r.input)
			histories++
			require.Less(t, histories, 30)
		}

		require.Greater(t, histories, 8)
		require.EqualValues(t, 12, r.onRecord(t).Adopted)
		r.requirePaidOnce(t)
	})
}

func TestAdoptionIsCancelled(t *testing.T) {
	t.Parallel()

	for name, cancel := range map[string]func(h *history) *answer{
		"by a person": func(h *history) *answer { return h.ask(24*hour, workflows.UpdateCancel, by("finance")) },
		"in Temporal": func(h *history) *answer { h.at(24*hour, h.CancelWorkflow); return &answer{result: adoption.Approved} },
		"in an outage": func(h *history) *answer {
			h.world.mishaps.leave(workflows.QueueReconcile)
			return h.ask(24*hour, workflows.UpdateCancel, by("finance"))
		},
		"for a new page": func(h *history) *answer {
			h.world.mishaps.lose(activities.ListOpenAdoptionItems.Name, beforeWork, 1)
			return h.ask(24*hour, workflows.UpdateCancel, by("finance"))
		},
	} {
		t.Run(name+" with what is booked on record, and another adoption takes up the rest", func(t *testing.T) {
			t.Parallel()
			r := setupRestored(t, 3, nil)
			r.pass(t)
			r.breakBooks(t, 2)
			h := r.begin(t)
			h.at(25*hour, func() { require.Positive(t, r.onRecord(t).Left, "it ends at once") })
			early := h.ask(0, workflows.UpdateCancel, by("finance"))
			cancelled := cancel(h)

			result := r.adopt(h)

			require.Equal(t, "adoption_not_approved", fault.CodeOf(early.rejected))
			require.NoError(t, cancelled.rejected)
			require.Equal(t, adoption.Approved, cancelled.result)
			found := r.onRecord(t)
			require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: found.Adopted, Left: found.Left}, result)
			require.EqualValues(t, 3, found.Adopted+found.Left)
			require.Positive(t, found.Left)
			require.Zero(t, found.Failed)
			require.Empty(t, r.attentionReason())

			r.repairBooks(t)
			r.mishaps.leave("")
			r.input.Proposal.ID = uuid.NewString()
			rest := r.adopt(r.begin(t))
			require.Equal(t, found.Left, rest.Adopted)
			r.requirePaidOnce(t)
		})
	}

	t.Run("and its history was reset, which books nothing that was left", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 2, nil)
		r.pass(t)
		r.breakBooks(t, 1)
		h := r.begin(t)
		h.ask(24*hour, workflows.UpdateCancel, by("finance"))
		r.adopt(h)
		r.repairBooks(t)

		result := completed[workflows.AdoptionResult](r.begin(t), workflows.Adoption, r.input)

		require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 1, Left: 1}, result)
		booked, err := r.store.Payouts.BookAdopted(t.Context(), adoption.Booking{AdoptionID: r.input.Proposal.ID, PayoutID: r.payoutID(1), Now: r.clock.Now()})
		require.NoError(t, err)
		require.Equal(t, adoption.Left, booked.Outcome)
	})
}
