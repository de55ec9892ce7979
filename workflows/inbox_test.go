package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
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
		{"balance.available", func(p payable) string { return names.Payout(p.payoutID) + " account_event" }},
		{"account.external_account.created", func(p payable) string { return names.Payout(p.payoutID) + " bank_account_changed" }},
		{"account.external_account.updated", func(payable) string { return "" }},
		{"charge.refunded", func(payable) string { return "" }},
	}
	for _, tc := range cases {
		t.Run("tells whom it concerns of "+tc.event, func(t *testing.T) {
			t.Parallel()
			p := setupParked(t)
			p.receive(t, rail.Event{ID: "evt_1", Type: tc.event, Account: accountOf(tc.event, p), ObjectID: "obj_1", PayoutID: p.payoutID, CampaignID: campaignID})
			h := p.begin(t)

			delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

			if want := tc.to(p); want == "" {
				require.Zero(t, delivered, "it was stored as finished")
				require.Empty(t, h.signals.all())
			} else {
				require.Equal(t, 1, delivered)
				require.Equal(t, []string{want}, h.signals.all())
			}
			require.Empty(t, p.pending(t))
		})
	}

	t.Run("finishes events for which no workflow waits, with the reason", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		unknownID := uuid.NewString()
		w.receive(t,
			rail.Event{ID: "evt_1", Type: "account.updated", Account: "acct_1"},
			rail.Event{ID: "evt_2", Type: "payment_intent.succeeded", CampaignID: campaignID},
			rail.Event{ID: "evt_3", Type: "payout.paid", PayoutID: unknownID},
			rail.Event{ID: "evt_4", Type: "balance.available"})
		h := w.begin(t)
		h.gone[names.Campaign(campaignID)], h.gone[names.Payout(unknownID)] = true, true

		delivered := completed[int](h, workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 3, delivered)
		require.Equal(t, map[string]string{"evt_1": "no_workflow", "evt_2": "no_workflow", "evt_3": "unknown_payout", "evt_4": "ignored"}, w.outcomes(t))
	})

	t.Run("finishes an event of an unknown rail, and delivers the others", func(t *testing.T) {
		t.Parallel()
		p := setupParked(t)
		paid := rail.Event{ID: "evt_1", Type: "payout.paid", PayoutID: p.payoutID}
		_, err := p.store.Edge.RecordWebhook(t.Context(), edge.NewWebhook{Provider: "another", Event: paid, Concern: rail.ConcernPayout, Payload: []byte(`{}`)})
		require.NoError(t, err)
		paid.ID = "evt_2"
		p.receive(t, paid)

		delivered := completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{})

		require.Equal(t, 2, delivered)
		require.Equal(t, map[string]string{"evt_1": "ignored", "evt_2": "signalled"}, p.outcomes(t))
	})

	t.Run("leaves to the process that stored an event what it claims, until the claim ends", func(t *testing.T) {
		t.Parallel()
		p := setupParked(t)
		paid := rail.Event{ID: "evt_1", Type: "payout.paid", PayoutID: p.payoutID}
		_, err := p.store.Edge.RecordWebhook(t.Context(), edge.NewWebhook{Provider: "stripe", Event: paid, Concern: rail.ConcernPayout, Payload: []byte(`{}`), ClaimedUntil: start.Add(time.Minute)})
		require.NoError(t, err)

		claimed := completed[int](p.begin(t), workflows.InboxSweep, workflows.InboxInput{})
		later := p.begin(t)
		later.SetStartTime(start.Add(time.Minute))
		swept := completed[int](later, workflows.InboxSweep, workflows.InboxInput{})

		require.Zero(t, claimed)
		require.Equal(t, 1, swept)
	})
}

// receive stores events as the API does, in their order, and claims none of them.
func (w *world) receive(t *testing.T, events ...rail.Event) {
	t.Helper()
	for _, event := range events {
		_, err := w.store.Edge.RecordWebhook(t.Context(), edge.NewWebhook{Provider: "stripe", Event: event, Concern: stripe.Notice(event).Concern, Payload: []byte(`{}`)})
		require.NoError(t, err)
	}
}

// pending returns the ids of unfinished events, whenever they are due.
func (w *world) pending(t *testing.T) []string {
	t.Helper()
	left, err := w.store.Edge.ListPendingWebhooks(t.Context(), start.AddDate(10, 0, 0), 1000)
	require.NoError(t, err)
	var ids []string
	for _, webhook := range left {
		ids = append(ids, webhook.Event.ID)
	}
	return ids
}

// outcomes returns what became of each event; pending ones have no outcome.
func (w *world) outcomes(t *testing.T) map[string]string {
	t.Helper()
	rows, err := w.store.DB.Pool.Query(t.Context(), "SELECT event_id, coalesce(outcome, '') FROM webhook_inbox")
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var id, outcome string
		require.NoError(t, rows.Scan(&id, &outcome))
		all[id] = outcome
	}
	require.NoError(t, rows.Err())
	return all
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
