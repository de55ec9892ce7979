package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

// compared is a world in which passes are made, with one creator who can be paid.
type compared struct {
	*world
	url        string
	campaignID string
	creator    creator
	settings   workflows.ReconcileSettings
}

func setupPasses(t *testing.T) *compared {
	t.Helper()
	c := &compared{world: setupWithDisputeFee(t, 1_500), settings: workflows.DefaultReconcileSettings()}
	c.url = dbtest.URL(t)
	c.store = dbtest.Open(t, c.url)
	c.posts.store = c.store
	_, err := c.store.Campaigns.CreateOrganization(t.Context(), campaigns.NewOrganization{ID: c.organizationID, Name: "Brand"})
	require.NoError(t, err)
	c.campaignID, _ = c.liveCampaign(t, nil)
	c.creator = c.world.creator(t, goodBank)
	return c
}

// later lets time go by, here and at Stripe.
func (c *compared) later(d time.Duration) {
	now := c.clock.Now().Add(d)
	c.clock.follow(func() time.Time { return now })
}

// longAfter is beyond the window of everything so far. The ids of entries are drawn by the
// real clock, which runs ahead of the one here.
func (c *compared) longAfter() {
	c.later(max(0, time.Since(c.clock.Now())) + 30*24*time.Hour)
}

// pass compares both sides once whatever is under way has had its time.
func (c *compared) pass(t *testing.T) workflows.ReconcileResult {
	t.Helper()
	c.later(10 * time.Minute)
	return completed[workflows.ReconcileResult](c.begin(t), workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
}

func (c *compared) open(t *testing.T) []reconciliation.Difference {
	t.Helper()
	yes := true
	open, err := c.store.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{Open: &yes}, db.Page{Size: 100})
	require.NoError(t, err)
	return open
}

// requireOne says that exactly one difference is open, and what it is about.
func (c *compared) requireOne(t *testing.T, class reconcile.Class, objectID, subject string, blocking bool) reconciliation.Difference {
	t.Helper()
	open := c.open(t)
	require.Len(t, open, 1, "%+v", open)
	require.Equal(t, class, open[0].Class, open[0].Detail)
	require.Equal(t, objectID, open[0].ObjectID)
	require.Equal(t, subject, open[0].Subject)
	require.Equal(t, blocking, open[0].Blocking, open[0].Detail)
	return open[0]
}

// reserve puts a payout of 100.00 USD on record, before any call.
func (c *compared) reserve(t *testing.T) payout.Intent {
	t.Helper()
	c.earns(t, c.campaignID, c.creator, 20_000)
	runID, err := c.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), c.clock.Now())
	require.NoError(t, err)
	reserved, err := c.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: uuid.NewString(), RunID: runID, CreatorID: c.creator.id, Currency: "USD", MinimumMinor: 1, Now: c.clock.Now(),
	})
	require.NoError(t, err)
	return c.intend(t, reserved.PayoutID, payout.Transfer)
}

func (c *compared) intend(t *testing.T, payoutID string, phase payout.Phase) payout.Intent {
	t.Helper()
	intent, err := c.store.Payouts.RecordIntent(t.Context(), payoutID, phase, c.clock.Now())
	require.NoError(t, err)
	return intent
}

func (c *compared) sendTransfer(t *testing.T, intent payout.Intent, change func(*rail.TransferRequest)) string {
	t.Helper()
	request := rail.TransferRequest{
		PayoutID: intent.PayoutID, AmountMinor: intent.AmountMinor, Currency: intent.Currency, Account: intent.Account,
		Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
	}
	if change != nil {
		change(&request)
	}
	made, err := c.payments.CreateTransfer(t.Context(), request)
	require.NoError(t, err)
	return made.ID
}

func (c *compared) result(intent payout.Intent, id string) payout.Outcome {
	return payout.Outcome{PayoutID: intent.PayoutID, Phase: intent.Phase, Generation: intent.Generation, ExternalID: id, Now: c.clock.Now()}
}

// transferred is a payout whose transfer is on both sides.
func (c *compared) transferred(t *testing.T) (payout.Intent, string) {
	t.Helper()
	intent := c.reserve(t)
	id := c.sendTransfer(t, intent, nil)
	require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
	return intent, id
}

// accepted is a payout on its way to the bank, on both sides.
func (c *compared) accepted(t *testing.T) (payout.Intent, string) {
	t.Helper()
	transfer, _ := c.transferred(t)
	intent := c.intend(t, transfer.PayoutID, payout.BankPayout)
	made, err := c.payments.CreateBankPayout(t.Context(), rail.BankPayoutRequest{
		PayoutID: intent.PayoutID, Account: intent.Account, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
		Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
	})
	require.NoError(t, err)
	require.NoError(t, c.store.Payouts.RecordBankPayoutAccepted(t.Context(), c.result(intent, made.ID)))
	return intent, made.ID
}

func (c *compared) reverse(t *testing.T, transferID string, amountMinor int64, payoutID string, key string) string {
	t.Helper()
	made, err := c.payments.ReverseTransfer(t.Context(), rail.ReversalRequest{
		TransferID: transferID, AmountMinor: amountMinor, Currency: "USD", PayoutID: payoutID, Generation: 1, IdempotencyKey: key,
	})
	require.NoError(t, err)
	return made.ID
}

func (c *compared) refund(t *testing.T, amountMinor int64, key string) string {
	t.Helper()
	made, err := c.payments.CreateRefund(t.Context(), rail.RefundRequest{
		CampaignID: c.campaignID, FundingID: c.paymentIntent(t), AmountMinor: amountMinor, Currency: "USD", IdempotencyKey: key,
	})
	require.NoError(t, err)
	return made.ID
}

// dispute has the brand's bank take the campaign's payment back, at Stripe alone.
func (c *compared) dispute(t *testing.T) ledger.Dispute {
	t.Helper()
	charges := c.call(t, "GET", "/v1/charges?payment_intent="+c.paymentIntent(t), "", "", "")["data"].([]any)
	made := c.call(t, "POST", "/_sim/disputes", "", "application/json", `{"charge":"`+charges[0].(map[string]any)["id"].(string)+`","amount_minor":3000}`)
	return ledger.Dispute{
		DisputeID: made["id"].(string), PaymentIntentID: c.paymentIntent(t), CampaignID: c.campaignID, Currency: "USD", AmountMinor: 3_000, FeeMinor: 1_500,
		At: c.clock.Now(),
	}
}

// movements returns the balance transactions of a dispute.
func (c *compared) movements(t *testing.T, disputeID string) []string {
	t.Helper()
	var ids []string
	for _, moved := range c.call(t, "GET", "/v1/disputes/"+disputeID, "", "", "")["balance_transactions"].([]any) {
		ids = append(ids, moved.(map[string]any)["id"].(string))
	}
	return ids
}

func (c *compared) paymentIntent(t *testing.T) string {
	t.Helper()
	standing, err := c.store.Campaigns.GetStanding(t.Context(), c.campaignID, 0)
	require.NoError(t, err)
	return standing.PaymentIntentID
}

// disturb changes the database behind everybody's back, as its owner.
func (c *compared) disturb(t *testing.T, statement string, args ...any) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	connection, err := pgx.Connect(ctx, c.url)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close(ctx)) }()
	_, err = connection.Exec(ctx, statement, args...)
	require.NoError(t, err)
}

// A difference of each class is planted, found, classified, and gone with its cause.
func TestReconcileFinds(t *testing.T) {
	t.Parallel()

	t.Run("missing here: a transfer that was made and never booked, until it is", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, nil)

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, id, "payout/"+intent.PayoutID, true)
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
		result := c.pass(t)

		require.Empty(t, c.open(t))
		require.Equal(t, int32(1), result.Cleared)
	})

	t.Run("missing here: a payment that arrived unnoticed", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		campaignID := uuid.NewString()
		require.NoError(t, c.store.Campaigns.Create(t.Context(), campaign.NewCampaign{ID: campaignID, OrganizationID: c.organizationID, Name: "Autumn", Terms: terms()}))
		funded, err := c.payments.CreateFunding(t.Context(), rail.FundingRequest{
			CampaignID: campaignID, AmountMinor: 100_000, Currency: "USD", PaymentMethod: "pm_card_bypassPending", Generation: 1, IdempotencyKey: "unnoticed",
		})
		require.NoError(t, err)
		require.NoError(t, c.store.Campaigns.SetPaymentIntent(t.Context(), campaignID, funded.ID))

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, funded.ID, "campaign/"+campaignID, true)
		require.NoError(t, c.store.Campaigns.RecordFunding(t.Context(), ledger.Funding{
			CampaignID: campaignID, PaymentIntentID: funded.ID, Currency: "USD", GrossMinor: 100_000, FeeMinor: funded.FeeMinor, At: c.clock.Now(),
		}))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing here: a refund that somebody made by hand", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		made := c.post(t, "/v1/refunds", map[string][]string{"payment_intent": {c.paymentIntent(t)}, "amount": {"700"}})

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, made["id"].(string), "campaign/"+c.campaignID, true)
		c.control(t, "/refunds/"+made["id"].(string)+"/fail", `{}`) // the money comes back
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing here: a reversal that somebody made by hand", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, transferID := c.transferred(t)
		made := c.post(t, "/v1/transfers/"+transferID+"/reversals", nil)

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, made["id"].(string), "payout/"+intent.PayoutID, true)
		reversal := c.intend(t, intent.PayoutID, payout.Reversal)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, made["id"].(string))))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing here: a dispute that nobody has noticed, until it is booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		dispute := c.dispute(t)

		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, dispute.DisputeID, "campaign/"+c.campaignID, true)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing there: a transfer that Stripe does not show, until it does", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, id := c.transferred(t)
		c.later(9 * 24 * time.Hour) // beyond the window, so that it is asked for by its id
		hidden, err := c.sim.Faults().Add(faults.Rule{Method: "GET", Path: "/v1/transfers/" + id, Action: faults.Refuse, Status: 404, Code: "resource_missing", Count: faults.Forever})
		require.NoError(t, err)

		c.pass(t)
		c.requireOne(t, reconcile.MissingThere, id, "payout/"+intent.PayoutID, true)
		c.sim.Faults().Remove(hidden.ID)
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing there: a transfer that was booked by mistake, until the payout gave it back", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, "tr_nowhere")))

		c.pass(t)
		c.requireOne(t, reconcile.MissingThere, "tr_nowhere", "payout/"+intent.PayoutID, true)
		c.disturb(t, "UPDATE payout_attempts SET outcome = 'undone' WHERE external_id = 'tr_nowhere'")
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("amount: a transfer of less than was booked, until both are undone", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.AmountMinor-- })
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))

		c.pass(t)
		open := c.open(t)
		require.Len(t, open, 2) // the object, and what it did to the balance
		for _, difference := range open {
			require.Equal(t, reconcile.Amount, difference.Class)
			require.True(t, difference.Blocking)
		}
		require.Contains(t, open[0].Detail+open[1].Detail, id)
		made := c.post(t, "/v1/transfers/"+id+"/reversals", nil)
		reversal := c.intend(t, intent.PayoutID, payout.Reversal)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, made["id"].(string))))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("amount: a dispute that cost another fee than was booked, until the books are adjusted and somebody says so", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		dispute := c.dispute(t)
		dispute.FeeMinor = 1_400
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		c.pass(t)
		found := c.requireOne(t, reconcile.Amount, c.movements(t, dispute.DisputeID)[0], "", true)
		_, err := c.store.Reconciliation.Acknowledge(t.Context(), found.ID, access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "adjusted"}, c.clock.Now())
		require.NoError(t, err)
		result := c.pass(t)

		require.Empty(t, c.open(t))
		require.Zero(t, result.Blocking)
	})

	t.Run("amount: a won dispute that brought back more than was booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		dispute := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		c.control(t, "/disputes/"+dispute.DisputeID+"/win", `{}`)
		c.disturb(t, "UPDATE funding_disputes SET amount_minor = 2900, frozen_minor = 2900")
		require.NoError(t, c.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, c.clock.Now()))

		c.pass(t)

		c.requireOne(t, reconcile.Amount, c.movements(t, dispute.DisputeID)[1], "", true)
	})

	t.Run("amount: a failed refund that brought back more than was booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		refund := ledger.Refund{CampaignID: c.campaignID, RefundID: c.refund(t, 5_000, "refund"), Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}
		require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), refund))
		c.control(t, "/refunds/"+refund.RefundID+"/fail", `{}`)
		back := c.call(t, "GET", "/v1/refunds/"+refund.RefundID, "", "", "")["failure_balance_transaction"].(string)
		refund.AmountMinor = 4_900
		require.NoError(t, c.store.Campaigns.RecordRefundFailed(t.Context(), refund, back))

		c.pass(t)

		c.requireOne(t, reconcile.Amount, back, "", true)
	})

	t.Run("missing here: a transfer that failed, of which only the balance tells, until its reversal is booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, id := c.transferred(t)
		failed := reconcile.Object{
			Type: reconcile.BalanceTransaction, ID: "txn_failure", Status: "transfer_failure", AmountMinor: intent.AmountMinor, Currency: "USD",
			SourceType: reconcile.Transfer, SourceID: id, CreatedAt: c.clock.Now(),
		}
		say := func() {
			require.NoError(t, c.store.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{failed}, c.clock.Now().Add(time.Hour)))
		}

		say()
		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, "txn_failure", "payout/"+intent.PayoutID, true)
		reversal := c.intend(t, intent.PayoutID, payout.Reversal)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, c.reverse(t, id, reversal.AmountMinor, intent.PayoutID, reversal.IdempotencyKey))))
		say()
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("currency: a transfer in another one", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":50000,"currency":"eur"}`)
		c.acknowledgeAll(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.Currency = "EUR" })
		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))

		c.pass(t)
		c.requireOne(t, reconcile.Currency, id, "payout/"+intent.PayoutID, true)
		reversal := c.intend(t, intent.PayoutID, payout.Reversal)
		made := c.post(t, "/v1/transfers/"+id+"/reversals", nil)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, made["id"].(string))))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("state: a bank payout that is paid here and came back there, until it is booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, id := c.accepted(t)
		c.control(t, "/payouts/"+id+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(intent, id)))
		c.pass(t)
		require.Empty(t, c.open(t))
		c.control(t, "/payouts/"+id+"/fail", `{"failure_code":"account_closed"}`)

		c.pass(t) // sees the change
		c.pass(t)
		c.requireOne(t, reconcile.State, id, "payout/"+intent.PayoutID, true)
		require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(intent, id)))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("state: a bank payout whose arrival was not noticed blocks nothing", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, id := c.accepted(t)
		c.pass(t)
		c.control(t, "/payouts/"+id+"/pay", `{}`)

		c.pass(t)
		require.Empty(t, c.open(t)) // the news may still be on its way
		result := c.pass(t)

		c.requireOne(t, reconcile.State, id, "payout/"+intent.PayoutID, false)
		require.Zero(t, result.Blocking)
	})

	t.Run("state: a dispute that is decided long after it was opened, though nobody follows it any more", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		dispute := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		c.longAfter()
		c.pass(t)
		require.Empty(t, c.open(t))
		c.control(t, "/disputes/"+dispute.DisputeID+"/lose", `{}`) // moves nothing that a list would bring

		c.pass(t) // sees the change
		c.pass(t)
		c.requireOne(t, reconcile.State, dispute.DisputeID, "campaign/"+c.campaignID, false)
		require.NoError(t, c.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, c.clock.Now()))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("missing here: a refund that arrives long after it was made, until it is booked", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.campaignID, _ = c.liveCampaignPaidBy(t, "pm_card_pendingRefund", nil)
		refundID := c.refund(t, 5_000, "slow")
		c.pass(t)
		require.Empty(t, c.open(t))
		c.longAfter()

		c.pass(t) // sees that it has arrived
		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, refundID, "campaign/"+c.campaignID, true)
		require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), ledger.Refund{CampaignID: c.campaignID, RefundID: refundID, Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}))
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("duplicate: a second transfer for one payout, until it is taken back", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent, booked := c.transferred(t)
		second := c.sendTransfer(t, intent, func(r *rail.TransferRequest) { r.IdempotencyKey = "another" })

		c.pass(t)
		found := c.requireOne(t, reconcile.Duplicate, second, "payout/"+intent.PayoutID, true)
		require.Equal(t, booked, found.Ours)
		c.reverse(t, second, intent.AmountMinor, intent.PayoutID, "undo")
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("unknown: money that moved for nothing of ours, until somebody has looked at it", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":4200}`)

		result := c.pass(t)
		require.Equal(t, int32(1), result.Open)
		require.Zero(t, result.Blocking)
		open := c.open(t)
		require.Equal(t, reconcile.Unknown, open[0].Class)
		require.Equal(t, "42.00 USD", open[0].Theirs)
		_, err := c.store.Reconciliation.Acknowledge(t.Context(), open[0].ID, access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "top-up"}, c.clock.Now())
		require.NoError(t, err)
		c.pass(t)
		require.Empty(t, c.open(t))
		c.later(20 * 24 * time.Hour)
		c.pass(t)
		require.Empty(t, c.open(t))
	})

	t.Run("unknown: a transfer by hand, once, though it moved the balance as well", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		made := c.post(t, "/v1/transfers", map[string][]string{"amount": {"100"}, "currency": {"usd"}, "destination": {c.creator.account}})

		c.pass(t)
		c.requireOne(t, reconcile.Unknown, made["id"].(string), "", false)
		c.reverse(t, made["id"].(string), 100, "nobody", "undo")
		c.pass(t)

		require.Empty(t, c.open(t))
	})

	t.Run("an open difference clears though its object is older than the window by then", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		intent := c.reserve(t)
		id := c.sendTransfer(t, intent, nil)
		c.pass(t)
		c.later(30 * 24 * time.Hour)
		c.pass(t)
		c.requireOne(t, reconcile.MissingHere, id, "payout/"+intent.PayoutID, true)

		require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(intent, id)))
		c.pass(t)

		require.Empty(t, c.open(t))
	})
}

const platform = "acct_platform0000001"

// acknowledgeAll accounts for everything unknown.
func (c *compared) acknowledgeAll(t *testing.T) {
	t.Helper()
	c.pass(t)
	for _, difference := range c.open(t) {
		_, err := c.store.Reconciliation.Acknowledge(t.Context(), difference.ID, access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "known"}, c.clock.Now())
		require.NoError(t, err)
	}
}

func TestReconcile(t *testing.T) {
	t.Parallel()

	t.Run("finds nothing in a busy hour in which everything happens", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		clean := func() {
			t.Helper()
			result := c.pass(t)
			require.Zero(t, result.Found, "%+v", c.open(t))
			require.Zero(t, result.Unreadable)
		}
		clean()

		unknownOutcome := c.reserve(t) // asked for and never answered: it did not happen
		clean()
		require.NoError(t, c.store.Payouts.RecordRefused(t.Context(), c.result(unknownOutcome, "")))
		require.NoError(t, c.store.Payouts.Cancel(t.Context(), unknownOutcome.PayoutID, payout.Cancelled, c.clock.Now()))
		clean()

		paid, paidID := c.accepted(t)
		clean()
		c.control(t, "/payouts/"+paidID+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(paid, paidID)))
		clean()

		failed, failedID := c.accepted(t)
		c.control(t, "/payouts/"+failedID+"/fail", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(failed, failedID)))
		clean()
		back := c.intend(t, failed.PayoutID, payout.Reversal)
		standing, err := c.store.Payouts.Get(t.Context(), failed.PayoutID)
		require.NoError(t, err)
		require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(back, c.reverse(t, standing.TransferID, back.AmountMinor, back.PayoutID, back.IdempotencyKey))))
		require.NoError(t, c.store.Payouts.Cancel(t.Context(), failed.PayoutID, payout.Returned, c.clock.Now()))
		clean()

		returned, returnedID := c.accepted(t)
		c.control(t, "/payouts/"+returnedID+"/pay", `{}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutPaid(t.Context(), c.result(returned, returnedID)))
		clean()
		c.control(t, "/payouts/"+returnedID+"/fail", `{"failure_code":"account_closed"}`)
		require.NoError(t, c.store.Payouts.RecordBankPayoutFailed(t.Context(), c.result(returned, returnedID)))
		clean()

		refundID := c.refund(t, 5_000, "refund")
		require.NoError(t, c.store.Campaigns.RecordRefund(t.Context(), ledger.Refund{CampaignID: c.campaignID, RefundID: refundID, Currency: "USD", AmountMinor: 5_000, At: c.clock.Now()}))
		clean()

		won := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), won))
		clean()
		c.control(t, "/disputes/"+won.DisputeID+"/win", `{}`)
		require.NoError(t, c.store.Campaigns.RecordDisputeWon(t.Context(), won.DisputeID, c.clock.Now()))
		clean()
		c.campaignID, _ = c.liveCampaign(t, nil)
		lost := c.dispute(t)
		require.NoError(t, c.store.Campaigns.RecordDisputeOpened(t.Context(), lost))
		c.control(t, "/disputes/"+lost.DisputeID+"/lose", `{}`)
		require.NoError(t, c.store.Campaigns.RecordDisputeLost(t.Context(), lost.DisputeID, c.clock.Now()))
		clean()

		c.later(9 * 24 * time.Hour)
		clean()
	})

	t.Run("leaves alone what is younger than the grace", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.settings.Grace = duration.Text(time.Hour)
		c.sendTransfer(t, c.reserve(t), nil)

		require.Zero(t, c.pass(t).Found)
	})

	t.Run("reads page after page", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		for range 130 {
			c.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":1}`)
		}

		require.Equal(t, int32(130), c.pass(t).Found)
	})

	t.Run("goes on as new after any page, and says the same", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.transferred(t)
		stray := c.sendTransfer(t, c.reserve(t), nil)
		c.later(10 * time.Minute)
		in, histories := workflows.ReconcileInput{Settings: c.settings}, 0

		for {
			h := c.begin(t)
			h.SetContinueAsNewSuggested(true)
			h.ExecuteWorkflow(workflows.Reconcile, in)
			var next *workflow.ContinueAsNewError
			if !errors.As(h.GetWorkflowError(), &next) {
				require.NoError(t, h.GetWorkflowError())
				break
			}
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
			histories++
		}

		require.Greater(t, histories, 5)
		c.requireOne(t, reconcile.MissingHere, stray, c.open(t)[0].Subject, true)
		passes, err := c.store.Reconciliation.ListPasses(t.Context(), db.Page{Size: 10})
		require.NoError(t, err)
		require.Len(t, passes, 1)
	})

	t.Run("passes over an account that left, and says how many it could not read", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.accepted(t)
		c.control(t, "/accounts/"+c.creator.account+"/deauthorize", `{}`)

		result := c.pass(t)

		require.Zero(t, result.Found)
		require.Positive(t, result.Unreadable)
	})

	t.Run("fails rather than finds things missing while Stripe cannot be read", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.transferred(t)
		c.later(10 * time.Minute)
		c.script(t, faults.Rule{Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
		h := c.begin(t)

		h.ExecuteWorkflow(workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})

		require.Error(t, h.GetWorkflowError())
		require.Empty(t, c.open(t))
	})

	t.Run("acknowledges only what is unknown", func(t *testing.T) {
		t.Parallel()
		c := setupPasses(t)
		c.sendTransfer(t, c.reserve(t), nil)
		c.pass(t)

		_, err := c.store.Reconciliation.Acknowledge(t.Context(), c.open(t)[0].ID, access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "no"}, c.clock.Now())
		require.Equal(t, "not_acknowledgeable", fault.CodeOf(err))
		_, err = c.store.Reconciliation.Acknowledge(t.Context(), uuid.NewString(), access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "no"}, c.clock.Now())
		require.Equal(t, "difference_not_found", fault.CodeOf(err))
	})

	for _, step := range []string{"OpenReconciliationPass", "ListProcessorObjects", "RecordProcessorObjects", "ListUnseenObjects", "GetProcessorObject", "CompareWithLedger", "FinishReconciliationPass"} {
		for _, misfortune := range misfortunes {
			t.Run(fmt.Sprintf("says the same although "+misfortune.name, step), func(t *testing.T) {
				t.Parallel()
				c := setupPasses(t)
				intent := c.reserve(t)
				id := c.sendTransfer(t, intent, nil)
				require.NoError(t, c.store.Payouts.RecordRefused(t.Context(), c.result(intent, "")))
				wrong := c.intend(t, intent.PayoutID, payout.Transfer)
				require.NoError(t, c.store.Payouts.RecordTransferred(t.Context(), c.result(wrong, "tr_nowhere")))
				rule := misfortune.rule
				rule.activity = step
				c.mishaps.add(&rule)
				c.later(10 * time.Minute)
				h := c.begin(t)

				h.ExecuteWorkflow(workflows.Reconcile, workflows.ReconcileInput{Settings: c.settings})
				if h.GetWorkflowError() != nil {
					c.pass(t)
				}

				open := map[string]reconcile.Class{}
				for _, difference := range c.open(t) {
					open[difference.ObjectID] = difference.Class
				}
				require.Equal(t, map[string]reconcile.Class{id: reconcile.Duplicate, "tr_nowhere": reconcile.MissingThere}, open)
			})
		}
	}
}
