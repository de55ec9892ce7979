package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/campaign"
)

func TestFunds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name                                 string
		funds                                campaign.Funds
		escrow, refunded, frozen, shortfalls int64
	}{
		{"holds what is neither earned nor given back", campaign.Funds{FundedMinor: 100, SpentMinor: 30, ReturnedMinor: 20}, 50, 20, 0, 0},
		{"freezes what a dispute reaches", campaign.Funds{FundedMinor: 100, SpentMinor: 30, AtRiskMinor: 60}, 70, 0, 60, 0},
		{"freezes no more than there is", campaign.Funds{FundedMinor: 100, SpentMinor: 30, ReturnedMinor: 40, AtRiskMinor: 100}, 30, 40, 30, 0},
		{"loses what the brand got back of what was earned", campaign.Funds{FundedMinor: 100, SpentMinor: 60, ReturnedMinor: 100}, 0, 40, 0, 60},
		{"loses what the brand got back twice", campaign.Funds{FundedMinor: 100, ReturnedMinor: 140}, 0, 100, 0, 40},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.escrow, tc.funds.EscrowMinor())
			require.Equal(t, tc.refunded, tc.funds.RefundedMinor())
			require.Equal(t, tc.frozen, tc.funds.FrozenMinor())
			require.Equal(t, tc.shortfalls, tc.funds.ShortfallMinor())
		})
	}

	t.Run("loses no cent and finds none", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			amount := rapid.Int64Range(0, 1_000_000)
			funds := campaign.Funds{FundedMinor: amount.Draw(t, "funded"), ReturnedMinor: amount.Draw(t, "returned"), AtRiskMinor: amount.Draw(t, "at risk")}
			funds.SpentMinor = rapid.Int64Range(0, funds.FundedMinor).Draw(t, "spent")

			require.Equal(t, funds.FundedMinor+funds.ShortfallMinor(), funds.SpentMinor+funds.ReturnedMinor+funds.EscrowMinor())
			require.GreaterOrEqual(t, funds.EscrowMinor(), funds.FrozenMinor())
			require.GreaterOrEqual(t, min(funds.RefundedMinor(), funds.FrozenMinor(), funds.ShortfallMinor()), int64(0))
			require.Zero(t, funds.ShortfallMinor()*funds.EscrowMinor(), "nothing is left where something is missing")
		})
	})
}
