package api_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// instantWorld offers instant payouts in dollars, for one percent and at least 0.50. Its creator has
// 25.00 available and a bank account that takes them.
func instantWorld(t *testing.T, changes ...func(*api.Config)) *world {
	t.Helper()
	w := setup(t, append([]func(*api.Config){func(config *api.Config) {
		config.InstantTerms = payout.InstantTerms{
			MaximumMinor: map[money.Currency]int64{"USD": 999_900}, MinimumMinor: payout.EveryMinimum(1_000),
			FeeBasisPoints: 100, FeeMinimumMinor: map[money.Currency]int64{"USD": 50}, FeeBearer: payout.CreatorBears,
		}
	}}, changes...)...)
	w.desk.read = &rail.Account{
		ID: "acct_1", TransfersActive: true, PayoutsEnabled: true, PayoutInterval: rail.IntervalManual, DefaultCurrency: "USD", Country: "US",
		BankCurrencies: []money.Currency{"USD"}, InstantCurrencies: []money.Currency{"USD"},
	}
	w.available(t)
	return w
}

func (w *world) askInstant(t *testing.T, who access.Principal, key *string, body client.NewInstantPayout) *client.RequestInstantPayoutResponse {
	t.Helper()
	answer, err := w.as(t, who).RequestInstantPayoutWithResponse(t.Context(), w.creatorID, &client.RequestInstantPayoutParams{IdempotencyKey: key}, body)
	require.NoError(t, err)
	return answer
}

func (w *world) previewInstant(t *testing.T, currency string) client.InstantPayoutPreview {
	t.Helper()
	answer, err := w.as(t, w.creatorUser()).PreviewInstantPayoutWithResponse(t.Context(), w.creatorID, &client.PreviewInstantPayoutParams{Currency: currency})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode(), string(answer.Body))
	return *answer.JSON200
}

// engineBefore is how many commands instantWorld has sent.
const engineBefore = 1

var dollars = client.NewInstantPayout{Currency: "USD"}

func TestInstantPayouts(t *testing.T) {
	t.Parallel()

	t.Run("are previewed, requested, and shown as what they are", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)

		preview := w.previewInstant(t, "USD")
		made := w.askInstant(t, w.creatorUser(), nil, client.NewInstantPayout{Currency: "USD", FeeMaxMinor: &preview.FeeMinor})

		require.Equal(t, client.InstantPayoutPreview{
			Currency: "USD", Possible: true, AvailableMinor: 2_500, AmountMinor: 2_450, FeeMinor: 50, MinimumMinor: 1_000, MaximumMinor: 999_900,
		}, preview)
		require.Equal(t, http.StatusAccepted, made.StatusCode(), string(made.Body))
		require.Equal(t, int64(2_450), made.JSON202.AmountMinor)
		require.Equal(t, &client.InstantPayout{FeeMinor: 50}, made.JSON202.Instant)
		instant, weekly := client.PayoutRunKind("instant"), client.PayoutRunKind("weekly")
		listed, err := w.as(t, w.finance()).ListPayoutRunsWithResponse(t.Context(), &client.ListPayoutRunsParams{Kind: &instant})
		require.NoError(t, err)
		require.Len(t, listed.JSON200.Items, 1)
		run := listed.JSON200.Items[0]
		require.Equal(t, made.JSON202.PayoutRunId, run.Id)
		require.Equal(t, "instant", run.Kind)
		require.Equal(t, "finished", run.Status)
		require.Equal(t, w.creatorUser().UserID, run.StartedBy)
		none, err := w.as(t, w.finance()).ListPayoutRunsWithResponse(t.Context(), &client.ListPayoutRunsParams{Kind: &weekly})
		require.NoError(t, err)
		require.Empty(t, none.JSON200.Items)
		file, err := w.as(t, w.finance()).ExportPayoutRunWithResponse(t.Context(), run.Id)
		require.NoError(t, err)
		require.Contains(t, string(file.Body), ",instant,50,")
	})

	t.Run("leave the weekly run of the week free, and cannot be approved or cancelled as a run", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		made := w.askInstant(t, w.creatorUser(), nil, dollars)

		weekly, err := w.as(t, w.finance()).StartPayoutRunWithResponse(t.Context(), nil, client.NewPayoutRun{})
		require.NoError(t, err)
		w.engine.failWith(fault.New(fault.Conflict, "not_running", "the payout run is not running"))
		cancelled, err := w.as(t, w.finance()).CancelPayoutRunWithResponse(t.Context(), made.JSON202.PayoutRunId, nil, client.RequiredReason{Reason: "r"})

		require.NoError(t, err)
		require.Equal(t, http.StatusAccepted, weekly.StatusCode(), string(weekly.Body))
		require.Equal(t, http.StatusConflict, cancelled.StatusCode())
		require.Contains(t, string(cancelled.Body), "run_ended")
	})

	t.Run("with the same key are one, also when the first answer was lost", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		key := uuid.NewString()
		w.engine.lost = fault.New(fault.UnknownOutcome, "engine_timeout", "the engine did not answer in time")

		lost := w.askInstant(t, w.creatorUser(), &key, dollars)
		again := w.askInstant(t, w.creatorUser(), &key, dollars)
		repeated := w.askInstant(t, w.creatorUser(), &key, dollars)

		require.GreaterOrEqual(t, lost.StatusCode(), http.StatusInternalServerError)
		require.Equal(t, http.StatusAccepted, again.StatusCode(), string(again.Body))
		require.Equal(t, again.JSON202.Id, repeated.JSON202.Id)
		require.Equal(t, engineBefore+1, w.engine.count())
	})

	t.Run("with the same key and another body are refused", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		key := uuid.NewString()
		w.askInstant(t, w.creatorUser(), &key, dollars)

		require.Equal(t, http.StatusConflict, w.askInstant(t, w.creatorUser(), &key, client.NewInstantPayout{Currency: "EUR"}).StatusCode())
	})

	t.Run("at once are one, and the others say why not", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		codes := make([]string, 5)
		var callers sync.WaitGroup
		for n := range codes {
			callers.Go(func() {
				answer := w.askInstant(t, w.creatorUser(), nil, dollars)
				if answer.JSON202 != nil {
					codes[n] = "made"
					return
				}
				codes[n] = answer.ApplicationproblemJSONDefault.Code
			})
		}
		callers.Wait()

		made := 0
		for _, code := range codes {
			if code == "made" {
				made++
				continue
			}
			require.Contains(t, []string{"account_busy", "below_minimum"}, code)
		}
		require.Equal(t, 1, made)
		runs, err := w.store.Payouts.ListRuns(t.Context(), payout.RunInstant, payouts.RunPlace{}, 10)
		require.NoError(t, err)
		require.Len(t, runs, 1)
	})

	t.Run("are for the creator alone", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)

		for who, want := range map[string]struct {
			access.Principal
			status int
		}{
			"another creator": {creatorUser(uuid.NewString()), http.StatusNotFound}, "finance": {w.finance(), http.StatusForbidden},
			"an admin": {w.admin(), http.StatusForbidden}, "a brand": {w.brand(), http.StatusForbidden},
		} {
			require.Equal(t, want.status, w.askInstant(t, want.Principal, nil, dollars).StatusCode(), who)
		}
		foreign, err := w.as(t, creatorUser(uuid.NewString())).PreviewInstantPayoutWithResponse(t.Context(), w.creatorID, &client.PreviewInstantPayoutParams{Currency: "USD"})
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, foreign.StatusCode())
		read, err := w.as(t, w.finance()).PreviewInstantPayoutWithResponse(t.Context(), w.creatorID, &client.PreviewInstantPayoutParams{Currency: "USD"})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, read.StatusCode())
		require.Equal(t, engineBefore, w.engine.count())
	})

	t.Run("of an unknown creator, and in an unknown currency, are refused", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)

		unknown, err := w.as(t, w.finance()).PreviewInstantPayoutWithResponse(t.Context(), uuid.NewString(), &client.PreviewInstantPayoutParams{Currency: "USD"})
		require.NoError(t, err)

		require.Equal(t, http.StatusNotFound, unknown.StatusCode())
		require.Equal(t, http.StatusBadRequest, w.askInstant(t, w.creatorUser(), nil, client.NewInstantPayout{Currency: "XXQ"}).StatusCode())
	})

	refusals := map[payout.InstantRefusal]func(t *testing.T, w *world){
		payout.InstantAccountNotReady: func(_ *testing.T, w *world) { w.desk.read.PayoutsEnabled = false },
		payout.InstantBankUnsupported: func(_ *testing.T, w *world) { w.desk.read.InstantCurrencies = nil },
		payout.InstantPaused: func(t *testing.T, w *world) {
			require.NoError(t, w.store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: true, Actor: "eve", Reason: "an incident"}, time.Now()))
		},
		payout.InstantBusy: func(t *testing.T, w *world) {
			w.askInstant(t, w.creatorUser(), nil, dollars)
		},
	}
	for refusal, prepare := range refusals {
		t.Run("are refused with "+string(refusal)+", and the preview says so", func(t *testing.T) {
			t.Parallel()
			w := instantWorld(t)
			prepare(t, w)
			before := w.engine.count()

			preview := w.previewInstant(t, "USD")
			answer := w.askInstant(t, w.creatorUser(), nil, dollars)

			require.False(t, preview.Possible)
			require.Equal(t, string(refusal), *preview.Reason)
			require.NotEmpty(t, *preview.ReasonForCreator)
			require.Equal(t, http.StatusConflict, answer.StatusCode())
			require.Equal(t, string(refusal), answer.ApplicationproblemJSONDefault.Code)
			require.Equal(t, before, w.engine.count())
		})
	}

	t.Run("are not offered by default, nor in another currency", func(t *testing.T) {
		t.Parallel()
		off := setup(t)
		on := instantWorld(t)

		require.Equal(t, "instant_not_offered", *off.previewInstant(t, "USD").Reason)
		require.Equal(t, "instant_not_offered", *on.previewInstant(t, "EUR").Reason)
	})

	t.Run("with a fee above the accepted one are refused", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		accepted := int64(49)

		answer := w.askInstant(t, w.creatorUser(), nil, client.NewInstantPayout{Currency: "USD", FeeMaxMinor: &accepted})

		require.Equal(t, "fee_too_high", answer.ApplicationproblemJSONDefault.Code)
	})

	t.Run("are not reserved while Stripe does not answer about the account", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		w.desk.failure = fault.New(fault.Unavailable, "stripe_unreachable", "Stripe could not be reached")

		answer := w.askInstant(t, w.creatorUser(), nil, dollars)

		require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode())
		require.Equal(t, engineBefore, w.engine.count())
	})

	t.Run("say that an account has left", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		gone := fault.New(fault.Denied, "account_invalid", "the account is not connected")
		gone.Meaning = string(rail.AccountGone)
		w.desk.failure = gone

		preview := w.previewInstant(t, "USD")

		require.Equal(t, string(payout.InstantAccountNotReady), *preview.Reason)
		require.Equal(t, payout.AccountDisconnected.Guidance().Creator, *preview.ReasonForCreator)
	})

	t.Run("that fell back say so, and that the fee was returned", func(t *testing.T) {
		t.Parallel()
		w := instantWorld(t)
		made := w.askInstant(t, w.creatorUser(), nil, dollars).JSON202
		now := w.clock.Now()
		_, err := w.store.Payouts.RecordIntent(t.Context(), made.Id, payout.Transfer, 0, now)
		require.NoError(t, err)
		_, err = w.store.Payouts.RecordTransferredAndNext(t.Context(), payout.Outcome{PayoutID: made.Id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", BeginNext: true, Now: now})
		require.NoError(t, err)
		require.NoError(t, w.store.Payouts.RecordRefused(t.Context(), payout.Outcome{
			PayoutID: made.Id, Phase: payout.BankPayout, Generation: 1, FailureCode: "instant_payouts_unsupported", FallBack: true, Now: now,
		}))

		read, err := w.as(t, w.creatorUser()).GetPayoutWithResponse(t.Context(), made.Id)

		require.NoError(t, err)
		code := "instant_payouts_unsupported"
		require.Equal(t, &client.InstantPayout{FeeMinor: 50, FeeReturned: true, FallbackCode: &code}, read.JSON200.Payout.Instant)
		for _, attempt := range read.JSON200.Attempts {
			require.Equal(t, attempt.Phase == "bank_payout", attempt.Method != nil && *attempt.Method == "instant")
		}
	})
}
