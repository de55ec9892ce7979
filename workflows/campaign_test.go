package workflows_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// brand is a world with a campaign that nobody has created yet.
type brand struct {
	*world
	input workflows.CampaignInput
	// open is a clip that finishes as soon as it is told of the final sweep.
	open string
}

func setupCampaign(t *testing.T, change func(*campaign.Terms)) *brand {
	t.Helper()
	agreed := terms()
	if change != nil {
		change(&agreed)
	}
	w := setup(t)
	return &brand{world: w, input: workflows.CampaignInput{
		CampaignID: uuid.NewString(), OrganizationID: w.organizationID, Name: "Spring", Terms: agreed,
		Settings: workflows.CampaignSettings{CheckInterval: duration.Text(15 * time.Minute), PayoutMinimumMinor: 1000},
	}}
}

func (b *brand) live(h *history) workflows.CampaignResult {
	h.t.Helper()
	return completed[workflows.CampaignResult](h, workflows.CampaignLifecycle, b.input)
}

func (b *brand) begin(t *testing.T) *history {
	t.Helper()
	h := b.world.begin(t)
	h.onSignal = func(workflowID, signal string) {
		if b.open != "" && workflowID == names.Clip(b.open) && signal == workflows.SignalFinalSweep {
			b.finish(t)
		}
	}
	return h
}

func asks(command campaign.Command) workflows.Transition {
	return workflows.Transition{Command: command, Actor: uuid.NewString(), Reason: "asked for by the test"}
}

// fund takes the campaign from draft to funded within three minutes.
func (b *brand) fund(h *history, paymentMethod string) *answer {
	h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
	h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
	return h.ask(3*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: paymentMethod, Actor: "brand"})
}

func (b *brand) status(h *history, d time.Duration) *campaign.Status {
	var seen campaign.Status
	h.at(d, func() { seen = b.onRecord(h.t).Status })
	return &seen
}

func (b *brand) onRecord(t *testing.T) campaigns.Campaign {
	t.Helper()
	found, err := b.store.Campaigns.Get(t.Context(), b.input.CampaignID)
	require.NoError(t, err)
	return found
}

// submit puts a clip with some views into the campaign.
func (b *brand) submit(t *testing.T, who creator, count int64) {
	t.Helper()
	ctx := t.Context()
	b.open = uuid.NewString()
	_, err := b.store.Clips.Create(ctx, clip.NewClip{ID: b.open, CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: newPost(), URL: "https://example.test"})
	require.NoError(t, err)
	require.NoError(t, b.store.Clips.Move(ctx, b.open, clip.Tracking, ""))
	attempt := uuid.NewString()
	require.NoError(t, b.store.Clips.RecordAttempt(ctx, views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: start}))
	_, err = b.store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: b.input.CampaignID, ClipID: b.open, Poll: 1, Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Views: count, ObservedAt: b.clock.Now()}, Now: b.clock.Now(),
	})
	require.NoError(t, err)
}

func (b *brand) finish(t *testing.T) {
	t.Helper()
	require.NoError(t, b.store.Clips.Move(t.Context(), b.open, clip.Finished, ""))
}

// reserve releases what is due and takes it into a payout; settle books that it is paid.
func (b *brand) reserve(t *testing.T, who creator) string {
	t.Helper()
	ctx, id, now := t.Context(), uuid.NewString(), b.clock.Now()
	_, err := b.store.Earnings.ReleaseHolds(ctx, now, 100)
	require.NoError(t, err)
	runID, err := b.store.Payouts.OpenRun(ctx, uuid.NewString(), dbtest.Week(), now)
	require.NoError(t, err)
	_, err = b.store.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", MinimumMinor: 1000, Now: now})
	require.NoError(t, err)
	return id
}

func (b *brand) settle(t *testing.T, payoutID string) {
	t.Helper()
	ctx, now := t.Context(), b.clock.Now()
	_, err := b.store.Payouts.RecordIntent(ctx, payoutID, payout.Transfer, now)
	require.NoError(t, err)
	require.NoError(t, b.store.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: payoutID, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_" + payoutID, Now: now}))
	_, err = b.store.Payouts.RecordIntent(ctx, payoutID, payout.BankPayout, now)
	require.NoError(t, err)
	bank := payout.Outcome{PayoutID: payoutID, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_" + payoutID, Now: now}
	require.NoError(t, b.store.Payouts.RecordBankPayoutAccepted(ctx, bank))
	require.NoError(t, b.store.Payouts.RecordBankPayoutPaid(ctx, bank))
}

// requireRefunded says that the brand has everything back but what was spent, once.
func (b *brand) requireRefunded(t *testing.T, spentMinor int64) {
	t.Helper()
	found := b.onRecord(t)
	require.Equal(t, spentMinor, found.SpentMinor)
	require.Equal(t, found.FundedMinor-spentMinor, found.RefundedMinor)
	require.Equal(t, spentMinor, b.stripeAvailable(t, ""))
	require.Zero(t, b.balance(t, ledger.CampaignEscrow(b.input.CampaignID)))
	require.LessOrEqual(t, b.effects("refund.applied"), 1)
	b.requireBooksInOrder(t)
}

func TestCampaignLifecycle(t *testing.T) {
	t.Parallel()

	t.Run("goes from draft to closed", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		created := h.ask(0, workflows.UpdateCreated)
		draft := b.status(h, 30*time.Second)
		funding := b.fund(h, "pm_card_bypassPending")
		live := b.status(h, 10*time.Minute)
		h.at(hour, func() { b.submit(t, who, 10_000) })
		completedAt := b.status(h, 14*days+20*time.Minute)
		payoutID := ""
		h.at(15*days, func() { payoutID = b.reserve(t, who) })
		paidOut := b.status(h, 15*days+hour)
		h.at(16*days, func() { b.settle(t, payoutID) })

		result := b.live(h)

		require.True(t, created.done)
		require.NoError(t, created.failed)
		require.Equal(t, campaign.Draft, *draft)
		require.NoError(t, funding.failed)
		require.Equal(t, campaign.Live, *live)
		require.Equal(t, campaign.Completed, *completedAt)
		require.Equal(t, campaign.PaidOut, *paidOut)
		require.Equal(t, workflows.CampaignResult{Status: campaign.Closed, SpentMinor: 5000, RefundedMinor: 95_000}, result)
		b.requireRefunded(t, 5000)
	})

	t.Run("refuses illegal jumps before they are recorded", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		refused := map[string]*answer{
			"illegal_transition": h.ask(10*time.Second, workflows.UpdateTransition, asks(campaign.Approve)),
			"not_fundable":       h.ask(10*time.Second, workflows.UpdateFund, workflows.Fund{Actor: "brand"}),
			"unknown_command":    h.ask(10*time.Second, workflows.UpdateTransition, asks(campaign.GoLive)),
			"actor_missing":      h.ask(10*time.Second, workflows.UpdateTransition, workflows.Transition{Command: campaign.Submit}),
		}
		b.fund(h, "pm_card_bypassPending")
		again := h.ask(hour, workflows.UpdateTransition, asks(campaign.Submit))
		resume := h.ask(hour, workflows.UpdateTransition, asks(campaign.Resume))
		fundTwice := h.ask(hour, workflows.UpdateFund, workflows.Fund{Actor: "brand"})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		for code, given := range refused {
			require.Equal(t, code, fault.CodeOf(given.rejected))
			require.False(t, given.accepted)
		}
		require.Equal(t, "illegal_transition", fault.CodeOf(again.rejected))
		require.Equal(t, "illegal_transition", fault.CodeOf(resume.rejected))
		require.Equal(t, "not_fundable", fault.CodeOf(fundTwice.rejected))
		b.requireRefunded(t, 0)
	})

	t.Run("is refused when the organization does not exist", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.OrganizationID = uuid.NewString()
		h := b.begin(t)
		created := h.ask(0, workflows.UpdateCreated)

		b.live(h)

		require.Equal(t, "organization_not_found", fault.CodeOf(created.failed))
	})

	t.Run("is never live without its budget", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "")
		unpaid := b.status(h, 20*days)
		h.ask(21*days, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Approved, *unpaid)
		require.Equal(t, campaign.Cancelled, result.Status)
		require.Zero(t, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	t.Run("is live only when a bank debit has succeeded", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_usBankAccount_success")
		processing := b.status(h, 2*days)
		live := b.status(h, 4*days)
		h.ask(5*days, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, campaign.Approved, *processing)
		require.Equal(t, campaign.Live, *live)
	})

	t.Run("takes another payment method when the first is declined", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		declined := b.fund(h, "pm_card_chargeDeclined")
		second := h.ask(4*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_visa_chargeDeclined", Actor: "brand"})
		third := h.ask(5*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		live := b.status(h, 10*time.Minute)
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.Equal(t, "card_declined", fault.CodeOf(declined.failed))
		require.Equal(t, "card_declined", fault.CodeOf(second.failed))
		require.NoError(t, third.failed)
		require.Equal(t, campaign.Live, *live)
		require.Equal(t, 1, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	t.Run("waits for its start", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(5 * days) })
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		before, after := b.status(h, 4*days), b.status(h, 6*days)

		b.live(h)

		require.Equal(t, campaign.Funded, *before)
		require.Equal(t, campaign.Live, *after)
	})

	t.Run("pauses and resumes", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Pause))
		paused := b.status(h, 2*hour)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Resume))
		resumed := b.status(h, 4*hour)
		h.at(5*hour, func() { b.submit(t, who, 1_000) })

		h.ask(6*hour, workflows.UpdateTransition, asks(campaign.Pause))
		h.at(15*days, func() { b.settle(t, b.reserveSmall(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Paused, *paused)
		require.Equal(t, campaign.Live, *resumed)
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 500)
	})

	t.Run("completes at once when its budget is exhausted", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.submit(t, who, 200_000)
			h.SignalWorkflow(workflows.SignalBudgetExhausted, nil)
		})
		ended := b.status(h, hour+20*time.Minute)
		h.at(3*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Completed, *ended)
		require.Equal(t, workflows.CampaignResult{Status: campaign.Closed, SpentMinor: 100_000}, result)
		require.Zero(t, b.effects("refund.applied"))
	})

	t.Run("completes only when every clip was read once more", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.world.begin(t) // nobody finishes the clip
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 10_000) })
		ending := h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		waiting := b.status(h, 5*hour)
		second := h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Complete))
		late := error(nil)
		h.at(5*hour, func() {
			_, late = b.store.Clips.Create(t.Context(), clip.NewClip{ID: uuid.NewString(), CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: newPost(), URL: "https://example.test"})
		})
		h.at(6*hour, func() { b.finish(t) })
		completedAt := b.status(h, 7*hour)
		h.at(8*hour, func() { b.settle(t, b.reserve(t, who)) })

		b.live(h)

		require.NoError(t, ending.rejected)
		require.Equal(t, campaign.Live, *waiting)
		require.Equal(t, "campaign_ending", fault.CodeOf(second.rejected))
		require.Equal(t, "campaign_not_live", fault.CodeOf(late))
		require.Equal(t, campaign.Completed, *completedAt)
		require.Contains(t, h.signals.all(), names.Clip(b.open)+" "+workflows.SignalFinalSweep)
	})
}

// reserveSmall takes earnings below the minimum, as an operator's run would.
func (b *brand) reserveSmall(t *testing.T, who creator) string {
	t.Helper()
	ctx, id, now := t.Context(), uuid.NewString(), b.clock.Now()
	_, err := b.store.Earnings.ReleaseHolds(ctx, now, 100)
	require.NoError(t, err)
	runID, err := b.store.Payouts.OpenRun(ctx, uuid.NewString(), dbtest.Week(), now)
	require.NoError(t, err)
	_, err = b.store.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: id, RunID: runID, CreatorID: who.id, Currency: "USD", MinimumMinor: 1, Now: now})
	require.NoError(t, err)
	return id
}

func TestCancelCampaign(t *testing.T) {
	t.Parallel()
	future := func(agreed *campaign.Terms) { agreed.StartsAt = start.Add(5 * days) }
	cancel := map[string]func(h *history, d time.Duration){
		"by the brand": func(h *history, d time.Duration) { h.ask(d, workflows.UpdateTransition, asks(campaign.Cancel)) },
		"from the CLI": func(h *history, d time.Duration) { h.at(d, h.CancelWorkflow) },
		"twice at once": func(h *history, d time.Duration) {
			h.at(d, h.CancelWorkflow)
			h.ask(d, workflows.UpdateTransition, asks(campaign.Cancel))
		},
	}
	for who, doCancel := range cancel {
		t.Run("as a draft "+who, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.begin(t)
			doCancel(h, 30*time.Second)

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, result.Status)
			require.Zero(t, b.effects("charge.succeeded"))
		})

		t.Run("before it is funded "+who, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.begin(t)
			b.fund(h, "")
			doCancel(h, hour)

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, result.Status)
			b.requireRefunded(t, 0)
		})

		t.Run("while the payment is on its way refunds it when it arrives, "+who, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			h := b.begin(t)
			b.fund(h, "pm_usBankAccount_success")
			doCancel(h, hour)

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, result.Status)
			b.requireRefunded(t, 0)
		})

		t.Run("after it is funded refunds everything, "+who, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, future)
			h := b.begin(t)
			b.fund(h, "pm_card_bypassPending")
			doCancel(h, hour)

			result := b.live(h)

			require.Equal(t, workflows.CampaignResult{Status: campaign.Cancelled, RefundedMinor: 100_000}, result)
			b.requireRefunded(t, 0)
		})

		t.Run("while live refunds what nobody earned, "+who, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			creator := b.creator(t, goodBank)
			h := b.begin(t)
			b.fund(h, "pm_card_bypassPending")
			h.at(hour, func() { b.submit(t, creator, 10_000) })
			doCancel(h, 2*hour)
			cancelled := b.status(h, 3*hour)
			h.at(4*hour, func() { b.settle(t, b.reserve(t, creator)) })

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, *cancelled)
			require.Equal(t, workflows.CampaignResult{Status: campaign.Cancelled, SpentMinor: 5000, RefundedMinor: 95_000}, result)
			b.requireRefunded(t, 5000)
		})
	}

	t.Run("is too late once it is completed", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		creator := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, creator, 10_000) })
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		late := h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		h.at(3*hour, h.CancelWorkflow)
		h.at(4*hour, func() { b.settle(t, b.reserve(t, creator)) })

		result := b.live(h)

		require.Error(t, late.rejected)
		require.Equal(t, campaign.Closed, result.Status)
	})
}

func TestCampaignMoneyMovesOnce(t *testing.T) {
	t.Parallel()
	steps := []payoutStep{
		{"CreateCampaign", 1},
		{"CreateFunding", 1},
		{"RecordPayment", 1},
		{"GetFunding", 1},
		{"RecordFunding", 1},
		{"MoveCampaign", 3}, // confirm_funding
		{"StopSubmissions", 1},
		{"ListRefunds", 1},
		{"CreateRefund", 1},
		{"RecordRefund", 1},
	}
	for _, misfortune := range misfortunes {
		for _, step := range steps {
			t.Run(fmt.Sprintf("although "+misfortune.name, step), func(t *testing.T) {
				t.Parallel()
				b := setupCampaign(t, nil)
				rule := misfortune.rule
				rule.activity, rule.skip = step.activity, step.nth-1
				b.mishaps.add(&rule)
				ask := func(h *history) {
					b.fund(h, "pm_card_bypassPending")
					for again := range 3 { // as a person would whom an error was shown
						h.ask(time.Duration(again+1)*hour, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
					}
					h.ask(5*hour, workflows.UpdateTransition, asks(campaign.Complete))
				}
				h := b.begin(t)
				ask(h)

				h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
				if h.GetWorkflowError() != nil {
					h.requireTerminated()
					h = b.begin(t)
					ask(h)
					h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
				}

				require.NoError(t, h.GetWorkflowError())
				require.Equal(t, campaign.Closed, b.onRecord(t).Status)
				require.Equal(t, 1, b.effects("charge.succeeded"))
				require.Equal(t, 1, b.effects("refund.applied"))
				b.requireRefunded(t, 0)
			})
		}
	}

	for name, rule := range map[string]faults.Rule{
		"a lost answer":             {Action: faults.ResetAfter},
		"an hour of lost answers":   {Action: faults.ResetAfter, Count: 20},
		"garbage":                   {Action: faults.Garbage, AfterEffect: true},
		"an hour without an answer": {Action: faults.ResetBefore, Count: 20},
	} {
		for what, path := range map[string]string{"payment": "/v1/payment_intents", "refund": "/v1/refunds"} {
			t.Run("one "+what+" is made in spite of "+name, func(t *testing.T) {
				t.Parallel()
				b := setupCampaign(t, nil)
				rule.Method, rule.Path = http.MethodPost, path
				b.script(t, rule)
				h := b.begin(t)
				b.fund(h, "pm_card_bypassPending")
				for again := range 4 {
					h.ask(time.Duration(again+1)*hour, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
				}
				h.ask(6*hour, workflows.UpdateTransition, asks(campaign.Complete))

				b.live(h)

				require.Equal(t, 1, b.effects("charge.succeeded"))
				require.Equal(t, 1, b.effects("refund.applied"))
				b.requireRefunded(t, 0)
			})
		}
	}

	t.Run("a refund on its way is booked when it has arrived", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_pendingRefund")
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		booked := int64(-1)
		h.at(5*hour, func() { booked = b.onRecord(t).RefundedMinor })

		b.live(h)

		require.Zero(t, booked)
		b.requireRefunded(t, 0)
	})

	t.Run("a cancellation does not overtake a payment that is being made", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(3*time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, int64(100_000), result.RefundedMinor)
		b.requireRefunded(t, 0)
	})

	t.Run("a refund waits for the platform's balance and goes on by itself", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-50000,"currency":"usd"}`)
		})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))
		waiting := b.status(h, 3*hour)
		h.at(4*hour, func() {
			b.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":50000,"currency":"usd"}`)
		})

		b.live(h)

		require.Equal(t, campaign.Cancelled, *waiting)
		b.requireRefunded(t, 0)
	})
}

// continued runs histories of a campaign until the last one ends, each going on as new as
// soon as it can.
func (b *brand) continued(t *testing.T, prepare ...func(h *history)) (campaign.Status, int) {
	t.Helper()
	for n := range 300 {
		h := b.begin(t)
		h.SetContinueAsNewSuggested(true)
		if n < len(prepare) {
			prepare[n](h)
		}
		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		var next *workflow.ContinueAsNewError
		if !errors.As(h.GetWorkflowError(), &next) {
			require.NoError(t, h.GetWorkflowError())
			var result workflows.CampaignResult
			require.NoError(t, h.GetWorkflowResult(&result))
			return result.Status, n
		}
		require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &b.input))
	}
	require.FailNow(t, "the campaign never ends")
	return "", 0
}

func TestCampaignContinuesAsNew(t *testing.T) {
	t.Parallel()
	ask := func(name string, args ...any) func(h *history) {
		return func(h *history) { h.ask(time.Minute, name, args...) }
	}
	toLive := []func(*history){
		ask(workflows.UpdateTransition, asks(campaign.Submit)),
		ask(workflows.UpdateTransition, asks(campaign.Approve)),
		ask(workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"}),
		func(*history) {}, // books the payment
		func(*history) {}, // goes live
	}
	endings := map[string]struct {
		prepare func(h *history)
		want    campaign.Status
	}{
		"a command":                 {ask(workflows.UpdateTransition, asks(campaign.Complete)), campaign.Closed},
		"an exhausted budget":       {func(h *history) { h.at(time.Minute, func() { h.SignalWorkflow(workflows.SignalBudgetExhausted, nil) }) }, campaign.Closed},
		"a cancellation":            {ask(workflows.UpdateTransition, asks(campaign.Cancel)), campaign.Cancelled},
		"a cancellation by the CLI": {func(h *history) { h.at(time.Minute, h.CancelWorkflow) }, campaign.Cancelled},
	}
	for name, ending := range endings {
		t.Run("and loses neither state nor "+name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)

			status, histories := b.continued(t, append(append([]func(*history){}, toLive...), ending.prepare)...)

			require.Equal(t, ending.want, status)
			require.Greater(t, histories, 4)
			require.Less(t, b.clock.Now().Sub(start), days, "it ended for that reason, not at its last day")
			require.Equal(t, 1, b.effects("charge.succeeded"))
			b.requireRefunded(t, 0)
			require.True(t, strings.HasPrefix(b.onRecord(t).PaymentIntentID, "pi_"))
		})
	}
}
