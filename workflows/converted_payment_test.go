package workflows_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

func TestCampaignPaidInAnotherCurrency(t *testing.T) {
	t.Parallel()

	t.Run("is refunded, can be paid for again in the same way, and can be cancelled", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		b := a.campaignInEuros(t)
		h := a.begin(t)
		b.fund(h, "pm_card_bypassPending")
		again := h.ask(time.Hour, workflows.UpdateFund, workflows.Fund{PaymentMethod: "pm_card_bypassPending", Actor: "brand"})
		between := b.status(h, 50*time.Minute)
		h.ask(2*time.Hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Approved, *between)
		require.NoError(t, again.failed)
		require.Equal(t, campaign.Cancelled, result.Status)
		require.Equal(t, 2, a.effects("refund.applied"))
		require.Empty(t, b.onRecord(t).PaymentIntentID)
		require.Zero(t, b.onRecord(t).FundedMinor)
		require.Zero(t, a.balanceIn(t, ledger.CampaignEscrow(b.input.CampaignID), "EUR"))
		a.requireExplained(t, 0, 0)
	})

	t.Run("is refunded when it was cancelled before the payment succeeded", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		b := a.campaignInEuros(t)
		h := a.begin(t)
		b.fund(h, "pm_usBankAccount")
		h.ask(time.Hour, workflows.UpdateTransition, asks(campaign.Cancel))

		result := b.live(h)

		require.Equal(t, campaign.Cancelled, result.Status)
		a.later(48 * time.Hour) // bank debits are available and refunded later
		a.requireExplained(t, 0, 0)
	})
}

func TestDepositInAnotherCurrency(t *testing.T) {
	t.Parallel()
	a := setupAbroad(t)
	input := workflows.DepositInput{
		Deposit:       funding.NewDeposit{ID: "0190a6e0-0000-7000-8000-000000000001", OrganizationID: a.organizationID, Currency: "EUR", AmountMinor: 10_000, RequestedBy: "brand"},
		PaymentMethod: "pm_card_bypassPending", CheckInterval: checkInterval,
	}

	result := completed[workflows.DepositResult](a.begin(t), workflows.Deposit, input)

	require.Equal(t, funding.DepositDeclined, result.Status)
	found, err := a.store.Funding.GetDeposit(t.Context(), input.Deposit.ID)
	require.NoError(t, err)
	require.Equal(t, funding.PaymentConverted, found.FailureCode)
	require.Equal(t, int64(10_000), a.standing(t, result.PaymentIntentID).BackMinor)
	require.Zero(t, a.balanceIn(t, ledger.OrganizationBalance(a.organizationID), "EUR"))
	a.requireExplained(t, 0, 0)
}

func TestConvertedPayment(t *testing.T) {
	t.Parallel()

	for clause, rule := range misfortunesAt(step{"ReadConvertedPayment", 1}, step{"FreezeConvertedRefund", 1}, step{"CreateRefund", 1}, step{"RecordConvertedRefund", 1}) {
		t.Run("is refunded once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			a.rate(t, "0.75")
			a.befall(t, rule)

			result := survive[workflows.ConvertedPaymentResult](func() *history { return a.begin(t) }, workflows.ConvertedPayment, input)

			require.Equal(t, int64(10_000), result.ReturnedMinor)
			require.Equal(t, 1, a.effects("refund.applied"))
			a.requireExplained(t, 12_500-13_333, 0)
		})
	}

	t.Run("is refunded again when the refund fails, each at the rate of its day", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
		a.rate(t, "0.75")
		a.control(t, "/refunds/"+a.standing(t, input.PaymentIntentID).Booked[0]+"/fail", `{}`)
		a.later(10 * time.Minute)

		a.pass(t) // finds the failure, and has the payment refunded again

		require.Equal(t, 2, a.effects("refund.applied"))
		require.Equal(t, int64(10_000), a.standing(t, input.PaymentIntentID).BackMinor)
		a.requireExplained(t, 13_333-12_500+12_500-13_333, 0)
	})

	t.Run("reads Stripe again after a signal in its last step", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		h := a.begin(t)
		lists := 0
		h.onStarted(func(started string) {
			if started != "ListRefunds" {
				return
			}
			if lists++; lists == 2 { // which finds that the brand has everything back
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

		require.Equal(t, 3, lists)
		a.requireExplained(t, 0, 0)
	})

	t.Run("needs attention after a failed refund, and is refunded at once by command", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
		a.control(t, "/refunds/"+a.standing(t, input.PaymentIntentID).Booked[0]+"/fail", `{}`)
		h := a.begin(t)
		began, reason := a.clock.Now(), ""
		h.at(time.Minute, func() { reason = a.mishaps.reason })
		h.ask(2*time.Minute, workflows.UpdateRetry, workflows.Operator{Actor: "finance", Reason: "the card is replaced"})

		result := completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

		require.Equal(t, "refund_failed", reason)
		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Less(t, h.Now().Sub(began), 10*time.Minute)
		require.Empty(t, a.mishaps.reason)
		a.requireExplained(t, 0, 0)
	})

	t.Run("has both rates in the books when the refund fails before it is booked", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		a.mishaps.terminate("RecordConvertedRefund", beforeWork)
		h := a.begin(t)
		h.ExecuteWorkflow(workflows.ConvertedPayment, input)
		h.requireTerminated()
		a.rate(t, "0.9")
		applied := a.sim.Journal().Entries(0, "refund.applied")
		a.control(t, "/refunds/"+applied[0].ObjectID+"/fail", `{}`)

		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)

		require.Len(t, a.standing(t, input.PaymentIntentID).Failed, 1)
		a.requireExplained(t, 0, 0)
	})

	t.Run("needs attention while the refund is refused, and is tried again by command", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		a.later(time.Minute)
		a.control(t, "/refund_windows", `{"card":"1s"}`)
		h := a.begin(t)
		began, reason := a.clock.Now(), ""
		h.at(time.Minute, func() {
			reason = a.mishaps.reason
			a.control(t, "/refund_windows", `{"card":"0"}`)
		})
		retried := h.ask(2*time.Minute, workflows.UpdateRetry, workflows.Operator{Actor: "finance", Reason: "the window is open again"})

		result := completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

		require.NoError(t, retried.failed)
		require.Equal(t, "refund_refused", reason)
		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Equal(t, 2, a.standing(t, input.PaymentIntentID).RefundNumber)
		require.Less(t, h.Now().Sub(began), 10*time.Minute)
		a.requireExplained(t, 0, 0)
	})

	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		t.Run(fmt.Sprintf("keeps a refund whose answer is lost when the next answer is %d", status), func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ResetAfter})
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ServerError, Status: status, Type: "invalid_request_error", Nth: 2})
			h := a.begin(t)
			ended := 0
			h.onStarted(func(started string) {
				if started == "EndConvertedRefund" {
					ended++
				}
			})

			result := completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

			require.Zero(t, ended, "the refund moves money")
			require.Equal(t, int64(10_000), result.ReturnedMinor)
			require.Equal(t, 1, a.effects("refund.applied"))
			a.requireExplained(t, 0, 0)
		})
	}

	t.Run("counts what a person refunded by hand", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		(&account{a.world}).refundByHand(t, input.PaymentIntentID, 3_333)
		a.rate(t, "0.75")

		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)

		require.Equal(t, 2, a.effects("refund.applied"))
		require.Equal(t, int64(10_000), a.standing(t, input.PaymentIntentID).BackMinor)
		a.requireExplained(t, 12_500-4_166-8_889, 0)
	})
}

func TestConvertedPaymentIsDisputed(t *testing.T) {
	t.Parallel()

	for verdict, want := range map[string]struct {
		refunds int
		gained  int64
	}{
		// It is taken at 0.75, comes back at 0.90 and is refunded at that rate.
		"win": {1, 11_111 - 13_333 + 12_500 - 11_111},
		// The bank keeps what it took at 0.75.
		"lose": {0, 12_500 - 13_333},
	} {
		t.Run("before its refund, and the brand has it once: "+verdict, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			a.rate(t, "0.75")
			disputed := a.dispute(t, input.PaymentIntentID, 10_000)
			decide := sync.OnceFunc(func() {
				a.rate(t, "0.9")
				a.control(t, "/disputes/"+disputed.DisputeID+"/"+verdict, `{}`)
			})
			h := a.begin(t)
			h.at(time.Hour, decide)

			result := completed[workflows.DisputeResult](h, workflows.FundingDispute, disputed)

			require.True(t, result.Converted)
			require.Equal(t, want.refunds, a.effects("refund.applied"))
			require.Equal(t, int64(10_000), a.standing(t, input.PaymentIntentID).BackMinor)
			a.requireExplained(t, want.gained, 0)
		})
	}

	for verdict, want := range map[string]struct{ gained, lost int64 }{
		"win": {12_500 - 13_333, 0}, "lose": {0, 13_333},
	} {
		t.Run("after its refund: "+verdict, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
			a.rate(t, "0.75")
			disputed := a.dispute(t, input.PaymentIntentID, 10_000)
			h := a.begin(t)
			h.at(time.Hour, func() {
				a.rate(t, "0.8")
				a.control(t, "/disputes/"+disputed.DisputeID+"/"+verdict, `{}`)
			})

			result := completed[workflows.DisputeResult](h, workflows.FundingDispute, disputed)

			require.Equal(t, map[string]dispute.Verdict{"win": dispute.Won, "lose": dispute.Lost}[verdict], result.Verdict)
			require.Equal(t, 1, a.effects("refund.applied"))
			a.requireExplained(t, want.gained, want.lost)
		})
	}
}
