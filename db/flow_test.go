package db_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a live, funded campaign with creators and one clip each.
type world struct {
	store      *db.Store
	campaignID string
	terms      campaign.Terms
	creators   []string
	clips      []string
	attemptID  string
}

func setup(t *testing.T, creators int, change func(*campaign.Terms)) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{store: dbtest.New(t), campaignID: uuid.NewString(), terms: campaign.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: now.Add(-time.Hour), EndsAt: now.Add(1000 * time.Hour), Hold: time.Hour, TrackingWindow: 24 * time.Hour,
	}}
	if change != nil {
		change(&w.terms)
	}
	organization, err := w.store.CreateOrganization(ctx, db.NewOrganization{ID: uuid.NewString(), Name: "Brand"})
	require.NoError(t, err)
	require.NoError(t, w.store.InsertCampaign(ctx, db.NewCampaign{ID: w.campaignID, OrganizationID: organization.ID, Name: "c", Terms: w.terms}))
	w.move(t, campaign.Submit)
	w.move(t, campaign.Approve)
	require.NoError(t, w.store.RecordFunding(ctx, ledger.Funding{CampaignID: w.campaignID, PaymentIntentID: "pi_" + w.campaignID, Currency: w.terms.Currency, GrossMinor: w.terms.BudgetMinor, FeeMinor: 30, At: now}))
	w.move(t, campaign.ConfirmFunding)
	w.move(t, campaign.GoLive)
	w.attemptID = uuid.NewString()
	require.NoError(t, w.store.RecordAttempt(ctx, db.ProviderAttempt{ID: w.attemptID, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: now}))
	for i := range creators {
		creator, err := w.store.CreateCreator(ctx, db.NewCreator{ID: uuid.NewString(), Handle: fmt.Sprintf("creator%d", i), StripeAccountID: fmt.Sprintf("acct_%d", i)})
		require.NoError(t, err)
		w.creators = append(w.creators, creator.ID)
		w.clips = append(w.clips, uuid.NewString())
		_, err = w.store.InsertClip(ctx, db.NewClip{ID: w.clips[i], CampaignID: w.campaignID, CreatorID: creator.ID, Platform: clip.TikTok, ExternalID: fmt.Sprint(7000 + i), URL: "https://example.test"})
		require.NoError(t, err)
	}
	return w
}

func (w *world) move(t *testing.T, command campaign.Command) {
	t.Helper()
	_, err := w.store.MoveCampaign(t.Context(), db.MoveCampaign{CampaignID: w.campaignID, Command: command, StartsAt: w.terms.StartsAt, Now: now})
	require.NoError(t, err)
}

func (w *world) reading(clipIndex, poll int, count int64) db.RecordReading {
	return db.RecordReading{
		ObservationID: uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, w.clips[clipIndex], poll)).String(),
		CampaignID:    w.campaignID, ClipID: w.clips[clipIndex], Poll: poll, Provider: "apify", AttemptID: w.attemptID,
		Reading: views.Reading{Views: count, ObservedAt: now}, Now: now,
	}
}

func (w *world) requireBooksInOrder(t *testing.T) {
	t.Helper()
	balances, err := w.store.TrialBalances(t.Context())
	require.NoError(t, err)
	for _, balance := range balances {
		require.Zero(t, balance.TotalMinor, balance.Currency)
	}
	standing, err := w.store.CampaignFacts(t.Context(), w.campaignID, 1)
	require.NoError(t, err)
	facts := standing.Facts
	escrowMinor, err := w.store.Balance(t.Context(), ledger.CampaignEscrow(w.campaignID), w.terms.Currency)
	require.NoError(t, err)
	require.Equal(t, facts.EscrowMinor(), escrowMinor, "the budget guard equals the ledger")
	require.LessOrEqual(t, facts.SpentMinor, facts.FundedMinor)
}

func TestRecordReading(t *testing.T) {
	t.Parallel()

	t.Run("credits new views once and splits them", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, func(terms *campaign.Terms) { terms.FeeBasisPoints = 1000 })

		first, err := w.store.RecordReading(t.Context(), w.reading(0, 1, 10_000))
		require.NoError(t, err)
		again, err := w.store.RecordReading(t.Context(), w.reading(0, 1, 10_000))
		require.NoError(t, err)

		require.Equal(t, int64(5000), first.GrossMinor)
		require.Equal(t, first.GrossMinor, again.GrossMinor)
		require.True(t, again.Replayed)
		pendingMinor, err := w.store.Balance(t.Context(), ledger.CreatorPending(w.creators[0]), "USD")
		require.NoError(t, err)
		require.Equal(t, int64(4500), pendingMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("refuses another count under the same observation", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		_, err := w.store.RecordReading(t.Context(), w.reading(0, 1, 10_000))
		require.NoError(t, err)

		_, err = w.store.RecordReading(t.Context(), w.reading(0, 1, 20_000))

		require.Equal(t, "observation_reused", fault.CodeOf(err))
	})

	t.Run("pays a count that falls and comes back only once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		total := int64(0)

		for poll, count := range []int64{10_000, 4_000, 10_000, 12_000} {
			recorded, err := w.store.RecordReading(t.Context(), w.reading(0, poll+1, count))
			require.NoError(t, err)
			total += recorded.GrossMinor
		}

		require.Equal(t, int64(6000), total)
	})

	t.Run("never credits views gained while paused", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		_, err := w.store.RecordReading(t.Context(), w.reading(0, 1, 1000))
		require.NoError(t, err)

		w.move(t, campaign.Pause)
		paused, err := w.store.RecordReading(t.Context(), w.reading(0, 2, 5000))
		require.NoError(t, err)
		w.move(t, campaign.Resume)
		resumed, err := w.store.RecordReading(t.Context(), w.reading(0, 3, 6000))
		require.NoError(t, err)

		require.Zero(t, paused.GrossMinor)
		require.Equal(t, int64(500), resumed.GrossMinor)
	})

	t.Run("ends exactly at the budget under many writers and says so once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 16, nil)
		exhausted := make(chan bool, 1000)

		var writers sync.WaitGroup
		for i := range 16 {
			writers.Go(func() {
				for poll := 1; poll <= 20; poll++ {
					recorded, err := w.store.RecordReading(t.Context(), w.reading(i, poll, int64(poll)*3_001))
					if !errorsNil(t, err) {
						return
					}
					exhausted <- recorded.ExhaustedBudget
				}
			})
		}
		writers.Wait()

		close(exhausted)
		times := 0
		for last := range exhausted {
			if last {
				times++
			}
		}
		require.Equal(t, 1, times)
		standing, err := w.store.CampaignFacts(t.Context(), w.campaignID, 1)
		require.NoError(t, err)
		require.Equal(t, w.terms.BudgetMinor, standing.Facts.SpentMinor)
		w.requireBooksInOrder(t)
	})

	t.Run("refuses a clip of another campaign without failing its neighbours", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		foreign := w.reading(0, 1, 1000)
		foreign.ClipID, foreign.ObservationID = uuid.NewString(), uuid.NewString()

		_, err := w.store.RecordReading(t.Context(), foreign)

		require.Equal(t, "clip_not_found", fault.CodeOf(err))
		w.requireBooksInOrder(t)
	})

	t.Run("says which limit a reading ended at", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, func(terms *campaign.Terms) { terms.MaxPerClipMinor = 100 })

		recorded, err := w.store.RecordReading(t.Context(), w.reading(0, 1, 10_000))

		require.NoError(t, err)
		require.Equal(t, earnings.PerClip, recorded.LimitedBy)
		require.Equal(t, int64(100), recorded.GrossMinor)
	})
}

func errorsNil(t *testing.T, err error) bool {
	if err != nil {
		t.Error(err)
	}
	return err == nil
}

// paidWorld has one creator with 5,000 available and reserved by a payout.
func reservedPayout(t *testing.T) (*world, string) {
	t.Helper()
	ctx := t.Context()
	w := setup(t, 1, nil)
	_, err := w.store.RecordReading(ctx, w.reading(0, 1, 10_000))
	require.NoError(t, err)
	released, err := w.store.ReleaseHolds(ctx, now.Add(2*time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 1, released)
	runID, err := w.store.OpenPayoutRun(ctx, uuid.NewString(), "2026-W10")
	require.NoError(t, err)
	eligible, err := w.store.EligibleCreators(ctx, db.EligibleAfter{}, 1000, 10)
	require.NoError(t, err)
	require.Equal(t, []db.EligibleCreator{{CreatorID: w.creators[0], Currency: "USD", AmountMinor: 5000}}, eligible)
	payoutID := uuid.NewString()
	reserved, err := w.store.ReservePayout(ctx, db.ReservePayout{PayoutID: payoutID, RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 1000, Now: now})
	require.NoError(t, err)
	require.Equal(t, int64(5000), reserved.AmountMinor)
	return w, payoutID
}

func TestPayoutPhases(t *testing.T) {
	t.Parallel()

	t.Run("moves the money once through both phases", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()

		intent, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.True(t, intent.Fresh)
		transfer := db.AttemptResult{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: now}
		require.NoError(t, w.store.RecordTransferred(ctx, transfer))
		require.NoError(t, w.store.RecordTransferred(ctx, transfer), "told twice")
		again, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.True(t, again.Applied)
		require.Equal(t, "tr_1", again.ExternalID)
		_, err = w.store.RecordIntent(ctx, id, payout.BankPayout, now)
		require.NoError(t, err)
		bank := db.AttemptResult{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: now}
		require.NoError(t, w.store.RecordBankPayoutAccepted(ctx, bank))
		require.NoError(t, w.store.RecordBankPayoutPaid(ctx, bank))
		require.NoError(t, w.store.RecordBankPayoutPaid(ctx, bank), "told twice")

		for _, account := range []ledger.Account{ledger.CreatorInTransit(w.creators[0]), ledger.CreatorConnected(w.creators[0]), ledger.StripeConnected(w.creators[0])} {
			balanceMinor, err := w.store.Balance(ctx, account, "USD")
			require.NoError(t, err)
			require.Zero(t, balanceMinor, account)
		}
		w.requireBooksInOrder(t)
	})

	t.Run("keeps one generation alive until it is refused", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()

		first, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		resumed, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.NoError(t, w.store.RecordRefused(ctx, db.AttemptResult{PayoutID: id, Phase: payout.Transfer, Generation: 1, FailureCode: "balance_insufficient", Now: now}))
		second, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)

		require.Equal(t, first.IdempotencyKey, resumed.IdempotencyKey)
		require.False(t, resumed.Fresh)
		require.Equal(t, 2, second.Generation)
		require.NotEqual(t, first.IdempotencyKey, second.IdempotencyKey)
	})

	t.Run("gives no reservation back while a transfer may be out", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		_, err := w.store.RecordIntent(t.Context(), id, payout.Transfer, now)
		require.NoError(t, err)

		err = w.store.CancelPayout(t.Context(), id, payout.Cancelled, now)

		require.Equal(t, "money_not_back", fault.CodeOf(err))
	})

	t.Run("returns a failed bank payout to the connected balance, then to available", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()
		_, err := w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.NoError(t, w.store.RecordTransferred(ctx, db.AttemptResult{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: now}))
		_, err = w.store.RecordIntent(ctx, id, payout.BankPayout, now)
		require.NoError(t, err)
		bank := db.AttemptResult{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: now}
		require.NoError(t, w.store.RecordBankPayoutAccepted(ctx, bank))
		_, err = w.store.RecordIntent(ctx, id, payout.Reversal, now)
		require.Equal(t, "bank_payout_alive", fault.CodeOf(err))
		require.NoError(t, w.store.RecordBankPayoutPaid(ctx, bank))

		bank.FailureCode, bank.FailureObjectID = "account_closed", "txn_9"
		require.NoError(t, w.store.RecordBankPayoutFailed(ctx, bank))
		require.NoError(t, w.store.RecordBankPayoutFailed(ctx, bank), "told twice")
		require.NoError(t, w.store.RecordBankPayoutPaid(ctx, bank), "an old event told late changes nothing")
		_, err = w.store.RecordIntent(ctx, id, payout.Reversal, now)
		require.NoError(t, err)
		reversed := db.AttemptResult{PayoutID: id, Phase: payout.Reversal, Generation: 1, ExternalID: "trr_1", Now: now}
		require.NoError(t, w.store.RecordReversed(ctx, reversed))
		require.NoError(t, w.store.RecordReversed(ctx, reversed), "told twice")
		require.NoError(t, w.store.CancelPayout(ctx, id, payout.Returned, now))

		availableMinor, err := w.store.Balance(ctx, ledger.CreatorAvailable(w.creators[0]), "USD")
		require.NoError(t, err)
		require.Equal(t, int64(5000), availableMinor)
		_, err = w.store.RecordIntent(ctx, id, payout.Transfer, now)
		require.Equal(t, "payout_ended", fault.CodeOf(err))
		w.requireBooksInOrder(t)
	})
}
