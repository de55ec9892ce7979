package statements_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/db/statements"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

func payoutsOf(creatorID string) payouts.Filter { return payouts.Filter{CreatorID: creatorID} }

var everything = db.Page{Size: 100}

// months are those of the frozen world, with one before and one after.
var months = []string{"2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09"}

func TestFrozenWorld(t *testing.T) {
	t.Parallel()
	f := newFrozen(t)
	f.play()

	t.Run("everything that a statement can show has happened", func(t *testing.T) {
		nowhere := statement.Class{Creator: statement.Elsewhere, Campaign: statement.Elsewhere, Organization: statement.Elsewhere}
		for _, traits := range ledger.Kinds() {
			if class, _ := statement.Classify(traits); class != nowhere {
				require.Positive(t, f.query(t, "SELECT count(*) FROM public.journal_entries WHERE kind = $1", string(traits.Kind)), traits.Kind)
			}
		}
	})

	t.Run("every statement adds up to the ledger, for every creator and month", func(t *testing.T) {
		closing := map[string]int64{}
		for _, month := range months {
			sums := map[money.Currency]int64{}
			count, err := f.Statements.ExportMonth(t.Context(), month, later, func(read statement.Creator) error {
				require.Zero(t, read.DifferenceMinor())
				require.Zero(t, read.OtherMinor)
				require.Equal(t, closing[read.CreatorID+string(read.Currency)], read.OpeningMinor, "the months are without a gap")
				require.Equal(t, f.sum(t, "creator/"+read.CreatorID, read.Currency, month), read.ClosingMinor)
				requireParts(t, read)
				closing[read.CreatorID+string(read.Currency)] = read.ClosingMinor
				sums[read.Currency] += read.ClosingMinor
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, month == "2026-02", count == 0)
			for _, currency := range []money.Currency{"USD", "EUR"} {
				require.Equal(t, f.sum(t, "creator/", currency, month), sums[currency], "all creators in %s", month)
			}
		}
	})

	t.Run("every campaign adds up to its escrow", func(t *testing.T) {
		remainingMinor := map[money.Currency]int64{}
		for _, w := range []*world.World{f.World, f.euros, f.ended, f.lowered} {
			read, err := f.Statements.GetCampaign(t.Context(), w.CampaignID, later)

			require.NoError(t, err)
			world.RequireStatementAddsUp(t, read)
			require.Equal(t, f.sum(t, "campaign/"+w.CampaignID, w.Terms.Currency, "2026-09"), read.RemainingMinor)
			remainingMinor[w.Terms.Currency] += read.RemainingMinor
		}
		for currency, minor := range remainingMinor {
			require.Equal(t, f.sum(t, "campaign/", currency, "2026-09"), minor, "all campaigns in %s", currency)
		}
	})

	t.Run("every balance of a brand adds up to the ledger", f.requireBalances)
	t.Run("every receipt of a deposit adds up to the ledger", f.requireDepositReceipts)

	t.Run("a month shows what happened in it", func(t *testing.T) {
		for month, wanted := range map[string]statement.Figures{
			"2026-03": {EarnedMinor: 8500, PaidMinor: -8500},
			"2026-04": {EarnedMinor: 8500, ClawedBackMinor: -10_200},
			"2026-05": {EarnedMinor: 8500, WrittenOffMinor: 700},
			"2026-07": {},
		} {
			require.Equal(t, wanted, f.read(t, f.ann, month, "USD").Figures, month)
		}
		require.Equal(t, statement.Figures{EarnedMinor: 4500, CommissionsMinor: 500}, f.read(t, f.bob, "2026-03", "USD").Figures)
		require.Equal(t, statement.Figures{CommissionsMinor: 500, ClawedBackMinor: -600, AdjustmentsMinor: 300, PaidMinor: -5200}, f.read(t, f.bob, "2026-04", "USD").Figures)
		require.Equal(t, statement.Figures{CommissionsMinor: 500, PaidMinor: 5200, SettledOutsideMinor: -5200}, f.read(t, f.bob, "2026-05", "USD").Figures)
	})

	t.Run("an instant payout costs its fee, and one that was not instant costs none", func(t *testing.T) {
		read := f.read(t, f.ann, "2026-06", "USD")

		require.Len(t, read.Payouts, 2)
		for _, part := range read.Payouts {
			require.Equal(t, "instant", string(part.Method))
			require.Positive(t, part.FeeMinor)
			require.Equal(t, -part.AmountMinor, part.PaidMinor)
		}
		require.Equal(t, f.query(t, `SELECT -sum(amount_minor)::bigint FROM audit.postings WHERE account = $1 AND kind LIKE 'instant_fee%'`, string(ledger.CreatorAvailable(f.ann))), read.InstantFeesMinor)
		require.Contains(t, []int64{-read.Payouts[0].FeeMinor, -read.Payouts[1].FeeMinor}, read.InstantFeesMinor)
		require.Negative(t, read.InstantFeesMinor)
	})

	t.Run("information is no movement", func(t *testing.T) {
		april, may := f.read(t, f.ann, "2026-04", "USD"), f.read(t, f.ann, "2026-05", "USD")

		require.Equal(t, []int64{-200, -100}, []int64{april.PlatformFeesMinor, april.AffiliateSharesMinor}, "1,000 and 500 earned, 1,200 and 600 taken back")
		require.Equal(t, int64(-1700), april.ClosingMinor, "a debt")
		require.Equal(t, int64(1000), may.RecoveredMinor, "what was not given up")
		require.Equal(t, []int64{1000, 500}, []int64{may.PlatformFeesMinor, may.AffiliateSharesMinor})
	})

	t.Run("a clawback has the reason of its correction, for the affiliate too", func(t *testing.T) {
		ann, bob := f.read(t, f.ann, "2026-04", "USD"), f.read(t, f.bob, "2026-04", "USD")

		require.Len(t, ann.Corrections, 1)
		require.Equal(t, "bought views", ann.Corrections[0].Reason)
		require.Equal(t, f.ClipIDs[0], ann.Corrections[0].ClipID)
		require.Equal(t, int64(-10_200), ann.Corrections[0].AmountMinor)
		reasons := map[string]int64{}
		for _, part := range bob.Corrections {
			reasons[part.Reason] = part.AmountMinor
		}
		require.Equal(t, map[string]int64{"bought views": -600, "bonus": 300}, reasons)
	})

	t.Run("a campaign's part has the clips and the views that it credited", func(t *testing.T) {
		wanted := statement.CampaignPart{CampaignID: f.CampaignID, EarnedMinor: 8500, Clips: 1, ViewsCredited: 20_000}

		require.Equal(t, []statement.CampaignPart{wanted}, f.read(t, f.ann, "2026-03", "USD").Campaigns)
		require.Equal(t, []statement.CampaignPart{wanted}, f.read(t, f.ann, "2026-05", "USD").Campaigns)
	})

	t.Run("a campaign shows where its money went", func(t *testing.T) {
		read, err := f.Statements.GetCampaign(t.Context(), f.CampaignID, later)
		require.NoError(t, err)
		euros, err := f.Statements.GetCampaign(t.Context(), f.euros.CampaignID, later)
		require.NoError(t, err)

		require.Equal(t, []int64{130_050, 12_000, -3_050, -4_000, 4_000}, []int64{read.FundedMinor, read.ClawedBackMinor, read.RefundedMinor, read.ChargedBackMinor, read.DisputedMinor})
		require.Equal(t, read.SpentMinor(), 10*read.SpentFeesMinor, "a tenth of what was spent")
		require.Len(t, read.Receipts, 2)
		require.Len(t, read.Disputes, 3)
		require.True(t, read.Preliminary())
		ended, err := f.Statements.GetCampaign(t.Context(), f.ended.CampaignID, later)
		require.NoError(t, err)
		require.Equal(t, []int64{0, 5_000}, []int64{euros.ShortfallMinor, euros.RemainingMinor}, "4,000 were the platform's loss until more was paid in")
		require.Equal(t, []int64{-99_000, 0}, []int64{ended.SettledOutsideMinor, ended.RemainingMinor})
	})

	t.Run("a receipt has the whole payment", func(t *testing.T) {
		read, err := f.Statements.GetReceipt(t.Context(), f.CampaignID, "pi_more")
		require.NoError(t, err)
		_, unknown := f.Statements.GetReceipt(t.Context(), f.CampaignID, "pi_other")
		_, refund := f.Statements.GetReceipt(t.Context(), f.CampaignID, "re_kept")

		require.Equal(t, []int64{30_000, 0, 30_000, 0}, []int64{read.PaidMinor, read.SurchargeMinor, read.BudgetMinor, read.OtherMinor()})
		require.Equal(t, july, read.PaidAt.UTC())
		require.Equal(t, "receipt_not_found", fault.CodeOf(unknown))
		require.Equal(t, "receipt_not_found", fault.CodeOf(refund))
	})

	t.Run("a tax report has what was paid, in the quarter in which it was paid", func(t *testing.T) {
		totals := map[string]statement.Tax{}
		count, err := f.Statements.ExportTax(t.Context(), "2026", later, func(read statement.Tax) error {
			totals[read.CreatorID+string(read.Currency)] = read
			return nil
		})
		require.NoError(t, err)

		require.Equal(t, 3, count)
		ann, bob, euros := totals[f.ann+"USD"], totals[f.bob+"USD"], totals[f.ann+"EUR"]
		require.Len(t, ann.Quarters, 4)
		require.Equal(t, []int64{8500, 1, 1000, 500}, []int64{ann.Quarters[0].ConsiderationMinor(), ann.Quarters[0].Activities, ann.Quarters[0].PlatformFeesMinor, ann.Quarters[0].AffiliateSharesMinor})
		require.Equal(t, f.paid(t, f.ann), ann.Total().ConsiderationMinor())
		require.Equal(t, []int64{0, 5200}, []int64{bob.Total().PaidMinor, bob.Total().SettledOutsideMinor}, "the bank returned it, and a wire replaced it")
		require.Equal(t, []int64{0, 1}, []int64{euros.Total().ConsiderationMinor(), euros.Quarters[0].Activities}, "a lost payout paid nothing")
		require.True(t, ann.Preliminary)
	})

	t.Run("a file does not depend on how many creators are read at once", func(t *testing.T) {
		read := func(store *statements.Store) (months []statement.Creator, taxes []statement.Tax) {
			_, err := store.ExportMonth(t.Context(), "2026-04", later, func(read statement.Creator) error { months = append(months, read); return nil })
			require.NoError(t, err)
			_, err = store.ExportTax(t.Context(), "2026", later, func(read statement.Tax) error { taxes = append(taxes, read); return nil })
			require.NoError(t, err)
			return months, taxes
		}
		month, tax := read(f.Statements)
		require.Len(t, month, 3)

		for _, size := range []int32{1, 2, 3} {
			sameMonth, sameTax := read(f.Statements.InBatchesOf(size))
			require.Equal(t, month, sameMonth)
			require.Equal(t, tax, sameTax)
		}
	})

	t.Run("a file ends with the error of its writer", func(t *testing.T) {
		full := errors.New("disk full")
		count, err := f.Statements.ExportMonth(t.Context(), "2026-04", later, func(statement.Creator) error { return full })
		require.ErrorIs(t, err, full)
		require.Zero(t, count)
		_, err = f.Statements.ExportTax(t.Context(), "2026", later, func(statement.Tax) error { return full })
		require.ErrorIs(t, err, full)
	})

	t.Run("pages have every creator once", func(t *testing.T) {
		var listed []string
		for page := (db.Page{Size: 1}); ; {
			creators, err := f.Statements.ListMonth(t.Context(), "2026-03", page, later)
			require.NoError(t, err)
			tax, err := f.Statements.ListTax(t.Context(), "2026", page, later)
			require.NoError(t, err)
			require.Len(t, tax, len(creators))
			if len(creators) == 0 {
				break
			}
			require.Equal(t, creators[0].CreatorID, tax[0].CreatorID)
			require.Equal(t, f.all(t, creators[0].CreatorID, "2026-03"), creators[0].Statements)
			listed = append(listed, creators[0].CreatorID)
			page.After = creators[0].CreatorID
		}
		require.ElementsMatch(t, []string{f.ann, f.bob}, listed)
	})
}

// requireParts requires that the parts of a statement sum to its figures.
func requireParts(t *testing.T, read statement.Creator) {
	t.Helper()
	var sums statement.Figures
	for _, part := range read.Campaigns {
		sums.EarnedMinor += part.EarnedMinor
		sums.CommissionsMinor += part.CommissionsMinor
		sums.ClawedBackMinor += part.ClawedBackMinor
	}
	for _, part := range read.Payouts {
		sums.PaidMinor += part.PaidMinor
		sums.SettledOutsideMinor += part.SettledOutsideMinor
	}
	for _, part := range read.Corrections {
		switch part.Item {
		case statement.Adjusted:
			sums.AdjustmentsMinor += part.AmountMinor
		case statement.WrittenOff:
			sums.WrittenOffMinor += part.AmountMinor
		}
	}
	sums.InstantFeesMinor = read.InstantFeesMinor
	require.Equal(t, read.Figures, sums, "%s in %s", read.CreatorID, read.Period.Name)
}

func (f *frozen) all(t *testing.T, creatorID, month string) []statement.Creator {
	t.Helper()
	read, err := f.Statements.GetCreator(t.Context(), creatorID, month, "", later)
	require.NoError(t, err)
	return read
}

func (f *frozen) read(t *testing.T, creatorID, month string, currency money.Currency) statement.Creator {
	t.Helper()
	read, err := f.Statements.GetCreator(t.Context(), creatorID, month, currency, later)
	require.NoError(t, err)
	require.Len(t, read, 1)
	return read[0]
}

// sum adds up all postings to accounts up to the end of a month, on the credit side.
func (f *frozen) sum(t *testing.T, prefix string, currency money.Currency, month string) int64 {
	t.Helper()
	period, err := ledger.ParsePeriod(month)
	require.NoError(t, err)
	return f.query(t, `SELECT coalesce(-sum(amount_minor), 0)::bigint FROM audit.postings WHERE starts_with(account, $1) AND currency = $2 AND effective_at < $3`, prefix, string(currency), period.EndsAt)
}

// paid adds up what left the connected account of a creator for the bank.
func (f *frozen) paid(t *testing.T, creatorID string) int64 {
	t.Helper()
	return f.query(t, `SELECT coalesce(sum(amount_minor), 0)::bigint FROM audit.postings WHERE account = $1 AND currency = 'USD' AND kind LIKE 'bank_payout%'`, string(ledger.CreatorConnected(creatorID)))
}

func (f *frozen) query(t *testing.T, sql string, args ...any) int64 {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.URL)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var sum int64
	require.NoError(t, conn.QueryRow(t.Context(), sql, args...).Scan(&sum))
	return sum
}
