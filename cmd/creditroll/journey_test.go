package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestJourney(t *testing.T) {
	t.Parallel()

	t.Run("a campaign goes from its draft to the last bank payout and closes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		first, second := w.creator(verified(goodBank)), w.creator(verified(goodBank))
		campaignID := w.liveCampaign()
		growing := growth{views: 10_003, jumps: jumpsAfter(1_777, 2*time.Second, 4*time.Second)}
		w.post(campaignID, first, "tiktok", growing)
		w.post(campaignID, first, "youtube", growth{views: 4_999})
		w.post(campaignID, second, "youtube", growing)
		w.eventually("the growth is credited", func() bool {
			return w.count("SELECT count(*) FROM audit.clips WHERE credited_views = 10003 + 2 * 1777") == 2
		})

		w.complete(campaignID)
		w.awaitCampaign(campaignID, "completed")
		w.awaitAvailable(first)
		w.awaitAvailable(second)
		w.startRun(period)
		w.awaitCampaign(campaignID, "closed")

		w.awaitPayout(w.payoutOf(first), "paid")
		w.awaitPayout(w.payoutOf(second), "paid")
		w.requireMoney(first, second)
		require.Zero(t, w.balance(ledger.CreatorAvailable(first.id)))
		require.Zero(t, w.balance(ledger.CampaignEscrow(campaignID)))
		w.eventually("no workflow is running", func() bool { return w.running() == 0 })
	})

	t.Run("a clip on X is read there, and by RapidAPI while X refuses", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		creator := w.creator(verified(goodBank))
		campaignID := w.liveCampaign()
		readBy := func(provider string) int64 {
			return w.count("SELECT count(*) FROM audit.observations o JOIN audit.clips c USING (clip_id) WHERE c.platform = 'x' AND c.credited_views = 4999 AND o.provider = '" + provider + "'")
		}

		w.post(campaignID, creator, "x", growth{views: 4_999})
		w.eventually("X reads the first clip", func() bool { return readBy("x") > 0 })
		require.Zero(t, readBy("rapidapi"))

		for _, each := range w.stack.Providers {
			if each.Name == "x" {
				_, err := each.Simulator.Faults.Add(faults.Rule{Action: faults.Refuse, Status: http.StatusForbidden, Code: "client-forbidden", Count: faults.Forever})
				require.NoError(t, err)
			}
		}
		w.post(campaignID, creator, "x", growth{views: 4_999})
		w.eventually("RapidAPI reads the second clip", func() bool { return readBy("rapidapi") > 0 })
	})
}
