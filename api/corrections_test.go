package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

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

	t.Run("are proposed by one person and approved by another", func(t *testing.T) {
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

	t.Run("are rejected by another person, permanently", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		proposed := w.propose(t, fee())

		rejected, err := w.as(t, w.approver()).RejectCorrectionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "booked before"})

		require.NoError(t, err)
		require.Equal(t, "rejected", rejected.JSON200.Status)
		w.send(t, w.approver(), "POST", path("/corrections/%s/approve", proposed.Id), `{"reason":"after all"}`, nil).requireProblem(t, 409, "correction_decided")
	})

	for _, decision := range []string{"approve", "reject"} {
		t.Run("cannot be decided by their proposer: "+decision, func(t *testing.T) {
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

	t.Run("are for finance and admins only", func(t *testing.T) {
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

	t.Run("show an operator's commands while they wait", func(t *testing.T) {
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
		require.Equal(t, map[string]bool{first.JSON200.Items[0].Id: true, second.JSON200.Items[0].Id: true}, open)
		require.Nil(t, second.JSON200.NextCursor)
		require.Len(t, all.JSON200.Items, 3)
	})

	t.Run("take a clip's earnings back into its campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.joined(t)
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

func TestRepeatedCorrections(t *testing.T) {
	t.Parallel()

	t.Run("with one key are one proposal and one decision", func(t *testing.T) {
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

	t.Run("get the first answer again after their workflow has ended", func(t *testing.T) {
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

	t.Run("are not taken as decided when their workflow has ended without a decision", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.propose(t, fee()).Id
		w.engine.failWith(fault.New(fault.Conflict, "not_running", "the correction has ended"))

		got := w.send(t, w.approver(), "POST", path("/corrections/%s/approve", id), `{"reason":"r"}`, nil)

		got.requireProblem(t, 409, "not_running")
	})
}
