package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/devstack/simulators/curves/catalog"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
)

// The terms of every campaign here. The rate gives fractions of cents, the fee gives remainders.
const (
	budgetMinor          = 500_00
	rateMinorPerThousand = 333
	feeBasisPoints       = 1234

	goodBank = "000123456789"
	badBank  = "000111111116" // an unknown account
)

// The last two weeks.
var (
	period     = payout.Period(time.Now().AddDate(0, 0, -14))
	nextPeriod = payout.Period(time.Now().AddDate(0, 0, -7))
)

func (w *world) organization() string {
	answer, err := w.client.CreateOrganizationWithResponse(w.t.Context(), nil, client.NewOrganization{Name: "Brand"})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusCreated, answer.StatusCode(), string(answer.Body))
	return answer.JSON201.Id
}

func terms() client.Terms {
	now := time.Now().UTC()
	return client.Terms{
		Currency: "USD", BudgetMinor: budgetMinor, RateMinorPerThousand: rateMinorPerThousand, FeeBasisPoints: new(feeBasisPoints),
		Platforms: []string{"tiktok", "instagram", "youtube", "x"}, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour),
		HoldSeconds: 0, TrackingWindowSeconds: 3600, AutoAcceptCreators: true, AutoApproveClips: true,
		Plausibility: &client.Plausibility{GrowthViewsMin: views.PlausibleViewsMax, StepBasisPoints: money.BasisPointsPerWhole}, // posts here get all their views at once
	}
}

// draft creates a campaign.
func (w *world) draft() string {
	answer, err := w.client.CreateCampaignWithResponse(w.t.Context(), nil, client.NewCampaign{OrganizationId: w.organization(), Name: "Launch", Terms: terms()})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusCreated, answer.StatusCode(), string(answer.Body))
	return answer.JSON201.Id
}

// liveCampaign creates a campaign, pays for it by card and waits until it is live.
func (w *world) liveCampaign() string {
	id := w.draft()
	submitted, err := w.client.SubmitCampaignWithResponse(w.t.Context(), id, nil, client.OptionalReason{})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, submitted.StatusCode(), string(submitted.Body))
	approved, err := w.client.ApproveCampaignWithResponse(w.t.Context(), id, nil, client.OptionalReason{})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, approved.StatusCode(), string(approved.Body))
	funded, err := w.client.FundCampaignWithResponse(w.t.Context(), id, nil, client.FundingRequest{PaymentMethod: "pm_card_bypassPending"})
	require.NoError(w.t, err)
	// A repeated request after a lost answer can find the campaign funded and live.
	require.Contains(w.t, []int{http.StatusOK, http.StatusConflict}, funded.StatusCode(), string(funded.Body))
	w.awaitCampaign(id, "live")
	return id
}

func (w *world) awaitCampaign(id, status string) {
	w.t.Helper()
	w.eventually("the campaign is "+status, func() bool { return w.text("SELECT status FROM audit.campaigns WHERE campaign_id = $1", id) == status })
}

func (w *world) complete(campaignID string) {
	answer, err := w.client.CompleteCampaignWithResponse(w.t.Context(), campaignID, nil, client.OptionalReason{})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, answer.StatusCode(), string(answer.Body))
}

// creator is a creator with a connected account and a channel on each platform.
type creator struct {
	id, account, handle, channel string
}

var named atomic.Int64

func (w *world) creator(account map[string]string) creator {
	c := creator{account: w.stripe("/v1/accounts", "", account)["id"].(string)}
	number := strconv.FormatInt(named.Add(1), 10)
	c.handle, c.channel = "creator"+number, "UC"+strings.Repeat("0", 22-len(number))+number
	created, err := w.client.CreateCreatorWithResponse(w.t.Context(), nil, client.NewCreator{Handle: c.handle, StripeAccountId: c.account})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusCreated, created.StatusCode(), string(created.Body))
	c.id = created.JSON201.Id
	for platform, author := range map[string]string{"tiktok": "@" + c.handle, "youtube": c.channel, "x": c.handle} {
		channel, err := w.client.AddChannelWithResponse(w.t.Context(), c.id, nil, client.NewChannel{Platform: platform, HandleOrId: author})
		require.NoError(w.t, err)
		require.Equal(w.t, http.StatusCreated, channel.StatusCode(), string(channel.Body))
		proven, err := w.client.ProveChannelByHandWithResponse(w.t.Context(), channel.JSON201.Id, nil, client.ChannelEvidence{Reason: "an author of the test", Evidence: "test"})
		require.NoError(w.t, err)
		require.Equal(w.t, http.StatusOK, proven.StatusCode(), string(proven.Body))
	}
	return c
}

// verified is an account without open requirements at Stripe.
func verified(bankNumber string) map[string]string {
	account := unverified(bankNumber)
	for field, value := range identity() {
		account[field] = value
	}
	return account
}

func unverified(bankNumber string) map[string]string {
	return map[string]string{
		"type": "custom", "country": "US", "business_type": "individual", "capabilities[transfers][requested]": "true",
		"settings[payouts][schedule][interval]": "manual",
		"external_account[object]":              "bank_account", "external_account[country]": "US", "external_account[currency]": "usd",
		"external_account[routing_number]": "110000000", "external_account[account_number]": bankNumber,
	}
}

func identity() map[string]string {
	return map[string]string{
		"tos_acceptance[date]": "1790000000", "tos_acceptance[ip]": "127.0.0.1", "individual[first_name]": "Ann", "individual[last_name]": "Other",
		"individual[dob][day]": "1", "individual[dob][month]": "2", "individual[dob][year]": "1990",
	}
}

// stripe posts a form to the Stripe simulator, for the platform or a connected account.
func (w *world) stripe(path, account string, form map[string]string) map[string]any {
	values := url.Values{}
	for field, value := range form {
		values.Set(field, value)
	}
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.stack.StripeAPIBase+path, strings.NewReader(values.Encode()))
	require.NoError(w.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+devstack.SimulatedStripeKey)
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	return w.answerOf(request)
}

// control posts to the control API of the Stripe simulator.
func (w *world) control(path, body string) {
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.stack.StripeAPIBase+"/_sim/"+path, strings.NewReader(body))
	require.NoError(w.t, err)
	w.answerOf(request)
}

func (w *world) answerOf(request *http.Request) map[string]any {
	w.t.Helper()
	answer, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	require.Less(w.t, answer.StatusCode, 300, string(body))
	var content map[string]any
	if len(body) > 0 {
		require.NoError(w.t, json.Unmarshal(body, &content))
	}
	return content
}

// growth is the growth of a clip's views: the views at the start, then jumps at ages in seconds.
type growth struct {
	views int64
	jumps []curves.Event
}

// post publishes and submits a clip. Its views are near their final count, so that its earnings
// are known.
func (w *world) post(campaignID string, c creator, platform string, g growth) {
	w.t.Helper()
	id := strconv.FormatInt(7_000_000_000_000_000_000+named.Add(1), 10)
	author, address := c.handle, "https://www.tiktok.com/@"+c.handle+"/video/"+id
	switch platform {
	case "youtube":
		id = id[len(id)-11:]
		author, address = c.channel, "https://www.youtube.com/watch?v="+id
	case "x":
		address = "https://x.com/" + c.handle + "/status/" + id
	}
	// Half of the views come within a minute, and all of them within half an hour.
	curve := curves.Spec{Parametric: &curves.Parametric{LifetimeViews: g.views, HalfLifeSeconds: 60, Shape: 3}, Events: g.jumps}
	published := catalog.Clip{Platform: platform, ExternalID: id, AuthorID: author, PublishedAt: time.Now().Add(-age), Curve: curve}
	for _, simulator := range w.stack.SimulatorsOf(platform) {
		require.NoError(w.t, simulator.Clips.Put(published))
	}
	w.participate(campaignID, c)
	answer, err := w.client.SubmitClipWithResponse(w.t.Context(), campaignID, nil, client.NewClip{CreatorId: c.id, Url: address})
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusCreated, answer.StatusCode(), string(answer.Body))
}

// age of a clip when it is submitted.
const age = 30 * time.Minute

// jumpsAfter adds views at times after the submission of a clip.
func jumpsAfter(views int64, waits ...time.Duration) []curves.Event {
	var jumps []curves.Event
	for _, wait := range waits {
		jumps = append(jumps, curves.Event{Kind: curves.Jumps, AtSeconds: int64((age + wait).Seconds()), ByViews: views})
	}
	return jumps
}

func (w *world) participate(campaignID string, c creator) {
	answer, err := w.client.CreateParticipationWithResponse(w.t.Context(), campaignID, nil, client.NewParticipation{CreatorId: c.id})
	require.NoError(w.t, err)
	require.Contains(w.t, []int{http.StatusCreated, http.StatusConflict}, answer.StatusCode(), string(answer.Body))
}

// earned is a completed campaign whose creators can be paid.
func (w *world) earned(creators ...creator) (campaignID string) {
	w.t.Helper()
	campaignID = w.liveCampaign()
	for i, c := range creators {
		w.post(campaignID, c, "tiktok", growth{views: 10_001 + int64(i)*777})
	}
	w.awaitEarnings(campaignID)
	w.complete(campaignID)
	w.awaitCampaign(campaignID, "completed")
	for _, c := range creators {
		w.awaitAvailable(c)
	}
	return campaignID
}

// awaitEarnings waits until every clip has earned for all its views.
func (w *world) awaitEarnings(campaignID string) {
	w.t.Helper()
	w.eventually("every clip has earned for its views", func() bool {
		return w.count("SELECT count(*) FROM audit.clips WHERE campaign_id = $1 AND credited_views = observed_views AND observed_views > 0", campaignID) ==
			w.count("SELECT count(*) FROM audit.clips WHERE campaign_id = $1", campaignID)
	})
}

// awaitAvailable waits until no earnings of a creator are on hold.
func (w *world) awaitAvailable(c creator) {
	w.t.Helper()
	w.eventually("the holds are released", func() bool {
		return w.balance(ledger.CreatorPending(c.id)) == 0 && w.balance(ledger.CreatorAvailable(c.id)) > 0
	})
}

// startRun starts the payout run of a period, and has another person approve it.
func (w *world) startRun(ofPeriod string) {
	answer, err := w.client.StartPayoutRunWithResponse(w.t.Context(), nil, client.NewPayoutRun{Period: ofPeriod})
	require.NoError(w.t, err)
	// A repeated request after a lost answer finds the run.
	require.Contains(w.t, []int{http.StatusAccepted, http.StatusConflict}, answer.StatusCode(), string(answer.Body))
	w.eventually("the run is approved", func() bool {
		key := uuid.NewString()
		approved, err := w.approver.ApprovePayoutRunWithResponse(w.t.Context(), names.PayoutRunID(ofPeriod, 1), &client.ApprovePayoutRunParams{IdempotencyKey: &key})
		return err == nil && approved.StatusCode() == http.StatusOK
	})
}

// payoutOf waits for the payout of a creator and returns its id.
func (w *world) payoutOf(c creator) (id string) {
	w.t.Helper()
	w.eventually("there is a payout", func() bool {
		id = w.text("SELECT payout_id::text FROM audit.payouts WHERE creator_id = $1 ORDER BY payout_id LIMIT 1", c.id)
		return id != ""
	})
	return id
}

func (w *world) awaitPayout(id, status string) {
	w.t.Helper()
	w.eventually("the payout is "+status, func() bool { return w.payoutStatus(id) == status })
}

func (w *world) payoutStatus(id string) string {
	return w.text("SELECT status FROM audit.payouts WHERE payout_id = $1", id)
}

// text reads one text. It is empty without a row or a database.
func (w *world) text(query string, args ...any) string {
	var text string
	_ = w.owner.QueryRow(w.t.Context(), query, args...).Scan(&text) // the caller repeats the query
	return text
}

// count reads one number. It is -1 without a database.
func (w *world) count(query string, args ...any) int64 {
	number := int64(-1)
	_ = w.owner.QueryRow(w.t.Context(), query, args...).Scan(&number) // the caller repeats the query
	return number
}

func (w *world) balance(account ledger.Account) int64 {
	return account.Balance(w.count("SELECT coalesce(sum(amount_minor), 0) FROM audit.postings WHERE account = $1", string(account)))
}
