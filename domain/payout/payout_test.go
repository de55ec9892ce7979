package payout_test

import (
	"testing"
	"time"

	"github.com/creditroll/creditroll/domain/duration"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	require.Equal(t, "payout/p1/transfer/g1", payout.IdempotencyKey("p1", payout.Transfer, 1))
	require.NotEqual(t, payout.IdempotencyKey("p1", payout.Transfer, 1), payout.IdempotencyKey("p1", payout.BankPayout, 1))
	require.NotEqual(t, payout.IdempotencyKey("p1", payout.Transfer, 1), payout.IdempotencyKey("p1", payout.Transfer, 2))
}

func TestNextStep(t *testing.T) {
	t.Parallel()
	policy := payout.DefaultPolicy()
	cases := []struct {
		name     string
		intent   payout.Intent
		lookedUp bool
		want     payout.Step
	}{
		{"sends what nobody can have sent", payout.Intent{Fresh: true}, false, payout.Send},
		{"looks up before it sends again", payout.Intent{Age: duration.Text(time.Second)}, false, payout.LookUp},
		{"sends the same key again when nothing is found", payout.Intent{Age: duration.Text(time.Hour)}, true, payout.Send},
		{"looks up even when the key is old", payout.Intent{Age: duration.Text(48 * time.Hour)}, false, payout.LookUp},
		{"never sends a key that Stripe may have forgotten", payout.Intent{Age: policy.ResendWindow}, true, payout.Ask},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, payout.NextStep(tc.intent, policy, tc.lookedUp))
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		phase payout.Phase
		kind  fault.Kind
		code  string
		want  payout.Verdict
	}{
		{"a lost answer is unknown", payout.Transfer, fault.UnknownOutcome, "connection_reset", payout.Verdict{Unknown: true, Curable: true, Reason: payout.OutcomeUnknown}},
		{"a rate limit did nothing", payout.Transfer, fault.RateLimited, "rate_limit", payout.Verdict{Curable: true, Reason: payout.ProcessorUnavailable}},
		{"a defect of ours is unknown and not repeated", payout.Transfer, fault.Internal, "", payout.Verdict{Unknown: true, Reason: payout.OutcomeUnknown}},
		{"a reused key says nothing about us", payout.Transfer, fault.Conflict, "idempotency_error", payout.Verdict{Unknown: true, Reason: payout.OutcomeUnknown}},
		{"an empty platform balance may fill", payout.Transfer, fault.Conflict, "balance_insufficient", payout.Verdict{Definitive: true, Curable: true, Reason: payout.PlatformBalance}},
		{"an empty connected balance may fill", payout.BankPayout, fault.Conflict, "balance_insufficient", payout.Verdict{Definitive: true, Curable: true, Reason: payout.ConnectedBalance}},
		{"a reversal needs the creator's funds", payout.Reversal, fault.Conflict, "balance_insufficient", payout.Verdict{Definitive: true, Curable: true, Reason: payout.ReversalRefused}},
		{"a missing capability waits for verification", payout.Transfer, fault.Conflict, "transfers_not_allowed", payout.Verdict{Definitive: true, Reason: payout.AccountNotVerified}},
		{"a bad API key is ours to fix", payout.Transfer, fault.Denied, "invalid_api_key", payout.Verdict{Definitive: true, Reason: payout.CredentialsRejected}},
		{"an unheard-of refusal is parked, not repeated", payout.Transfer, fault.Invalid, "brand_new_code", payout.Verdict{Definitive: true, Reason: payout.RefusedByStripe}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := payout.Classify(tc.phase, tc.kind, tc.code)

			require.Equal(t, tc.want, got)
			require.NotEmpty(t, got.Reason.Explain())
		})
	}
}

func TestObstacle(t *testing.T) {
	t.Parallel()
	require.Equal(t, payout.NoReason, payout.Account{PayoutsEnabled: true, TransfersActive: true}.Obstacle())
	require.Equal(t, payout.AccountNotVerified, payout.Account{TransfersActive: true, DisabledReason: "requirements.past_due"}.Obstacle())
	require.Equal(t, payout.AccountDisabled, payout.Account{DisabledReason: "rejected.fraud"}.Obstacle())
}

func TestPolicy(t *testing.T) {
	t.Parallel()

	t.Run("accepts the default", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, payout.DefaultPolicy().Validate())
	})

	t.Run("refuses to resend after Stripe forgot the key", func(t *testing.T) {
		t.Parallel()
		policy := payout.DefaultPolicy()
		policy.ResendWindow = duration.Text(24 * time.Hour)

		require.Equal(t, "resend_window_out_of_range", fault.CodeOf(policy.Validate()))
	})
}
