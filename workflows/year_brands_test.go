package workflows_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// yearDeposit is a payment into a brand's own balance.
type yearDeposit struct {
	input     workflows.DepositInput
	paymentID string
	disputed  bool
}

func (d *yearDeposit) id() string { return d.input.Deposit.ID }

// deposit pays into a brand's balance.
func (y *year) deposit() bool {
	currency, amountMinor := y.currency(), 30_000+y.random.Int64N(200_000)
	surchargeMinor, err := yearFee.Surcharge(amountMinor, currency)
	require.NoError(y.t, err)
	d := &yearDeposit{input: workflows.DepositInput{
		Deposit: funding.NewDeposit{
			ID: uuid.NewString(), OrganizationID: pick(y, y.brands...), Currency: currency, AmountMinor: amountMinor, SurchargeMinor: surchargeMinor, RequestedBy: "brand",
		},
		PaymentMethod: pick(y, "pm_card_bypassPending", "pm_card_visa"), CheckInterval: checkInterval,
	}}
	result := completed[workflows.DepositResult](y.begin(y.t), workflows.Deposit, d.input)
	require.Equal(y.t, funding.DepositReceived, result.Status)
	d.paymentID = result.PaymentIntentID
	y.deposits = append(y.deposits, d)
	y.model.paidInMinor[currency] += amountMinor + surchargeMinor
	y.note("deposit %.8s of %d %s, organization %.8s", d.id(), amountMinor, currency, d.input.Deposit.OrganizationID)
	y.requireNoAttention("deposit")
	return true
}

// balanceOf is what a brand can use of its own balance.
func (y *year) balanceOf(organizationID string, currency money.Currency) int64 {
	all, err := y.store.Funding.ListBalances(y.t.Context(), organizationID)
	require.NoError(y.t, err)
	for _, each := range all {
		if each.Currency == currency {
			return each.AvailableMinor()
		}
	}
	return 0
}

// withdraw sends some of a brand's balance back.
func (y *year) withdraw() bool {
	organizationID, currency := pick(y, y.brands...), y.currency()
	available := y.balanceOf(organizationID, currency)
	if available < 1_000 || y.refundableMinor(organizationID, currency) < available {
		return false // the rest came from lost disputes' campaigns: no deposit can be refunded for it
	}
	if y.missingNowMinor(currency) > 0 {
		return false // it would wait for finance
	}
	input := workflows.WithdrawalInput{
		Withdrawal: funding.NewWithdrawal{
			ID: uuid.NewString(), OrganizationID: organizationID, Currency: currency, AmountMinor: 500 + y.random.Int64N(available-500), RequestedBy: "brand",
		},
		CheckInterval: checkInterval,
	}
	y.note("withdrawal of %d of %d %s, organization %.8s", input.Withdrawal.AmountMinor, available, currency, organizationID)
	result := completed[workflows.WithdrawalResult](y.begin(y.t), workflows.Withdrawal, input)
	require.Equal(y.t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: input.Withdrawal.AmountMinor}, result)
	y.requireNoAttention("withdrawal")
	return true
}

// refundableMinor is what is left to refund of a brand's deposits.
func (y *year) refundableMinor(organizationID string, currency money.Currency) (sumMinor int64) {
	for _, d := range y.deposits {
		if d.input.Deposit.OrganizationID == organizationID && d.input.Deposit.Currency == currency && !d.disputed {
			found, err := y.store.Funding.GetDeposit(y.t.Context(), d.id())
			require.NoError(y.t, err)
			sumMinor += found.AmountMinor - found.RefundedMinor
		}
	}
	return sumMinor
}

// fundFromBalance gives a campaign a budget from its brand's balance.
func (y *year) fundFromBalance() bool {
	c := y.newCampaign()
	terms := &c.input.Terms
	available := y.balanceOf(c.input.OrganizationID, terms.Currency)
	if available < 10_000 {
		y.campaigns = y.campaigns[:len(y.campaigns)-1]
		return false
	}
	terms.BudgetMinor = 5_000 + y.random.Int64N(available-5_000)
	y.runs(c, 6*hour, func(h *history) {
		h.ask(1*time.Minute, workflows.UpdateTransition, asks(campaign.Submit))
		h.ask(2*time.Minute, workflows.UpdateTransition, asks(campaign.Approve))
		h.ask(3*time.Minute, workflows.UpdateFund, fromBalance())
	})
	require.Equal(y.t, campaign.Live, y.onRecord(c).Status)
	y.submitSome(c)
	return true
}

// amend raises, lowers or prolongs a live campaign.
func (y *year) amend() bool {
	c := y.campaignIn(campaign.Live)
	if c == nil {
		return false
	}
	found := y.onRecord(c)
	if found.SpentMinor == found.Terms.BudgetMinor || found.Terms.EndsAt.Before(y.clock.Now().Add(2*days)) {
		return false // its workflow is about to complete it
	}
	change := campaign.Change{}
	switch free := min(found.AllocatedMinor, found.Terms.BudgetMinor-found.SpentMinor); y.random.IntN(3) {
	case 0:
		available := y.balanceOf(c.input.OrganizationID, found.Terms.Currency)
		if available < 100 {
			return false
		}
		change.BudgetMinor = found.Terms.BudgetMinor + 1 + y.random.Int64N(available)
	case 1:
		if free < 100 {
			return false
		}
		change.BudgetMinor = found.Terms.BudgetMinor - 1 - y.random.Int64N(free/2)
	default:
		change.EndsAt = found.Terms.EndsAt.Add(time.Duration(1+y.random.IntN(3)) * week)
	}
	var amended *answer
	y.note("amend %.8s: %+v", c.input.CampaignID, change)
	y.runs(c, 26*hour, func(h *history) { amended = h.ask(time.Minute, workflows.UpdateAmend, amends(change)) })
	if y.onRecord(c).Status != campaign.Live {
		return false // a refund by hand had taken the rest of the budget
	}
	require.True(y.t, amended.done, "%v", amended.rejected)
	require.NoError(y.t, amended.failed)
	return true
}

// cancel ends a campaign before its time.
func (y *year) cancel() bool {
	c := y.campaignIn(campaign.Live)
	if c == nil {
		return false
	}
	command := pick(y, campaign.Complete, campaign.Cancel)
	c.ending = true
	y.runs(c, 26*hour, func(h *history) { h.ask(time.Minute, workflows.UpdateTransition, asks(command)) })
	return true
}

// refundByHand refunds some of a campaign's payment in Stripe's dashboard.
func (y *year) refundByHand() bool {
	c := y.campaignIn(campaign.Live)
	if c == nil {
		return false
	}
	standing, err := y.store.Campaigns.GetStanding(y.t.Context(), c.input.CampaignID, 0)
	require.NoError(y.t, err)
	free := standing.Facts.EscrowMinor() - standing.Facts.DisputedMinor - standing.Facts.AllocatedMinor
	if standing.PaymentIntentID == "" || free < 1_000 {
		return false
	}
	amountMinor := 100 + y.random.Int64N(free/2)
	y.note("refund of %d of campaign %.8s by hand", amountMinor, c.input.CampaignID)
	y.control(y.t, "/refunds", fmt.Sprintf(`{"payment_intent":%q,"amount_minor":%d}`, standing.PaymentIntentID, amountMinor))
	y.hears(c)
	return true
}

// refundDepositByHand does the same to a deposit, of what the brand has left.
func (y *year) refundDepositByHand() bool {
	if len(y.deposits) == 0 {
		return false
	}
	d := pick(y, y.deposits...)
	found, err := y.store.Funding.GetDeposit(y.t.Context(), d.id())
	require.NoError(y.t, err)
	left := min(found.AmountMinor-found.RefundedMinor, y.balanceOf(found.OrganizationID, found.Currency))
	if d.disputed || left < 1_000 {
		return false
	}
	y.note("refund of some of %d of deposit %.8s by hand", left, d.id())
	y.control(y.t, "/refunds", fmt.Sprintf(`{"payment_intent":%q,"amount_minor":%d}`, d.paymentID, 100+y.random.Int64N(left-100)))
	y.unheard = true
	return true
}

// failRefund has a brand's bank send a refund back that has arrived.
func (y *year) failRefund() bool {
	for _, each := range y.call(y.t, http.MethodGet, "/v1/refunds?limit=100", "", "", "")["data"].([]any) {
		refund := each.(map[string]any)
		if refund["status"] == "succeeded" && y.clock.Now().Sub(time.Unix(int64(refund["created"].(float64)), 0)) < 2*week && y.random.IntN(3) == 0 {
			y.note("refund %s of %v fails", refund["id"], refund["amount"])
			y.control(y.t, "/refunds/"+refund["id"].(string)+"/fail", `{}`)
			y.unheard, y.refundFailed = true, true
			return true
		}
	}
	return false
}

// dispute has a brand's bank take a payment back, and decides after days.
func (y *year) dispute() bool {
	d, disputed, verdict := (*yearDeposit)(nil), (*yearCampaign)(nil), pick(y, "win", "lose")
	paymentID := ""
	if c := y.campaignIn(campaign.Live); c != nil && y.random.IntN(2) == 0 {
		standing, err := y.store.Campaigns.GetStanding(y.t.Context(), c.input.CampaignID, 0)
		require.NoError(y.t, err)
		if standing.Facts.RefundedMinor == 0 && !c.disputed {
			disputed, paymentID = c, standing.PaymentIntentID
		}
	} else if len(y.deposits) > 0 {
		d = pick(y, y.deposits...)
		found, err := y.store.Funding.GetDeposit(y.t.Context(), d.id())
		require.NoError(y.t, err)
		if found.RefundedMinor == 0 && !d.disputed && (verdict == "win" || y.balanceOf(found.OrganizationID, found.Currency) >= found.PaymentMinor()) {
			paymentID = d.paymentID
		}
	}
	if paymentID == "" {
		return false
	}
	opened := y.call(y.t, http.MethodPost, "/_sim/disputes", "", "application/json", fmt.Sprintf(`{"charge":%q}`, y.chargeOf(paymentID)))
	id := opened["id"].(string)
	if d != nil {
		d.disputed = true
	} else {
		disputed.disputed = true
	}
	y.note("dispute %s over %s: %s", id, paymentID, verdict)
	h := y.begin(y.t)
	h.at(2*days, func() { y.control(y.t, "/disputes/"+id+"/"+verdict, `{}`) })
	completed[workflows.DisputeResult](h, workflows.FundingDispute, workflows.DisputeInput{DisputeID: id, Campaign: yearSettings()})
	y.count["dispute: "+verdict]++
	y.requireNoAttention("dispute")
	if disputed != nil {
		y.runs(disputed, hour, nil)
	}
	return true
}

func (y *year) chargeOf(paymentID string) string {
	return y.call(y.t, http.MethodGet, "/v1/payment_intents/"+paymentID, "", "", "")["latest_charge"].(string)
}

// hears lets a campaign's workflow run because of a webhook, unless the webhook is lost.
func (y *year) hears(c *yearCampaign) {
	if y.random.IntN(2) == 0 {
		y.runs(c, hour, nil)
	} else {
		y.unheard = true
	}
}

// wake runs the workflow of an id for a while, as a signal to it would. A deposit that has ended is started
// again by the comparison itself.
func (y *year) wake(workflowID string) {
	for _, c := range y.campaigns {
		if workflowID == names.Campaign(c.input.CampaignID) {
			y.runs(c, 2*hour, nil)
		}
	}
}
