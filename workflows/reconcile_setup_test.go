package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
	"github.com/creditroll/creditroll/workflows"
)

const platform = "acct_platform0000001"

// compared is a world in which passes are made, with one creator who can be paid.
type compared struct {
	*world
	campaignID string
	creator    creator
	settings   workflows.ReconcileSettings
}

func setupPasses(t *testing.T) *compared {
	t.Helper()
	c := &compared{world: setupWithDisputeFee(t, 1_500), settings: workflows.DefaultReconcileSettings()}
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
	intent, err := c.store.Payouts.RecordIntent(t.Context(), payoutID, phase, 0, c.clock.Now())
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

// bookReversal puts a reversal on record that Stripe has made.
func (c *compared) bookReversal(t *testing.T, payoutID, reversalID string) {
	t.Helper()
	reversal := c.intend(t, payoutID, payout.Reversal)
	require.NoError(t, c.store.Payouts.RecordReversed(t.Context(), c.result(reversal, reversalID)))
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

// acknowledgeAll accounts for everything unknown.
func (c *compared) acknowledgeAll(t *testing.T) {
	t.Helper()
	c.pass(t)
	for _, difference := range c.open(t) {
		require.NoError(t, c.acknowledge(t, difference.ID))
	}
}

func (c *compared) acknowledge(t *testing.T, differenceID string) error {
	t.Helper()
	action := access.OperatorAction{ID: uuid.NewString(), Actor: "u1", Reason: "looked at"}
	_, err := c.store.Reconciliation.Acknowledge(t.Context(), differenceID, action, c.clock.Now())
	return err
}
