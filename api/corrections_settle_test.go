package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/payout"
)

func settlePayout(payoutID, how string) client.NewCorrection {
	return client.NewCorrection{
		Kind: "settle_payout", Currency: "USD", PayoutId: &payoutID, How: how, Reason: "no rule can settle it",
		Evidence: "the bank statement", Reference: "po_outside",
	}
}

func TestSettlePayoutOutside(t *testing.T) {
	t.Parallel()

	t.Run("takes two people, and shows how it was settled and why", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		proposed := w.propose(t, settlePayout(payoutID, "paid_to_creator"))
		w.send(t, w.finance(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"fine"}`, nil).requireProblem(t, 403, "same_person")

		approved, err := w.as(t, w.approver()).ApproveCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "seen it"})
		require.NoError(t, err)
		read, err := w.as(t, w.finance()).GetPayoutWithResponse(t.Context(), payoutID)

		require.NoError(t, err)
		require.Equal(t, 200, approved.StatusCode(), string(approved.Body))
		require.Equal(t, []string{payoutID, "paid_to_creator", "po_outside", "the bank statement"},
			[]string{*approved.JSON200.PayoutId, *approved.JSON200.How, *approved.JSON200.Reference, *approved.JSON200.Evidence})
		require.Equal(t, int64(2500), approved.JSON200.CorrectedMinor)
		require.Equal(t, string(payout.Settled), read.JSON200.Payout.Status)
		w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, settlePayout(payoutID, "paid_to_creator")), nil).requireProblem(t, 409, "payout_ended")
	})

	t.Run("is refused without what proves it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		bank := func(change func(*client.NewCorrection)) client.NewCorrection {
			c := settlePayout(payoutID, "paid_to_creator")
			change(&c)
			return c
		}
		for _, bad := range map[string]struct {
			correction client.NewCorrection
			status     int
			code       string
		}{
			"no evidence":                {bank(func(c *client.NewCorrection) { c.Evidence = "" }), 400, "evidence_missing"},
			"no reference":               {bank(func(c *client.NewCorrection) { c.Reference = "" }), 400, "reference_missing"},
			"a long reference":           {bank(func(c *client.NewCorrection) { c.Reference = strings.Repeat("x", 201) }), 400, "invalid_request"},
			"no payout":                  {bank(func(c *client.NewCorrection) { c.PayoutId = nil }), 400, "payout_missing"},
			"an unknown way":             {bank(func(c *client.NewCorrection) { c.How = "forgotten" }), 400, "invalid_request"},
			"an unknown payout":          {settlePayout(uuid.NewString(), "lost"), 404, "payout_not_found"},
			"a loss before the transfer": {settlePayout(payoutID, "lost"), 409, "transfer_not_applied"},
		} {
			w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, bad.correction), nil).requireProblem(t, bad.status, bad.code)
		}
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), payoutID, payout.Cancelled, time.Now()))
		w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, settlePayout(payoutID, "paid_to_creator")), nil).requireProblem(t, 409, "payout_ended")
	})
}

func TestSettleRestOutside(t *testing.T) {
	t.Parallel()
	w := setup(t)
	campaignID, creatorID := w.live(t), w.creatorID
	balance := client.NewCorrection{
		Kind: "settle_balance", Currency: "USD", CreatorId: &creatorID, How: "found", AmountMinor: 200, Reason: "of no payout", Evidence: "the dashboard", Reference: "acct_1",
	}
	refund := client.NewCorrection{
		Kind: "settle_refund", Currency: "USD", CampaignId: &campaignID, AmountMinor: 200, Reason: "the card is gone", Evidence: "the wire", Reference: "wire 17",
	}

	proposed := w.propose(t, balance)
	w.send(t, w.finance(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"fine"}`, nil).requireProblem(t, 403, "same_person")
	approved, err := w.as(t, w.approver()).ApproveCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "seen it"})
	require.NoError(t, err)
	require.Equal(t, 200, approved.StatusCode(), string(approved.Body))
	require.Equal(t, int64(200), approved.JSON200.CorrectedMinor)

	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, refund), nil).requireProblem(t, 409, "campaign_not_ended")
	unknown := uuid.NewString()
	withdrawal := client.NewCorrection{
		Kind: "settle_withdrawal", Currency: "USD", WithdrawalId: &unknown, AmountMinor: 200, Reason: "the card is gone", Evidence: "the wire", Reference: "wire 17",
	}
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, withdrawal), nil).requireProblem(t, 404, "withdrawal_not_found")
	withdrawal.WithdrawalId = nil
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, withdrawal), nil).requireProblem(t, 400, "withdrawal_missing")
	unknownPayment := "pi_unknown"
	payment := client.NewCorrection{
		Kind: "settle_converted_payment", Currency: "EUR", PaymentIntentId: &unknownPayment, AmountMinor: 200, Reason: "the card is gone", Evidence: "the wire", Reference: "wire 17",
	}
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, payment), nil).requireProblem(t, 404, "payment_not_found")
	payment.PaymentIntentId = nil
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, payment), nil).requireProblem(t, 400, "payment_missing")
	balance.How, balance.AmountMinor = "gone", 201
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, balance), nil).requireProblem(t, 409, "above_balance")
	balance.How = "lost"
	w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, balance), nil).requireProblem(t, 400, "unknown_how")
}
