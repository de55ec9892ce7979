package adoption_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// madeAt is a Thursday of the week 2026-W10.
var madeAt = time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)

const (
	creatorID  = "c0000000-0000-4000-8000-000000000001"
	campaignID = "a0000000-0000-4000-8000-000000000001"
)

func payoutOf(period string) string {
	return names.PayoutID(names.PayoutRunID(period, 1), creatorID, "USD")
}

// found is a transfer of 50.00 USD that can be adopted, changed by change.
func found(change func(*adoption.Found)) adoption.Found {
	f := adoption.Found{CreatorID: creatorID, CampaignID: campaignID, Transfer: reconcile.Object{
		Type: reconcile.Transfer, ID: "tr_1", Account: "acct_1", AmountMinor: 5000, Currency: "USD", PayoutID: payoutOf("2026-W10"), Generation: 1, CreatedAt: madeAt,
	}}
	if change != nil {
		change(&f)
	}
	return f
}

func bankPayout(generation int, status string) reconcile.Object {
	return reconcile.Object{Type: reconcile.BankPayout, ID: "po_" + status, AmountMinor: 5000, Currency: "USD", Status: status, Generation: generation}
}

func TestObstacles(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name   string
		change func(*adoption.Found)
		want   adoption.Obstacle
	}{
		{"a transfer of a known creator has none", nil, adoption.NoObstacle},
		{"an account of no creator", func(f *adoption.Found) { f.CreatorID = "" }, adoption.CreatorUnknown},
		{"a currency that is not ours", func(f *adoption.Found) { f.Transfer.Currency = "XXX" }, adoption.CurrencyUnknown},
		{"metadata without a generation", func(f *adoption.Found) { f.Transfer.Generation = 0 }, adoption.GenerationUnknown},
		{"metadata with an absurd generation", func(f *adoption.Found) { f.Transfer.Generation = 1 << 30 }, adoption.GenerationUnknown},
		{"a transfer that is back in full", func(f *adoption.Found) { f.Transfer.ReversedMinor = 5000 }, adoption.Reversed},
		{"a transfer that Stripe does not know", func(f *adoption.Found) { f.Transfer.Status = reconcile.StatusAbsent }, adoption.Reversed},
		{"a transfer that is back in part", func(f *adoption.Found) { f.Transfer.ReversedMinor = 1 }, adoption.PartlyReversed},
		{"a second transfer for the payout", func(f *adoption.Found) { f.TwinID = "tr_2" }, adoption.TransferTwice},
		{"one bank payout has none", func(f *adoption.Found) { f.BankPayouts = []reconcile.Object{bankPayout(1, "paid")} }, adoption.NoObstacle},
		{"a bank payout after a failed one has none", func(f *adoption.Found) {
			f.BankPayouts = []reconcile.Object{bankPayout(2, "paid"), bankPayout(1, "failed")}
		}, adoption.NoObstacle},
		{"two bank payouts that are away", func(f *adoption.Found) {
			f.BankPayouts = []reconcile.Object{bankPayout(1, "paid"), bankPayout(2, "in_transit")}
		}, adoption.BankPayoutTwice},
		{"an earlier bank payout that is away", func(f *adoption.Found) {
			f.BankPayouts = []reconcile.Object{bankPayout(1, "paid"), bankPayout(2, "failed")}
		}, adoption.BankPayoutTwice},
		{"two bank payouts of one generation", func(f *adoption.Found) {
			f.BankPayouts = []reconcile.Object{bankPayout(1, "failed"), bankPayout(1, "paid")}
		}, adoption.BankPayoutTwice},
		{"a bank payout of another amount", func(f *adoption.Found) {
			other := bankPayout(1, "paid")
			other.AmountMinor = 4999
			f.BankPayouts = []reconcile.Object{other}
		}, adoption.BankPayoutDiffers},
		{"a bank payout in the currency that the transfer became has none", func(f *adoption.Found) {
			converted := bankPayout(1, "paid")
			converted.Currency, converted.AmountMinor = "EUR", 3960
			f.BankPayouts = []reconcile.Object{converted}
		}, adoption.NoObstacle},
		{"bank payouts in two currencies", func(f *adoption.Found) {
			converted := bankPayout(2, "paid")
			converted.Currency, converted.AmountMinor = "EUR", 3960
			other := bankPayout(1, "failed")
			other.Currency, other.AmountMinor = "GBP", 3960
			f.BankPayouts = []reconcile.Object{converted, other}
		}, adoption.BankPayoutDiffers},
		{"a bank payout without a generation", func(f *adoption.Found) { f.BankPayouts = []reconcile.Object{bankPayout(0, "paid")} }, adoption.GenerationUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()

			got := found(tc.change).Check()

			require.Equal(t, tc.want, got)
			if got != adoption.NoObstacle {
				require.NotEmpty(t, got.Sentence())
			}
		})
	}
}

func TestPlanAll(t *testing.T) {
	t.Parallel()
	purse := adoption.Purse{CreatorID: creatorID, Currency: "USD"}

	t.Run("covers the first transfers and advances the rest", func(t *testing.T) {
		t.Parallel()
		second := found(func(f *adoption.Found) { f.Transfer.PayoutID = payoutOf("2026-W09") })

		plans := adoption.PlanAll([]adoption.Found{found(nil), second}, map[adoption.Purse]int64{purse: 7000})

		require.Equal(t, []int64{5000, 2000}, []int64{plans[0].CoveredMinor, plans[1].CoveredMinor})
		require.Equal(t, []int64{0, 3000}, []int64{plans[0].AdvancedMinor, plans[1].AdvancedMinor})
	})

	t.Run("takes nothing for a transfer with an obstacle", func(t *testing.T) {
		t.Parallel()
		twice := found(func(f *adoption.Found) { f.TwinID = "tr_2" })

		plans := adoption.PlanAll([]adoption.Found{twice, found(nil)}, map[adoption.Purse]int64{purse: 5000})

		require.Equal(t, adoption.TransferTwice, plans[0].Obstacle)
		require.Equal(t, int64(5000), plans[1].CoveredMinor)
	})

	t.Run("needs a campaign for an advance only", func(t *testing.T) {
		t.Parallel()
		without := found(func(f *adoption.Found) { f.CampaignID = "" })

		uncovered := adoption.PlanAll([]adoption.Found{without}, nil)
		covered := adoption.PlanAll([]adoption.Found{without}, map[adoption.Purse]int64{purse: 5000})

		require.Equal(t, adoption.CampaignUnknown, uncovered[0].Obstacle)
		require.Equal(t, adoption.NoObstacle, covered[0].Obstacle)
	})

	t.Run("treats a debt as nothing available", func(t *testing.T) {
		t.Parallel()

		plans := adoption.PlanAll([]adoption.Found{found(nil)}, map[adoption.Purse]int64{purse: -1})

		require.Equal(t, int64(5000), plans[0].AdvancedMinor)
	})
}

func TestRunOf(t *testing.T) {
	t.Parallel()

	t.Run("finds the week of any run in the last year by the payout's id", rapid.MakeCheck(func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "made at"), 0)
		period := payout.Period(at.AddDate(0, 0, -7*rapid.IntRange(-1, 60).Draw(t, "weeks before")))

		number := rapid.IntRange(payout.WeeklyRun, payout.ManualRunMax).Draw(t, "number")
		id := names.PayoutID(names.PayoutRunID(period, number), creatorID, "USD")
		got, ofNumber, known := adoption.RunOf(reconcile.Object{PayoutID: id, Currency: "USD", CreatedAt: at}, creatorID)

		require.Equal(t, period, got)
		require.Equal(t, number, ofNumber)
		require.True(t, known)
	}))

	t.Run("is a run of its own in the week of the transfer for an id that shows none", func(t *testing.T) {
		t.Parallel()

		got, number, known := adoption.RunOf(reconcile.Object{PayoutID: uuid.NewString(), Currency: "USD", CreatedAt: madeAt}, creatorID)

		require.Equal(t, "2026-W10", got)
		require.Equal(t, adoption.OwnRun, number)
		require.False(t, known)
	})
}

func TestTries(t *testing.T) {
	t.Parallel()

	t.Run("fills in the generations that the processor refused", func(t *testing.T) {
		t.Parallel()

		tries := adoption.Tries([]reconcile.Object{bankPayout(4, "paid"), bankPayout(2, "failed")})

		require.Len(t, tries, 4)
		for i, try := range tries {
			require.Equal(t, i+1, try.Generation)
			require.Equal(t, try.Generation%2 == 0, try.Object != nil)
		}
		require.Equal(t, "failed", tries[1].Object.Status)
		require.Equal(t, "paid", tries[3].Object.Status)
	})

	t.Run("is empty without a bank payout", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, adoption.Tries(nil))
	})
}

func TestSame(t *testing.T) {
	t.Parallel()
	item := adoption.PlanAll([]adoption.Found{found(nil)}, nil)[0].Item()

	require.Equal(t, adoption.NoObstacle, item.Same(found(nil).Transfer))
	for want, change := range map[adoption.Obstacle][]func(*reconcile.Object){
		adoption.TransferChanged: {
			func(o *reconcile.Object) { o.AmountMinor++ },
			func(o *reconcile.Object) { o.Currency = "EUR" },
			func(o *reconcile.Object) { o.Account = "acct_2" },
			func(o *reconcile.Object) { o.PayoutID = uuid.NewString() },
			func(o *reconcile.Object) { o.Generation = 2 },
		},
		adoption.Reversed: {
			func(o *reconcile.Object) { o.ReversedMinor = o.AmountMinor },
			func(o *reconcile.Object) { o.Status = reconcile.StatusAbsent },
		},
	} {
		for _, each := range change {
			changed := found(nil).Transfer
			each(&changed)
			require.Equal(t, want, item.Same(changed), "%+v", changed)
		}
	}
}

func TestProposal(t *testing.T) {
	t.Parallel()

	require.NoError(t, adoption.Proposal{ProposedBy: "one", Reason: "restored"}.Validate())
	require.Equal(t, "reason_missing", fault.CodeOf(adoption.Proposal{ProposedBy: "one"}.Validate()))
	require.Equal(t, "proposer_missing", fault.CodeOf(adoption.Proposal{Reason: "restored"}.Validate()))
	require.Equal(t, adoption.Approved, adoption.Decision{Approve: true}.Status())
	require.Equal(t, adoption.Rejected, adoption.Decision{}.Status())
}
