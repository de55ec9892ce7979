package workflows_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
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
	{"the platform pays capital in", 1, func(y *year) bool { y.topUp(y.currency(), 10_000+y.random.Int64N(100_000)); return true }},
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
	for range 1 + y.random.IntN(3) {
		y.submit(c)
	}
	return true
}

func (y *year) topUp(currency money.Currency, amountMinor int64) {
	y.control(y.t, "/topups", fmt.Sprintf(`{"amount_minor":%d,"currency":%q}`, amountMinor, strings.ToLower(string(currency))))
}

func (y *year) chargeFee() bool {
	y.control(y.t, "/fees/charge", fmt.Sprintf(`{"type":%q,"amount_minor":%d,"currency":%q,"description":"Radar"}`,
		pick(y, "stripe_fee", "tax_fee"), 1+y.random.Int64N(900), strings.ToLower(string(y.currency()))))
	return true
}

// wake runs the workflow of an id for a while, as the signal to it would.
func (y *year) wake(workflowID string) {
	for _, c := range y.campaigns {
		if workflowID == names.Campaign(c.input.CampaignID) {
			y.runs(c, 2*hour, nil)
		}
	}
}

// yearDeposit is a payment into a brand's own balance.
type yearDeposit struct{ input workflows.DepositInput }

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

func (y *year) requireStatements() {}
