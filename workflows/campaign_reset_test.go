package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// fundedUntil funds a campaign until a person terminates its workflow after a step. A day later that person
// resets it to when the campaign was approved.
func (b *brand) fundedUntil(t *testing.T, after step) {
	t.Helper()
	b.befall(t, mishap{activity: after.activity, when: afterWork, skip: after.nth - 1, times: 1, ends: true})
	h := b.begin(t)
	b.fund(h, "pm_card_bypassPending")
	h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
	h.requireTerminated()
	next := b.clock.Now().Add(25 * hour) // Stripe may have forgotten the keys
	b.clock.follow(func() time.Time { return next })
	b.input.State.Recorded, b.input.State.Status = true, campaign.Approved
}

// A person resets a campaign to before a step that another history has gone past. Its state is that of then,
// and Stripe may have forgotten the key.
func TestResetCampaignIsPaidOnce(t *testing.T) {
	t.Parallel()
	fund := workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"}
	for name, after := range map[string]step{
		"its request was sent and its payment is not on record": {"CreateFunding", 1},
		"its payment is on record and not booked":               {"RecordPayment", 1},
		"its payment is booked":                                 {"RecordFunding", 1},
		"it is live":                                            {"MoveCampaign", 4},
	} {
		t.Run("although "+name, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.fundedUntil(t, after)
			h := b.begin(t)
			h.SetWorkflowRunTimeout(10 * days)
			done := h.countActivities()
			given := h.ask(time.Minute, workflows.UpdateFund, fund)
			again := h.ask(hour, workflows.UpdateFund, fund)
			live := b.status(h, 2*hour)
			h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))

			b.live(h)

			require.NoError(t, given.failed)
			require.Equal(t, b.onRecord(t).PaymentIntentID, given.result.(workflows.FundingStarted).PaymentIntentID)
			require.NoError(t, again.rejected)
			require.NoError(t, again.failed)
			require.Zero(t, done["CreateFunding"])
			require.Equal(t, campaign.Live, *live)
			require.Equal(t, 1, b.effects("charge.succeeded"))
			b.requireRefunded(t, 0)
		})
	}

	t.Run("and its request that was never sent is replaced by another one", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.fundedUntil(t, step{"FreezeCampaignPayment", 1})
		h := b.begin(t)
		given := h.ask(time.Minute, workflows.UpdateFund, fund)
		h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))

		b.live(h)

		require.NoError(t, given.failed)
		require.Equal(t, 1, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	for name, after := range map[string]step{"not on record": {"CreateFunding", 1}, "on record": {"RecordPayment", 1}} {
		t.Run("and its payment, "+name+", leaves no room for the balance", func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.deposit(t, budgetMinor)
			b.fundedUntil(t, after)
			h := b.begin(t)
			refused := h.ask(time.Minute, workflows.UpdateFund, fromBalance())
			live := b.status(h, 2*hour)
			h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Cancel))

			b.live(h)

			require.Equal(t, "payment_under_way", fault.CodeOf(refused.failed))
			require.Equal(t, campaign.Live, *live, "it notices that the payment has succeeded")
			require.Equal(t, int64(budgetMinor), b.organizationBalance(t))
			b.requireBooksInOrder(t)
		})

		t.Run("and its payment, "+name+", is refunded if it is cancelled", func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.fundedUntil(t, after)
			h := b.begin(t)
			h.ask(time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

			b.live(h)

			require.Equal(t, campaign.Cancelled, b.onRecord(t).Status)
			b.requireRefunded(t, 0)
		})
	}

	t.Run("and a later payment than the one on record is refunded if it is cancelled", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.befall(t, mishap{activity: "CreateFunding", when: afterWork, skip: 1, times: 1, ends: true})
		h := b.begin(t)
		h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
		h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
		h.ask(3*time.Minute, workflows.UpdateFund, workflows.Fund{Actor: "brand"})
		tooLow := h.ask(hour, workflows.UpdateFund, fromBalance()) // cancels that payment first
		h.ask(2*hour, workflows.UpdateFund, fund)
		h.ExecuteWorkflow(workflows.CampaignLifecycle, b.input)
		h.requireTerminated()
		require.Equal(t, "balance_too_low", fault.CodeOf(tooLow.failed))
		b.tomorrow(t)
		b.input.State.Recorded, b.input.State.Status = true, campaign.Approved
		h = b.begin(t)
		h.ask(time.Minute, workflows.UpdateTransition, asks(campaign.Cancel))

		b.live(h)

		require.Equal(t, campaign.Cancelled, b.onRecord(t).Status)
		require.Equal(t, 1, b.effects("charge.succeeded"))
		b.requireRefunded(t, 0)
	})

	for name, after := range map[string]step{"not on record": {"CreateFunding", 1}, "on record": {"RecordPayment", 1}} {
		t.Run("and its payment, "+name+", is taken up when Stripe reports it, although no one funds it again", func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			b.fundedUntil(t, after)
			h := b.begin(t)
			h.at(hour, func() { h.SignalWorkflow(workflows.SignalStripeChanged, nil) })
			live := b.status(h, 2*hour)
			h.ask(3*hour, workflows.UpdateTransition, asks(campaign.Complete))

			b.live(h)

			require.Equal(t, campaign.Live, *live)
			require.Equal(t, 1, b.effects("charge.succeeded"))
			b.requireRefunded(t, 0)
		})
	}
}

func TestResetCampaignThatHasItsBudgetFromTheBalanceIsNotPaidFor(t *testing.T) {
	t.Parallel()
	b := setupCampaign(t, nil)
	b.deposit(t, budgetMinor)
	b.approvedWithoutConfirmation(t)
	b.input.State.Allocated = false // as it was before another history took the budget
	require.NoError(t, b.store.Campaigns.AllocateBudget(t.Context(), b.input.CampaignID, b.clock.Now(), ""))
	h := b.begin(t)
	byCard := h.ask(time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
	live := b.status(h, hour)
	h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))

	b.live(h)

	require.Equal(t, "not_fundable", fault.CodeOf(byCard.failed))
	require.Equal(t, campaign.Live, *live, "it learns of its budget")
	require.Equal(t, 1, b.effects("charge.succeeded"), "the deposit")
	b.requireReturned(t, budgetMinor, 0)
}

// A reset history replays an answer that is a day old. Another history has sent the refund since.
func TestResetCampaignIsRefundedOnce(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]struct {
		activity string
		answer   any
	}{
		"its list of refunds":   {"ListRefunds", []rail.Refund{}},
		"its look at the cover": {"CheckCover", activities.Cover{}},
	} {
		t.Run("although "+name+" is old", func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, nil)
			who := b.creator(t, goodBank)
			h := b.begin(t)
			h.SetWorkflowRunTimeout(10 * days)
			b.fund(h, "pm_card_bypassPending")
			h.at(hour, func() { b.submit(t, who, 120_000) })
			h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Cancel))
			list := func(ctx context.Context, paymentIntentID string) ([]rail.Refund, error) {
				return b.payments.ListRefunds(ctx, paymentIntentID)
			}
			before := []any{activities.Cover{}, nil} // the first call is before it goes live
			if old.activity == "ListRefunds" {
				before = []any{list}
			}
			h.OnActivity(old.activity, mock.Anything, mock.Anything).Return(before...).Times(1)
			h.OnActivity(old.activity, mock.Anything, mock.Anything).After(25*hour).Return(old.answer, nil).Times(1)
			h.OnActivity("ListRefunds", mock.Anything, mock.Anything).Return(list)
			h.OnActivity("CheckCover", mock.Anything, mock.Anything).Return(activities.Cover{}, nil)
			calls := 0
			h.onStarted(func(activityType string) {
				if activityType != old.activity {
					return
				}
				if calls++; calls != 2 {
					return
				}
				ctx := context.WithoutCancel(t.Context())
				made, err := b.payments.CreateRefund(ctx, rail.RefundRequest{
					CampaignID: b.input.CampaignID, FundingID: b.onRecord(t).PaymentIntentID, AmountMinor: 40_000, Currency: "USD", IdempotencyKey: names.RefundKey(b.input.CampaignID, 1, 1),
				})
				require.NoError(t, err)
				require.NoError(t, b.store.Campaigns.RecordRefund(ctx, ledger.Refund{CampaignID: b.input.CampaignID, RefundID: made.ID, Currency: "USD", AmountMinor: 40_000, At: h.Now()}))
			})
			h.at(4*days, func() { b.settle(t, b.reserve(t, who)) })

			result := b.live(h)

			require.Equal(t, campaign.Cancelled, result.Status)
			require.Equal(t, 1, b.effects("refund.applied"))
			b.requireRefunded(t, 60_000)
		})
	}
}
