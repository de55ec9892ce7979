package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestBadCorrections(t *testing.T) {
	t.Parallel()
	with := func(change func(*client.NewCorrection)) client.NewCorrection {
		correction := fee()
		change(&correction)
		return correction
	}
	unknown, tomorrow := uuid.NewString(), time.Now().Add(24*time.Hour)
	for name, bad := range map[string]struct {
		correction client.NewCorrection
		status     int
		code       string
	}{
		"of an unknown account":                 {with(func(c *client.NewCorrection) { c.Postings[0].Account = "platform/piggy_bank" }), 400, "unknown_account"},
		"of an unknown creator's account":       {with(func(c *client.NewCorrection) { c.Postings[0].Account = "creator/" + unknown + "/receivable" }), 400, "unknown_account"},
		"of an account that cannot be adjusted": {with(func(c *client.NewCorrection) { c.Postings[0].Account = "campaign/" + unknown + "/escrow" }), 400, "account_not_adjustable"},
		"dated in the future":                   {with(func(c *client.NewCorrection) { c.EffectiveAt = &tomorrow }), 400, "future_date"},
		"that does not balance":                 {with(func(c *client.NewCorrection) { c.Postings[0].AmountMinor = 501 }), 400, "entry_unbalanced"},
		"with a posting of zero":                {with(func(c *client.NewCorrection) { c.Postings[0].AmountMinor = 0 }), 400, "amount_zero"},
		"without postings":                      {with(func(c *client.NewCorrection) { c.Postings = nil }), 400, "entry_too_short"},
		"in an unknown currency":                {with(func(c *client.NewCorrection) { c.Currency = "XQZ" }), 400, "unknown_currency"},
		"of an unknown kind":                    {with(func(c *client.NewCorrection) { c.Kind = "gift" }), 400, "invalid_request"},
		"for a blank reason":                    {with(func(c *client.NewCorrection) { c.Reason = "  " }), 400, "invalid_request"},
		"of an unknown clip":                    {client.NewCorrection{Kind: "clawback", Currency: "USD", ClipId: &unknown, Reason: "r"}, 404, "clip_not_found"},
		"of no clip":                            {client.NewCorrection{Kind: "clawback", Currency: "USD", Reason: "r"}, 400, "clip_missing"},
		"of an unknown creator's debt":          {client.NewCorrection{Kind: "write_off", Currency: "USD", CreatorId: &unknown, AmountMinor: 5, Reason: "r"}, 404, "creator_not_found"},
		"of a debt below zero":                  {client.NewCorrection{Kind: "write_off", Currency: "USD", CreatorId: &unknown, AmountMinor: -5, Reason: "r"}, 400, "amount_negative"},
	} {
		t.Run("are refused: "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)

			got := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, bad.correction), nil)

			got.requireProblem(t, bad.status, bad.code)
			listed, err := w.as(t, w.finance()).ListCorrectionsWithResponse(t.Context(), nil)
			require.NoError(t, err)
			require.Empty(t, listed.JSON200.Items)
		})
	}

	t.Run("are refused: dated in a closed period", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		period, err := ledger.ParsePeriod("2020-01")
		require.NoError(t, err)
		require.NoError(t, w.store.Journal.ClosePeriod(t.Context(), period, "finance-1", "the month has ended", w.clock.Now()))
		at := time.Date(2020, 1, 15, 0, 0, 0, 0, time.UTC)

		got := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, with(func(c *client.NewCorrection) { c.EffectiveAt = &at })), nil)

		got.requireProblem(t, 409, "period_closed")
	})

	t.Run("are refused: of a clip in another currency", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.joined(t)
		clipID := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.observe(t, campaignID, clipID, 5000)

		got := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, client.NewCorrection{Kind: "clawback", Currency: "EUR", ClipId: &clipID, Reason: "r"}), nil)

		got.requireProblem(t, 400, "wrong_currency")
	})

	t.Run("cannot be decided if they do not exist", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.finance(), "POST", path("/corrections/%s/approve", unknown), `{"reason":"r"}`, nil).requireProblem(t, 404, "correction_not_found")
		w.send(t, w.finance(), "POST", path("/corrections/%s/approve", "7"), `{"reason":"r"}`, nil).requireProblem(t, 400, "malformed_id")
		w.send(t, w.finance(), "GET", path("/corrections/%s", unknown), "", nil).requireProblem(t, 404, "correction_not_found")
	})

	t.Run("of any form are accepted or refused with a problem, never with a server error", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		token := mint(t, w.finance())

		rapid.Check(t, func(rt *rapid.T) {
			request := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(jsonOf(t, fee())), &request))
			field := rapid.SampledFrom([]string{"kind", "currency", "clip_id", "creator_id", "campaign_id", "amount_minor", "postings", "effective_at", "reason", "evidence"}).Draw(rt, "field")
			request["kind"] = rapid.SampledFrom([]string{"adjustment", "clawback", "write_off"}).Draw(rt, "kind")
			request[field] = rapid.SampledFrom(odd).Draw(rt, "value")

			got := w.sendRaw(t, "POST", path("/corrections"), jsonOf(t, request), header{"Authorization": "Bearer " + token})

			if got.status != http.StatusCreated {
				require.Less(t, got.status, 500, string(got.body))
				got.requireProblem(t, got.status, got.problem.Code)
			}
		})
	})
}
