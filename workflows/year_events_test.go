package workflows_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/workflows"
)

// yearEvent is something that people or Stripe do in a week.
type yearEvent struct {
	name   string
	weight int
	// do reports whether the event applied.
	do func(y *year) bool
}

func (e yearEvent) play(y *year) {
	y.note("event: %s", e.name)
	if e.do(y) {
		y.count[e.name]++
	}
}

var yearEvents = []yearEvent{
	{"a campaign is paid by card", 5, func(y *year) bool { return y.fund(pick(y, "pm_card_bypassPending", "pm_card_visa"), 6*hour) }},
	{"a campaign is paid by bank debit", 2, func(y *year) bool { return y.fund("pm_usBankAccount_success", 4*days) }},
	{"a brand deposits", 3, (*year).deposit},
	{"a brand withdraws", 2, (*year).withdraw},
	{"a campaign is funded from the balance", 2, (*year).fundFromBalance},
	{"a campaign is raised, lowered or prolonged", 3, (*year).amend},
	{"a campaign is ended early", 1, (*year).cancel},
	{"a payment is refunded by hand", 1, (*year).refundByHand},
	{"a deposit is refunded by hand", 1, (*year).refundDepositByHand},
	{"a refund fails", 1, (*year).failRefund},
	{"a payment is disputed", 2, (*year).dispute},
	{"the platform pays capital in", 1, func(y *year) bool { y.topUp(y.currency(), 10_000+y.random.Int64N(100_000)); return true }},
	{"the platform takes capital out", 1, (*year).takeOut},
	{"the platform takes out what is not its own", 1, (*year).takeTooMuch},
	{"the platform's bank takes capital back", 1, (*year).reverseTopUp},
	{"Stripe sets money aside, or releases it", 2, (*year).holdReserve},
	{"exchange rates change", 2, (*year).changeRates},
	{"earnings are clawed back", 2, (*year).clawBack},
	{"a creator is paid at once", 3, (*year).payInstantly},
	{"a bank returns a payout", 1, (*year).returnPayout},
	{"Stripe charges a fee", 1, (*year).chargeFee},
}

func (y *year) draw() yearEvent {
	total := 0
	for _, event := range yearEvents {
		total += event.weight
	}
	at := y.random.IntN(total)
	for _, event := range yearEvents {
		if at -= event.weight; at < 0 {
			return event
		}
	}
	panic("the weights do not add up")
}

// fund creates a campaign, pays for it and submits clips to it.
func (y *year) fund(method string, patience time.Duration) bool {
	c := y.newCampaign()
	if method == "pm_usBankAccount_success" && c.input.Terms.Currency != "USD" {
		method = "pm_card_bypassPending" // a bank debit is one in dollars
	}
	y.runs(c, patience, func(h *history) {
		h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
		h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
		h.ask(3*time.Minute, workflows.UpdateFund, workflows.Fund{PaymentMethod: method, Actor: "brand"})
	})
	require.Equal(y.t, campaign.Live, y.onRecord(c).Status)
	y.model.paidInMinor[c.input.Terms.Currency] += c.input.Terms.PaymentMinor()
	y.submitSome(c)
	return true
}

func (y *year) submitSome(c *yearCampaign) {
	for range 1 + y.random.IntN(3) {
		y.submit(c)
	}
}

func (y *year) frozenMinor(currency money.Currency) int64 {
	sum := y.model.atRiskMinor[currency]
	for _, c := range y.campaigns {
		if c.input.Terms.Currency == currency {
			standing, err := y.store.Campaigns.GetStanding(y.t.Context(), c.input.CampaignID, 0)
			require.NoError(y.t, err)
			sum += standing.Facts.DisputedMinor
		}
	}
	return sum
}
