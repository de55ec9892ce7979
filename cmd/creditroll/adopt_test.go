package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
)

func TestAdopt(t *testing.T) {
	t.Parallel()

	t.Run("takes up a payout that Stripe has and the ledger lacks", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{"CREDITROLL_RECONCILE_EVERY": "1s", "CREDITROLL_RECONCILE_GRACE": "2s"}})
		c := w.creator(verified(goodBank))
		w.earned(c)
		nothing, err := w.printed("reconcile", "adopt")
		require.NoError(t, err)
		require.Equal(t, "nothing to adopt\n", string(nothing))
		_, err = w.printed("reconcile", "adopt", "--propose", "--reason", "a try")
		require.ErrorContains(t, err, "--actor")
		payoutID := uuid.NewString()
		w.stripe("/v1/transfers", "", map[string]string{
			"amount": "100", "currency": "usd", "destination": c.account, "metadata[payout_id]": payoutID, "metadata[generation]": "1",
		})
		w.eventually("the difference is found", func() bool {
			_, err := w.printed("reconcile", "differences")
			return err != nil
		})

		listed, err := w.printed("reconcile", "adopt")
		require.NoError(t, err)
		require.Contains(t, string(listed), payoutID)
		require.Contains(t, string(listed), "1 of 1 can be adopted: 1.00 USD, of which 0.00 USD become debts")
		proposed, err := w.printed("reconcile", "adopt", "--propose", "--actor", "first", "--reason", "restored from Sunday", "--json")
		require.NoError(t, err, string(proposed))
		var answer struct {
			Adoption struct {
				ID     string `json:"id"`
				Status string `json:"status"`
			} `json:"adoption"`
		}
		require.NoError(t, json.NewDecoder(bytes.NewReader(proposed)).Decode(&answer))
		require.Equal(t, "proposed", answer.Adoption.Status)
		require.Contains(t, w.details("adoption/"+answer.Adoption.ID), "Needs attention: approval_required")

		approved, err := w.secondPerson().ApproveAdoptionWithResponse(t.Context(), answer.Adoption.ID, nil, client.RequiredReason{Reason: "seen at Stripe"})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, approved.StatusCode(), string(approved.Body))
		w.awaitEnded("adoption/" + answer.Adoption.ID)

		w.awaitPayout(payoutID, "paid")
		w.eventually("the difference is gone", func() bool {
			_, err := w.printed("reconcile", "differences")
			return err == nil
		})
		shown, err := w.printed("reconcile", "adopt", answer.Adoption.ID)
		require.NoError(t, err)
		require.Contains(t, string(shown), "1 payouts, of which 0 are waiting, 0 booked, 1 adopted, 0 refused and 0 left")
		w.requireBooks()
	})

	t.Run("records a restore", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})

		_, refused := w.printed("reconcile", "restored")
		printed, err := w.printed("reconcile", "restored", "--actor", "first", "--reason", "ticket 7", "--json")

		require.ErrorContains(t, refused, "--actor")
		require.NoError(t, err)
		require.Contains(t, string(printed), "restored_at")
		require.Equal(t, "ticket 7", w.text("SELECT reason FROM operator_actions WHERE subject = 'database' AND action = 'restored'"))
	})
}
