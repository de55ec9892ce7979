package rail_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/rail"
)

func TestRedeliverAfter(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 4: 8 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 1_000_000: time.Hour,
	} {
		require.Equal(t, want, rail.RedeliverAfter(tries), "after %d tries", tries)
	}
}

func TestConcernsThatMoveMoney(t *testing.T) {
	t.Parallel()
	for concern, moves := range map[rail.Concern]bool{
		rail.ConcernCampaignPayment: true, rail.ConcernRefundStarted: true, rail.ConcernRefundChanged: true, rail.ConcernDispute: true,
		rail.ConcernPayout: true, rail.ConcernPayoutAccount: false, rail.ConcernBankAccountAdded: false, rail.ConcernNone: false,
	} {
		require.Equal(t, moves, concern.MovesMoney(), concern)
	}
}
