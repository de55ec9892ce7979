package db_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// beside returns another campaign in the same database, with a clip of the same creator.
func (w *world) beside(t require.TestingT, ctx context.Context, change func(*campaign.Terms)) *world { //nolint:revive // t comes first in every helper of a test
	other := setupIn(t, ctx, w.url, w.store, 0, change)
	other.creators = w.creators
	other.addClip(t, ctx, w.creators[0])
	return other
}

func (w *world) read(t require.TestingT, ctx context.Context, clipIndex, poll int, count int64) earnings.Credit { //nolint:revive // t comes first in every helper of a test
	recorded, err := w.store.Earnings.RecordReading(ctx, w.reading(clipIndex, poll, count))
	require.NoError(t, err)
	return recorded
}

func (w *world) release(t require.TestingT, ctx context.Context) { //nolint:revive // t comes first in every helper of a test
	_, err := w.store.Earnings.ReleaseHolds(ctx, now.Add(2*time.Hour), 1000)
	require.NoError(t, err)
}

// pay reserves what the first creator has in a run of its own; empty if it is too little.
func (w *world) pay(t require.TestingT, ctx context.Context, period string) string { //nolint:revive // t comes first in every helper of a test
	runID, err := w.store.Payouts.OpenRun(ctx, uuid.NewString(), period, now.AddDate(0, 0, 21))
	require.NoError(t, err)
	id := uuid.NewString()
	_, err = w.store.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: id, RunID: runID, CreatorID: w.creators[0], Currency: w.terms.Currency, MinimumMinor: 1000, Now: now})
	if fault.CodeOf(err) == "below_minimum" {
		return ""
	}
	require.NoError(t, err)
	return id
}

// correct changes the books as two people agree; what may not be corrected is left.
func (w *world) correct(t require.TestingT, ctx context.Context, propose correction.Proposal) { //nolint:revive // t comes first in every helper of a test
	propose.ID, propose.Currency, propose.ProposedBy, propose.Reason, propose.Now = uuid.NewString(), w.terms.Currency, "ann", "a mistake", now
	_, err := w.store.Corrections.Propose(ctx, propose)
	if fault.Is(err, fault.Conflict) {
		return
	}
	require.NoError(t, err)
	_, err = w.store.Corrections.Decide(ctx, correction.Decision{ID: propose.ID, Approve: true, Actor: "bob", Now: now})
	require.NoError(t, err)
}

func (w *world) explain(t require.TestingT, ctx context.Context, payoutID string) audit.PayoutExplanation { //nolint:revive // t comes first in every helper of a test
	explained, err := w.store.Audit.ExplainPayout(ctx, payoutID, db.Page{Size: 1000})
	require.NoError(t, err)
	requireAddsUp(t, explained)
	return explained
}

// requireAddsUp adds a payout up by hand.
func requireAddsUp(t require.TestingT, x audit.PayoutExplanation) {
	byCampaign, wholeMinor := map[string]int64{}, int64(0)
	for _, item := range x.Items {
		byCampaign[item.CampaignID] += item.AmountMinor
		wholeMinor += item.AmountMinor
	}
	require.Equal(t, x.Payout.AmountMinor, wholeMinor)
	require.Len(t, byCampaign, len(x.Lines))
	for _, line := range x.Lines {
		require.Equal(t, line.AmountMinor, byCampaign[line.CampaignID])
		require.Zero(t, line.DifferenceMinor)
		clipsMinor := line.OtherMinor
		for _, clip := range line.Clips {
			clipsMinor += clip.TotalMinor()
		}
		require.Equal(t, line.AmountMinor, clipsMinor)
	}
	require.Zero(t, x.DifferenceMinor)
	requireHolds(t, x.Checks)
}

func requireHolds(t require.TestingT, checks audit.Checks) {
	require.NotEmpty(t, checks)
	broken, found := checks.Broken()
	require.False(t, found, "%+v", broken)
}

func items(x audit.PayoutExplanation) map[string]int64 {
	found := map[string]int64{}
	for _, item := range x.Items {
		found[item.EntryID] += item.AmountMinor
	}
	return found
}

func TestExplainPayout(t *testing.T) {
	t.Parallel()

	t.Run("follows each cent to the reading, the provider and the terms", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, func(terms *campaign.Terms) { terms.FeeBasisPoints, terms.MaxPerClipMinor = 1000, 900 })
		other := w.beside(t, t.Context(), func(terms *campaign.Terms) { terms.BudgetMinor = 1000 })
		w.read(t, t.Context(), 0, 1, 1001)
		w.read(t, t.Context(), 0, 2, 999) // a count that falls
		w.read(t, t.Context(), 0, 3, 5000)
		other.read(t, t.Context(), 0, 1, 1000)
		last := other.read(t, t.Context(), 0, 2, 7000)
		w.release(t, t.Context())
		id := w.pay(t, t.Context(), "2026-W10")

		x := w.explain(t, t.Context(), id)

		require.True(t, last.ExhaustedBudget)
		require.Equal(t, int64(1811), x.Payout.AmountMinor, "900 less a fee rounded down twice, and the other's whole budget")
		require.Len(t, x.Lines, 2)
		require.Len(t, x.Items, 4)
		limits := map[earnings.Limit]int{}
		for _, item := range x.Items {
			accrual := item.Accrual
			require.Equal(t, ledger.KindEarningsAccrued, item.Kind)
			require.Equal(t, item.AmountMinor, accrual.CreatorMinor)
			require.Equal(t, accrual.GrossMinor, accrual.CreatorMinor+accrual.FeeMinor+accrual.AffiliateMinor)
			require.Greater(t, accrual.CreditedViewsAfter, accrual.CreditedViewsBefore)
			require.Equal(t, "apify", accrual.Attempt.Provider)
			require.Equal(t, "ok", accrual.Attempt.Outcome)
			require.Equal(t, item.Seq, accrual.ReleaseSeq)
			limits[accrual.LimitedBy]++
		}
		require.Equal(t, map[earnings.Limit]int{earnings.NoLimit: 2, earnings.PerClip: 1, earnings.Budget: 1}, limits)
		for _, line := range x.Lines {
			require.Equal(t, int64(500), line.Terms.RateMinorPerThousand)
		}
		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved}, kindsOf(x.Entries))
	})

	t.Run("gives what a cancelled payout had to the next one", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 3000)
		w.release(t, t.Context())
		first := w.pay(t, t.Context(), "2026-W10")
		w.read(t, t.Context(), 0, 2, 6000)
		w.release(t, t.Context())
		second := w.pay(t, t.Context(), "2026-W11")
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), first, payout.Cancelled, now))
		w.read(t, t.Context(), 0, 3, 7000)
		w.release(t, t.Context())
		third := w.pay(t, t.Context(), "2026-W12")

		x, y, z := w.explain(t, t.Context(), first), w.explain(t, t.Context(), second), w.explain(t, t.Context(), third)

		require.Equal(t, []int64{1500, 1500, 2000}, []int64{x.Payout.AmountMinor, y.Payout.AmountMinor, z.Payout.AmountMinor})
		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved, ledger.KindPayoutCancelled}, kindsOf(x.Entries))
		require.Len(t, z.Items, 2)
		for id := range items(x) {
			require.Contains(t, items(z), id)
			require.NotContains(t, items(y), id)
		}
	})

	t.Run("shows what it left behind, and who took that", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, func(terms *campaign.Terms) { terms.Currency = "HUF" })
		w.read(t, t.Context(), 0, 1, 3300) // 16.50 HUF
		w.release(t, t.Context())
		first := w.pay(t, t.Context(), "2026-W10")
		w.read(t, t.Context(), 0, 2, 6000) // 13.50 HUF more
		w.release(t, t.Context())
		second := w.pay(t, t.Context(), "2026-W11")
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), first, payout.Cancelled, now))
		third := w.pay(t, t.Context(), "2026-W12")

		x, y, z := w.explain(t, t.Context(), first), w.explain(t, t.Context(), second), w.explain(t, t.Context(), third)

		require.Equal(t, []int64{1600, 1400, 1600}, []int64{x.Payout.AmountMinor, y.Payout.AmountMinor, z.Payout.AmountMinor})
		require.Equal(t, []int64{1650, -50}, []int64{x.Items[0].AmountMinor, x.Items[1].AmountMinor})
		require.Equal(t, ledger.KindPayoutReserved, x.Items[1].Kind)
		require.Equal(t, []int64{50, 1350}, []int64{y.Items[0].AmountMinor, y.Items[1].AmountMinor})
		w.requireCreatorsExplained(t, t.Context())
	})

	t.Run("carries over what was too little for a payout", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 1000)
		w.release(t, t.Context())
		require.Empty(t, w.pay(t, t.Context(), "2026-W10"))
		w.read(t, t.Context(), 0, 2, 4000)
		w.release(t, t.Context())
		id := w.pay(t, t.Context(), "2026-W11")

		x := w.explain(t, t.Context(), id)

		require.Len(t, x.Items, 2)
		require.Equal(t, int64(500), x.Items[0].AmountMinor)
	})

	t.Run("shows the transfer, the bank payout and what they are at Stripe", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		settle(t, w, id)

		x := w.explain(t, t.Context(), id)

		require.Equal(t, []ledger.Kind{ledger.KindPayoutReserved, ledger.KindTransferSettled, ledger.KindBankPayoutSettled}, kindsOf(x.Entries))
		require.Equal(t, []audit.ExternalObject{{Provider: "stripe", Type: "transfer", ID: "transfer_1"}}, x.Entries[1].Objects)
		require.Len(t, x.Attempts, 2)
	})

	t.Run("lists the items page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		other := w.beside(t, t.Context(), nil)
		for poll := range 5 {
			w.read(t, t.Context(), 0, poll, int64(poll+1)*1000)
			other.read(t, t.Context(), 0, poll, int64(poll+1)*1000)
		}
		w.release(t, t.Context())
		id := w.pay(t, t.Context(), "2026-W10")

		seen, page := map[string]bool{}, db.Page{Size: 3}
		for {
			x, err := w.store.Audit.ExplainPayout(t.Context(), id, page)
			require.NoError(t, err)
			if len(x.Items) == 0 {
				break
			}
			for _, item := range x.Items {
				require.False(t, seen[item.EntryID])
				seen[item.EntryID] = true
			}
			page.After = x.Items[len(x.Items)-1].Place()
		}

		require.Len(t, seen, 10)
	})

	t.Run("says so when a line is not what its accruals sum to", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		conn := connect(t, w.url)
		_, err := conn.Exec(t.Context(), `
			ALTER TABLE payout_lines DISABLE TRIGGER payout_lines_immutable;
			UPDATE payout_lines SET amount_minor = amount_minor + 1;
			UPDATE payouts SET amount_minor = amount_minor + 1`)
		require.NoError(t, err)

		x, err := w.store.Audit.ExplainPayout(t.Context(), id, db.Page{})

		require.NoError(t, err)
		require.Equal(t, int64(1), x.DifferenceMinor)
		require.Equal(t, int64(1), x.Lines[0].DifferenceMinor)
		require.False(t, holds(x.Checks, "items_sum_to_lines"))
		require.False(t, holds(x.Checks, "reserved_in_the_ledger"))
		require.True(t, holds(x.Checks, "lines_sum_to_payout"))
	})

	for name, change := range map[string]struct{ check, sql string }{
		"does not follow from its views": {"amounts_follow_from_views", "UPDATE accruals SET credited_views_after = credited_views_after + 1"},
		"skips a part of its clip":       {"running_totals_chain", "UPDATE accruals SET clip_gross_after_minor = clip_gross_after_minor + 1"},
		"is not posted as it says":       {"accruals_are_posted", "UPDATE holds SET amount_minor = amount_minor + 1"},
		"takes another fee":              {"splits_follow_terms", "UPDATE accruals SET fee_minor = 1, creator_minor = creator_minor - 1"},
	} {
		t.Run("says so when an accrual "+name, func(t *testing.T) {
			t.Parallel()
			w, id := reservedPayout(t)
			_, err := connect(t, w.url).Exec(t.Context(), "ALTER TABLE accruals DISABLE TRIGGER accruals_immutable; "+change.sql)
			require.NoError(t, err)

			x, err := w.store.Audit.ExplainPayout(t.Context(), id, db.Page{})

			require.NoError(t, err)
			require.False(t, holds(x.Checks, change.check))
		})
	}

	t.Run("refuses what is no payout", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 0, nil)

		_, unknown := w.store.Audit.ExplainPayout(t.Context(), uuid.NewString(), db.Page{})
		_, malformed := w.store.Audit.ExplainPayout(t.Context(), "7", db.Page{})

		require.Equal(t, "payout_not_found", fault.CodeOf(unknown))
		require.Equal(t, "malformed_id", fault.CodeOf(malformed))
	})
}

func holds(checks audit.Checks, name string) bool {
	for _, check := range checks {
		if check.Name == name {
			return check.Holds
		}
	}
	return false
}

func kindsOf(entries []audit.ExplainedEntry) []ledger.Kind {
	kinds := make([]ledger.Kind, len(entries))
	for i, entry := range entries {
		kinds[i] = entry.Kind
	}
	return kinds
}

// settle brings a reserved payout to the bank.
func settle(t *testing.T, w *world, payoutID string) {
	t.Helper()
	for _, phase := range []payout.Phase{payout.Transfer, payout.BankPayout} {
		_, err := w.store.Payouts.RecordIntent(t.Context(), payoutID, phase, now)
		require.NoError(t, err)
		result := payout.Outcome{PayoutID: payoutID, Phase: phase, Generation: 1, ExternalID: string(phase) + "_1", Now: now}
		if phase == payout.Transfer {
			require.NoError(t, w.store.Payouts.RecordTransferred(t.Context(), result))
			continue
		}
		require.NoError(t, w.store.Payouts.RecordBankPayoutAccepted(t.Context(), result))
		require.NoError(t, w.store.Payouts.RecordBankPayoutPaid(t.Context(), result))
	}
}

func TestExplainCampaign(t *testing.T) {
	t.Parallel()

	t.Run("accounts for what was spent and for what is left", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 2, func(terms *campaign.Terms) { terms.FeeBasisPoints, terms.DailyPacingMinor = 1250, 5000 })
		w.read(t, t.Context(), 0, 1, 3333)
		w.read(t, t.Context(), 1, 1, 9999)
		w.read(t, t.Context(), 0, 2, 4444)

		x, err := w.store.Audit.ExplainCampaign(t.Context(), w.campaignID, db.Page{Size: 100})

		require.NoError(t, err)
		requireHolds(t, x.Checks)
		require.Zero(t, x.SpentDifferenceMinor)
		require.Zero(t, x.EscrowDifferenceMinor)
		require.Equal(t, int64(5000), x.Campaign.SpentMinor, "the pace of one day")
		require.Equal(t, x.Campaign.SpentMinor, x.Spent.SpentMinor())
		require.Equal(t, w.balance(t, ledger.CampaignEscrow(w.campaignID)), x.EscrowMinor)
		creatorsMinor, clipsMinor, accrualsMinor := int64(0), int64(0), int64(0)
		for _, creator := range x.Creators {
			creatorsMinor += creator.SpentMinor()
		}
		for _, clip := range x.Clips {
			clipsMinor += clip.GrossMinor - clip.ClawedBackMinor
		}
		for _, accrual := range x.Accruals {
			accrualsMinor += accrual.GrossMinor
		}
		require.Equal(t, []int64{5000, 5000, 5000}, []int64{creatorsMinor, clipsMinor, accrualsMinor})
	})

	t.Run("lists the accruals page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 3, nil)
		for clip := range 3 {
			for poll := range 4 {
				w.read(t, t.Context(), clip, poll, int64(poll+1)*1000)
			}
		}

		seen, page := map[string]bool{}, db.Page{Size: 5}
		for {
			x, err := w.store.Audit.ExplainCampaign(t.Context(), w.campaignID, page)
			require.NoError(t, err)
			if len(x.Accruals) == 0 {
				break
			}
			for _, accrual := range x.Accruals {
				require.False(t, seen[accrual.EntryID])
				seen[accrual.EntryID] = true
			}
			page.After = x.Accruals[len(x.Accruals)-1].SpendingPlace()
		}

		require.Len(t, seen, 12)
	})

	t.Run("says so when the guard differs from the accruals", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 3000)
		_, err := connect(t, w.url).Exec(t.Context(), "UPDATE campaign_budgets SET spent_minor = spent_minor + 7")
		require.NoError(t, err)

		x, err := w.store.Audit.ExplainCampaign(t.Context(), w.campaignID, db.Page{})

		require.NoError(t, err)
		require.Equal(t, int64(7), x.SpentDifferenceMinor)
		require.Equal(t, int64(-7), x.EscrowDifferenceMinor)
		require.False(t, holds(x.Checks, "accruals_sum_to_spent"))
		require.False(t, holds(x.Checks, "escrow_agrees_with_the_ledger"))
	})

	t.Run("refuses what is no campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 0, nil)

		_, unknown := w.store.Audit.ExplainCampaign(t.Context(), uuid.NewString(), db.Page{})
		_, malformed := w.store.Audit.ExplainCampaign(t.Context(), "7", db.Page{})

		require.Equal(t, "campaign_not_found", fault.CodeOf(unknown))
		require.Equal(t, "malformed_id", fault.CodeOf(malformed))
	})
}

func TestExplainCreator(t *testing.T) {
	t.Parallel()

	t.Run("takes each balance apart by campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		other := w.beside(t, t.Context(), nil)
		w.read(t, t.Context(), 0, 1, 3000)
		other.read(t, t.Context(), 0, 1, 1000)
		w.release(t, t.Context())
		paid := w.pay(t, t.Context(), "2026-W10")
		w.read(t, t.Context(), 0, 2, 5000)
		w.release(t, t.Context())
		other.read(t, t.Context(), 0, 2, 2000)

		x, err := w.store.Audit.ExplainCreator(t.Context(), w.creators[0], "")

		require.NoError(t, err)
		require.Len(t, x.Currencies, 1)
		in := x.Currencies[0]
		require.Zero(t, in.DifferenceMinor)
		requireHolds(t, in.Checks)
		parts := map[ledger.Account]audit.ExplainedAccount{}
		for _, account := range in.Accounts {
			require.Equal(t, w.balance(t, account.Account), account.BalanceMinor)
			parts[account.Account] = account
		}
		creatorID := w.creators[0]
		require.Equal(t, []payout.Line{{CampaignID: other.campaignID, AmountMinor: 500}}, parts[ledger.CreatorPending(creatorID)].Campaigns)
		require.Equal(t, []payout.Line{{CampaignID: w.campaignID, AmountMinor: 1000}}, parts[ledger.CreatorAvailable(creatorID)].Campaigns)
		require.ElementsMatch(t, []payout.Line{{CampaignID: w.campaignID, AmountMinor: 1500}, {CampaignID: other.campaignID, AmountMinor: 500}}, parts[ledger.CreatorInTransit(creatorID)].Campaigns)
		require.Equal(t, []audit.PayoutPart{{PayoutID: paid, AmountMinor: 2000}}, parts[ledger.CreatorInTransit(creatorID)].Payouts)
	})

	t.Run("says so when earnings were released past the ledger", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 3000)
		w.release(t, t.Context())
		_, err := connect(t, w.url).Exec(t.Context(), "UPDATE holds SET amount_minor = amount_minor + 3")
		require.NoError(t, err)

		x, err := w.store.Audit.ExplainCreator(t.Context(), w.creators[0], "USD")

		require.NoError(t, err)
		require.Equal(t, int64(3), x.Currencies[0].DifferenceMinor)
		require.False(t, holds(x.Currencies[0].Checks, "available_sums_to_balance"))
	})

	t.Run("refuses a currency in which nothing was posted, and what is no creator", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 1000)

		_, inEuros := w.store.Audit.ExplainCreator(t.Context(), w.creators[0], "EUR")
		_, unknown := w.store.Audit.ExplainCreator(t.Context(), uuid.NewString(), "")

		require.Equal(t, "account_without_currency", fault.CodeOf(inEuros))
		require.ErrorContains(t, inEuros, "USD")
		require.Equal(t, "creator_not_found", fault.CodeOf(unknown))
	})
}

func TestEveryPayoutExplainsItself(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)
	ctx := t.Context()

	rapid.Check(t, func(t *rapid.T) {
		// Banks take dollars to the cent, dinars to the last digit but one, forints whole.
		currency := rapid.SampledFrom([]money.Currency{"USD", "KWD", "HUF"}).Draw(t, "currency")
		w := setupIn(t, ctx, url, store, 2, func(terms *campaign.Terms) {
			terms.Currency = currency
			terms.FeeBasisPoints, terms.AffiliateBasisPoints, terms.RateMinorPerThousand = 777, 333, 333
			terms.MaxPerClipMinor = rapid.SampledFrom([]int64{0, 4000}).Draw(t, "per clip")
		})
		w.url = url
		_, err := store.Campaigns.CreateParticipation(ctx, campaigns.NewParticipation{
			ID: uuid.NewString(), CampaignID: w.campaignID, CreatorID: w.creators[1], AffiliateID: w.creators[0], Status: campaign.ParticipationAccepted,
		})
		require.NoError(t, err)
		other := w.beside(t, ctx, func(terms *campaign.Terms) { terms.Currency = currency })
		clips := []struct {
			in    *world
			index int
		}{{w, 0}, {w, 1}, {other, 0}}
		counts, polls, payouts, open := [3]int64{}, [3]int{}, []string{}, []string{}
		maybe := func(what string) bool { return rapid.SampledFrom([]bool{true, false}).Draw(t, what) }
		// Round after round, so that most sequences do get to payouts of several items.
		for range rapid.IntRange(3, 6).Draw(t, "rounds") {
			for which, clip := range clips {
				counts[which] = max(0, counts[which]+rapid.SampledFrom([]int64{-700, 0, 1003, 3500, 8999}).Draw(t, "views"))
				polls[which]++
				clip.in.read(t, ctx, clip.index, polls[which], counts[which])
				if maybe("release") {
					w.release(t, ctx)
				}
			}
			corrected := rapid.SampledFrom(clips).Draw(t, "corrected")
			if maybe("claw back") {
				corrected.in.correct(t, ctx, correction.Proposal{
					Kind: correction.Clawback, ClipID: corrected.in.clips[corrected.index], AmountMinor: rapid.SampledFrom([]int64{0, 1, 300, 900}).Draw(t, "taken back"),
				})
			}
			if maybe("adjust") {
				amount := rapid.SampledFrom([]int64{-700, 90}).Draw(t, "adjusted")
				corrected.in.correct(t, ctx, correction.Proposal{Kind: correction.Adjustment, CampaignID: corrected.in.campaignID, Postings: []ledger.Posting{
					{Account: ledger.CreatorAvailable(w.creators[0]), AmountMinor: amount}, {Account: ledger.PlatformFees, AmountMinor: -amount},
				}})
			}
			if id := w.pay(t, ctx, dbtest.Week()); id != "" {
				payouts, open = append(payouts, id), append(open, id)
			}
			if len(open) > 0 && maybe("cancel") {
				place := rapid.IntRange(0, len(open)-1).Draw(t, "cancelled")
				require.NoError(t, store.Payouts.Cancel(ctx, open[place], payout.Cancelled, now))
				open = slices.Delete(open, place, place+1)
			}
		}

		held := map[string]int{}
		for _, id := range payouts {
			x := w.explain(t, ctx, id)
			if x.Payout.Status != payout.Cancelled {
				for _, item := range x.Items {
					held[item.Place()]++
				}
			}
		}
		for item, times := range held {
			require.Equal(t, 1, times, "%s is in one payout", item)
		}
		w.requireCreatorsExplained(t, ctx)
		for _, each := range []*world{w, other} {
			spent, err := store.Audit.ExplainCampaign(ctx, each.campaignID, db.Page{})
			require.NoError(t, err)
			requireHolds(t, spent.Checks)
		}
	})
}

// requireCreatorsExplained takes the balances of all creators of a world apart.
func (w *world) requireCreatorsExplained(t require.TestingT, ctx context.Context) { //nolint:revive // t comes first in every helper of a test
	for _, creatorID := range w.creators {
		x, err := w.store.Audit.ExplainCreator(ctx, creatorID, "")
		require.NoError(t, err)
		for _, in := range x.Currencies {
			require.Zero(t, in.DifferenceMinor)
			requireHolds(t, in.Checks)
		}
	}
}

// requireExplained takes apart whatever a sequence of all business events has left behind.
func (s *scene) requireExplained() {
	s.t.Helper()
	held := map[string]bool{}
	for _, creatorID := range s.creators {
		payouts, err := s.store.Payouts.List(s.ctx, payouts.Filter{CreatorID: creatorID}, db.Page{Size: 100})
		require.NoError(s.t, err)
		for _, each := range payouts {
			if each.Currency != s.model.currency {
				continue
			}
			x, err := s.store.Audit.ExplainPayout(s.ctx, each.ID, db.Page{Size: 1000})
			require.NoError(s.t, err)
			requireAddsUp(s.t, x)
			if each.Status == payout.Cancelled || each.Status == payout.Returned {
				continue
			}
			for _, item := range x.Items {
				require.False(s.t, held[creatorID+item.Place()], "%s %s is in two payouts", item.Kind, item.EntryID)
				held[creatorID+item.Place()] = true
			}
		}
		x, err := s.store.Audit.ExplainCreator(s.ctx, creatorID, s.model.currency)
		if _, had := s.model.claims[creatorID]; !had {
			require.Equal(s.t, "account_without_currency", fault.CodeOf(err))
			continue
		}
		require.NoError(s.t, err)
		for _, in := range x.Currencies {
			require.Zero(s.t, in.DifferenceMinor)
			requireHolds(s.t, in.Checks)
		}
	}
	for _, each := range s.model.campaigns {
		x, err := s.store.Audit.ExplainCampaign(s.ctx, each.id, db.Page{})
		require.NoError(s.t, err)
		require.Zero(s.t, x.SpentDifferenceMinor)
		requireHolds(s.t, x.Checks)
	}
}
