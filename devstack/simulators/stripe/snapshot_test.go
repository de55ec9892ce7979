package stripe_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func TestStateFile(t *testing.T) {
	t.Parallel()

	t.Run("money, keys, scheduled payouts, journal and clock survive a restart without Close", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "stripe.json")
		keep := func(o *stripesim.Options) { o.StateFile = file }
		before := setup(t, keep)
		before.fund(100_00, "pm_card_visa")
		creator := before.creator(closedNumber)
		transfer, err := before.api.Transfers.New(keyed(50_00, creator.ID, "k"))
		require.NoError(t, err)
		before.sim.Advance(time.Hour)
		payout := before.payout(20_00, creator.ID)

		killed := filepath.Join(t.TempDir(), "copy.json")
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(killed, content, 0o600))
		after := setup(t, func(o *stripesim.Options) { o.StateFile = killed })

		require.WithinDuration(t, before.sim.Now(), after.sim.Now(), time.Minute)
		after.requireAvailable("", 96_80-50_00)
		after.requireAvailable(creator.ID, 30_00)
		replayed, err := after.api.Transfers.New(keyed(50_00, creator.ID, "k"))
		require.NoError(t, err)
		require.Equal(t, transfer.ID, replayed.ID)
		require.Len(t, after.effects("transfer.applied"), 1)
		after.sim.Advance(50 * time.Hour)
		require.Equal(t, stripe.PayoutStatusFailed, after.getPayout(payout.ID, creator.ID).Status)
		another := after.transfer(1_00, creator.ID)
		require.NotEqual(t, transfer.ID, another.ID)
	})

	t.Run("fees, rates, pending top-ups, reserves and the bill of the month survive a restart", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "stripe.json")
		keep := func(o *stripesim.Options) {
			startingOn(time.January, 15, 10)(o)
			o.StateFile, o.TopupTransit, o.Convert = file, 5*aDay, true
		}
		before := setup(t, keep)
		before.control(http.MethodPost, "fees", map[string]any{"charge_basis_points": 0, "charge_fixed_minor": 0, "active_account_minor": 2_00}, nil)
		before.control(http.MethodPost, "conversion", map[string]any{"rates": map[string]string{"eur": "0.5"}}, nil)
		require.Equal(t, int64(200_00), before.charge("eur", 100_00).BalanceTransaction.Net)
		topup, creator := before.topup(50_00), before.creator(goodNumber).ID
		before.transfer(10_00, creator)
		before.payout(10_00, creator)
		var held struct{ ID string }
		before.control(http.MethodPost, "reserves", map[string]any{"amount_minor": 1_00}, &held)
		require.NoError(t, before.sim.Close())

		after := setup(t, keep)

		require.Equal(t, int64(200_00), after.charge("eur", 100_00).BalanceTransaction.Net)
		after.control(http.MethodPost, "reserves/"+held.ID+"/release", nil, nil)
		after.sim.Advance(20 * aDay)
		require.Equal(t, stripe.TopupStatusSucceeded, after.getTopup(topup.ID).Status)
		require.Len(t, after.movements("stripe_fee"), 1)
		after.requireAvailable("", 400_00+50_00-10_00-2_00)
	})

	t.Run("a file that is not a state makes New fail", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "stripe.json")
		require.NoError(t, os.WriteFile(file, []byte("{broken"), 0o600))

		_, err := stripesim.New(stripesim.Options{StateFile: file})

		require.ErrorContains(t, err, file)
	})
}

func TestLifecycle(t *testing.T) {
	t.Parallel()

	t.Run("serves on its own address, follows real time and stops", func(t *testing.T) {
		t.Parallel()
		sim, err := stripesim.New(stripesim.Options{PayoutTransit: time.Hour, ClockFactor: 1_000_000})
		require.NoError(t, err)
		url, err := sim.Start("127.0.0.1:0")
		require.NoError(t, err)
		b := &bundle{t: t, sim: sim, url: url, api: newClient(url, 0)}
		b.fund(100_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.transfer(50_00, creator.ID)
		payout := b.payout(20_00, creator.ID)

		require.Eventually(t, func() bool { return b.getPayout(payout.ID, creator.ID).Status == stripe.PayoutStatusPaid }, 20*time.Second, time.Millisecond)

		require.NoError(t, sim.Close())
		_, err = b.api.Balance.Get(nil)
		require.Error(t, err)
	})

	t.Run("the same seed gives the same ids", func(t *testing.T) {
		t.Parallel()
		one, two := setup(t), setup(t)

		require.Equal(t, one.fund(100_00, "pm_card_visa").ID, two.fund(100_00, "pm_card_visa").ID)
	})

	t.Run("reset removes everything", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		b.control(http.MethodPost, "reset", nil, nil)

		b.requireAvailable("", 0)
		_, err := b.api.Accounts.GetByID(creator, nil)
		require.Error(t, err)
		require.Empty(t, b.effects("transfer.applied"))
	})

	t.Run("the clock is moved by control, and the state shows it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		before := b.sim.Now()

		b.control(http.MethodPost, "clock", map[string]any{"advance": "36h"}, nil)

		require.Equal(t, before.Add(36*time.Hour), b.sim.Now())
		var state struct {
			Balances map[string]map[string]map[string]int64 `json:"balances"`
			Platform string                                 `json:"platform"`
		}
		b.fund(100_00, "pm_card_visa")
		b.control(http.MethodGet, "state", nil, &state)
		require.Equal(t, int64(96_80), state.Balances[state.Platform]["usd"]["available_minor"])
	})
}
