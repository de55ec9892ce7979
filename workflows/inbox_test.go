package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

func TestReleaseHolds(t *testing.T) {
	t.Parallel()

	t.Run("releases what is due and nothing else, once", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, _ = b.liveCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.submit(t, who, 10_000)

		early := completed[int](b.begin(t), workflows.ReleaseHolds)
		h := b.begin(t)
		h.SetStartTime(start.Add(2 * hour))
		due := completed[int](h, workflows.ReleaseHolds)
		again := completed[int](b.begin(t), workflows.ReleaseHolds)

		require.Zero(t, early)
		require.Equal(t, 1, due)
		require.Zero(t, again)
		require.Equal(t, int64(5000), b.balance(t, ledger.CreatorAvailable(who.id)))
		require.Zero(t, b.balance(t, ledger.CreatorPending(who.id)))
		b.requireBooksInOrder(t)
	})

	t.Run("releases once although answers are lost", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.input.CampaignID, _ = b.liveCampaign(t, nil)
		who := b.creator(t, goodBank)
		b.submit(t, who, 10_000)
		b.mishaps.lose("ReleaseHolds", afterWork, 2)
		h := b.begin(t)
		h.SetStartTime(start.Add(2 * hour))

		completed[int](h, workflows.ReleaseHolds)

		require.Equal(t, int64(5000), b.balance(t, ledger.CreatorAvailable(who.id)))
	})
}

func TestInboxSweep(t *testing.T) {
	t.Parallel()

	// parked is a payout that waits for its account.
	setupParked := func(t *testing.T) payable {
		p := setupPayout(t, goodBank)
		_, err := p.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: p.payoutID, RunID: p.input.RunID, CreatorID: p.creator.id, Currency: "USD", MinimumMinor: 1, Now: start})
		require.NoError(t, err)
		require.NoError(t, p.store.Payouts.Park(t.Context(), p.payoutID, payout.NeedsAttention, payout.AccountNotVerified, ""))
		return p
	}
	campaignID := uuid.NewString()
	// A brand pays the platform itself, and no connected account.
	accountOf := func(event string, p payable) string {
		if strings.HasPrefix(event, "charge.dispute.") {
			return ""
		}
		return p.creator.account
	}
	cases := []struct {
		event string
		to    func(p payable) string // workflow and signal, or empty
	}{
		{"payment_intent.succeeded", func(payable) string { return names.Campaign(campaignID) + " stripe_changed" }},
		{"payment_intent.payment_failed", func(payable) string { return names.Campaign(campaignID) + " stripe_changed" }},
		{"charge.dispute.created", func(payable) string { return names.Dispute("obj_1") + " stripe_changed" }},
		{"charge.dispute.funds_withdrawn", func(payable) string { return names.Dispute("obj_1") + " stripe_changed" }},
		{"refund.created", func(payable) string { return names.Campaign(campaignID) + " stripe_changed" }},
		{"refund.failed", func(payable) string { return names.Campaign(campaignID) + " stripe_changed" }},
		{"charge.refund.updated", func(payable) string { return names.Campaign(campaignID) + " stripe_changed" }},
		{"payout.paid", func(p payable) string { return names.Payout(p.payoutID) + " stripe_changed" }},
		{"payout.failed", func(p payable) string { return names.Payout(p.payoutID) + " stripe_changed" }},
		{"transfer.reversed", func(p payable) string { return names.Payout(p.payoutID) + " stripe_changed" }},
		{"account.updated", func(p payable) string { return names.Payout(p.payoutID) + " account_changed" }},
		{"capability.updated", func(p payable) string { return names.Payout(p.payoutID) + " account_changed" }},
		{"balance.available", func(p payable) string { return names.Payout(p.payoutID) + " account_changed" }},
		{"account.external_account.created", func(p payable) string { return names.Payout(p.payoutID) + " bank_account_changed" }},
		{"account.external_account.updated", func(payable) string { return "" }},
		{"charge.refunded", func(payable) string { return "" }},
	}
	for _, tc := range cases {
		t.Run("tells whom it concerns of "+tc.event, func(t *testing.T) {
			t.Parallel()
			p := setupParked(t)
			_, err := p.store.Edge.RecordWebhook(t.Context(), edge.Webhook{
				Provider: "stripe", EventID: "evt_1", EventType: tc.event, Account: accountOf(tc.event, p), ObjectID: "obj_1",
				PayoutID: p.payoutID, CampaignID: campaignID, Payload: []byte(`{}`),
			})
			require.NoError(t, err)
			h := p.begin(t)

			delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

			require.Equal(t, 1, delivered)
			if want := tc.to(p); want == "" {
				require.Empty(t, h.signals.all())
			} else {
				require.Equal(t, []string{want}, h.signals.all())
			}
			left, err := p.store.Edge.ListPendingWebhooks(t.Context(), 0, 10)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}

	t.Run("finishes events for which no workflow waits, and events of no one", func(t *testing.T) {
		t.Parallel()
		p := setupParked(t)
		for event, account := range map[string]string{"payout.paid": p.creator.account, "account.updated": p.creator.account, "balance.available": ""} {
			_, err := p.store.Edge.RecordWebhook(t.Context(), edge.Webhook{Provider: "stripe", EventID: event, EventType: event, Account: account, ObjectID: "obj_1", PayoutID: p.payoutID, Payload: []byte(`{}`)})
			require.NoError(t, err)
		}
		h := p.begin(t)
		h.gone[names.Payout(p.payoutID)] = true

		delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 3, delivered)
		left, err := p.store.Edge.ListPendingWebhooks(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, left)
	})

	t.Run("finishes an event of an unknown rail, and delivers the others", func(t *testing.T) {
		t.Parallel()
		p := setupParked(t)
		for i, provider := range []string{"another", "stripe"} {
			_, err := p.store.Edge.RecordWebhook(t.Context(), edge.Webhook{
				Provider: provider, EventID: fmt.Sprint("evt_", i), EventType: "payout.paid", ObjectID: "po_1", PayoutID: p.payoutID, Payload: []byte(`{}`),
			})
			require.NoError(t, err)
		}

		delivered := completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 2, delivered)
		left, err := p.store.Edge.ListPendingWebhooks(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, left)
	})

	t.Run("leaves to the woken pass what is new", func(t *testing.T) {
		t.Parallel()
		p := setupParked(t)
		_, err := p.store.Edge.RecordWebhook(t.Context(), edge.Webhook{Provider: "stripe", EventID: "evt_1", EventType: "payout.paid", ObjectID: "po_1", PayoutID: p.payoutID, Payload: []byte(`{}`)})
		require.NoError(t, err)

		left := completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{LeftBehindFor: duration.Text(time.Hour)})
		woken := completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{})

		require.Zero(t, left)
		require.Equal(t, 1, woken)
	})
}

func TestHousekeeping(t *testing.T) {
	t.Parallel()

	t.Run("makes the tables of the next months and forgets old keys", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		done := w.keepHouse(t)

		require.Positive(t, done.TablesMade)
		require.Empty(t, done.TablesFailed)
		require.Equal(t, int64(1), done.KeysForgotten)
	})

	t.Run("leaves tables that cannot be made to the next day, and forgets old keys all the same", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.mishaps.lose("EnsurePartitions", beforeWork, 1)

		today, tomorrow := w.keepHouse(t), w.keepHouse(t)

		require.Equal(t, workflows.HousekeepingResult{TablesFailed: "step_timed_out", KeysForgotten: 1}, today)
		require.Positive(t, tomorrow.TablesMade)
	})
}

// keepHouse makes a pass a year after an answer was kept.
func (w *world) keepHouse(t *testing.T) workflows.HousekeepingResult {
	t.Helper()
	at := time.Now().AddDate(1, 0, 0)
	_, err := w.store.Edge.BeginIdempotent(t.Context(), edge.IdempotentRequest{
		Actor: "brand", Key: uuid.NewString(), Hash: []byte("h"), At: at.Add(-2 * days), Lease: time.Minute,
	})
	require.NoError(t, err)
	h := w.begin(t)
	h.SetStartTime(at)
	return completed[workflows.HousekeepingResult](h, workflows.Housekeeping)
}
