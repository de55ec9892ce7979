package workflows_test

import (
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/db/reconciliation"
	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// requireInOrder holds what must be true after every week.
func (y *year) requireInOrder() {
	y.t.Helper()
	y.requireBooksInOrder(y.t)
	trial, err := y.store.Journal.ListTrialBalances(y.t.Context())
	require.NoError(y.t, err)
	for _, line := range trial {
		require.Zero(y.t, line.TotalMinor, "trial balance of %s", line.Currency)
	}
	yes := true
	open, err := y.store.Reconciliation.ListDifferences(y.t.Context(), reconciliation.DifferenceFilter{Open: &yes}, db.Page{Size: 100})
	require.NoError(y.t, err)
	require.Empty(y.t, open, "open differences")
	books, there := y.booked(), y.atStripe()
	y.requireAsAtStripe(books, there)
	y.requireCover(books, there)
	waiting, err := y.store.Payouts.List(y.t.Context(), payouts.Filter{Status: payout.NeedsAttention}, db.Page{Size: 100})
	require.NoError(y.t, err)
	require.Empty(y.t, waiting, "payouts that need attention")
}

// requireLeftOut requires that the payout run has left no one out, unless it was the first to find what
// no webhook had told of. It leaves out the creators of that campaign until the books have it.
func (y *year) requireLeftOut(leftOut []payout.Sum) {
	y.t.Helper()
	for _, sum := range leftOut {
		y.note("left out: %+v", sum)
		require.True(y.t, y.unheard, "left out for no reason: %+v", sum)
		require.Equal(y.t, payout.LeftOutDiffers, sum.Reason)
		y.count["creators left out for a week"] += int(sum.Payouts)
	}
}

// requireNoAttention requires that nothing waits for a person.
func (y *year) requireNoAttention(of string) {
	y.t.Helper()
	require.Empty(y.t, y.attentionReason(), of)
}

// heldBack reports whether a gap holds a refund of a campaign back, until finance pays in on Monday. Each
// piece of a campaign's workflow begins without a word of the one before.
func (y *year) heldBack(currency money.Currency) bool {
	if y.attentionReason() != "balance_not_covered" || y.missingNowMinor(currency) == 0 {
		return false
	}
	y.count["refunds that waited for cover"]++
	y.mishaps.mu.Lock()
	defer y.mishaps.mu.Unlock()
	y.mishaps.reason = ""
	return true
}

// missingNowMinor is what a check would find missing that reads the balance now.
func (y *year) missingNowMinor(currency money.Currency) int64 {
	cover := y.cover(currency)
	held := y.atStripe()[simulator.PlatformID][currency]
	cover.Processor.AvailableMinor, cover.Processor.PendingMinor = held.availableMinor, held.pendingMinor
	return cover.SureGapMinor()
}

// booked is the balance of each account in each currency, on its normal side.
type booked map[ledger.Account]map[money.Currency]int64

func (y *year) booked() booked {
	all := booked{}
	for after := ""; ; {
		page, err := y.store.Journal.ListBalances(y.t.Context(), "", db.Page{After: after, Size: 500}, ledger.AsOf{})
		require.NoError(y.t, err)
		for _, line := range page {
			if all[line.Account] == nil {
				all[line.Account] = map[money.Currency]int64{}
			}
			all[line.Account][line.Currency] = line.BalanceMinor
			after = string(line.Account)
		}
		if len(page) == 0 {
			return all
		}
	}
}

// held is a balance at Stripe.
type held struct{ availableMinor, pendingMinor int64 }

func (h held) sum() int64 { return h.availableMinor + h.pendingMinor }

// atStripe is what the simulator holds, by account and currency.
func (y *year) atStripe() map[string]map[money.Currency]held {
	all := map[string]map[money.Currency]held{}
	state := y.call(y.t, http.MethodGet, "/_sim/state", "", "application/json", "")
	for account, currencies := range state["balances"].(map[string]any) {
		all[account] = map[money.Currency]held{}
		for currency, parts := range currencies.(map[string]any) {
			part := func(name string) int64 { return int64(parts.(map[string]any)[name].(float64)) }
			all[account][money.Currency(strings.ToUpper(currency))] = held{part("available_minor"), part("pending_minor")}
		}
	}
	return all
}

// requireAsAtStripe requires that the books have what Stripe holds, to the cent, in every state.
func (y *year) requireAsAtStripe(books booked, there map[string]map[money.Currency]held) {
	y.t.Helper()
	covers, err := y.store.Reconciliation.ListCover(y.t.Context())
	require.NoError(y.t, err)
	seen, onTheWay := map[money.Currency]held{}, y.onTheWayMinor()
	for _, cover := range covers {
		seen[cover.Currency] = held{cover.Processor.AvailableMinor, cover.Processor.PendingMinor}
	}
	for _, currency := range yearCurrencies {
		require.Equal(y.t, there[simulator.PlatformID][currency].sum()+onTheWay[currency], books[ledger.StripePlatform][currency], "the platform's balance in %s", currency)
		require.Equal(y.t, there[simulator.PlatformID][currency], seen[currency], "what the last pass has read of the platform's balance in %s", currency)
		require.Equal(y.t, y.model.reservedMinor[currency], books[ledger.StripeReserved][currency], "what Stripe has set aside in %s", currency)
		require.Equal(y.t, y.model.disputedMinor[currency], books[ledger.StripeDisputed][currency], "what disputes have taken in %s", currency)
		for _, who := range y.creators {
			require.Equal(y.t, there[who.account][currency].sum(), books[ledger.StripeConnected(who.id)][currency], "%s of creator %s", currency, who.handle)
		}
	}
}

// onTheWayMinor are the refunds that Stripe has taken from the balance and that have not arrived. The books
// have each when it has arrived.
func (y *year) onTheWayMinor() map[money.Currency]int64 {
	sums := map[money.Currency]int64{}
	for _, each := range y.call(y.t, http.MethodGet, "/v1/refunds?limit=100", "", "", "")["data"].([]any) {
		if refund := each.(map[string]any); refund["status"] == "pending" {
			sums[money.Currency(strings.ToUpper(refund["currency"].(string)))] += int64(refund["amount"].(float64))
		}
	}
	return sums
}

// requireCover requires that the check of solvency names exactly what is missing: what the books owe, added
// up here account by account, without refunds under way, less what Stripe holds. A refund that has left
// Stripe's balance and has not arrived is never a gap.
func (y *year) requireCover(books booked, there map[string]map[money.Currency]held) {
	y.t.Helper()
	owed := map[money.Currency]int64{}
	for account, currencies := range books {
		for currency, balanceMinor := range currencies {
			owed[currency] += owedOf(account, balanceMinor)
		}
	}
	covers, err := y.store.Reconciliation.ListCover(y.t.Context())
	require.NoError(y.t, err)
	require.Len(y.t, covers, len(yearCurrencies))
	for _, cover := range covers {
		require.Equal(y.t, y.onTheWayMinor()[cover.Currency], cover.RefundingMinor, "refunds under way in %s", cover.Currency)
		owedMinor := owed[cover.Currency] - y.frozenMinor(cover.Currency) - cover.RefundingMinor
		missingMinor := max(0, owedMinor-max(0, there[simulator.PlatformID][cover.Currency].sum()))
		require.Equal(y.t, owedMinor, cover.OwedMinor(), "what is owed in %s", cover.Currency)
		require.Equal(y.t, missingMinor, cover.GapMinor(), "the gap in %s", cover.Currency)
		if missingMinor > 0 {
			y.count["weeks with a gap"]++
			y.note("%d %s are missing", missingMinor, cover.Currency)
		}
	}
}

// owedOf is the part of a balance that the platform's balance at Stripe has to cover. A brand whose balance
// is below zero pays no one else.
func owedOf(account ledger.Account, balanceMinor int64) int64 {
	owner, part, _ := strings.Cut(string(account), "/")
	_, part, _ = strings.Cut(part, "/")
	switch owner + " " + part {
	case "organization balance":
		return max(0, balanceMinor)
	case "campaign escrow", "organization withdrawing", "creator pending", "creator available", "creator in_transit":
		return balanceMinor
	}
	return 0
}
