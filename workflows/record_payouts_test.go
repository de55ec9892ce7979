//go:build record

package workflows_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// payAll pays what the creator has, whatever it is.
func (r *recorder) payAll(t *testing.T, who creator) {
	t.Helper()
	in := r.payoutOf(t, who)
	r.start(t, names.Payout(in.PayoutID), workflows.CreatorPayout, in)
	soon(t, "sent to the bank", func() bool {
		found, err := r.store.Payouts.Get(t.Context(), in.PayoutID)
		return err == nil && found.BankPayoutID != ""
	})
	r.sim.Advance(25 * time.Hour)
	require.NoError(t, r.client.GetWorkflow(t.Context(), names.Payout(in.PayoutID), "").Get(t.Context(), nil))
}

func (r *recorder) payoutOf(t *testing.T, who creator) workflows.PayoutInput {
	t.Helper()
	period := dbtest.Week()
	runID, err := r.store.Payouts.OpenRun(t.Context(), names.PayoutRunID(period, 1), period, time.Now())
	require.NoError(t, err)
	return workflows.PayoutInput{PayoutID: names.PayoutID(runID, who.id, "USD"), RunID: runID, CreatorID: who.id, Currency: "USD", Policy: r.policy}
}

func (r *recorder) recordPayouts(t *testing.T) {
	campaignID, _ := r.liveCampaign(t, func(agreed *campaign.Terms) { *agreed = r.terms(t, time.Hour) })
	begin := func(bank string, prepare func(p payable)) payable {
		who := r.creator(t, bank)
		r.earns(t, campaignID, who, 10_000)
		in := r.payoutOf(t, who)
		p := payable{r.world, who, in.PayoutID, in}
		prepare(p)
		r.start(t, names.Payout(in.PayoutID), workflows.CreatorPayout, in)
		return p
	}
	parked := func(p payable) {
		soon(t, "parked", func() bool {
			found, err := r.store.Payouts.Get(t.Context(), p.payoutID)
			return err == nil && found.Status == payout.NeedsAttention
		})
	}
	ask := func(p payable, action command.PayoutAction) {
		soon(t, string(action), func() bool {
			_, err := r.engine.CommandPayout(t.Context(), command.PayoutCommand{PayoutID: p.payoutID, Action: action, Actor: "recorder", Reason: "recorded"})
			return err == nil
		})
	}
	sent := func(p payable) {
		soon(t, "sent to the bank", func() bool {
			found, err := r.store.Payouts.Get(t.Context(), p.payoutID)
			if err != nil || len(found.Attempts) == 0 {
				return false
			}
			last := found.Attempts[len(found.Attempts)-1]
			return last.Phase == payout.BankPayout && last.Outcome == "applied"
		})
	}
	nothing := func(payable) {}

	paid := begin(goodBank, nothing)
	healed := begin(goodBank, func(p payable) { p.unverify(t) })
	cancelled := begin(goodBank, func(p payable) { p.unverify(t) })
	retried, reversed, byCLI := begin(noAccount, nothing), begin(noAccount, nothing), begin(noAccount, nothing)
	for _, each := range []payable{healed, cancelled} {
		parked(each)
	}
	healed.verify(t)
	ask(cancelled, command.Cancel)
	for _, each := range []payable{paid, retried, reversed, byCLI} {
		sent(each)
	}
	r.sim.Advance(25 * time.Hour) // banks answer
	for _, each := range []payable{retried, reversed, byCLI} {
		parked(each)
	}
	r.replaceBank(t, retried.creator.account, goodBank)
	ask(retried, command.Retry)
	ask(reversed, command.Cancel)
	require.NoError(t, r.client.CancelWorkflow(t.Context(), names.Payout(byCLI.payoutID), ""))
	for _, each := range []payable{retried, healed} {
		sent(each)
	}
	r.sim.Advance(25 * time.Hour)
	for name, each := range map[string]payable{
		"paid": paid, "verified-late": healed, "cancelled-before-transfer": cancelled,
		"retried": retried, "reversed": reversed, "cancelled-by-cli": byCLI,
	} {
		r.keep(t, names.Payout(each.payoutID), "CreatorPayout-"+name)
	}
	r.spoil(t, "CreatorPayout-paid")
}

// spoil stores a history of code that made another step before the transfer.
func (r *recorder) spoil(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(histories, name+".json"))
	require.NoError(t, err)
	spoilt := strings.ReplaceAll(string(text), `"CheckAccount"`, `"CheckBankAccount"`)
	require.NotEqual(t, string(text), spoilt)
	require.NoError(t, os.WriteFile(filepath.Join(histories, "incompatible", name+".json"), []byte(spoilt), 0o644))
}

func (r *recorder) recordRuns(t *testing.T) {
	campaignID, _ := r.liveCampaign(t, func(agreed *campaign.Terms) { *agreed = r.terms(t, time.Hour) })
	for range 2 {
		r.earns(t, campaignID, r.creator(t, goodBank), 10_000)
	}
	in := workflows.PayoutRunInput{Policy: r.policy, Settings: r.runs}
	in.Settings.ApprovalAbove = 1
	r.start(t, "payout-run-trigger", workflows.PayoutRunTrigger, in)
	r.keep(t, "payout-run-trigger", "PayoutRunTrigger-started")
	period := payout.Period(time.Now())
	soon(t, "approved", func() bool {
		return r.engine.CommandPayoutRun(t.Context(), command.PayoutRunCommand{Period: period, Number: 1, Action: command.ApproveRun, Actor: "recorder", Reason: "recorded"}) == nil
	})
	soon(t, "sent to the bank", func() bool {
		all, err := r.store.Payouts.List(t.Context(), payouts.Filter{RunID: names.PayoutRunID(period, 1)}, db.Page{Size: 10})
		sent := 0
		for _, each := range all {
			if each.BankPayoutID != "" {
				sent++
			}
		}
		return err == nil && sent == 2
	})
	r.sim.Advance(25 * time.Hour)
	r.keep(t, names.PayoutRun(period, 1), "PayoutRun-approved")
}
