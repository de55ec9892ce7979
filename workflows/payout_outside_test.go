package workflows_test

import (
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// reverseByHand takes back a part of the transfer as a person does in Stripe's dashboard:
// without metadata of ours.
func (p payable) reverseByHand(t *testing.T, amountMinor int64, metadata map[string]string) string {
	t.Helper()
	form := url.Values{"amount": {strconv.FormatInt(amountMinor, 10)}}
	for name, value := range metadata {
		form.Set("metadata["+name+"]", value)
	}
	return p.post(t, "/v1/transfers/"+p.onRecord(t).TransferID+"/reversals", form)["id"].(string)
}

// adjust changes the balance of the connected account for a reason that is not ours.
func (p payable) adjust(t *testing.T, amountMinor int64) {
	t.Helper()
	p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":`+strconv.FormatInt(amountMinor, 10)+`,"currency":"usd"}`)
}

// settle settles the payout outside, as two people do.
func (p payable) settle(t *testing.T, how correction.How) {
	t.Helper()
	proposal := correction.Proposal{
		ID: uuid.NewString(), Kind: correction.SettlePayout, Currency: "USD", PayoutID: p.payoutID, How: how, ProposedBy: "proposer",
		Reason: "no rule settles it", Evidence: "the creator has confirmed it", Reference: "by phone", Now: p.clock.Now(),
	}
	_, err := p.store.Corrections.Propose(t.Context(), proposal)
	require.NoError(t, err)
	_, err = p.store.Corrections.Decide(t.Context(), correction.Decision{ID: proposal.ID, Approve: true, Actor: "approver", Reason: "seen", Now: p.clock.Now()})
	require.NoError(t, err)
}

// countActivities counts the activities of a history by their names.
func (h *history) countActivities() map[string]int {
	counts := map[string]int{}
	h.onStarted(func(activityType string) { counts[activityType]++ })
	return counts
}

func TestTransferTakenBackByHand(t *testing.T) {
	t.Parallel()

	t.Run("ends a parked payout as cancelled, without another reversal", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() {
			p.reverseByHand(t, earnedMinor, nil)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := p.pay(h)

		require.Equal(t, payout.Cancelled, result.Status)
		require.Less(t, h.Now().Sub(start), 4*days)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("is found without a webhook", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() { p.reverseByHand(t, earnedMinor, nil) })

		p.pay(h)

		require.Less(t, h.Now().Sub(start), 5*days)
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("ends at once when the reversal carries the metadata of a generation to come", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() {
			p.reverseByHand(t, earnedMinor, map[string]string{"payout_id": p.payoutID, "generation": "1"})
		})
		retry := h.ask(3*days+time.Minute, workflows.UpdateRetry, operator())

		p.pay(h)

		require.NoError(t, retry.rejected)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("is acknowledged by an operator who names the reversal", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		resolve := &answer{}
		h.at(3*days, func() {
			who := operator()
			who.Evidence = p.reverseByHand(t, earnedMinor, nil)
			h.update(resolve, workflows.UpdateResolve, who)
		})

		p.pay(h)

		require.NoError(t, resolve.rejected)
		require.NoError(t, resolve.failed)
		require.Less(t, h.Now().Sub(start), 3*days+hour)
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("in part is its own reason, and a cancellation takes the rest back", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() {
			p.reverseByHand(t, 1_000, nil)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		parked := p.look(h, 4*days)
		cancel := h.ask(5*days, workflows.UpdateCancel, operator())

		p.pay(h)

		requireParked(t, parked, payout.PartlyReversed)
		require.NoError(t, cancel.rejected)
		require.Equal(t, 2, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("in two parts ends the payout", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() { p.reverseByHand(t, 1_000, nil) })
		h.at(6*days, func() { p.reverseByHand(t, earnedMinor-1_000, nil) })

		p.pay(h)

		require.Equal(t, 2, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("while a cancellation waits for funds of the account ends the cancellation", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() { p.adjust(t, -earnedMinor) })
		h.ask(3*days+time.Minute, workflows.UpdateCancel, operator())
		parked := p.look(h, 4*days)
		h.at(5*days, func() {
			p.adjust(t, earnedMinor)
			p.reverseByHand(t, earnedMinor, nil)
		})

		p.pay(h)

		requireParked(t, parked, payout.ReversalRefused)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})
}

func TestConnectedBalanceTaken(t *testing.T) {
	t.Parallel()

	t.Run("sends nothing until the money is back, in 90 days with few looks", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		counts := h.countActivities()
		p.script(t, faults.Rule{Path: "/v1/payouts", Method: "POST", Action: faults.Refuse, Status: 400, Code: "balance_insufficient"})
		h.at(time.Minute/2, func() { p.adjust(t, -earnedMinor) })
		parked := p.look(h, 80*days)
		h.at(90*days, func() { p.adjust(t, earnedMinor) })

		p.pay(h)

		requireParked(t, parked, payout.ConnectedBalance)
		require.Len(t, parked.Attempts, 2)
		require.Equal(t, 2, counts["CreateBankPayout"])
		require.Less(t, counts["ReadTransfer"]+counts["ReadBalance"]+counts["GetAccount"], 220)
		p.requirePaidOnce(t)
	})
}

func TestPayoutSettledOutside(t *testing.T) {
	t.Parallel()

	t.Run("ends at once when the connected balance was paid out by another schedule", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		p.script(t, faults.Rule{Path: "/v1/payouts", Method: "POST", Action: faults.Refuse, Status: 400, Code: "balance_insufficient"})
		h.at(time.Minute/2, func() {
			p.control(t, "/accounts/"+p.creator.account+"/payout", `{"amount_minor":`+strconv.FormatInt(earnedMinor, 10)+`,"currency":"usd"}`)
		})
		parked := p.look(h, 2*days)
		h.at(3*days, func() {
			p.settle(t, correction.PaidToCreator)
			h.SignalWorkflow(workflows.SignalBooksChanged, nil)
		})

		result := p.pay(h)

		requireParked(t, parked, payout.ConnectedBalance)
		require.Equal(t, payout.Settled, result.Status)
		require.Less(t, h.Now().Sub(start), 3*days+hour)
		require.Zero(t, p.stripeAvailable(t, p.creator.account))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("ends while the bank does not answer, and a late answer changes nothing", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(hour, func() { p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/hold", "{}") })
		parked := p.look(h, 10*days)
		h.at(11*days, func() {
			p.settle(t, correction.PaidToCreator)
			h.SignalWorkflow(workflows.SignalBooksChanged, nil)
		})

		result := p.pay(h)
		p.control(t, "/payouts/"+p.onRecord(t).BankPayoutID+"/pay", "{}")
		late := p.pay(p.begin(t))

		requireParked(t, parked, payout.BankPayoutLate)
		require.Equal(t, payout.Settled, result.Status)
		require.Equal(t, payout.Settled, late.Status)
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("as lost gives the creator the money back, also while a cancellation waits", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(3*days, func() { p.adjust(t, -earnedMinor) })
		h.ask(3*days+time.Minute, workflows.UpdateCancel, operator())
		parked := p.look(h, 4*days)
		h.at(5*days, func() {
			p.settle(t, correction.Lost)
			h.SignalWorkflow(workflows.SignalBooksChanged, nil)
		})

		result := p.pay(h)

		requireParked(t, parked, payout.ReversalRefused)
		require.Equal(t, payout.Returned, result.Status)
		p.requireAt(t, earnedMinor, 0, 0)
	})
}
