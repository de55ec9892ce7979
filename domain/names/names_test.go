package names_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
)

// A name that was given out is found again only if it is made the same way for ever.
func TestNamesNeverChange(t *testing.T) {
	t.Parallel()

	for made, want := range map[string]string{
		names.Campaign("c1"):                                 "campaign/c1",
		names.Clip("v1"):                                     "clip/v1",
		names.PayoutRun("2026-W09", 2):                       "payout-run/2026-W09.2",
		names.Payout("p1"):                                   "payout/p1",
		names.Deposit("e1"):                                  "deposit/e1",
		names.DepositGroup("e1"):                             "deposit/e1",
		names.DepositKey("e1", 1):                            "deposit/e1/payment/g1",
		names.Withdrawal("w1"):                               "withdrawal/w1",
		names.WithdrawalRefundKey("w1", 2):                   "withdrawal/w1/refund2",
		names.Correction("k1"):                               "correction/k1",
		names.Provider("apify"):                              "provider/apify",
		names.Adoption("n1"):                                 "adoption/n1",
		names.Dispute("dp_1"):                                "dispute/dp_1",
		names.ConvertedPayment("pi_1"):                       "converted-payment/pi_1",
		names.ConvertedRefundKey("pi_1", 2):                  "converted-payment/pi_1/refund2",
		names.Reconciliation("now"):                          "reconcile/now",
		names.Difference("d1"):                               "difference/d1",
		names.Switch("payouts"):                              "switch/payouts",
		names.Period("2026-02"):                              "period/2026-02",
		names.PayoutGroup("p1"):                              "payout/p1",
		names.CampaignGroup("c1"):                            "campaign/c1",
		names.PayoutRunID("2026-W09", 2):                     "1015ddba-6b57-580b-8016-2f5479fb489d",
		names.PayoutID("run", "creator", "USD"):              "934047d5-862b-5c36-a6db-e42bfa0d80b5",
		names.InstantRunID("request"):                        "15bf29cd-7fb7-5802-86d9-2bd4911eda8b",
		names.PassID("reconcile", time.Unix(0, 1)):           "7165ace8-8c92-5801-aa96-0ec1301b8939",
		names.ActionID("payout/p1", "update"):                "396613c8-f6e0-59d2-ba7f-5e26ba0c68a8",
		names.RequestID("ann", "key"):                        "bab9fb08-cbbc-5e38-accb-76b79584f246",
		names.CommandID("ann", "key", "pause", "campaign/1"): "ad8e4d61-9dd5-5e07-b1b0-ff437097db07",
		names.PayoutKey("p1", "transfer", 2):                 "payout/p1/transfer/g2",
		names.FundingKey("c1", 1):                            "campaign/c1/funding/g1",
		names.RefundKey("c1", 2, 3):                          "campaign/c1/refund2-g3",
	} {
		require.Equal(t, want, made)
	}
}

func TestNamesAreReadBack(t *testing.T) {
	t.Parallel()

	id, isCampaign := names.CampaignIDOf(names.Campaign("c1"))
	require.True(t, isCampaign)
	require.Equal(t, "c1", id)
	_, isCampaign = names.CampaignIDOf(names.Payout("c1"))
	require.False(t, isCampaign)
	id, isPayout := names.PayoutIDOf(names.Payout("p1"))
	require.True(t, isPayout)
	require.Equal(t, "p1", id)
}

func TestShellLines(t *testing.T) {
	t.Parallel()

	require.Equal(t, `temporal workflow update execute --workflow-id payout/p1 --name retry --input '{"actor":"YOUR_ID","reason":"WHY"}'`, names.UpdateLine(names.Payout("p1"), "retry"))
	require.Equal(t, "temporal workflow signal --workflow-id dispute/dp_1 --name stripe_changed", names.SignalLine(names.Dispute("dp_1"), "stripe_changed"))
	require.Equal(t, "temporal workflow reset --workflow-id payout/p1 --type LastWorkflowTask --reason WHY", names.ResetLine(names.Payout("p1")))
}

// A second place that puts a name together would sooner or later disagree with the first.
func TestNothingElsePutsNamesTogether(t *testing.T) {
	t.Parallel()
	prefix := regexp.MustCompile(`"(campaign|clip|payout|payout-run|correction|dispute|reconcile|period|difference|switch|funding)/"|"temporal workflow `)
	root := filepath.Join("..", "..")
	allowed := map[string]string{
		"domain/ledger/account.go": "codes of ledger accounts begin alike and are a contract of their own",
	}

	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		relative, _ := filepath.Rel(root, path)
		relative = filepath.ToSlash(relative)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && relative != "." || relative == "domain/names" || relative == "devstack/simulators"):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"), allowed[relative] != "":
			return nil
		}
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Empty(t, prefix.FindAllString(string(source), -1), "%s: use package names", relative)
		return nil
	})

	require.NoError(t, err)
}
