package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// outside is the proposal that the brand has received a part of a converted payment elsewhere.
func (a *abroad) outside(paymentIntentID string, amountMinor int64) correction.Proposal {
	return correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettleConverted, Currency: "EUR", PaymentIntentID: paymentIntentID, AmountMinor: amountMinor,
		ProposedBy: "proposer", Reason: "the card is gone", Evidence: "the wire of 2 March", Reference: "wire 17", Now: a.clock.Now(),
	}
}

// settle has two people settle a part of a converted payment outside.
func (a *abroad) settle(t *testing.T, paymentIntentID string, amountMinor int64) {
	t.Helper()
	propose := a.outside(paymentIntentID, amountMinor)
	_, err := a.store.Corrections.Propose(t.Context(), propose)
	require.NoError(t, err)
	_, err = a.store.Corrections.Decide(t.Context(), correction.Decision{ID: propose.ID, Approve: true, Actor: "approver", Now: a.clock.Now()})
	require.NoError(t, err)
}

// tooOld has Stripe refuse to refund what was paid before.
func (a *abroad) tooOld(t *testing.T) {
	t.Helper()
	a.later(time.Minute)
	a.control(t, "/refund_windows", `{"card":"1s"}`)
}

func TestConvertedPaymentIsSettledOutside(t *testing.T) {
	t.Parallel()

	t.Run("in parts when Stripe refuses the refund, and ends with the last one", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		a.tooOld(t)
		h := a.begin(t)
		reason, between := "", ""
		h.at(time.Hour, func() {
			reason = a.mishaps.reason
			a.settle(t, input.PaymentIntentID, 4_000)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(2*time.Hour, func() {
			between = a.mishaps.reason
			a.settle(t, input.PaymentIntentID, 6_000)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		began := a.clock.Now()

		result := completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

		require.Equal(t, []string{"refund_refused", "refund_refused"}, []string{reason, between})
		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Less(t, h.Now().Sub(began), 3*time.Hour)
		require.Zero(t, a.effects("refund.applied"))
		require.Empty(t, a.mishaps.reason)
		require.Equal(t, int64(12_500), a.balance(t, ledger.PlatformCapital))
		a.requireExplained(t, 0, 0)
	})

	t.Run("when the card is gone and each refund fails, at whatever rate", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
		a.rate(t, "0.75")
		a.control(t, "/refunds/"+a.standing(t, input.PaymentIntentID).Booked[0]+"/fail", `{}`)
		h := a.begin(t)
		reason := ""
		h.at(10*time.Minute, func() {
			reason = a.mishaps.reason
			a.settle(t, input.PaymentIntentID, 10_000)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := completed[workflows.ConvertedPaymentResult](h, workflows.ConvertedPayment, input)

		require.Equal(t, "refund_failed", reason)
		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Equal(t, 1, a.effects("refund.applied"))
		require.Equal(t, int64(12_500), a.balance(t, ledger.PlatformCapital))
		a.requireExplained(t, 13_333-12_500, 0)
	})

	t.Run("but not while a refund may be on its way", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		a.mishaps.terminate("CreateRefund", beforeWork)
		h := a.begin(t)
		h.ExecuteWorkflow(workflows.ConvertedPayment, input)
		h.requireTerminated()

		_, refused := a.store.Corrections.Propose(t.Context(), a.outside(input.PaymentIntentID, 1))
		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
		_, late := a.store.Corrections.Propose(t.Context(), a.outside(input.PaymentIntentID, 1))

		require.Equal(t, "above_payment", fault.CodeOf(refused))
		require.Equal(t, "payment_returned", fault.CodeOf(late))
		a.requireExplained(t, 0, 0)
	})

	t.Run("and the workflow is signalled", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		c := corrected{a.world, workflows.CorrectionInput{Proposal: a.outside(input.PaymentIntentID, 10_000)}}
		h := c.begin(t)
		own := h.ask(time.Minute, workflows.UpdateApprove, by("Proposer"))
		h.ask(time.Hour, workflows.UpdateApprove, by("approver"))

		result := c.run(h)

		require.Equal(t, "same_person", fault.CodeOf(own.rejected))
		require.Equal(t, int64(10_000), result.CorrectedMinor)
		require.Contains(t, h.signals.all(), names.ConvertedPayment(input.PaymentIntentID)+" "+workflows.SignalStripeChanged)
		a.requireExplained(t, 0, 0)
	})
}

func TestConvertedPaymentIsSettledOutsideOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"ProposeCorrection", 1}, step{"DecideCorrection", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			c := corrected{a.world, workflows.CorrectionInput{Proposal: a.outside(input.PaymentIntentID, 10_000)}}
			c.befall(t, rule)
			begin := func() *history {
				h := c.begin(t)
				for again := range 3 {
					h.ask(time.Duration(again+1)*hour, workflows.UpdateApprove, by("approver"))
				}
				return h
			}

			survive[workflows.CorrectionResult](begin, workflows.Correction, c.input)

			require.Equal(t, int64(10_000), a.standing(t, input.PaymentIntentID).BackMinor)
			require.Equal(t, int64(12_500), a.balance(t, ledger.PlatformCapital))
			a.requireExplained(t, 0, 0)
		})
	}

	for clause, rule := range misfortunesAt(step{"CreateRefund", 1}, step{"EndConvertedRefund", 1}, step{"FreezeConvertedRefund", 2}) {
		t.Run("while the refund is refused, although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAbroad(t)
			input := a.converted(t, "pm_card_bypassPending")
			a.tooOld(t)
			a.befall(t, rule)
			settled := false
			begin := func() *history {
				h := a.begin(t)
				h.at(6*time.Hour, func() {
					if !settled {
						settled = true
						a.settle(t, input.PaymentIntentID, 10_000)
					}
					h.SignalWorkflow(workflows.SignalStripeChanged, nil)
				})
				return h
			}

			result := survive[workflows.ConvertedPaymentResult](begin, workflows.ConvertedPayment, input)

			require.Equal(t, int64(10_000), result.ReturnedMinor)
			require.Zero(t, a.effects("refund.applied"))
			a.requireExplained(t, 0, 0)
		})
	}
}
