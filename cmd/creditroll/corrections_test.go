package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
)

// secondPerson is an API client of a person in finance. The world's own client belongs to
// another person.
func (w *world) secondPerson() *client.ClientWithResponses {
	w.t.Helper()
	keys, err := api.ParseKeys(tokenKeys)
	require.NoError(w.t, err)
	token, err := api.MintToken(keys, access.Principal{UserID: "second", Roles: []access.Role{access.Finance}}, tokenLife)
	require.NoError(w.t, err)
	made, err := client.NewClientWithResponses(w.apiURL, client.WithHTTPClient(persistent{token}))
	require.NoError(w.t, err)
	return made
}

// clawBack claws back all earnings of a clip. One person proposes it and another approves it.
func (w *world) clawBack(clipID string) client.Correction {
	w.t.Helper()
	proposed, err := w.client.ProposeCorrectionWithResponse(w.t.Context(), nil, client.NewCorrection{
		Kind: "clawback", Currency: "USD", ClipId: &clipID, Reason: "the views were bought", Evidence: "ticket 4711",
	})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusCreated, proposed.StatusCode(), string(proposed.Body))
	id := proposed.JSON201.Id
	require.Contains(w.t, w.details("correction/"+id), "Needs attention: approval_required")

	own, err := w.client.ApproveCorrectionWithResponse(w.t.Context(), id, nil, client.RequiredReason{Reason: "I am sure"})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusForbidden, own.StatusCode(), string(own.Body))
	approved, err := w.secondPerson().ApproveCorrectionWithResponse(w.t.Context(), id, nil, client.RequiredReason{Reason: "seen in the counts"})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, approved.StatusCode(), string(approved.Body))
	w.awaitEnded("correction/" + id)
	return *approved.JSON200
}

func (w *world) clipOn(campaignID, platform string) (clipID string) {
	w.t.Helper()
	clipID = w.text("SELECT clip_id::text FROM audit.clips WHERE campaign_id = $1 AND platform = $2", campaignID, platform)
	require.NotEmpty(w.t, clipID)
	return clipID
}

// requireBooks verifies the books, and compares them with Stripe's balance.
func (w *world) requireBooks() {
	w.t.Helper()
	dbtest.RequireBooksInOrder(w.t, w.store)
	w.requireBalance("", ledger.StripePlatform)
}

func TestClawback(t *testing.T) {
	t.Parallel()

	t.Run("reduces the next payout, and turns paid earnings into a debt that later earnings pay", func(t *testing.T) {
		t.Parallel()
		const (
			tiktokMinor, tiktokGrossMinor   = 2_920, 3_330
			youtubeMinor, youtubeGrossMinor = 5_839, 6_660
			laterMinor                      = 8_758
		)
		w := newWorld(t, worldOptions{})
		c := w.creator(verified(goodBank))
		first := w.liveCampaign()
		w.post(first, c, "tiktok", growth{views: 10_001})
		w.post(first, c, "youtube", growth{views: 20_000})
		w.eventually("both clips have earned, and nothing is on hold", func() bool {
			return w.balance(ledger.CreatorAvailable(c.id)) == tiktokMinor+youtubeMinor && w.balance(ledger.CreatorPending(c.id)) == 0
		})

		// Before the payout: the campaign has the money again, and the payout is smaller.
		taken := w.clawBack(w.clipOn(first, "tiktok"))
		require.EqualValues(t, tiktokGrossMinor, taken.CorrectedMinor)
		require.EqualValues(t, youtubeMinor, w.balance(ledger.CreatorAvailable(c.id)))
		require.EqualValues(t, budgetMinor-youtubeGrossMinor, w.balance(ledger.CampaignEscrow(first)))
		w.complete(first)
		w.awaitCampaign(first, "completed")
		w.startRun(period)
		w.awaitPayout(w.payoutOf(c), "paid")
		w.awaitCampaign(first, "closed")
		w.awaitEnded("campaign/" + first)
		require.EqualValues(t, youtubeMinor, w.payouts(c)[0].AmountMinor)

		// After the payout: a debt, and a refund of a closed campaign.
		second := w.liveCampaign()
		w.control("topups", `{"amount_minor":1000000}`) // what the creator owes is not there
		booked, err := w.printed("reconcile", "now")
		require.NoError(t, err, booked)
		w.clawBack(w.clipOn(first, "youtube"))
		require.EqualValues(t, youtubeMinor, w.balance(ledger.CreatorReceivable(c.id)))
		w.eventually("the brand has its budget back", func() bool {
			return w.balance(ledger.CampaignEscrow(first)) == 0 && w.count("SELECT refunded_minor FROM audit.campaigns WHERE campaign_id = $1", first) == budgetMinor
		})
		require.Len(t, w.effects("refund.applied", ""), 2)

		// Later earnings pay the debt first.
		w.post(second, c, "tiktok", growth{views: 30_000})
		w.eventually("the debt is paid", func() bool {
			return w.balance(ledger.CreatorReceivable(c.id)) == 0 && w.balance(ledger.CreatorPending(c.id)) == 0
		})
		w.eventually("the rest is available", func() bool { return w.balance(ledger.CreatorAvailable(c.id)) == laterMinor-youtubeMinor })
		w.complete(second)
		w.awaitCampaign(second, "completed")
		w.startRun(nextPeriod)
		w.awaitCampaign(second, "closed")
		payouts := w.payouts(c)
		require.Len(t, payouts, 2)
		require.EqualValues(t, laterMinor-youtubeMinor, payouts[0].AmountMinor+payouts[1].AmountMinor-youtubeMinor)
		w.requireBooks()
		w.eventually("no workflow is running", func() bool { return w.running() == 0 })
	})
}

// disputed is a live campaign with some spending, whose whole payment the brand's bank has
// withdrawn.
func disputed(t *testing.T) (w *world, campaignID, disputeID string) {
	t.Helper()
	w = newWorld(t, worldOptions{stripe: stripe.Options{DisputeFeeMinor: 1_500}})
	c := w.creator(verified(goodBank))
	campaignID = w.liveCampaign()
	w.post(campaignID, c, "tiktok", growth{views: 10_001})
	w.awaitEarnings(campaignID)
	charges := w.stripeList("/v1/charges")
	require.Len(t, charges, 1)
	feeMinor := w.balance(ledger.ProcessingFees)

	w.control("disputes", `{"charge":"`+charges[0]["id"].(string)+`"}`)

	w.eventually("the unspent budget is frozen", func() bool {
		return w.count("SELECT disputed_minor FROM campaign_budgets WHERE campaign_id = $1", campaignID) == budgetMinor-3_330
	})
	disputeID = w.text("SELECT dispute_id FROM funding_disputes")
	paidMinor := int64(charges[0]["amount"].(float64))
	require.Greater(t, paidMinor, int64(budgetMinor), "the surcharge is disputed as well")
	require.Equal(t, paidMinor, w.balance(ledger.StripeDisputed))
	require.Equal(t, feeMinor+1_500, w.balance(ledger.ProcessingFees))
	w.eventually("the dispute needs attention", func() bool { return containsAll(w.details("dispute/"+disputeID), "dispute_open", "Stripe's dashboard") })
	w.requireBooks()
	w.complete(campaignID)
	w.awaitCampaign(campaignID, "completed")
	w.control("topups", `{"amount_minor":10000}`) // covers what creators have earned and the fee of the dispute
	booked, err := w.printed("reconcile", "now")
	require.NoError(t, err, booked)
	w.liveCampaign() // its payment covers the payouts until the dispute ends
	w.startRun(period)
	w.awaitPayout(w.payoutOf(c), "paid")
	return w, campaignID, disputeID
}

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func TestDisputedFunding(t *testing.T) {
	t.Parallel()

	t.Run("is frozen until it is won, and then refunded", func(t *testing.T) {
		t.Parallel()
		w, campaignID, disputeID := disputed(t)
		require.Empty(t, w.effects("refund.applied", ""))
		require.Equal(t, "completed", w.text("SELECT status FROM audit.campaigns WHERE campaign_id = $1", campaignID))

		w.control("disputes/"+disputeID+"/win", "{}")

		w.awaitCampaign(campaignID, "closed")
		w.awaitEnded("dispute/" + disputeID)
		require.EqualValues(t, budgetMinor-3_330, w.count("SELECT refunded_minor FROM audit.campaigns WHERE campaign_id = $1", campaignID))
		require.Zero(t, w.balance(ledger.StripeDisputed))
		require.Zero(t, w.balance(ledger.PlatformLosses))
		w.requireBooks()
	})

	t.Run("returns the money to the brand when it is lost, even without a webhook", func(t *testing.T) {
		t.Parallel()
		w, campaignID, disputeID := disputed(t)
		w.control("webhooks", `{"mode":"off"}`)

		w.control("disputes/"+disputeID+"/lose", "{}")

		w.awaitCampaign(campaignID, "closed")
		w.awaitEnded("dispute/" + disputeID)
		require.Empty(t, w.effects("refund.applied", ""), "the brand has the money already")
		surchargeMinor := w.balance(ledger.ProcessingSurcharges) / 2 // of the disputed payment, and of another one
		require.Equal(t, 3_330+surchargeMinor, w.balance(ledger.PlatformLosses))
		require.Zero(t, w.balance(ledger.CampaignEscrow(campaignID)))
		require.Zero(t, w.balance(ledger.StripeDisputed))
		w.requireBooks()
	})

	t.Run("is booked once, even if the worker is killed during the booking", func(t *testing.T) {
		t.Parallel()
		w, campaignID, disputeID := disputed(t)
		w.killWorker()
		w.control("disputes/"+disputeID+"/lose", "{}")
		w.startWorker()

		w.awaitCampaign(campaignID, "closed")
		require.EqualValues(t, 1, w.count("SELECT count(*) FROM audit.postings WHERE account = 'platform/losses'"))
		w.requireBooks()
	})
}
