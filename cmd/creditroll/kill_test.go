package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/ledger"
)

// holdAnswer lets the next request to a path of Stripe take effect and delays the answer.
// holdRequest delays the request itself inside Stripe until its caller is gone.
func holdAnswer(path string) faults.Rule {
	return faults.Rule{Method: http.MethodPost, Path: path, Action: faults.Hang, AfterEffect: true}
}

func holdRequest(path string) faults.Rule {
	return faults.Rule{Method: http.MethodPost, Path: path, Action: faults.Hang, Inside: true}
}

func (w *world) script(rule faults.Rule) {
	w.t.Helper()
	_, err := w.stack.Stripe.Faults().Add(rule)
	require.NoError(w.t, err)
}

func (w *world) awaitEffect(kind string) {
	w.t.Helper()
	_, err := w.stack.Stripe.Journal().Wait(w.t.Context(), 0, func(entry faults.Entry) bool { return entry.Kind == kind })
	require.NoError(w.t, err)
}

// awaitHeld waits until a rule delays a request.
func (w *world) awaitHeld() {
	w.t.Helper()
	_, err := w.stack.Stripe.Journal().Wait(w.t.Context(), 0, func(entry faults.Entry) bool { return entry.Fault == faults.Hang })
	require.NoError(w.t, err)
}

func (w *world) restartWorker() {
	w.killWorker()
	w.startWorker()
}

func TestKilledWorker(t *testing.T) {
	t.Parallel()

	t.Run("that received no answer to its transfer transfers once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.script(holdAnswer("/v1/transfers"))
		w.startRun(period)
		w.awaitEffect("transfer.applied")

		w.restartWorker()

		w.awaitPayout(w.payoutOf(c), "paid")
		require.Len(t, w.effects("transfer.applied", ""), 1)
		w.requireMoney(c)
	})

	t.Run("whose transfer takes effect after its death transfers once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.script(holdRequest("/v1/transfers"))
		w.startRun(period)
		w.awaitHeld()
		require.Empty(t, w.effects("transfer.applied", ""))

		w.restartWorker()

		w.awaitPayout(w.payoutOf(c), "paid")
		require.Len(t, w.effects("transfer.applied", ""), 1)
		w.requireMoney(c)
	})

	t.Run("that received no answer to its bank payout pays out once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.script(holdAnswer("/v1/payouts"))
		w.startRun(period)
		w.awaitEffect("payout.applied")

		w.restartWorker()

		w.awaitPayout(w.payoutOf(c), "paid")
		require.Len(t, w.effects("payout.applied", ""), 1)
		w.requireMoney(c)
	})

	t.Run("that received no answer to its reversal reverses the transfer once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(badBank))
		w.earned(c)
		w.startRun(period)
		payoutID := w.payoutOf(c)
		w.awaitPayout(payoutID, "needs_attention")
		w.script(holdAnswer("/v1/transfers/*/reversals"))
		w.cancelPayout(payoutID)
		w.awaitEffect("reversal.applied")

		w.restartWorker()

		w.awaitPayout(payoutID, "cancelled")
		require.Len(t, w.effects("reversal.applied", ""), 1)
		w.requireMoney(c)
		require.Positive(t, w.balance(ledger.CreatorAvailable(c.id)))
	})

	t.Run("that received no answer to its refund refunds the unspent budget once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		campaignID := w.liveCampaign()
		w.post(campaignID, c, "tiktok", growth{views: 10_001})
		w.awaitEarnings(campaignID)
		w.script(holdAnswer("/v1/refunds"))
		w.complete(campaignID)
		w.awaitEffect("refund.applied")

		w.restartWorker()

		w.eventually("the refund is booked", func() bool { return w.balance(ledger.CampaignEscrow(campaignID)) == 0 })
		w.awaitAvailable(c)
		w.startRun(period)
		w.awaitCampaign(campaignID, "closed")
		require.Len(t, w.effects("refund.applied", ""), 1)
		w.requireMoney(c)
	})

	t.Run("between an entry and its postings writes neither, and the next worker writes both", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		w.earned(c)
		w.script(holdAnswer("/v1/transfers"))
		w.startRun(period)
		w.awaitEffect("transfer.applied")
		release := w.lockPostings()
		w.stack.Stripe.Faults().Release("")
		w.eventually("an entry waits for its postings", func() bool {
			return w.count("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'postings'::regclass") > 0
		})

		w.killWorker()
		release()

		w.eventually("the transaction of the killed worker has ended", func() bool {
			return w.count("SELECT count(*) FROM pg_locks WHERE relation = 'postings'::regclass AND mode = 'RowExclusiveLock'") == 0
		})
		require.Zero(t, w.count("SELECT count(*) FROM journal_entries WHERE kind = $1", string(ledger.KindTransferSettled)))
		w.startWorker()
		w.awaitPayout(w.payoutOf(c), "paid")
		require.EqualValues(t, 1, w.count("SELECT count(*) FROM journal_entries WHERE kind = $1", string(ledger.KindTransferSettled)))
		w.requireMoney(c)
	})
}

// lockPostings blocks all writes of postings until release is called.
func (w *world) lockPostings() (release func()) {
	w.t.Helper()
	tx, err := w.owner.Begin(w.t.Context())
	require.NoError(w.t, err)
	_, err = tx.Exec(w.t.Context(), "LOCK TABLE postings IN SHARE ROW EXCLUSIVE MODE")
	require.NoError(w.t, err)
	return func() { require.NoError(w.t, tx.Rollback(w.t.Context())) }
}

// cancelPayout cancels a payout that the books show as parked. It retries, because the workflow
// accepts commands a moment later.
func (w *world) cancelPayout(id string) {
	w.t.Helper()
	w.eventually("the payout accepts a cancellation", func() bool {
		answer, err := w.client.CancelPayoutWithResponse(w.t.Context(), id, nil, client.RequiredReason{Reason: "test"})
		require.NoError(w.t, err)
		return answer.StatusCode() == http.StatusOK
	})
}
