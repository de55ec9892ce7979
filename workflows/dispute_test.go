package workflows_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// disputed is a live campaign that has spent 50.00 of 1000.00 USD, and whose payment the
// brand's bank takes back.
type disputed struct {
	*brand
	input workflows.DisputeInput
}

func setupDispute(t *testing.T, amountMinor int64) disputed {
	t.Helper()
	b := setupCampaign(t, nil)
	b.input.CampaignID, b.input.Terms = b.liveCampaign(t, nil)
	b.submit(t, b.creator(t, goodBank), 10_000)
	return b.dispute(t, amountMinor)
}

// dispute has the bank take some of the campaign's payment back.
func (b *brand) dispute(t *testing.T, amountMinor int64) disputed {
	t.Helper()
	intent := b.call(t, http.MethodGet, "/v1/payment_intents/"+b.onRecord(t).PaymentIntentID, "", "", "")
	opened := b.call(t, http.MethodPost, "/_sim/disputes", "", "application/json",
		fmt.Sprintf(`{"charge":%q,"amount_minor":%d}`, intent["latest_charge"], amountMinor))
	return disputed{b, workflows.DisputeInput{DisputeID: opened["id"].(string), Campaign: b.input.Settings}}
}

func (d disputed) decide(t *testing.T, verdict string) {
	t.Helper()
	d.control(t, "/disputes/"+d.input.DisputeID+"/"+verdict, `{}`)
}

func (d disputed) follow(h *history) workflows.DisputeResult {
	h.t.Helper()
	return completed[workflows.DisputeResult](h, workflows.FundingDispute, d.input)
}

// standing is the dispute as the books have it.
func (d disputed) standing(t *testing.T) campaigns.FundingDispute {
	t.Helper()
	found, err := d.store.Campaigns.GetDispute(t.Context(), d.input.DisputeID)
	require.NoError(t, err)
	return found
}

// requireWon says that the dispute has cost its fee and nothing else.
func (d disputed) requireWon(t *testing.T) {
	t.Helper()
	require.Equal(t, dispute.StatusWon, d.standing(t).Status)
	require.Zero(t, d.balance(t, ledger.StripeDisputed))
	require.Zero(t, d.balance(t, ledger.PlatformLosses))
	require.Equal(t, int64(95_000), d.balance(t, ledger.CampaignEscrow(d.brand.input.CampaignID)))
	d.requireAsAtStripe(t)
}

// requireLost says that the brand has what was not spent, and that the rest is our loss.
func (d disputed) requireLost(t *testing.T) {
	t.Helper()
	require.Equal(t, dispute.StatusLost, d.standing(t).Status)
	require.Zero(t, d.balance(t, ledger.StripeDisputed))
	require.Equal(t, int64(5_000), d.balance(t, ledger.PlatformLosses))
	require.Zero(t, d.balance(t, ledger.CampaignEscrow(d.brand.input.CampaignID)))
	require.Equal(t, int64(95_000), d.onRecord(t).RefundedMinor)
	d.requireAsAtStripe(t)
}

// requireAsAtStripe compares our Stripe account with Stripe's own word.
func (d disputed) requireAsAtStripe(t *testing.T) {
	t.Helper()
	require.Equal(t, d.stripeAvailable(t, ""), d.balance(t, ledger.StripePlatform))
	d.requireBooksInOrder(t)
}

func TestFundingDispute(t *testing.T) {
	t.Parallel()

	t.Run("freezes what is not spent, and gives it back when it is won", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		h := d.begin(t)
		h.at(time.Hour, func() {
			open := d.standing(t)
			require.Equal(t, dispute.StatusOpen, open.Status)
			require.Equal(t, int64(95_000), open.FrozenMinor)
			require.Equal(t, int64(100_000), d.balance(t, ledger.StripeDisputed))
			d.requireAsAtStripe(t)
		})
		h.at(2*days, func() { d.decide(t, "win") })

		result := d.follow(h)

		require.Equal(t, workflows.DisputeResult{Verdict: dispute.Won, CampaignID: d.brand.input.CampaignID, AmountMinor: 100_000}, result)
		require.Contains(t, h.signals.all(), names.Campaign(d.brand.input.CampaignID)+" "+workflows.SignalStripeChanged)
		d.requireWon(t)
	})

	t.Run("leaves the brand what was not spent, and us the loss, when it is lost", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		h := d.begin(t)
		h.at(2*days, func() { d.decide(t, "lose") })

		result := d.follow(h)

		require.Equal(t, dispute.Lost, result.Verdict)
		d.requireLost(t)
	})

	t.Run("looks as soon as Stripe tells of a change", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		d.input.Campaign.CheckInterval = duration.Text(30 * days)
		h := d.begin(t)
		h.at(hour, func() {
			d.decide(t, "lose")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		d.follow(h)

		require.Less(t, d.clock.Now().Sub(start), days)
		d.requireLost(t)
	})

	t.Run("that ended before anybody looked is booked whole", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		d.decide(t, "lose")

		d.follow(d.begin(t))

		d.requireLost(t)
	})

	t.Run("that is followed again books nothing again", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		d.decide(t, "win")
		d.follow(d.begin(t))

		again := d.follow(d.begin(t))

		require.Equal(t, dispute.Won, again.Verdict)
		d.requireWon(t)
	})

	t.Run("continues when a person tries to cancel it: the bank decides", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		h := d.begin(t)
		h.at(time.Hour, h.CancelWorkflow)
		h.at(2*days, func() { d.decide(t, "win") })

		d.follow(h)

		d.requireWon(t)
	})

	t.Run("waits while Stripe cannot be read", func(t *testing.T) {
		t.Parallel()
		d := setupDispute(t, 100_000)
		d.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/disputes", Action: faults.ServerError, Status: 503, Count: 20})
		h := d.begin(t)
		h.at(2*days, func() { d.decide(t, "win") })

		d.follow(h)

		d.requireWon(t)
	})

	t.Run("of a payment that is not in the books yet waits until it is", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "")
		h.at(time.Hour, func() {
			b.post(t, "/v1/payment_intents/"+b.onRecord(t).PaymentIntentID+"/confirm", url.Values{"payment_method": {"pm_card_bypassPending"}})
			d := b.dispute(t, 100_000)
			following := b.world.begin(t)
			following.at(hour, func() { require.Zero(t, b.balance(t, ledger.StripeDisputed)) })
			following.at(2*hour, func() {
				paid, err := b.payments.GetFunding(t.Context(), b.onRecord(t).PaymentIntentID)
				require.NoError(t, err)
				require.NoError(t, b.store.Campaigns.RecordFunding(t.Context(), ledger.Funding{
					CampaignID: b.input.CampaignID, PaymentIntentID: paid.ID, Currency: "USD", GrossMinor: paid.AmountMinor,
					SurchargeMinor: b.input.Terms.SurchargeMinor, FeeMinor: paid.FeeMinor, At: b.clock.Now(),
				}))
			})
			following.at(days, func() { d.decide(t, "lose") })
			d.follow(following)
			require.Equal(t, int64(100_000), d.standing(t).FrozenMinor)
			b.clock.follow(h.Now)
		})

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		require.Zero(t, b.effects("refund.applied"), "the brand has it already")
		b.requireBooksInOrder(t)
	})

	t.Run("of a payment that is not ours to follow ends", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		paid := w.post(t, "/v1/payment_intents", url.Values{
			"amount": {"5000"}, "currency": {"usd"}, "payment_method": {"pm_card_bypassPending"}, "confirm": {"true"},
			"automatic_payment_methods[enabled]": {"true"}, "automatic_payment_methods[allow_redirects]": {"never"},
		})
		opened := w.call(t, http.MethodPost, "/_sim/disputes", "", "application/json", fmt.Sprintf(`{"charge":%q}`, paid["latest_charge"]))

		result := completed[workflows.DisputeResult](w.begin(t), workflows.FundingDispute, workflows.DisputeInput{DisputeID: opened["id"].(string)})

		require.Empty(t, result.CampaignID)
		require.Zero(t, w.balance(t, ledger.StripeDisputed))
	})
}

func TestDisputeIsBookedOnce(t *testing.T) {
	t.Parallel()
	outcomes := map[string]struct {
		steps   []step
		require func(d disputed, t *testing.T)
	}{
		"win":  {[]step{{"GetDispute", 1}, {"FindPaidCampaign", 1}, {"RecordDisputeOpened", 1}, {"RecordDisputeWon", 1}}, disputed.requireWon},
		"lose": {[]step{{"RecordDisputeOpened", 1}, {"RecordDisputeLost", 1}}, disputed.requireLost},
	}
	for verdict, outcome := range outcomes {
		for clause, rule := range misfortunesAt(outcome.steps...) {
			t.Run(verdict+" although "+clause, func(t *testing.T) {
				t.Parallel()
				d := setupDispute(t, 100_000)
				d.befall(t, rule)
				decide := sync.OnceFunc(func() { d.decide(t, verdict) })
				begin := func() *history {
					h := d.begin(t)
					h.at(days, decide)
					return h
				}

				survive[workflows.DisputeResult](begin, workflows.FundingDispute, d.input)

				outcome.require(d, t)
			})
		}
	}
}

func TestDisputedCampaign(t *testing.T) {
	t.Parallel()

	t.Run("is neither refunded nor closed before the bank has decided, and refunded when the dispute is won", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		var d disputed
		h.at(hour, func() {
			d = b.dispute(t, 100_000)
			require.NoError(t, b.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: d.input.DisputeID, PaymentIntentID: b.onRecord(t).PaymentIntentID, CampaignID: b.input.CampaignID,
				Currency: "USD", AmountMinor: 100_000, At: b.clock.Now(),
			}))
		})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		h.at(10*days, func() {
			require.Equal(t, campaign.Completed, b.onRecord(t).Status)
			require.Zero(t, b.effects("refund.applied"))
			d.decide(t, "win")
			require.NoError(t, b.store.Campaigns.RecordDisputeWon(t.Context(), d.input.DisputeID, b.clock.Now()))
		})

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 0)
	})

	t.Run("ends when the dispute takes all that was left", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			require.NoError(t, b.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: "du_1", PaymentIntentID: b.onRecord(t).PaymentIntentID, CampaignID: b.input.CampaignID,
				Currency: "USD", AmountMinor: 100_000, At: b.clock.Now(),
			}))
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(2*hour, func() {
			require.Equal(t, campaign.Live, b.onRecord(t).Status)
			require.NoError(t, b.store.Campaigns.RecordDisputeLost(t.Context(), "du_1", b.clock.Now()))
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(days, func() { require.NotEqual(t, campaign.Live, b.onRecord(t).Status) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
	})

	t.Run("is not closed while a dispute over what is spent is open", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.submit(t, who, 200_000)
			h.SignalWorkflow(workflows.SignalBudgetExhausted, nil)
		})
		h.at(3*hour, func() { b.settle(t, b.reserve(t, who)) })
		h.at(2*hour, func() {
			require.NoError(t, b.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: "du_1", PaymentIntentID: b.onRecord(t).PaymentIntentID, CampaignID: b.input.CampaignID,
				Currency: "USD", AmountMinor: 100_000, At: b.clock.Now(),
			}))
		})
		h.at(10*days, func() {
			require.Equal(t, campaign.Completed, b.onRecord(t).Status)
			require.NoError(t, b.store.Campaigns.RecordDisputeLost(t.Context(), "du_1", b.clock.Now()))
		})

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		require.Equal(t, int64(100_000), b.balance(t, ledger.PlatformLosses))
	})
}
