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
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// fee is an adjustment that books a fee of Stripe's.
func fee() client.NewCorrection {
	return client.NewCorrection{
		Kind: "adjustment", Currency: "USD", Reason: "a monthly fee", Evidence: "txn_1",
		Postings: []client.Posting{{Account: "platform/processing_fees", AmountMinor: 500}, {Account: "stripe/platform", AmountMinor: -500}},
	}
}

func (w *world) approver() access.Principal {
	return access.Principal{UserID: "user-approver", Roles: []access.Role{access.Finance}}
}

func (w *world) propose(t *testing.T, correction client.NewCorrection) client.Correction {
	t.Helper()
	got, err := w.as(t, w.finance()).ProposeCorrectionWithResponse(t.Context(), nil, correction)
	require.NoError(t, err)
	require.Equal(t, 201, got.StatusCode(), string(got.Body))
	return *got.JSON201
}

func TestCorrections(t *testing.T) {
	t.Parallel()

	t.Run("are proposed by one and approved by another", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		proposed := w.propose(t, fee())
		before, err := w.store.Journal.GetBalance(t.Context(), ledger.ProcessingFees, "USD")
		require.NoError(t, err)

		approved, err := w.as(t, w.approver()).ApproveCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "seen on the statement"})
		require.NoError(t, err)
		read, err := w.as(t, w.finance()).GetCorrectionWithResponse(t.Context(), proposed.Id)

		require.NoError(t, err)
		require.Zero(t, before)
		require.Equal(t, "proposed", proposed.Status)
		require.Equal(t, "user-finance", proposed.ProposedBy)
		require.Equal(t, 200, approved.StatusCode(), string(approved.Body))
		require.Equal(t, "approved", approved.JSON200.Status)
		require.Equal(t, "user-approver", *approved.JSON200.DecidedBy)
		require.Equal(t, "seen on the statement", *approved.JSON200.DecisionReason)
		require.Len(t, approved.JSON200.EntryIds, 1)
		require.Equal(t, approved.JSON200, read.JSON200)
		require.Empty(t, read.JSON200.ShellLines)
		after, err := w.store.Journal.GetBalance(t.Context(), ledger.ProcessingFees, "USD")
		require.NoError(t, err)
		require.Equal(t, int64(500), after)
	})

	t.Run("are rejected by another, and stay so", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		proposed := w.propose(t, fee())

		rejected, err := w.as(t, w.approver()).RejectCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "booked before"})

		require.NoError(t, err)
		require.Equal(t, "rejected", rejected.JSON200.Status)
		w.send(t, w.approver(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"after all"}`, nil).requireProblem(t, 409, "correction_decided")
	})

	for _, decision := range []string{"approve", "reject"} {
		t.Run("are not for their proposer to "+decision, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			proposed := w.propose(t, fee())

			got := w.send(t, w.finance(), "POST", path("/corrections/%s/%s", proposed.Id, decision), `{"reason":"looks fine to me"}`, nil)

			got.requireProblem(t, 403, "same_person")
			read, err := w.store.Corrections.Get(t.Context(), proposed.Id)
			require.NoError(t, err)
			require.Empty(t, read.DecidedBy)
		})
	}

	t.Run("are for finance and admins alone", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.propose(t, fee()).Id

		for _, principal := range []access.Principal{w.brand(), w.creatorUser(), w.reviewer()} {
			w.send(t, principal, "POST", path("/corrections"), jsonOf(t, fee()), nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "POST", path("/corrections/%s/approve", id), `{"reason":"r"}`, nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "GET", path("/corrections/%s", id), "", nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "GET", path("/corrections"), "", nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "GET", path("/disputes"), "", nil).requireProblem(t, 403, "wrong_role")
		}
	})

	t.Run("say what to type while they wait", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.propose(t, fee()).Id

		read, err := w.as(t, w.approver()).GetCorrectionWithResponse(t.Context(), id)

		require.NoError(t, err)
		require.Equal(t, []string{names.UpdateLine(names.Correction(id), "approve"), names.UpdateLine(names.Correction(id), "reject")}, read.JSON200.ShellLines)
	})

	t.Run("are listed by status, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		decided := w.propose(t, fee()).Id
		open := map[string]bool{w.propose(t, fee()).Id: true, w.propose(t, fee()).Id: true}
		_, err := w.as(t, w.approver()).RejectCorrectionWithResponse(t.Context(), decided, nil, client.RequiredReason{Reason: "r"})
		require.NoError(t, err)
		status, size := "proposed", int32(1)

		first, err := w.as(t, w.finance()).ListCorrectionsWithResponse(t.Context(), &client.ListCorrectionsParams{Status: &status, Limit: &size})
		require.NoError(t, err)
		second, err := w.as(t, w.finance()).ListCorrectionsWithResponse(t.Context(), &client.ListCorrectionsParams{Status: &status, Limit: &size, Cursor: first.JSON200.NextCursor})
		require.NoError(t, err)
		all, err := w.as(t, w.finance()).ListCorrectionsWithResponse(t.Context(), nil)

		require.NoError(t, err)
		require.Equal(t, open, map[string]bool{first.JSON200.Items[0].Id: true, second.JSON200.Items[0].Id: true})
		require.Nil(t, second.JSON200.NextCursor)
		require.Len(t, all.JSON200.Items, 3)
	})

	t.Run("take a clip's earnings back into its campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.taking(t)
		clipID := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.observe(t, campaignID, clipID, 5000)
		proposed := w.propose(t, client.NewCorrection{Kind: "clawback", Currency: "USD", ClipId: &clipID, Reason: "the views were bought"})

		approved, err := w.as(t, w.approver()).ApproveCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "seen"})

		require.NoError(t, err)
		require.Equal(t, 200, approved.StatusCode(), string(approved.Body))
		require.Equal(t, int64(2500), approved.JSON200.CorrectedMinor)
		require.Equal(t, campaignID, *approved.JSON200.CampaignId)
		read, err := w.store.Campaigns.Get(t.Context(), campaignID)
		require.NoError(t, err)
		require.Zero(t, read.SpentMinor)
	})
}

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
		"of an unknown account":              {with(func(c *client.NewCorrection) { c.Postings[0].Account = "platform/piggy_bank" }), 400, "unknown_account"},
		"of an account of nobody":            {with(func(c *client.NewCorrection) { c.Postings[0].Account = "creator/" + unknown + "/receivable" }), 400, "unknown_account"},
		"of an account that others count on": {with(func(c *client.NewCorrection) { c.Postings[0].Account = "campaign/" + unknown + "/escrow" }), 400, "account_not_adjustable"},
		"dated in the future":                {with(func(c *client.NewCorrection) { c.EffectiveAt = &tomorrow }), 400, "future_date"},
		"that does not balance":              {with(func(c *client.NewCorrection) { c.Postings[0].AmountMinor = 501 }), 400, "entry_unbalanced"},
		"with a leg of nothing":              {with(func(c *client.NewCorrection) { c.Postings[0].AmountMinor = 0 }), 400, "amount_zero"},
		"without legs":                       {with(func(c *client.NewCorrection) { c.Postings = nil }), 400, "entry_too_short"},
		"in a currency of nobody":            {with(func(c *client.NewCorrection) { c.Currency = "XQZ" }), 400, "unknown_currency"},
		"of a kind that there is not":        {with(func(c *client.NewCorrection) { c.Kind = "gift" }), 400, "invalid_request"},
		"for a blank reason":                 {with(func(c *client.NewCorrection) { c.Reason = "  " }), 400, "invalid_request"},
		"of a clip of nobody":                {client.NewCorrection{Kind: "clawback", Currency: "USD", ClipId: &unknown, Reason: "r"}, 404, "clip_not_found"},
		"of no clip":                         {client.NewCorrection{Kind: "clawback", Currency: "USD", Reason: "r"}, 400, "clip_missing"},
		"of a debt of nobody":                {client.NewCorrection{Kind: "write_off", Currency: "USD", CreatorId: &unknown, AmountMinor: 5, Reason: "r"}, 404, "creator_not_found"},
		"of a debt below zero":               {client.NewCorrection{Kind: "write_off", Currency: "USD", CreatorId: &unknown, AmountMinor: -5, Reason: "r"}, 400, "amount_negative"},
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
		require.NoError(t, w.store.Journal.ClosePeriod(t.Context(), period, "somebody", "the month is over", w.clock.Now()))
		at := time.Date(2020, 1, 15, 0, 0, 0, 0, time.UTC)

		got := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, with(func(c *client.NewCorrection) { c.EffectiveAt = &at })), nil)

		got.requireProblem(t, 409, "period_closed")
	})

	t.Run("are refused: of a clip in another currency", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.taking(t)
		clipID := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.observe(t, campaignID, clipID, 5000)

		got := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, client.NewCorrection{Kind: "clawback", Currency: "EUR", ClipId: &clipID, Reason: "r"}), nil)

		got.requireProblem(t, 400, "wrong_currency")
	})

	t.Run("that are none cannot be decided", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.finance(), "POST", path("/corrections/%s/approve", unknown), `{"reason":"r"}`, nil).requireProblem(t, 404, "correction_not_found")
		w.send(t, w.finance(), "POST", path("/corrections/%s/approve", "7"), `{"reason":"r"}`, nil).requireProblem(t, 400, "malformed_id")
		w.send(t, w.finance(), "GET", path("/corrections/%s", unknown), "", nil).requireProblem(t, 404, "correction_not_found")
	})

	t.Run("of any form are accepted or refused with a problem, but never break anything", func(t *testing.T) {
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

func TestRepeatedCorrections(t *testing.T) {
	t.Parallel()

	t.Run("of one key are one proposal, and of one decision one decision", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		key := func() header { return header{"Idempotency-Key": "k1"} }
		first := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, fee()), key())
		again := w.send(t, w.finance(), "POST", path("/corrections"), jsonOf(t, fee()), key())
		var proposed client.Correction
		require.NoError(t, json.Unmarshal(first.body, &proposed))

		approved := w.send(t, w.approver(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"r"}`, key())
		repeated := w.send(t, w.approver(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"r"}`, key())

		require.Equal(t, 201, first.status, string(first.body))
		require.Equal(t, first.body, again.body)
		require.Equal(t, 200, approved.status, string(approved.body))
		require.Equal(t, approved.body, repeated.body)
		fees, err := w.store.Journal.GetBalance(t.Context(), ledger.ProcessingFees, "USD")
		require.NoError(t, err)
		require.Equal(t, int64(500), fees)
	})

	t.Run("are answered as before by a process that has ended meanwhile", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.propose(t, fee()).Id
		approve := path("/corrections/%s/approve", id)
		require.Equal(t, 200, w.send(t, w.approver(), "POST", approve, `{"reason":"r"}`, nil).status)
		w.engine.failWith(fault.New(fault.Conflict, "not_running", "the correction has ended"))

		again := w.send(t, w.approver(), "POST", approve, `{"reason":"r"}`, nil)

		require.Equal(t, 200, again.status, string(again.body))
		w.send(t, w.admin(), "POST", approve, `{"reason":"r"}`, nil).requireProblem(t, 409, "correction_decided")
		w.send(t, w.approver(), "POST", path("/corrections/%s/reject", id), `{"reason":"r"}`, nil).requireProblem(t, 409, "correction_decided")
		w.send(t, w.finance(), "POST", approve, `{"reason":"r"}`, nil).requireProblem(t, 403, "same_person")
	})

	t.Run("are not believed to be decided when their process is gone", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.propose(t, fee()).Id
		w.engine.failWith(fault.New(fault.Conflict, "not_running", "the correction has ended"))

		got := w.send(t, w.approver(), "POST", path("/corrections/%s/approve", id), `{"reason":"r"}`, nil)

		got.requireProblem(t, 409, "not_running")
	})
}

func TestDisputes(t *testing.T) {
	t.Parallel()

	t.Run("are listed with what they froze, by campaign and status", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		first, second := w.live(t), w.live(t)
		for id, campaignID := range map[string]string{"du_1": first, "du_2": second} {
			require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: id, PaymentIntentID: "pi_" + campaignID, CampaignID: campaignID, Currency: "USD", AmountMinor: 120_000, FeeMinor: 1500, At: w.clock.Now(),
			}))
		}
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), "du_2", w.clock.Now()))
		lost, size := "lost", int32(1)

		all, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Limit: &size})
		require.NoError(t, err)
		rest, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Limit: &size, Cursor: all.JSON200.NextCursor})
		require.NoError(t, err)
		ended, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Status: &lost})
		require.NoError(t, err)
		ofFirst, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{CampaignId: &first})

		require.NoError(t, err)
		require.Equal(t, ofFirst.JSON200.Items, all.JSON200.Items)
		require.Equal(t, ended.JSON200.Items, rest.JSON200.Items)
		require.Nil(t, rest.JSON200.NextCursor)
		require.Equal(t, "open", ofFirst.JSON200.Items[0].Status)
		require.Equal(t, int64(100_000), ofFirst.JSON200.Items[0].FrozenMinor)
		require.Equal(t, int64(120_000), ofFirst.JSON200.Items[0].AmountMinor)
		require.NotNil(t, ended.JSON200.Items[0].ClosedAt)
	})
}
