package workflows_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// sweep is one pass at the world's present time.
func (w *world) sweep(t *testing.T) *history {
	t.Helper()
	h := w.begin(t)
	completed[int](h, workflows.InboxSweep, workflows.InboxInput{Payout: policy()})
	return h
}

func TestInboxSweepOrder(t *testing.T) {
	t.Parallel()

	t.Run("is that of arrival within one object, and one wake for equal events in a row", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		_, err := p.store.Payouts.Reserve(t.Context(), p.reservation())
		require.NoError(t, err)
		require.NoError(t, p.store.Payouts.Park(t.Context(), p.payoutID, "needs_attention", "account_not_verified", ""))
		for i, kind := range []string{"account.updated", "capability.updated", "account.external_account.created", "account.updated"} {
			p.receive(t, rail.Event{ID: fmt.Sprint("evt_", i), Type: kind, Account: p.creator.account, ObjectID: p.creator.account})
		}

		h := p.sweep(t)

		to := names.Payout(p.payoutID)
		require.Equal(t, []string{to + " account_changed", to + " bank_account_changed", to + " account_event"}, h.signals.all())
		require.Empty(t, p.pending(t))
	})

	t.Run("of different payouts is none: fifty at a time", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		for i := range 120 {
			w.receive(t, rail.Event{ID: fmt.Sprint("evt_", i), Type: "payout.paid", ObjectID: fmt.Sprint("po_", i), PayoutID: uuid.NewString()})
		}
		var mu sync.Mutex
		atOnce, atOnceMax, full := 0, 0, make(chan struct{})
		h := w.begin(t)
		h.onSignal = func(string, string) {
			mu.Lock()
			atOnce++
			if atOnceMax = max(atOnceMax, atOnce); atOnce == 50 && atOnceMax == 50 {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			mu.Unlock()
			<-full // the first ones wait until there are fifty
			mu.Lock()
			atOnce--
			mu.Unlock()
		}

		delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 120, delivered)
		require.Equal(t, 50, atOnceMax)
	})

	t.Run("puts money first, whatever arrived before and cannot be delivered", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		gone, broken, payoutID := uuid.NewString(), uuid.NewString(), uuid.NewString()
		for i := range 200 {
			w.receive(t, rail.Event{ID: fmt.Sprint("evt_account_", i), Type: "account.updated", Account: fmt.Sprint("acct_", i), ObjectID: fmt.Sprint("acct_", i)})
		}
		w.receive(t,
			rail.Event{ID: "evt_gone", Type: "payment_intent.succeeded", ObjectID: "pi_1", CampaignID: gone},
			rail.Event{ID: "evt_broken", Type: "refund.failed", ObjectID: "re_1", CampaignID: broken},
			rail.Event{ID: "evt_paid", Type: "payout.paid", ObjectID: "po_1", PayoutID: payoutID})
		h := w.begin(t)
		h.gone[names.Campaign(gone)], h.gone[names.Campaign(broken)] = true, true
		h.OnActivity(activities.ReadEndedCampaign.Name, mock.Anything, broken).Return(activities.EndedCampaign{}, activities.Failure(fault.New(fault.Conflict, "broken", "a defect")))
		var finished [][]string
		h.OnActivity(activities.FinishWebhooks.Name, mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
			var page []string
			for _, receipt := range args.Get(1).(activities.WebhookReceipts).Receipts {
				page = append(page, receipt.EventID)
			}
			finished = append(finished, page)
			require.NoError(t, w.store.Edge.FinishWebhooks(t.Context(), args.Get(1).(activities.WebhookReceipts).Receipts))
		}).Return(nil)

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Contains(t, h.signals.all(), names.Payout(payoutID)+" stripe_changed")
		require.Len(t, finished, 2, "one statement for each page")
		require.Contains(t, finished[0], "evt_paid")
		require.Equal(t, []string{"evt_broken"}, w.pending(t))
		outcomes := w.outcomes(t)
		require.Equal(t, "signalled", outcomes["evt_paid"])
		require.Equal(t, "no_workflow", outcomes["evt_gone"])
		require.Equal(t, "no_workflow", outcomes["evt_account_199"])
	})

	t.Run("tries again what cannot be delivered, after a growing wait", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := uuid.NewString()
		w.receive(t, rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", CampaignID: campaignID})
		triedAt := map[string]bool{}
		at := start
		for minute := range 20 {
			at = start.Add(time.Duration(minute) * time.Minute)
			h := w.begin(t)
			h.SetStartTime(at)
			h.gone[names.Campaign(campaignID)] = true
			h.OnActivity(activities.ReadEndedCampaign.Name, mock.Anything, campaignID).
				Run(func(mock.Arguments) { triedAt[fmt.Sprint(minute)] = true }).
				Return(activities.EndedCampaign{}, activities.Failure(fault.New(fault.Conflict, "broken", "a defect"))).Maybe()
			completed[int](h, workflows.InboxSweep, workflows.InboxInput{})
		}

		require.Equal(t, map[string]bool{"0": true, "1": true, "3": true, "7": true, "15": true}, triedAt)
		require.Equal(t, []string{"evt_1"}, w.pending(t))
		left, err := w.store.Edge.ListPendingWebhooks(t.Context(), at.Add(time.Hour), 10)
		require.NoError(t, err)
		require.Equal(t, 5, left[0].Tries)

		h := w.begin(t)
		h.SetStartTime(start.Add(31 * time.Minute))
		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})
		require.Equal(t, "signalled", w.outcomes(t)["evt_1"])
	})

	t.Run("delivers the next event of an object although the one before cannot be", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := uuid.NewString()
		w.receive(t,
			rail.Event{ID: "evt_1", Type: "refund.failed", ObjectID: "re_1", CampaignID: campaignID},
			rail.Event{ID: "evt_2", Type: "refund.created", ObjectID: "re_1", CampaignID: campaignID})
		h := w.begin(t)
		signals := 0
		h.onSignal = func(workflowID, _ string) {
			signals++
			h.gone[workflowID] = signals == 1
		}
		h.OnActivity(activities.ReadEndedCampaign.Name, mock.Anything, campaignID).Return(activities.EndedCampaign{}, activities.Failure(fault.New(fault.Conflict, "broken", "a defect")))

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, []string{"evt_1"}, w.pending(t))
		require.Equal(t, "signalled", w.outcomes(t)["evt_2"])
	})

	t.Run("takes everything, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		for i := range 450 {
			w.receive(t, rail.Event{ID: fmt.Sprint("evt_", i), Type: "payout.paid", ObjectID: fmt.Sprint("po_", i%50), PayoutID: payoutOf(i % 50)})
		}

		h := w.sweep(t)

		require.Empty(t, w.pending(t))
		signals := h.signals.all()
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(signals))), 50)
		require.True(t, slices.ContainsFunc(signals, func(line string) bool { return strings.HasPrefix(line, names.Payout(payoutOf(49))) }))
	})
}

// payoutOf is the id of one of many payouts.
func payoutOf(i int) string { return uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, i)).String() }
