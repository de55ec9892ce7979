package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/statement"
)

var updateGolden = flag.Bool("update", false, "write the golden files in testdata")

const (
	goldenCreator  = "00000000-0000-7000-8000-000000000001"
	goldenCampaign = "00000000-0000-7000-8000-000000000002"
	goldenBrand    = "00000000-0000-7000-8000-000000000003"
	goldenPayout   = "00000000-0000-7000-8000-000000000004"
	goldenFix      = "00000000-0000-7000-8000-000000000005"
)

var goldenDay = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// goldenStatement has a reason and a spreadsheet formula that must not reach a reader as they are.
func goldenStatement() statement.Creator {
	return statement.Creator{
		CreatorID: goldenCreator, Currency: "USD", Preliminary: true,
		Period:       ledger.Period{Name: "2026-03", StartsAt: goldenDay.AddDate(0, 0, -1), EndsAt: goldenDay.AddDate(0, 1, -1)},
		OpeningMinor: 1000, ClosingMinor: 1360,
		Figures:        statement.Figures{EarnedMinor: 8500, CommissionsMinor: 500, ClawedBackMinor: -140, PaidMinor: -8500},
		RecoveredMinor: 40, PlatformFeesMinor: 1000, AffiliateSharesMinor: 250,
		Campaigns: []statement.CampaignPart{{CampaignID: goldenCampaign, EarnedMinor: 8500, CommissionsMinor: 500, ClawedBackMinor: -140, Clips: 2, ViewsCredited: 20_000}},
		Payouts: []statement.PayoutPart{{
			PayoutID: goldenPayout, PaidMinor: -8500, AmountMinor: 8500, Status: payout.Paid, Method: "standard", TransferID: "tr_1", BankPayoutID: "po_1",
			CreatedAt: goldenDay, PaidAt: &goldenDay,
		}},
		Corrections: []statement.CorrectionPart{{CorrectionID: goldenFix, Item: statement.ClawedBack, AmountMinor: -140, ClipID: goldenFix, Reason: `=HYPERLINK("x") <script>alert(1)</script>`}},
	}
}

func goldenCampaignStatement() statement.Campaign {
	cost := statement.Cost{Clips: 2, Views: 20_000, CostMinor: 10_000, ClawedBackMinor: 200}
	read := statement.Campaign{
		CampaignID: goldenCampaign, OrganizationID: goldenBrand, Name: `Spring </style><script>alert(1)</script> & "more"`, Status: campaign.Live, At: goldenDay,
		Terms: campaign.Terms{
			Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 500, FeeBasisPoints: 1000, AffiliateBasisPoints: 275, ProcessingFeePaidBy: campaign.BrandPays, SurchargeMinor: 3012, Platforms: []clip.Platform{clip.TikTok},
			StartsAt: goldenDay, EndsAt: goldenDay.AddDate(0, 1, 0),
		},
		FundedMinor: 100_000, SpentCreatorsMinor: -8725, SpentAffiliatesMinor: -275, SpentFeesMinor: -1000, ClawedBackMinor: 200, RefundedMinor: -3000,
		ChargedBackMinor: -4000, RemainingMinor: 83_200, DisputedMinor: 4000,
		Receipts:      []statement.Receipt{goldenReceipt()},
		Entries:       []statement.CampaignEntry{{EntryID: goldenFix, Kind: ledger.KindEscrowRefunded, Item: statement.Refunded, Reference: "re_1", At: goldenDay, AmountMinor: -3000}},
		Disputes:      []statement.Dispute{{DisputeID: "dp_1", PaymentID: "pi_1", Status: "open", AmountMinor: 4000, FrozenMinor: 4000, OpenedAt: goldenDay}},
		Platforms:     []statement.Cost{statement.Cost{Platform: clip.TikTok}.Plus(cost)},
		Creators:      []statement.Cost{{CreatorID: goldenCreator, Clips: 1, Views: 19_000, CostMinor: 9500, ClawedBackMinor: 200}},
		OtherCreators: 1, Others: statement.Cost{Clips: 1, Views: 1000, CostMinor: 500},
	}
	return read
}

func goldenReceipt() statement.Receipt {
	return statement.Receipt{
		CampaignID: goldenCampaign, OrganizationID: goldenBrand, PaymentID: "pi_1", Kind: ledger.KindCampaignFunded, EntryID: goldenFix, PaidAt: goldenDay,
		Currency: "USD", PaidMinor: 103_012, SurchargeMinor: 3012, BudgetMinor: 100_000,
	}
}

func goldenTax() statement.Tax {
	first := statement.Quarter{Period: ledger.Period{Name: "2026-Q1"}, PaidMinor: 8500, SettledOutsideMinor: 100, PlatformFeesMinor: 1000, AffiliateSharesMinor: 250, InstantFeesMinor: 50, Activities: 2, Payouts: 2}
	return statement.Tax{
		CreatorID: goldenCreator, Account: "acct_1", Country: "US", Currency: "USD", Year: "2026", Preliminary: true,
		Quarters: []statement.Quarter{first, {Period: ledger.Period{Name: "2026-Q2"}, PaidMinor: -500}},
	}
}

func TestGoldenStatements(t *testing.T) {
	t.Parallel()
	read, whole := goldenStatement(), goldenCampaignStatement()
	require.Zero(t, read.DifferenceMinor())
	require.Zero(t, whole.DifferenceMinor())
	balance := goldenBalance()
	require.Zero(t, balance.DifferenceMinor())
	documents := map[string]api.Statement{
		"creator":  api.CreatorStatement(goldenCreator, "2026-03", []statement.Creator{read}),
		"quiet":    api.CreatorStatement(goldenCreator, "2026-03", nil),
		"campaign": api.CampaignStatement(whole),
		"receipt":  api.ReceiptStatement(goldenReceipt()),
		"balance":  api.OrganizationStatement(goldenBrand, goldenName, "2026-03", []statement.Organization{balance}),
		"deposit":  api.DepositReceiptStatement(goldenDeposit()),
	}
	for name, document := range documents {
		for _, format := range []string{"html", "csv"} {
			t.Run(name+" as "+format, func(t *testing.T) {
				t.Parallel()
				var written bytes.Buffer

				require.NoError(t, document.Write(&written, format))

				requireGolden(t, name+"."+format, written.String())
				if format == "html" {
					requireSafe(t, written.String())
				}
			})
		}
	}

	t.Run("an unknown format is refused", func(t *testing.T) {
		t.Parallel()
		var written bytes.Buffer

		err := documents["receipt"].Write(&written, "pdf")

		require.Equal(t, "unknown_format", fault.CodeOf(err))
		require.Zero(t, written.Len())
	})
}

func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	files := map[string]func() string{
		"month.csv": func() string {
			return file(t, api.MonthColumns, [][]string{api.MonthLine(goldenStatement())})
		},
	}
	for _, form := range api.TaxForms() {
		files["tax-"+form.Name+".csv"] = func() string { return file(t, form.Columns, form.Lines(goldenTax())) }
	}
	for name, write := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireGolden(t, name, write())
		})
	}

	t.Run("form 1099-NEC leaves out who was paid nothing", func(t *testing.T) {
		t.Parallel()
		unpaid := goldenTax()
		unpaid.Quarters = []statement.Quarter{{PlatformFeesMinor: 100, Activities: 1}}

		require.Empty(t, api.US1099NEC.Lines(unpaid))
		require.Len(t, api.EUDAC7.Lines(unpaid), 1)
	})

	t.Run("a file that fails before its first line is empty, and one that fails later has no end", func(t *testing.T) {
		t.Parallel()
		broken := fault.New(fault.Unavailable, "database_busy", "busy")
		var none, some bytes.Buffer

		first := api.WriteLines(&none, []string{"a", "b"}, func(*csv.Writer) (int, error) { return 0, broken })
		second := api.WriteLines(&some, []string{"a", "b"}, func(out *csv.Writer) (int, error) {
			return 1, errors.Join(out.Write([]string{"1", "2"}), broken)
		})

		require.ErrorIs(t, first, broken)
		require.ErrorIs(t, second, broken)
		require.Empty(t, none.String())
		require.Equal(t, "a,b\n1,2\n", some.String())
	})
}

func file(t *testing.T, columns []string, rows [][]string) string {
	t.Helper()
	var written bytes.Buffer
	require.NoError(t, api.WriteLines(&written, columns, func(out *csv.Writer) (int, error) { return len(rows), out.WriteAll(rows) }))
	return written.String()
}

// requireSafe requires that no text became markup, and that the style is the one that the policy
// allows.
func requireSafe(t *testing.T, page string) {
	t.Helper()
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "style=")
	require.Equal(t, 1, strings.Count(page, "<style>"))
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	written, err := os.ReadFile(filepath.Join("templates", "print.css"))
	require.NoError(t, err)
	require.Equal(t, string(written), style)
}

// styleSource is how a policy names a style.
func styleSource(page []byte) string {
	_, rest, _ := bytes.Cut(page, []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	digest := sha256.Sum256(style)
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "statements", name)
	if *updateGolden {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	wanted, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(wanted), got, "run `go test ./api -run TestGolden -update` if this is intended")
}
