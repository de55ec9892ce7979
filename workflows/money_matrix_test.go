package workflows_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// TestRefundMovesOnce is TestMoneyMovesOnce for the refund of a campaign's budget.
func TestRefundMovesOnce(t *testing.T) {
	t.Parallel()
	for i, misfire := range misfires {
		for j, kill := range kills {
			if leftOut(i, j) {
				continue
			}
			t.Run("although CreateRefund "+misfire.name+kill.name, func(t *testing.T) {
				t.Parallel()
				b := setupCampaign(t, nil)
				rule := misfire.rule
				rule.Method, rule.Path = http.MethodPost, "/v1/refunds"
				b.script(t, rule)
				var hide sync.Once // refunds are listed before one is sent, so they are hidden only then
				b.kill(kill.rule, activities.CreateRefund.Name)
				begin := func() *history {
					h := b.begin(t)
					b.fund(h, "pm_card_bypassPending")
					h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
					if misfire.late {
						h.during(activities.CreateRefund.Name, func() {
							hide.Do(func() {
								b.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Count: 700})
							})
						})
					}
					return h
				}

				result := survive[workflows.CampaignResult](begin, workflows.CampaignLifecycle, b.input)

				require.Equal(t, campaign.Cancelled, result.Status)
				require.Equal(t, 1, b.effects("charge.succeeded"))
				require.Equal(t, 1, b.effects("refund.applied"))
				b.requireRefunded(t, 0)
			})
		}
	}
}

// kill has a process die at the next use of an activity; a nil rule kills none.
func (w *world) kill(rule *mishap, activity string) {
	if rule != nil {
		mishap := *rule
		mishap.activity = activity
		w.mishaps.add(&mishap)
	}
}

// misreads are what can happen to the requests by which an adoption reads Stripe. It sends none.
var misreads = []struct {
	name string
	rule faults.Rule
}{
	{"is lost", faults.Rule{Action: faults.ResetBefore}},
	{"fails for a while", faults.Rule{Action: faults.ServerError, Count: 40}},
	{"answers with garbage", faults.Rule{Action: faults.Garbage, Count: 3}},
	{"is limited", faults.Rule{Action: faults.RateLimit, Count: 5}},
}

func TestAdoptionBooksOnce(t *testing.T) {
	t.Parallel()
	for what, path := range map[string]string{"transfer": "/v1/transfers/*", "account": "/v1/payouts"} {
		for j, misread := range misreads {
			for i, kill := range kills {
				if leftOut(i, j) {
					continue
				}
				t.Run("although the read of the "+what+" "+misread.name+kill.name, func(t *testing.T) {
					t.Parallel()
					r := setupRestored(t, 1, func(r *runnable) { r.transferAll(t) })
					r.pass(t)
					rule := misread.rule
					rule.Method, rule.Path = http.MethodGet, path
					r.script(t, rule)
					// A kill hits the booking with one read, and the record of it with the other one.
					r.kill(kill.rule, []string{activities.BookAdopted.Name, activities.RecordAdopted.Name}[(i+len(what))%2])
					begin := func() *history {
						h := r.begin(t)
						h.ask(hour, workflows.UpdateApprove, by("approver"))
						return h
					}

					result := survive[workflows.AdoptionResult](begin, workflows.Adoption, r.input)

					require.Equal(t, workflows.AdoptionResult{Status: "approved", Adopted: 1}, result)
					require.Equal(t, 1, r.sent("/v1/transfers"))
					require.Equal(t, 1, r.sent("/v1/payouts"))
					r.requirePaidOnce(t)
				})
			}
		}
	}
}

// settlements are what two people can settle outside while a workflow of the money is gone. The
// late event is a webhook about the settled object.
var settlements = map[string]func(t *testing.T) (w *world, input workflows.CorrectionInput, late func() rail.Event, requireOnce func()){
	"a payout at the bank": func(t *testing.T) (*world, workflows.CorrectionInput, func() rail.Event, func()) {
		p := setupPayout(t, goodBank)
		p.mishaps.terminate(activities.RecordBankPayoutAccepted.Name, afterWork)
		h := p.begin(t)
		h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
		h.requireTerminated()
		bankPayoutID := p.onRecord(t).BankPayoutID
		p.control(t, "/payouts/"+bankPayoutID+"/hold", `{}`)
		proposal := correction.Proposal{
			Kind: correction.SettlePayout, Currency: "USD", PayoutID: p.payoutID, How: correction.PaidToCreator, ProposedBy: "proposer",
			Reason: "the bank does not answer", Evidence: "the creator has confirmed it", Reference: "by phone",
		}
		late := func() rail.Event {
			p.control(t, "/payouts/"+bankPayoutID+"/pay", `{}`)
			return rail.Event{ID: "evt_late", Type: "payout.paid", ObjectID: bankPayoutID, Account: p.creator.account, PayoutID: p.payoutID}
		}
		return p.world, workflows.CorrectionInput{Proposal: proposal}, late, func() {
			require.Equal(t, payout.Settled, p.onRecord(t).Status)
			require.Equal(t, 1, p.effects("transfer.applied"))
			require.Equal(t, 1, p.effects("payout.applied"))
			p.requireAt(t, 0, 0, 0)
		}
	},
	"a refund that Stripe refuses": func(t *testing.T) (*world, workflows.CorrectionInput, func() rail.Event, func()) {
		b := setupCampaign(t, nil)
		b.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.Refuse, Code: "charge_expired_for_capture", Count: faults.Forever})
		b.mishaps.terminate(activities.CreateRefund.Name, afterWork)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		h.requireTerminated()
		late := func() rail.Event {
			b.sim.Faults().Remove("")
			return rail.Event{ID: "evt_late", Type: "refund.failed", ObjectID: "re_1", CampaignID: b.input.CampaignID}
		}
		return b.world, b.outsideRefund().input, late, func() {
			require.Zero(t, b.effects("refund.applied"))
			require.Equal(t, b.input.Terms.BudgetMinor, b.onRecord(t).RefundedMinor)
			require.Equal(t, b.input.Terms.BudgetMinor, b.balance(t, ledger.PlatformCapital))
			require.Zero(t, b.escrow(t))
			b.requireBooksInOrder(t)
		}
	},
}

func TestSettledOutsideOnce(t *testing.T) {
	t.Parallel()
	for what, prepare := range settlements {
		for clause, rule := range misfortunesAt(step{"ProposeCorrection", 1}, step{"RecordOperatorAction", 1}, step{"DecideCorrection", 1}) {
			t.Run(what+" although "+clause+", it is decided again, and a late webhook comes", func(t *testing.T) {
				t.Parallel()
				w, input, late, requireOnce := prepare(t)
				input.Proposal.ID = uuid.NewString()
				w.befall(t, rule)
				begin := func() *history {
					h := w.begin(t)
					for again := range 3 {
						h.ask(time.Duration(again+1)*hour, workflows.UpdateApprove, by("approver"))
					}
					return h
				}

				survive[workflows.CorrectionResult](begin, workflows.Correction, input)
				w.deliverLate(t, late(), input)

				requireOnce()
			})
		}

		t.Run(what+" although it is proposed twice and both are approved", func(t *testing.T) {
			t.Parallel()
			w, input, late, requireOnce := prepare(t)
			first, second := input, input
			first.Proposal.ID, second.Proposal.ID = uuid.NewString(), uuid.NewString()
			other := second.Proposal
			other.Now = w.clock.Now()
			_, err := w.store.Corrections.Propose(t.Context(), other)
			require.NoError(t, err)

			h := w.begin(t)
			h.ask(hour, workflows.UpdateApprove, by("approver"))
			booked := completed[workflows.CorrectionResult](h, workflows.Correction, first)
			h = w.begin(t)
			again := h.ask(hour, workflows.UpdateApprove, by("approver"))
			h.ask(2*hour, workflows.UpdateReject, by("approver"))
			rejected := completed[workflows.CorrectionResult](h, workflows.Correction, second)
			w.deliverLate(t, late(), input)

			require.Equal(t, "approved", booked.Status)
			require.True(t, fault.Is(again.failed, fault.Conflict), "%v", again.failed)
			require.Equal(t, "rejected", rejected.Status)
			requireOnce()
		})
	}
}

// deliverLate has the inbox deliver an event although no workflow is running.
func (w *world) deliverLate(t *testing.T, event rail.Event, input workflows.CorrectionInput) {
	t.Helper()
	w.receive(t, event)
	h := w.begin(t)
	h.gone[names.Payout(input.Proposal.PayoutID)], h.gone[names.Campaign(input.Proposal.CampaignID)] = true, true

	completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy(), Campaign: input.Campaign})

	require.Empty(t, w.pending(t))
}
