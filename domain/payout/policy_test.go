package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
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
		{"sends a fresh intent at once", payout.Intent{Fresh: true}, false, payout.Send},
		{"looks up a fresh intent that the books may have lost before", payout.Intent{Fresh: true, LookUp: true}, false, payout.LookUp},
		{"sends it when nothing is found", payout.Intent{Fresh: true, LookUp: true}, true, payout.Send},
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
	unknown, nothingHappened, over := rail.Verdict{Unknown: true}, rail.Verdict{Curable: true}, rail.Verdict{Definitive: true}
	mayFill := rail.Verdict{Definitive: true, Curable: true}
	cases := []struct {
		name    string
		phase   payout.Phase
		kind    fault.Kind
		meaning rail.Meaning
		want    payout.Verdict
	}{
		{"a lost answer is unknown", payout.Transfer, fault.UnknownOutcome, rail.NoMeaning, payout.Verdict{rail.Verdict{Unknown: true, Curable: true}, payout.OutcomeUnknown}},
		{"a rate limit did nothing", payout.Transfer, fault.RateLimited, rail.NoMeaning, payout.Verdict{nothingHappened, payout.ProcessorUnavailable}},
		{"a defect of ours is unknown and not repeated", payout.Transfer, fault.Internal, rail.NoMeaning, payout.Verdict{unknown, payout.OutcomeUnknown}},
		{"a reused key says nothing about us", payout.Transfer, fault.Conflict, rail.KeyReused, payout.Verdict{unknown, payout.OutcomeUnknown}},
		{"an empty platform balance may fill", payout.Transfer, fault.Conflict, rail.InsufficientBalance, payout.Verdict{mayFill, payout.PlatformBalance}},
		{"an empty connected balance may fill", payout.BankPayout, fault.Conflict, rail.InsufficientBalance, payout.Verdict{mayFill, payout.ConnectedBalance}},
		{"a reversal needs the creator's funds", payout.Reversal, fault.Conflict, rail.InsufficientBalance, payout.Verdict{mayFill, payout.ReversalRefused}},
		{"a missing capability waits for verification", payout.Transfer, fault.Conflict, rail.AccountNotReady, payout.Verdict{over, payout.AccountNotVerified}},
		{"an account that has left waits for its owner", payout.Transfer, fault.Denied, rail.AccountGone, payout.Verdict{over, payout.AccountDisconnected}},
		{"a destination that does not exist waits for its owner", payout.Transfer, fault.NotFound, rail.ObjectMissing, payout.Verdict{over, payout.AccountDisconnected}},
		{"an unusable bank account has to be replaced", payout.BankPayout, fault.Conflict, rail.BankAccountUnusable, payout.Verdict{over, payout.BankAccountRejected}},
		{"a bad API key is ours to fix", payout.Transfer, fault.Denied, rail.NoMeaning, payout.Verdict{over, payout.CredentialsRejected}},
		{"an unknown refusal is parked, not repeated", payout.Transfer, fault.Invalid, rail.NoMeaning, payout.Verdict{over, payout.RefusedByStripe}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := payout.Classify(tc.phase, tc.kind, tc.meaning)

			require.Equal(t, tc.want, got)
			require.NotEmpty(t, got.Reason.Explain())
		})
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	require.Equal(t, rail.OperationTransfer, payout.Transfer.Operation())
	require.Equal(t, rail.OperationBankPayout, payout.BankPayout.Operation())
	require.Equal(t, rail.OperationReverse, payout.Reversal.Operation())
}

func TestNextLook(t *testing.T) {
	t.Parallel()
	policy := payout.DefaultPolicy()
	const day = 24 * time.Hour

	t.Run("grows to a day, and after every fortnight by another one", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, 15*time.Minute, policy.NextLook(0))
		require.Equal(t, 16*time.Hour, policy.NextLook(6))
		require.Equal(t, day, policy.NextLook(7))
		require.Equal(t, day, policy.NextLook(20))
		require.Equal(t, 2*day, policy.NextLook(21))
		require.Equal(t, 3*day, policy.NextLook(35))
		require.Equal(t, 7*day, policy.NextLook(10_000))
	})

	t.Run("looks about fifty times in a quarter", func(t *testing.T) {
		t.Parallel()
		looks := 0
		for at := time.Duration(0); at < 90*day; at += policy.NextLook(looks) {
			looks++
		}
		require.InDelta(t, 50, looks, 5)
	})

	t.Run("never shrinks", func(t *testing.T) {
		t.Parallel()
		for count := range 200 {
			require.LessOrEqual(t, policy.NextLook(count), policy.NextLook(count+1), count)
		}
	})
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

func TestMustLookUp(t *testing.T) {
	t.Parallel()
	restored := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour

	require.True(t, payout.MustLookUp(restored, restored.Add(day)), "soon after the restore, whatever the generation")
	require.True(t, payout.MustLookUp(restored, restored.Add(59*day)))
	require.False(t, payout.MustLookUp(restored, restored.Add(60*day)), "long after the restore")
	require.False(t, payout.MustLookUp(time.Unix(0, 0), restored), "without a restore")
}
