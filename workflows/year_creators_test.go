package workflows_test

import (
	"sync"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// clawBack takes back what a clip has earned, or a part of it, by two people.
func (y *year) clawBack() bool {
	if len(y.clips) == 0 {
		return false
	}
	each := pick(y, y.clips...)
	grossMinor := y.model.grossMinor[each.id]
	if grossMinor < 100 {
		return false
	}
	proposal := correction.Proposal{
		ID: uuid.NewString(), Kind: correction.Clawback, Currency: each.campaign.input.Terms.Currency, ClipID: each.id, ProposedBy: "proposer", Reason: "the views were bought",
	}
	if y.random.IntN(2) == 0 {
		proposal.AmountMinor = 1 + y.random.Int64N(grossMinor)
	}
	h := y.begin(y.t)
	for _, id := range y.endedWorkflows() {
		h.gone[id] = true
	}
	h.ask(hour, workflows.UpdateApprove, by("approver"))
	result := completed[workflows.CorrectionResult](h, workflows.Correction, workflows.CorrectionInput{Campaign: yearSettings(), Proposal: proposal})
	y.note("clawback of %d of %d from clip %.8s of campaign %.8s: %d", proposal.AmountMinor, grossMinor, each.id, each.campaign.input.CampaignID, result.CorrectedMinor)
	y.model.grossMinor[each.id] -= result.CorrectedMinor
	if !each.campaign.ended {
		y.runs(each.campaign, hour, nil)
	}
	y.requireNoAttention("clawback")
	return true
}

// payInstantly pays a creator at once who asks for it.
func (y *year) payInstantly() bool {
	currency := money.Currency("USD")
	_, err := y.store.Earnings.ReleaseHolds(y.t.Context(), y.clock.Now(), 1_000)
	require.NoError(y.t, err)
	who := y.creators[0]
	if y.booked()[ledger.CreatorAvailable(who.id)][currency] < 1_000 {
		return false
	}
	runID := names.InstantRunID(uuid.NewString())
	input := workflows.PayoutInput{
		PayoutID: names.PayoutID(runID, who.id, string(currency)), RunID: runID, CreatorID: who.id, Currency: currency, Policy: yearPolicy(),
		Instant: &payout.InstantRequest{
			Offer: payout.InstantOffer{MinimumMinor: 1_000, MaximumMinor: 999_900, FeeBasisPoints: 100, FeeBearer: payout.CreatorBears}, Actor: "user-creator", At: y.clock.Now(),
		},
	}
	result := completed[workflows.PayoutResult](y.begin(y.t), workflows.CreatorPayout, input)
	y.note("instant payout of %d to %s: %s", result.AmountMinor, who.handle, result.Status)
	require.Equal(y.t, payout.Paid, result.Status)
	y.requireNoAttention("instant payout")
	return true
}

// returnPayout has a bank return this week's payout to a creator, who gives another bank account later.
func (y *year) returnPayout() bool {
	who := y.creators[2]
	y.note("the bank of %s returns payouts for some days", who.handle)
	y.replaceBank(y.t, who.account, returning)
	replace := sync.OnceFunc(func() { y.replaceBank(y.t, who.account, goodBank) })
	y.afterPayouts = append(y.afterPayouts, replace) // there may have been no payout for so long
	y.duringPayouts = append(y.duringPayouts, func(h *history) {
		h.at(4*days, func() {
			replace()
			for _, currency := range yearCurrencies { // only the webhook tells of a new bank account
				payoutID := names.PayoutID(names.PayoutRunID(y.period(), payout.WeeklyRun), who.id, string(currency))
				_ = h.SignalWorkflowByID(names.Payout(payoutID), workflows.SignalBankAccountChanged, nil) // there may be no such payout
			}
		})
	})
	return true
}
