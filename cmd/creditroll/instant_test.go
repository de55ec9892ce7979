package main

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
)

const instantBank = "000666666662" // takes instant payouts

// userOf is the creator's own client of the API.
func (w *world) userOf(c creator) *client.ClientWithResponses {
	w.t.Helper()
	keys, err := api.ParseKeys(tokenKeys)
	require.NoError(w.t, err)
	token, err := api.MintToken(keys, access.Principal{UserID: "user-" + c.id, Roles: []access.Role{access.Creator}, CreatorID: c.id}, tokenLife)
	require.NoError(w.t, err)
	user, err := client.NewClientWithResponses(w.apiURL, client.WithHTTPClient(persistent{token}))
	require.NoError(w.t, err)
	return user
}

func TestInstantPayout(t *testing.T) {
	t.Parallel()

	t.Run("is asked for through the API, arrives at once, and is explained to the cent", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{settings: map[string]string{
			"CREDITROLL_INSTANT_PAYOUT_MAXIMUM_MINOR": "USD=999900", "CREDITROLL_INSTANT_PAYOUT_MINIMUM_MINOR": "1",
			"CREDITROLL_INSTANT_PAYOUT_FEE_MINIMUM_MINOR": "USD=50",
		}})
		c := w.creator(verified(instantBank))
		w.earned(c)
		w.awaitAvailable(c)
		fees := w.balance(ledger.PlatformFees)
		user, key := w.userOf(c), uuid.NewString()

		preview, err := user.PreviewInstantPayoutWithResponse(t.Context(), c.id, &client.PreviewInstantPayoutParams{Currency: "USD"})
		require.NoError(t, err)
		require.NotNil(t, preview.JSON200, string(preview.Body))
		require.True(t, preview.JSON200.Possible, string(preview.Body))
		var made, again *client.RequestInstantPayoutResponse
		for _, answer := range []**client.RequestInstantPayoutResponse{&made, &again} {
			*answer, err = user.RequestInstantPayoutWithResponse(t.Context(), c.id, &client.RequestInstantPayoutParams{IdempotencyKey: &key},
				client.NewInstantPayout{Currency: "USD", FeeMaxMinor: &preview.JSON200.FeeMinor})
			require.NoError(t, err)
		}

		require.Equal(t, http.StatusAccepted, made.StatusCode(), string(made.Body))
		require.Equal(t, made.JSON202.Id, again.JSON202.Id)
		require.Equal(t, preview.JSON200.AmountMinor, made.JSON202.AmountMinor)
		w.awaitPayout(made.JSON202.Id, "paid")
		require.Equal(t, preview.JSON200.FeeMinor, w.balance(ledger.PlatformFees)-fees)
		require.Zero(t, w.balance(ledger.CreatorAvailable(c.id)))
		var sent struct{ Data []map[string]any }
		w.stripeGet("/v1/payouts", c.account, &sent)
		require.Len(t, sent.Data, 1)
		require.Equal(t, "instant", sent.Data[0]["method"])
		text, err := w.printed("explain", "payout", made.JSON202.Id)
		require.NoError(t, err, string(text))
		require.Contains(t, string(text), "difference 0.00 USD")
		w.requireExplained(c)
		checked, err := w.printed("ledger", "verify")
		require.NoError(t, err, string(checked))
		w.eventually("no workflow is running", func() bool { return w.running() == 0 })
	})
}
