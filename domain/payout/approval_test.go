package payout_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestApprovalLimits(t *testing.T) {
	t.Parallel()
	payable := []payout.Sum{{Currency: "EUR", Payouts: 2, AmountMinor: 700}, {Currency: "USD", Payouts: 3, AmountMinor: 1_000}}

	for clause, tt := range map[string]struct {
		limits payout.ApprovalLimits
		want   bool
	}{
		"are not exceeded if there are none":                  {payout.ApprovalLimits{}, false},
		"are not exceeded at the number":                      {payout.ApprovalLimits{Payouts: 5}, false},
		"are exceeded by the payouts of all currencies":       {payout.ApprovalLimits{Payouts: 4}, true},
		"are not exceeded at the amount":                      {payout.ApprovalLimits{AmountMinor: map[money.Currency]int64{"USD": 1_000, "EUR": 700}}, false},
		"are exceeded by one currency":                        {payout.ApprovalLimits{AmountMinor: map[money.Currency]int64{"USD": 1_000, "EUR": 699}}, true},
		"do not add up currencies":                            {payout.ApprovalLimits{AmountMinor: map[money.Currency]int64{"USD": 1_600}}, false},
		"hold for a currency with the limit zero":             {payout.ApprovalLimits{AmountMinor: map[money.Currency]int64{"EUR": 0}}, true},
		"do not hold for a currency that is not listed":       {payout.ApprovalLimits{AmountMinor: map[money.Currency]int64{"JPY": 1}}, false},
		"are exceeded by the number although the amount fits": {payout.ApprovalLimits{Payouts: 1, AmountMinor: map[money.Currency]int64{"USD": 5_000}}, true},
	} {
		t.Run(clause, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tt.want, tt.limits.Exceeded(payable))
		})
	}
}
