package rail_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	all := []rail.Operation{rail.OperationFund, rail.OperationRefund, rail.OperationTransfer, rail.OperationBankPayout, rail.OperationReverse}
	allButFund := all[1:]

	for _, tc := range []struct {
		name       string
		operations []rail.Operation
		kind       fault.Kind
		meaning    rail.Meaning
		want       rail.Verdict
	}{
		{"a lost answer is unknown", all, fault.UnknownOutcome, rail.NoMeaning, rail.Verdict{Unknown: true, Curable: true}},
		{"a rate limit did nothing", all, fault.RateLimited, rail.NoMeaning, rail.Verdict{Curable: true}},
		{"an unreachable rail did nothing", all, fault.Unavailable, rail.NoMeaning, rail.Verdict{Curable: true}},
		{"a defect of ours is unknown and not repeated", all, fault.Internal, rail.NoMeaning, rail.Verdict{Unknown: true}},
		{"a reused key says nothing about our request", all, fault.Conflict, rail.KeyReused, rail.Verdict{Unknown: true}},
		{"an empty balance may fill", all, fault.Conflict, rail.InsufficientBalance, rail.Verdict{Definitive: true, Curable: true}},
		{"a refusal is definitive", all, fault.Conflict, rail.NoMeaning, rail.Verdict{Definitive: true}},
		{"wrong input is definitive", all, fault.Invalid, rail.NoMeaning, rail.Verdict{Definitive: true}},
		{"a missing object is definitive", all, fault.NotFound, rail.ObjectMissing, rail.Verdict{Definitive: true}},
		{"a rejected credential is definitive", allButFund, fault.Denied, rail.NoMeaning, rail.Verdict{Definitive: true}},
		{"a rejected credential says nothing about an earlier request to fund", all[:1], fault.Denied, rail.NoMeaning, rail.Verdict{Unknown: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, operation := range tc.operations {
				require.Equal(t, tc.want, rail.Classify(operation, tc.kind, tc.meaning), operation)
			}
		})
	}
}

func TestMeaningOf(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Conflict, "code_of_the_rail", "refused")
	refused.Meaning = string(rail.ChargeDisputed)

	require.Equal(t, rail.ChargeDisputed, rail.MeaningOf(fmt.Errorf("refund: %w", refused)))
	require.Equal(t, rail.NoMeaning, rail.MeaningOf(fault.New(fault.UnknownOutcome, "lookup_failed", "no answer").Because(refused)))
	require.Equal(t, rail.NoMeaning, rail.MeaningOf(nil))
}

func TestPayloads(t *testing.T) {
	t.Parallel()

	t.Run("carry no client secret", func(t *testing.T) {
		t.Parallel()

		text, err := json.Marshal(rail.Funding{ID: "pi_1", ClientSecret: "pi_1_secret_abc"})

		require.NoError(t, err)
		require.NotContains(t, string(text), "secret")
	})

	t.Run("carry nothing about the person behind an account", func(t *testing.T) {
		t.Parallel()

		text, err := json.Marshal(rail.Account{ID: "acct_1", DefaultCurrency: "EUR", Country: "DE"})

		require.NoError(t, err)
		require.JSONEq(t, `{"id":"acct_1","payouts_enabled":false,"transfers_active":false}`, string(text))
	})

	t.Run("leave out times that are not known", func(t *testing.T) {
		t.Parallel()

		text, err := json.Marshal([]any{rail.Funding{}, rail.Dispute{}, rail.BankPayout{CreatedAt: time.Unix(0, 0)}})

		require.NoError(t, err)
		require.NotContains(t, string(text), "0001-01-01")
	})
}
