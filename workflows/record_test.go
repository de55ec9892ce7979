//go:build record

package workflows_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/blobs"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/devstack/temporalserver"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

// Record them again with
//
//	go test -tags record -count 1 -run TestRecordHistories ./workflows
//
// and commit testdata/histories. It takes about a minute of real time: a real Temporal
// server, real activities, simulated Stripe.
func TestRecordHistories(t *testing.T) {
	r := setupRecorder(t)
	for _, pattern := range []string{"*.json", "incompatible/*.json"} {
		old, err := filepath.Glob(filepath.Join(histories, pattern))
		require.NoError(t, err)
		for _, path := range old {
			require.NoError(t, os.Remove(path))
		}
	}

	t.Run("campaign and clips", func(t *testing.T) { r.recordCampaigns(t) })
	t.Run("runs", func(t *testing.T) { r.recordRuns(t) })
	t.Run("payouts", func(t *testing.T) { r.recordPayouts(t) })
	t.Run("corrections", func(t *testing.T) { r.recordCorrections(t) })
	t.Run("disputes", func(t *testing.T) { r.recordDisputes(t) })
	t.Run("deposits and withdrawals", func(t *testing.T) { r.recordAccounts(t) })
	t.Run("passes", func(t *testing.T) { r.recordPasses(t) })
	t.Run("channels", func(t *testing.T) { r.recordChannels(t) })
	t.Run("converted payments", func(t *testing.T) { r.recordConverted(t) })
}

// recorder is a world in real time with a Temporal server and workers.
type recorder struct {
	*world
	client client.Client
	engine *temporal.Engine
	policy payout.Policy
	runs   workflows.PayoutRunSettings
}

func setupRecorder(t *testing.T) *recorder {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(histories, "incompatible"), 0o755))
	server, err := temporalserver.Start(t.Context(), temporalserver.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	connection, err := temporal.Dial(t.Context(), client.Options{HostPort: server.Address(), Namespace: "default", Identity: "recorder"}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(connection.Close)

	r := &recorder{world: setup(t), client: connection, runs: workflows.PayoutRunSettings{PendingMax: 500, CheckInterval: duration.Text(500 * time.Millisecond)}}
	r.clock.follow(time.Now)
	r.posts.at = time.Now().Add(-time.Minute)
	r.policy = payout.Policy{
		MinimumMinor: payout.EveryMinimum(1000), RetryIntervals: []duration.Text{duration.Text(300 * time.Millisecond)}, PollInterval: duration.Text(time.Second), PollIntervalMax: duration.Text(2 * time.Second),
		UnreadableAfter: duration.Text(24 * time.Hour), LateAfter: duration.Text(72 * time.Hour),
		ReturnWindow: duration.Text(time.Second), ReturnDeadline: duration.Text(time.Hour), ResendWindow: duration.Text(23 * time.Hour),
	}
	settings := temporal.Settings{
		Campaign:  workflows.CampaignSettings{CheckInterval: duration.Text(time.Second), PayoutMinimumMinor: payout.EveryMinimum(1000)},
		PayoutRun: r.runs, Payout: r.policy,
		Schedule: views.Schedule{IntervalMin: duration.Text(time.Second), IntervalMax: duration.Text(time.Second), LagPerReading: 1, VelocityFactor: 1},
		Chains:   map[clip.Platform][]string{clip.TikTok: {"apify"}},
	}
	require.NoError(t, temporal.Prepare(t.Context(), connection, "default", temporal.Schedules{
		ReleaseHoldsEvery: 24 * time.Hour, SweepInboxEvery: 24 * time.Hour, SweepSnapshotsEvery: 24 * time.Hour, SealEvery: 24 * time.Hour, ReconcileEvery: 24 * time.Hour, ReconcileWholeEvery: 24 * time.Hour, WatchPayoutsEvery: 24 * time.Hour, EvidenceEvery: 24 * time.Hour, CheckProvidersEvery: 24 * time.Hour, PayoutRunCron: "0 0 29 2 *",
	}, settings))
	r.engine = temporal.NewEngine(connection, settings)
	stop, err := temporal.Workers{
		Ledger: activities.Ledger{Books: r.store, Notices: notices}, Payments: activities.Payments{Rail: r.payments}, Storage: activities.Storage{Blobs: blobs.In(t.TempDir())},
		Views: map[string]activities.Views{"apify": {Observer: r.posts, Profiles: r.posts, Proofs: r.store.Clips, Switch: r.store.Edge}}, StripePerSecond: 100, ReconcilePerSecond: 100, ViewsPerSecond: 100,
	}.Start(connection, nil)
	require.NoError(t, err)
	t.Cleanup(stop)
	return r
}

// keep writes the history of a workflow that has ended well.
func (r *recorder) keep(t *testing.T, workflowID, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, r.client.GetWorkflow(ctx, workflowID, "").Get(ctx, nil), workflowID)
	recorded := &historypb.History{}
	for events := r.client.GetWorkflowHistory(ctx, workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		event, err := events.Next()
		require.NoError(t, err)
		recorded.Events = append(recorded.Events, event)
	}
	write(t, name, recorded)
}

func write(t *testing.T, name string, recorded *historypb.History) {
	t.Helper()
	text, err := protojson.Marshal(recorded)
	require.NoError(t, err)
	host, err := os.Hostname() // the names of sticky queues begin with it
	require.NoError(t, err)
	anonymous := strings.ReplaceAll(string(text), `"`+host+`:`, `"recorder:`)
	require.NoError(t, os.WriteFile(filepath.Join(histories, name+".json"), []byte(anonymous+"\n"), 0o644))
}

// soon waits until something has become true in the world.
func soon(t *testing.T, what string, isTrue func() bool) {
	t.Helper()
	require.Eventually(t, isTrue, 30*time.Second, 50*time.Millisecond, what)
}

func (r *recorder) terms(t *testing.T, lasts time.Duration) campaign.Terms {
	t.Helper()
	agreed := agree(t, nil)
	agreed.StartsAt, agreed.EndsAt = time.Now().Add(-time.Hour), time.Now().Add(lasts)
	agreed.Hold, agreed.TrackingWindow, agreed.AutoApproveClips = duration.Text(time.Second), duration.Text(time.Hour), false
	return agreed
}

// newCampaign asks for a campaign and takes it to live.
func (r *recorder) newCampaign(t *testing.T, agreed campaign.Terms) string {
	t.Helper()
	id, ctx := uuid.NewString(), t.Context()
	require.NoError(t, r.engine.CreateCampaign(ctx, command.CreateCampaign{CampaignID: id, OrganizationID: r.organizationID, Name: "Recorded", Terms: agreed}))
	r.command(t, id, campaign.Submit)
	r.command(t, id, campaign.Approve)
	_, err := r.engine.FundCampaign(ctx, command.FundCampaign{CampaignID: id, PaymentMethod: "pm_card_chargeDeclined", Actor: "recorder"})
	require.Error(t, err)
	_, err = r.engine.FundCampaign(ctx, command.FundCampaign{CampaignID: id, PaymentMethod: "pm_card_bypassPending", Actor: "recorder"})
	require.NoError(t, err)
	soon(t, "live", func() bool {
		found, err := r.store.Campaigns.Get(ctx, id)
		return err == nil && found.Status == campaign.Live
	})
	return id
}

func (r *recorder) command(t *testing.T, campaignID string, given campaign.Command) {
	t.Helper()
	_, err := r.engine.CommandCampaign(t.Context(), command.CampaignCommand{CampaignID: campaignID, Command: given, Actor: "recorder", Reason: "recorded"})
	require.NoError(t, err)
}

func (r *recorder) submit(t *testing.T, campaignID string, who creator) string {
	t.Helper()
	id := uuid.NewString()
	_, err := r.engine.SubmitClip(t.Context(), command.SubmitClip{
		ClipID: id, CampaignID: campaignID, CreatorID: who.id,
		Ref: clip.Ref{Platform: clip.TikTok, ExternalID: newPost(), URL: "https://example.test"},
	})
	require.NoError(t, err)
	return id
}

func (r *recorder) review(t *testing.T, clipID string, approve bool) {
	t.Helper()
	soon(t, "reviewed", func() bool {
		_, err := r.engine.ReviewClip(t.Context(), command.ReviewClip{Submitted: command.SubmitClip{ClipID: clipID}, Decision: reviewed(approve).Decision, Code: reviewed(approve).Reason, Actor: "recorder"})
		return err == nil
	})
}

func (r *recorder) recordCampaigns(t *testing.T) {
	who := r.creator(t, goodBank)
	r.posts.author = who.handle
	r.posts.answers("apify", readings(10, 10, 5_000, 8_000, 10_000)...)
	id := r.newCampaign(t, r.terms(t, 8*time.Second))
	// A rejection can be appealed for two weeks, and a campaign does not close in that time.
	good, bad := r.submit(t, id, who), r.submit(t, r.newCampaign(t, r.terms(t, time.Hour)), who)
	r.review(t, good, true)
	r.review(t, bad, false)
	r.command(t, id, campaign.Pause)
	r.command(t, id, campaign.Resume)
	soon(t, "earned", func() bool {
		found, err := r.store.Clips.Get(t.Context(), good)
		return err == nil && found.EarnedMinor > 0
	})
	r.posts.answers("apify", append(readings(12_000, 12_000), count{missing: views.Removed})...)
	gone := r.submit(t, id, who)
	r.review(t, gone, true)
	r.keep(t, names.Clip(good), "ClipTracking-earned")
	r.keep(t, names.Clip(bad), "ClipTracking-rejected")
	r.keep(t, names.Clip(gone), "ClipTracking-removed")

	cancelled := r.newCampaign(t, r.terms(t, time.Hour))
	r.posts.answers("apify", readings(100)...)
	swept := r.submit(t, cancelled, who)
	r.review(t, swept, true)
	r.command(t, cancelled, campaign.Cancel)
	r.keep(t, names.Clip(swept), "ClipTracking-swept")
	soon(t, "released", func() bool {
		_, err := r.store.Earnings.ReleaseHolds(t.Context(), time.Now(), 100)
		first, errFirst := r.store.Campaigns.GetDetail(t.Context(), id)
		second, errSecond := r.store.Campaigns.GetDetail(t.Context(), cancelled)
		return err == nil && errFirst == nil && errSecond == nil && first.HeldMinor+second.HeldMinor == 0
	})
	r.payAll(t, who)
	r.keep(t, names.Campaign(id), "CampaignLifecycle-closed")
	r.keep(t, names.Campaign(cancelled), "CampaignLifecycle-cancelled")
}

func (r *recorder) start(t *testing.T, id string, function any, args ...any) {
	t.Helper()
	_, err := r.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: workflows.QueueCampaigns}, function, args...)
	require.NoError(t, err)
}

// propose asks for a clawback of a clip that has earned.
func (r *recorder) propose(t *testing.T) string {
	t.Helper()
	b := &brand{world: r.world}
	b.input.CampaignID, _ = r.liveCampaign(t, func(agreed *campaign.Terms) { *agreed = r.terms(t, time.Hour) })
	b.submit(t, r.creator(t, goodBank), 10_000)
	id := uuid.NewString()
	require.NoError(t, r.engine.ProposeCorrection(t.Context(), correction.Proposal{
		ID: id, Kind: correction.Clawback, Currency: "USD", ClipID: b.open, ProposedBy: "recorder", Reason: "recorded",
	}))
	return id
}

func (r *recorder) recordCorrections(t *testing.T) {
	approved, rejected, cancelled := r.propose(t), r.propose(t), r.propose(t)
	for id, approve := range map[string]bool{approved: true, rejected: false} {
		require.NoError(t, r.engine.DecideCorrection(t.Context(), command.DecideCorrection{CorrectionID: id, Approve: approve, Actor: "another recorder", Reason: "recorded"}))
	}
	require.NoError(t, r.client.CancelWorkflow(t.Context(), names.Correction(cancelled), ""))
	r.keep(t, names.Correction(approved), "Correction-approved")
	r.keep(t, names.Correction(rejected), "Correction-rejected")
	r.keep(t, names.Correction(cancelled), "Correction-cancelled-by-cli")
}

func (r *recorder) recordDisputes(t *testing.T) {
	for verdict, name := range map[string]string{"win": "FundingDispute-won", "lose": "FundingDispute-lost"} {
		b := &brand{world: r.world}
		b.input.CampaignID, _ = r.liveCampaign(t, func(agreed *campaign.Terms) { *agreed = r.terms(t, time.Hour) })
		b.input.Settings.CheckInterval = duration.Text(time.Second)
		d := b.dispute(t, 100_000)
		r.start(t, names.Dispute(d.input.DisputeID), workflows.FundingDispute, d.input)
		soon(t, "frozen", func() bool {
			found, err := r.store.Campaigns.GetDispute(t.Context(), d.input.DisputeID)
			return err == nil && found.FrozenMinor == 100_000
		})
		d.decide(t, verdict)
		r.keep(t, names.Dispute(d.input.DisputeID), name)
	}
}

// recordAccounts records a deposit, and a withdrawal that waits for its refund.
func (r *recorder) recordAccounts(t *testing.T) {
	a := &account{world: r.world}
	deposit := a.newDeposit(t, 60_000, "pm_card_pendingRefund")
	deposit.CheckInterval = duration.Text(time.Second)
	r.start(t, names.Deposit(deposit.Deposit.ID), workflows.Deposit, deposit)
	r.keep(t, names.Deposit(deposit.Deposit.ID), "Deposit-received")
	waiting := a.newDeposit(t, 60_000, "")
	_, err := r.engine.CreateDeposit(t.Context(), command.CreateDeposit{Deposit: waiting.Deposit})
	require.NoError(t, err)
	_, err = r.engine.CancelDeposit(t.Context(), command.CancelDeposit{DepositID: waiting.Deposit.ID, Actor: "brand", Reason: "changed my mind"})
	require.NoError(t, err)
	r.keep(t, names.Deposit(waiting.Deposit.ID), "Deposit-cancelled")
	withdrawal := a.newWithdrawal(50_000)
	withdrawal.CheckInterval = duration.Text(time.Second)
	before := len(r.sim.Journal().Entries(0, "refund.applied"))
	r.start(t, names.Withdrawal(withdrawal.Withdrawal.ID), workflows.Withdrawal, withdrawal)
	soon(t, "requested", func() bool {
		return len(r.sim.Journal().Entries(0, "refund.applied")) > before
	})
	refund := r.sim.Journal().Entries(0, "refund.applied")[before].ObjectID
	if r.call(t, http.MethodGet, "/v1/refunds/"+refund, "", "", "")["status"] == "pending" { // Stripe's clock was moved ahead in between
		r.control(t, "/refunds/"+refund+"/succeed", `{}`)
	}
	r.keep(t, names.Withdrawal(withdrawal.Withdrawal.ID), "Withdrawal-completed")
}

// recordConverted records the refund of a payment in euros, which Stripe converts.
func (r *recorder) recordConverted(t *testing.T) {
	a := &abroad{&compared{world: r.world}}
	a.control(t, "/conversion", `{"enabled":true,"rates":{"eur":"0.8"}}`)
	input := a.converted(t, "pm_card_bypassPending")
	input.CheckInterval = duration.Text(time.Second)
	r.start(t, names.ConvertedPayment(input.PaymentIntentID), workflows.ConvertedPayment, input)
	r.keep(t, names.ConvertedPayment(input.PaymentIntentID), "ConvertedPayment-refunded")
}

// recordChannels records a proof that a person cancels after a look that has not found the code.
func (r *recorder) recordChannels(t *testing.T) {
	creatorID, err := live.Creator(t.Context(), r.store)
	require.NoError(t, err)
	channelID := r.claim(t, creatorID)
	_, err = r.engine.StartChannelProof(t.Context(), command.StartChannelProof{ChannelID: channelID, CreatorID: creatorID, Platform: clip.TikTok, ProofID: uuid.NewString()})
	require.NoError(t, err)
	require.NoError(t, r.engine.CancelChannelProof(t.Context(), command.CancelChannelProof{ID: uuid.NewString(), ChannelID: channelID, Actor: "recorder"}))
	r.keep(t, names.Channel(channelID), "ChannelProof-cancelled")
}

// recordAppeals records a pass that finds an appeal which no reviewer has decided in time, and the watch that it starts.
func (r *recorder) recordAppeals(t *testing.T) {
	b := &brand{world: r.world}
	b.input.CampaignID, _ = r.liveCampaign(t, manualReview)
	b.submitForReview(t, r.creator(t, goodBank), 0)
	b.decideNow(t, clip.Rejected, clip.Reject)
	b.appealAt(t, time.Now().Add(-80*time.Hour))
	r.start(t, "appeal-check", workflows.AppealCheck)
	r.keep(t, "appeal-check", "AppealCheck-one")
	require.NoError(t, r.client.CancelWorkflow(t.Context(), names.Appeals, ""))
	r.keep(t, names.Appeals, "OverdueAppeals-cancelled")
}

func (r *recorder) recordPasses(t *testing.T) {
	b := &brand{world: r.world}
	b.input.CampaignID, _ = r.liveCampaign(t, func(agreed *campaign.Terms) { *agreed = r.terms(t, time.Hour); agreed.Hold = 0 })
	who := r.creator(t, goodBank)
	b.submit(t, who, 10_000)
	r.start(t, "release-holds", workflows.ReleaseHolds)
	r.keep(t, "release-holds", "ReleaseHolds-one")
	for _, event := range []string{"payment_intent.succeeded", "account.updated", "charge.refunded", "refund.failed"} {
		r.receive(t, rail.Event{ID: uuid.NewString(), Type: event, Account: who.account, ObjectID: "obj_1", CampaignID: uuid.NewString()})
	}
	require.NoError(t, r.engine.WakeInbox(t.Context()))
	r.keep(t, names.Inbox, "InboxSweep-three")
	r.start(t, "housekeeping", workflows.Housekeeping)
	r.keep(t, "housekeeping", "Housekeeping-one")
	r.start(t, names.Snapshots, workflows.SnapshotSweep, workflows.SnapshotInput{})
	r.keep(t, names.Snapshots, "SnapshotSweep-none")
	r.start(t, "evidence", workflows.EvidenceRetention, workflows.EvidenceInput{Retention: duration.Text(time.Hour)})
	r.keep(t, "evidence", "EvidenceRetention-one")
	// A provider that no test reads from, so that no good answer ends the watch.
	r.attempted(t, "stray", clip.TikTok, views.OutcomeManyMissing)
	r.start(t, "provider-check", workflows.ProviderCheck, workflows.ProviderCheckInput{After: duration.Text(time.Minute), Every: duration.Text(time.Minute)})
	r.keep(t, "provider-check", "ProviderCheck-one")
	require.NoError(t, r.client.CancelWorkflow(t.Context(), names.Provider("stray"), ""))
	r.keep(t, names.Provider("stray"), "ProviderTrouble-cancelled")
	r.recordAppeals(t)
	_, err := r.payments.CreateTransfer(t.Context(), rail.TransferRequest{
		PayoutID: uuid.NewString(), AmountMinor: 100, Currency: "USD", Account: who.account, Generation: 1, IdempotencyKey: "stray",
	})
	require.NoError(t, err)
	r.start(t, names.Reconciliation("recorder"), workflows.Reconcile, workflows.ReconcileInput{})
	r.keep(t, names.Reconciliation("recorder"), "Reconcile-pass")
	// The transfer is missing in the balance, so the pass has started the watch over that.
	require.NoError(t, r.client.CancelWorkflow(t.Context(), names.Solvency, ""))
	r.keep(t, names.Solvency, "SolvencyGap-cancelled")
	r.recordAdoption(t)
	r.start(t, "payout-watch", workflows.PayoutWatch, workflows.PayoutWatchInput{Policy: r.policy, UnchangedFor: duration.Text(time.Hour)})
	r.keep(t, "payout-watch", "PayoutWatch-one")
	recent := workflows.ReconcileSettings{Window: duration.Text(8 * 24 * time.Hour), Grace: duration.Text(time.Second), Overlap: duration.Text(time.Minute), WholeAfter: duration.Text(36 * time.Hour)}
	r.start(t, names.Reconciliation("recorder-recent"), workflows.Reconcile, workflows.ReconcileInput{Settings: recent})
	r.keep(t, names.Reconciliation("recorder-recent"), "Reconcile-recent")
	r.failedRefund(t, b.input.CampaignID)
	b.dispute(t, 1_000)
	atOnce := workflows.ReconcileSettings{Window: duration.Text(8 * 24 * time.Hour), Grace: duration.Text(-30 * 24 * time.Hour)} // Stripe's clock was moved ahead
	r.start(t, names.Reconciliation("recorder-differs"), workflows.Reconcile, workflows.ReconcileInput{Settings: atOnce})
	r.keep(t, names.Reconciliation("recorder-differs"), "Reconcile-passed-on")
	r.start(t, "seal-ledger", workflows.SealLedger)
	r.keep(t, "seal-ledger", "SealLedger-one")
}

// recordAdoption adopts the transfer that a pass has found and the books do not have.
func (r *recorder) recordAdoption(t *testing.T) {
	id := uuid.NewString()
	require.NoError(t, r.engine.ProposeAdoption(t.Context(), adoption.Proposal{ID: id, ProposedBy: "proposer", Reason: "restored from Sunday"}))
	require.NoError(t, r.engine.DecideAdoption(t.Context(), command.DecideAdoption{ID: uuid.NewString(), AdoptionID: id, Approve: true, Actor: "approver", Reason: "as proposed"}))
	r.keep(t, names.Adoption(id), "Adoption-approved")
}
