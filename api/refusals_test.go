package api_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
)

func TestRoutesOfTheBooksRefuseBadInput(t *testing.T) {
	t.Parallel()
	w := setup(t)
	unknownID, elsewhere := uuid.NewString(), base64.RawURLEncoding.EncodeToString([]byte("../elsewhere"))
	_, err := w.store.Journal.Post(t.Context(), ledger.HoldReleased(ledger.Release{Reference: "r", CreatorID: w.creatorID, Currency: "USD", AmountMinor: 5, At: time.Now()}))
	require.NoError(t, err)
	adjustment := func(currency, account, rest string) string {
		return `{"kind":"adjustment","currency":"` + currency + `","reason":"r","postings":[{"account":"` + account + `","amount_minor":5},{"account":"platform/fees","amount_minor":-5}]` + rest + `}`
	}

	for _, refused := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", path("/ledger/balances?account=Platform%%20Fees"), "", 400, "invalid_request"},
		{"GET", path("/ledger/balances?as_of=2999-01-01"), "", 400, "as_of_in_future"},
		{"GET", path("/ledger/balances?recorded_as_of=2999-01-01"), "", 400, "as_of_in_future"},
		{"GET", path("/ledger/balances?as_of=soon"), "", 400, "as_of_malformed"},
		{"GET", path("/ledger/balances?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/ledger/trial-balance?as_of=2999-01-01"), "", 400, "as_of_in_future"},
		{"GET", path("/ledger/trial-balance?recorded_as_of=soon"), "", 400, "as_of_malformed"},
		{"GET", path("/payouts/nope/explain"), "", 400, "malformed_id"},
		{"GET", path("/payouts/%s/explain", unknownID), "", 404, "payout_not_found"},
		{"GET", path("/campaigns/nope/explain"), "", 400, "malformed_id"},
		{"GET", path("/campaigns/%s/explain", unknownID), "", 404, "campaign_not_found"},
		{"GET", path("/creators/nope/explain"), "", 400, "malformed_id"},
		{"GET", path("/creators/%s/explain", unknownID), "", 404, "creator_not_found"},
		{"GET", path("/creators/%s/explain?currency=JPY", w.creatorID), "", 400, "account_without_currency"},
		{"GET", path("/creators/%s/explain?currency=ABC", w.creatorID), "", 400, "unknown_currency"},
		{"GET", path("/creators/%s/explain?currency=usd", w.creatorID), "", 400, "invalid_request"},
		{"GET", path("/corrections?status=nonsense"), "", 400, "invalid_request"},
		{"GET", path("/corrections?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/corrections/nope"), "", 400, "malformed_id"},
		{"GET", path("/corrections/%s", unknownID), "", 404, "correction_not_found"},
		{"POST", path("/corrections/nope/approve"), `{"reason":"r"}`, 400, "malformed_id"},
		{"POST", path("/corrections/%s/approve", unknownID), `{"reason":"r"}`, 404, "correction_not_found"},
		{"POST", path("/corrections/%s/reject", unknownID), `{"reason":"r"}`, 404, "correction_not_found"},
		{"POST", path("/corrections"), adjustment("ABC", "stripe/platform", ""), 400, "unknown_currency"},
		{"POST", path("/corrections"), adjustment("USD", "unknown/account", ""), 400, "unknown_account"},
		{"POST", path("/corrections"), adjustment("USD", "stripe/platform", `,"effective_at":"2999-01-01T00:00:00Z"`), 400, "future_date"},
		{"POST", path("/corrections"), adjustment("USD", "stripe/platform", `,"effective_at":"soon"`), 400, "invalid_request"},
		{"POST", path("/corrections"), `{"kind":"clawback","currency":"USD","clip_id":"nope","reason":"r"}`, 400, "malformed_id"},
		{"POST", path("/corrections"), `{"kind":"clawback","currency":"USD","clip_id":"` + unknownID + `","reason":"r"}`, 404, "clip_not_found"},
		{"POST", path("/corrections"), `{"kind":"write_off","currency":"USD","creator_id":"` + unknownID + `","amount_minor":5,"reason":"r"}`, 404, "creator_not_found"},
		{"GET", path("/campaigns/%s/receipts/pi_%%00", unknownID), "", 400, "invalid_request"},
		{"GET", path("/campaigns/%s/receipts/pi_%%ff", unknownID), "", 400, "invalid_request"},
		{"GET", path("/organizations/%s/receipts/pi_%%00", unknownID), "", 400, "invalid_request"},
		{"GET", path("/disputes?status=nonsense"), "", 400, "invalid_request"},
		{"GET", path("/disputes?campaign_id=nope"), "", 400, "malformed_id"},
		{"GET", path("/disputes?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/reconciliation/adoptions/nope"), "", 400, "malformed_id"},
		{"GET", path("/reconciliation/adoptions/%s", unknownID), "", 404, "adoption_not_found"},
		{"GET", path("/reconciliation/adoptions/%s/payouts", unknownID), "", 404, "adoption_not_found"},
		{"GET", path("/reconciliation/adoptions/%s/payouts?cursor=%s", unknownID, elsewhere), "", 400, "malformed_cursor"},
		{"POST", path("/reconciliation/adoptions"), `{"reason":" "}`, 400, "invalid_request"},
		{"POST", path("/reconciliation/adoptions/%s/approve", unknownID), `{"reason":"r"}`, 404, "adoption_not_found"},
		{"POST", path("/reconciliation/adoptions/%s/reject", unknownID), `{"reason":"r"}`, 404, "adoption_not_found"},
		{"GET", path("/reconciliation/differences?class=nonsense"), "", 400, "invalid_request"},
		{"GET", path("/reconciliation/differences?open=perhaps"), "", 400, "invalid_request"},
		{"GET", path("/reconciliation/differences?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/reconciliation/passes?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"POST", path("/reconciliation/differences/nope/acknowledge"), `{"reason":"r","booking":"none_needed"}`, 400, "malformed_id"},
		{"POST", path("/reconciliation/differences/%s/acknowledge", unknownID), `{"reason":"r"}`, 400, "invalid_request"},
		{"POST", path("/reconciliation/differences/%s/acknowledge", unknownID), `{"reason":"r","booking":"later"}`, 400, "invalid_request"},
		{"POST", path("/reconciliation/differences/%s/approve", unknownID), `{"reason":"r"}`, 404, "difference_not_found"},
		{"POST", path("/reconciliation/differences/%s/reject", unknownID), `{"reason":"r"}`, 404, "difference_not_found"},
		{"POST", path("/reconciliation/differences/%s/acknowledge", unknownID), `{"reason":"r","booking":"none_needed"}`, 404, "difference_not_found"},
		{"POST", path("/payout-runs"), `{"period":"2026-10"}`, 400, "invalid_request"},
		{"POST", path("/payout-runs"), `{"period":"2026-W60"}`, 400, "unknown_period"},
		{"POST", path("/payout-runs"), `{"period":"2999-W01"}`, 409, "period_in_future"},
		{"GET", path("/payout-runs/nope"), "", 400, "malformed_id"},
		{"GET", path("/payout-runs/%s", unknownID), "", 404, "payout_run_not_found"},
		{"POST", path("/payout-runs/%s/approve", unknownID), "", 404, "payout_run_not_found"},
		{"POST", path("/payout-runs"), `{"period":"2020-W10"}`, 400, "period_too_old"},
		{"POST", path("/payout-runs"), `{"number":0}`, 400, "invalid_request"},
		{"POST", path("/payout-runs"), `{"number":100}`, 400, "invalid_request"},
		{"POST", path("/payout-runs/%s/cancel", unknownID), `{"reason":"r"}`, 404, "payout_run_not_found"},
		{"POST", path("/payout-runs/%s/exclude", unknownID), `{"creator_id":"` + unknownID + `","reason":"r"}`, 404, "payout_run_not_found"},
		{"GET", path("/payout-runs/%s/left-out", unknownID), "", 404, "payout_run_not_found"},
		{"GET", path("/payout-runs/%s/payouts.csv", unknownID), "", 404, "payout_run_not_found"},
		{"GET", path("/payout-runs/preview?period=March"), "", 400, "invalid_request"},
		{"GET", path("/payout-runs/preview?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/payout-runs?cursor=%s", elsewhere), "", 400, "malformed_cursor"},
		{"GET", path("/payouts?creator_id=nope"), "", 400, "malformed_id"},
		{"GET", path("/payouts?status=nonsense"), "", 400, "invalid_request"},
	} {
		t.Run(refused.method+" "+refused.path+" "+refused.body, func(t *testing.T) {
			t.Parallel()

			got := w.send(t, w.finance(), refused.method, refused.path, refused.body, nil)

			got.requireProblem(t, refused.status, refused.code)
			require.NotContains(t, string(got.body), "SQLSTATE")
		})
	}
}
