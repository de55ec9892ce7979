package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/ledger"
)

// requireMoney compares the books with the records of Stripe and the platforms, once all
// workflows have ended. It checks views against earnings, earnings against payouts, payouts
// against objects, objects against entries, and the balances of both sides.
func (w *world) requireMoney(creators ...creator) {
	w.t.Helper()
	dbtest.RequireBooksInOrder(w.t, w.store)
	w.requireEarnings()
	for _, c := range creators {
		w.requireCreator(c)
	}
	w.requireOneEntryAnObject()
	w.requireBalance("", ledger.StripePlatform)
	for _, c := range creators {
		w.requireBalance(c.account, ledger.StripeConnected(c.id))
	}
}

// requireEarnings recomputes the earnings of each clip from the platforms' counts, and its split
// of gross into share and fee.
func (w *world) requireEarnings() {
	w.t.Helper()
	served := map[string]int64{}
	for _, provider := range w.stack.Providers {
		for _, entry := range provider.Simulator.Journal.Entries(0, "count.served") {
			served[entry.ObjectID] = max(served[entry.ObjectID], entry.Details["views"].(int64))
		}
	}
	clips := rows[struct {
		Post                       string
		EarnedMinor, CreditedViews int64
	}](w, "SELECT platform || '/' || external_id AS post, earned_minor, credited_views FROM audit.clips")
	require.NotEmpty(w.t, clips)
	for _, clip := range clips {
		require.Equal(w.t, (served[clip.Post]*rateMinorPerThousand+500)/1000, clip.EarnedMinor, "of %s, with %d views", clip.Post, served[clip.Post])
		require.Equal(w.t, served[clip.Post], clip.CreditedViews, clip.Post)
	}
	splits := rows[struct{ GrossMinor, FeeMinor int64 }](w, `
		SELECT sum(amount_minor) FILTER (WHERE account LIKE 'campaign/%')::bigint AS gross_minor,
		       coalesce(-sum(amount_minor) FILTER (WHERE account = 'platform/fees'), 0)::bigint AS fee_minor
		  FROM audit.postings WHERE kind = $1 GROUP BY split_part(reference, '/', 1)`, string(ledger.KindEarningsAccrued))
	for _, split := range splits {
		require.Equal(w.t, split.GrossMinor*feeBasisPoints/10_000, split.FeeMinor)
	}
}

// requireCreator checks that a creator's earnings were paid or can be paid, and that each
// payout moved its amount once.
func (w *world) requireCreator(c creator) {
	w.t.Helper()
	earnedMinor := -w.count("SELECT coalesce(sum(amount_minor), 0)::bigint FROM audit.postings WHERE kind = $1 AND account = $2",
		string(ledger.KindEarningsAccrued), string(ledger.CreatorPending(c.id)))
	require.Positive(w.t, earnedMinor)
	paidMinor := int64(0)
	for _, payout := range w.payouts(c) {
		w.requireMoved(c, payout)
		if payout.Status == "paid" {
			paidMinor += payout.AmountMinor
		}
	}
	require.Equal(w.t, earnedMinor, paidMinor+w.balance(ledger.CreatorAvailable(c.id)))
	w.requireExplained(c)
	for _, account := range []ledger.Account{ledger.CreatorPending(c.id), ledger.CreatorInTransit(c.id), ledger.CreatorConnected(c.id)} {
		require.Zero(w.t, w.balance(account), account)
	}
}

// requireExplained breaks the creator's payouts and balances down to their readings, and checks
// the sums.
func (w *world) requireExplained(c creator) {
	w.t.Helper()
	for _, payout := range w.payouts(c) {
		explained, err := w.store.Audit.ExplainPayout(w.t.Context(), payout.PayoutID, db.Page{})
		require.NoError(w.t, err)
		require.NoError(w.t, checkExplanation("the payout", explained.DifferenceMinor, explained.Payout.Currency, explained.Checks))
	}
	explained, err := w.store.Audit.ExplainCreator(w.t.Context(), c.id, "")
	require.NoError(w.t, err)
	require.NotEmpty(w.t, explained.Currencies)
	for _, in := range explained.Currencies {
		require.NoError(w.t, checkExplanation("the creator", in.DifferenceMinor, in.Currency, in.Checks))
	}
}

type payoutRow struct {
	PayoutID    string
	AmountMinor int64
	Status      string
}

func (w *world) payouts(c creator) []payoutRow {
	w.t.Helper()
	return rows[payoutRow](w, "SELECT payout_id::text, amount_minor, status FROM audit.payouts WHERE creator_id = $1 ORDER BY payout_id", c.id)
}

// requireMoved checks one payout against Stripe's journal. A paid payout must have one transfer
// and one bank payout, and every other payout must have none.
func (w *world) requireMoved(c creator, payout payoutRow) {
	w.t.Helper()
	standing := map[string]int64{}
	for kind, sign := range map[string]int64{"transfer.applied": 1, "reversal.applied": -1, "payout.applied": 2, "payout.failed": -2, "payout.paid": 0} {
		for _, effect := range w.effects(kind, payout.PayoutID) {
			require.Equal(w.t, payout.AmountMinor, effect.AmountMinor, kind)
			require.Equal(w.t, c.account, effect.Account, kind)
			standing[map[bool]string{true: "transfer", false: "bank payout"}[sign*sign == 1]] += sign
		}
	}
	expected := map[string]int64{}
	switch payout.Status {
	case "paid":
		expected = map[string]int64{"transfer": 1, "bank payout": 2}
	case "cancelled", "returned":
	default:
		require.Fail(w.t, "a payout has not ended", payout)
	}
	maps.DeleteFunc(standing, func(_ string, count int64) bool { return count == 0 })
	require.Equal(w.t, expected, standing, "payout %s is %s", payout.PayoutID, payout.Status)
}

// effects returns the effects at Stripe for a payout, or for all payouts if the id is empty.
func (w *world) effects(kind, payoutID string) []faults.Entry {
	effects := w.stack.Stripe.Journal().Entries(0, kind)
	return slices.DeleteFunc(effects, func(effect faults.Entry) bool { return payoutID != "" && effect.Metadata["payout_id"] != payoutID })
}

// requireOneEntryAnObject compares the Stripe objects with an entry in the books to the objects
// that moved money in Stripe's journal.
func (w *world) requireOneEntryAnObject() {
	w.t.Helper()
	moved := map[string][]string{}
	for kind, objectType := range map[string]string{
		"transfer.applied": "transfer", "reversal.applied": "transfer_reversal", "refund.applied": "refund",
		"payout.paid": "payout", "payout.failed": "payout",
	} {
		for _, effect := range w.effects(kind, "") {
			if !slices.Contains(moved[objectType], effect.ObjectID) {
				moved[objectType] = append(moved[objectType], effect.ObjectID)
			}
		}
	}
	for _, intent := range w.stripeList("/v1/payment_intents") {
		if intent["status"] == "succeeded" {
			moved["payment_intent"] = append(moved["payment_intent"], intent["id"].(string))
		}
	}
	booked := map[string][]string{}
	for _, object := range rows[struct{ ObjectType, ObjectID string }](w, "SELECT object_type, object_id FROM audit.external_objects WHERE object_type <> 'balance_transaction'") {
		booked[object.ObjectType] = append(booked[object.ObjectType], object.ObjectID)
	}
	for _, objectType := range slices.Sorted(maps.Keys(moved)) {
		require.ElementsMatch(w.t, moved[objectType], booked[objectType], objectType)
	}
	require.Len(w.t, booked, len(moved))
}

// requireBalance compares an account in the books with Stripe's balance.
func (w *world) requireBalance(stripeAccount string, account ledger.Account) {
	w.t.Helper()
	var balance struct {
		Available, Pending []struct{ Amount int64 }
	}
	w.stripeGet("/v1/balance", stripeAccount, &balance)
	require.Equal(w.t, balance.Available[0].Amount+balance.Pending[0].Amount, w.balance(account), account)
}

func (w *world) stripeList(path string) []map[string]any {
	var list struct{ Data []map[string]any }
	w.stripeGet(path+"?limit=100", "", &list)
	return list.Data
}

func (w *world) stripeGet(path, account string, into any) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.stack.StripeAPIBase+path, nil)
	require.NoError(w.t, err)
	request.Header.Set("Authorization", "Bearer "+devstack.SimulatedStripeKey)
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(w.t, http.StatusOK, answer.StatusCode)
	require.NoError(w.t, json.NewDecoder(answer.Body).Decode(into))
}

// rows reads rows into structs by column name.
func rows[T any](w *world, query string, args ...any) []T {
	w.t.Helper()
	found, err := w.owner.Query(w.t.Context(), query, args...)
	require.NoError(w.t, err)
	read, err := pgx.CollectRows(found, pgx.RowToStructByNameLax[T])
	require.NoError(w.t, err)
	return read
}
