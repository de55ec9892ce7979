package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
)

func TestAccountReplacement(t *testing.T) {
	t.Parallel()
	coolingOff := func(c *api.Config) { c.AccountCoolingOff = 72 * time.Hour }
	colleague := access.Principal{UserID: "user-colleague", Roles: []access.Role{access.Finance}}

	t.Run("is proposed by one person, approved by another, and waits", func(t *testing.T) {
		t.Parallel()
		w := setup(t, coolingOff)
		asked := client.AccountReplacement{Account: "acct_other", Reason: "the creator moved"}

		proposed, err := w.as(t, w.finance()).ReplaceCreatorAccountWithResponse(t.Context(), w.creatorID, nil, asked)
		require.NoError(t, err)
		approved, err := w.as(t, colleague).ApproveCreatorAccountWithResponse(t.Context(), w.creatorID, nil, asked)
		require.NoError(t, err)
		again, err := w.as(t, colleague).ApproveCreatorAccountWithResponse(t.Context(), w.creatorID, nil, asked)
		require.NoError(t, err)
		seen, err := w.as(t, w.creatorUser()).GetCreatorWithResponse(t.Context(), w.creatorID)
		require.NoError(t, err)

		require.Equal(t, "acct_other", proposed.JSON200.AccountChange.StripeAccountId, string(proposed.Body))
		require.Equal(t, "user-finance", *proposed.JSON200.AccountChange.ProposedBy)
		require.Nil(t, proposed.JSON200.AccountChange.EffectiveAt)
		require.WithinDuration(t, w.clock.Now().Add(72*time.Hour), *approved.JSON200.AccountChange.EffectiveAt, time.Second)
		require.Equal(t, approved.JSON200, again.JSON200)
		require.Equal(t, "acct_"+w.creatorID[:8], approved.JSON200.StripeAccountId, "not in effect yet")
		require.NotNil(t, seen.JSON200.AccountChange.EffectiveAt, "the creator can object")
		require.Nil(t, seen.JSON200.AccountChange.ProposedBy)
	})

	t.Run("is not approved by its proposer, nor for another account", func(t *testing.T) {
		t.Parallel()
		w := setup(t, coolingOff)
		path := "/v1/creators/" + w.creatorID + "/account"
		require.Equal(t, http.StatusOK, w.send(t, w.finance(), "POST", path+"/replace", `{"account":"acct_other","reason":"moved"}`, nil).status)

		w.send(t, w.finance(), "POST", path+"/approve", `{"account":"acct_other","reason":"yes"}`, nil).requireProblem(t, 403, "same_person")
		w.send(t, colleague, "POST", path+"/approve", `{"account":"acct_third","reason":"yes"}`, nil).requireProblem(t, 409, "account_differs")
	})

	for name, bad := range map[string]struct {
		as         func(*world) access.Principal
		path, body string
		status     int
		code       string
	}{
		"a creator's own wish":            {(*world).creatorUser, "/account/replace", `{"account":"acct_other","reason":"moved"}`, 403, "wrong_role"},
		"an approval of nothing":          {(*world).finance, "/account/approve", `{"account":"acct_other","reason":"moved"}`, 404, "account_change_not_found"},
		"an account that is not ours":     {(*world).finance, "/account/replace", `{"account":"acct_gone","reason":"moved"}`, 400, "account_unknown"},
		"an account of another creator":   {(*world).finance, "/account/replace", `{"account":"acct_foreign","reason":"moved"}`, 409, "account_of_another_creator"},
		"a proposal without a reason":     {(*world).finance, "/account/replace", `{"account":"acct_other","reason":" "}`, 400, "invalid_request"},
		"a creator who freezes":           {(*world).creatorUser, "/freeze", `{"reason":"me"}`, 403, "wrong_role"},
		"a hold without a reason":         {(*world).finance, "/freeze", `{"reason":""}`, 400, "invalid_request"},
		"a brand that lifts a hold":       {(*world).brand, "/unfreeze", `{"reason":"me"}`, 403, "wrong_role"},
		"a reviewer who approves account": {(*world).reviewer, "/account/approve", `{"account":"acct_other","reason":"x"}`, 403, "wrong_role"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, coolingOff)

			got := w.send(t, bad.as(w), "POST", "/v1/creators/"+w.creatorID+bad.path, bad.body, nil)

			got.requireProblem(t, bad.status, bad.code)
		})
	}

	t.Run("refuses the account that the creator has", func(t *testing.T) {
		t.Parallel()
		w := setup(t, coolingOff)

		got := w.send(t, w.finance(), "POST", "/v1/creators/"+w.creatorID+"/account/replace", `{"account":"acct_`+w.creatorID[:8]+`","reason":"x"}`, nil)

		got.requireProblem(t, 409, "account_unchanged")
	})
}

func TestFreezeCreator(t *testing.T) {
	t.Parallel()
	w := setup(t)
	finance, self := w.as(t, w.finance()), w.as(t, w.creatorUser())

	held, err := finance.FreezeCreatorWithResponse(t.Context(), w.creatorID, nil, client.RequiredReason{Reason: "we ask about the clips"})
	require.NoError(t, err)
	again, err := w.as(t, w.admin()).FreezeCreatorWithResponse(t.Context(), w.creatorID, nil, client.RequiredReason{Reason: "me too"})
	require.NoError(t, err)
	seen, err := self.GetCreatorWithResponse(t.Context(), w.creatorID)
	require.NoError(t, err)
	lifted, err := finance.UnfreezeCreatorWithResponse(t.Context(), w.creatorID, nil, client.RequiredReason{Reason: "answered"})
	require.NoError(t, err)

	require.Equal(t, "we ask about the clips", *held.JSON200.PayoutsFrozenReason, string(held.Body))
	require.Equal(t, "user-finance", *again.JSON200.PayoutsFrozenBy, "the first decision stays")
	require.NotNil(t, seen.JSON200.PayoutsFrozenAt)
	require.Nil(t, seen.JSON200.PayoutsFrozenReason, "the creator does not read our reason")
	require.Nil(t, lifted.JSON200.PayoutsFrozenAt)
}
