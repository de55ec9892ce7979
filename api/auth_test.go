package api_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

func claims(change func(jwt.MapClaims)) jwt.MapClaims {
	content := jwt.MapClaims{
		"iss": "creditroll", "aud": "creditroll-api", "sub": "user-1", "roles": []string{"admin"}, "exp": time.Now().Add(time.Hour).Unix(),
	}
	change(content)
	return content
}

func signed(t *testing.T, method jwt.SigningMethod, key any, kid string, content jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, content)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := setup(t)
	unchanged := func(jwt.MapClaims) {}
	good := func(change func(jwt.MapClaims)) string {
		return signed(t, jwt.SigningMethodHS256, keys[0].Secret, keys[0].ID, claims(change))
	}

	t.Run("of every configured key are accepted", func(t *testing.T) {
		t.Parallel()

		for _, key := range keys {
			token := signed(t, jwt.SigningMethodHS256, key.Secret, key.ID, claims(unchanged))
			require.Equal(t, 200, w.sendRaw(t, "GET", "/v1/campaigns", "", header{"Authorization": "bearer " + token}).status)
		}
	})

	for name, refused := range map[string]struct{ authorization, code string }{
		"nothing":                         {"", "token_missing"},
		"a password":                      {"Basic dXNlcjpwYXNz", "token_missing"},
		"no token":                        {"Bearer ", "token_missing"},
		"garbage":                         {"Bearer x.y.z", "token_invalid"},
		"an expired token":                {"Bearer " + good(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Second).Unix() }), "token_expired"},
		"a token without an end":          {"Bearer " + good(func(c jwt.MapClaims) { delete(c, "exp") }), "token_invalid"},
		"a token for another API":         {"Bearer " + good(func(c jwt.MapClaims) { c["aud"] = "another-api" }), "token_invalid"},
		"a token of another issuer":       {"Bearer " + good(func(c jwt.MapClaims) { c["iss"] = "another" }), "token_invalid"},
		"a token that is not yet valid":   {"Bearer " + good(func(c jwt.MapClaims) { c["nbf"] = time.Now().Add(time.Hour).Unix() }), "token_invalid"},
		"a token of an unknown role":      {"Bearer " + good(func(c jwt.MapClaims) { c["roles"] = []string{"admin", "owner"} }), "token_invalid"},
		"a token without roles":           {"Bearer " + good(func(c jwt.MapClaims) { delete(c, "roles") }), "token_invalid"},
		"a token without a user":          {"Bearer " + good(func(c jwt.MapClaims) { delete(c, "sub") }), "token_invalid"},
		"a token that names a mailbox":    {"Bearer " + good(func(c jwt.MapClaims) { c["sub"] = "someone@example.test" }), "token_invalid"},
		"a token of a made-up creator":    {"Bearer " + good(func(c jwt.MapClaims) { c["creator_id"] = "me" }), "token_invalid"},
		"a token of another key":          {"Bearer " + signed(t, jwt.SigningMethodHS256, bytes.Repeat([]byte("x"), 32), "k2", claims(unchanged)), "token_invalid"},
		"a token of an unknown key":       {"Bearer " + signed(t, jwt.SigningMethodHS256, keys[0].Secret, "k3", claims(unchanged)), "token_invalid"},
		"a token that names no key":       {"Bearer " + signed(t, jwt.SigningMethodHS256, keys[0].Secret, "", claims(unchanged)), "token_invalid"},
		"a token signed by no algorithm":  {"Bearer " + signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "k2", claims(unchanged)), "token_invalid"},
		"a token of another algorithm":    {"Bearer " + signed(t, jwt.SigningMethodHS512, keys[0].Secret, "k2", claims(unchanged)), "token_invalid"},
		"a token whose signature was cut": {"Bearer " + good(unchanged)[:120], "token_invalid"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			got := w.sendRaw(t, "POST", "/v1/organizations", `{"name":"Other"}`, header{"Authorization": refused.authorization})

			got.requireProblem(t, 401, refused.code)
			require.Contains(t, got.header.Get("WWW-Authenticate"), `Bearer realm="creditroll"`)
		})
	}
}

func TestMintToken(t *testing.T) {
	t.Parallel()
	admin := access.Principal{UserID: "user-1", Roles: []access.Role{access.Admin}}

	for name, bad := range map[string]struct {
		keys      api.Keys
		principal access.Principal
		ttl       time.Duration
	}{
		"without keys":           {nil, admin, time.Hour},
		"with a short secret":    {api.Keys{{ID: "k", Secret: []byte("short")}}, admin, time.Hour},
		"that has expired":       {keys, admin, -time.Hour},
		"that never expires":     {keys, admin, 1000 * 24 * time.Hour},
		"without a user":         {keys, access.Principal{Roles: admin.Roles}, time.Hour},
		"for an unknown role":    {keys, access.Principal{UserID: "u", Roles: []access.Role{"owner"}}, time.Hour},
		"for an e-mail address":  {keys, access.Principal{UserID: "a@b.test", Roles: admin.Roles}, time.Hour},
		"for a made-up creator":  {keys, access.Principal{UserID: "u", Roles: admin.Roles, CreatorID: "me"}, time.Hour},
		"with two keys of an id": {api.Keys{keys[0], keys[0]}, admin, time.Hour},
	} {
		t.Run("mints no token "+name, func(t *testing.T) {
			t.Parallel()

			_, err := api.MintToken(bad.keys, bad.principal, bad.ttl)

			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
		})
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	secret := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("s"), 32))

	t.Run("keeps the order of the keys", func(t *testing.T) {
		t.Parallel()

		ring, err := api.ParseKeys("new:" + secret + ", old:" + secret)

		require.NoError(t, err)
		require.Equal(t, "new", ring[0].ID)
		require.Equal(t, "old", ring[1].ID)
	})

	for _, text := range []string{"", "new", "new:", "new:c2hvcnQ=", "new:***" + secret, ":" + secret, "a b:" + secret, "k:" + secret + ",k:" + secret, "k:" + secret + ","} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()

			_, err := api.ParseKeys(text)

			require.Equal(t, "keys_malformed", fault.CodeOf(err))
			require.NotContains(t, err.Error(), secret)
		})
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	w := setup(t)
	draft, live := w.draft(t), w.live(t)
	stranger := creatorUser(w.creator(t))
	applied := uuid.NewString()
	w.accepted(t, live, w.creatorID)
	newCampaign := jsonOf(t, client.NewCampaign{OrganizationId: w.organizationID, Name: "n", Terms: terms(time.Now())})
	newClip := jsonOf(t, client.NewClip{CreatorId: w.creatorID, Url: "https://www.tiktok.com/@a/video/1"})

	for name, refused := range map[string]struct {
		who                access.Principal
		method, path, body string
		status             int
		code               string
	}{
		"a brand that opens an organization":       {w.brand(), "POST", path("/organizations"), `{"name":"n"}`, 403, "wrong_role"},
		"a creator who makes a campaign":           {w.creatorUser(), "POST", path("/campaigns"), newCampaign, 403, "wrong_role"},
		"a brand that makes another's campaign":    {w.foreignBrand(), "POST", path("/campaigns"), newCampaign, 404, "organization_not_found"},
		"a brand that approves its campaign":       {w.brand(), "POST", path("/campaigns/%s/approve", draft), ``, 403, "wrong_role"},
		"a brand that reads another's campaign":    {w.foreignBrand(), "GET", path("/campaigns/%s", draft), ``, 404, "campaign_not_found"},
		"a brand that cancels another's campaign":  {w.foreignBrand(), "POST", path("/campaigns/%s/cancel", draft), ``, 404, "campaign_not_found"},
		"a brand that funds another's campaign":    {w.foreignBrand(), "POST", path("/campaigns/%s/fund", draft), ``, 404, "campaign_not_found"},
		"a brand that lists another's campaigns":   {w.foreignBrand(), "GET", path("/campaigns?organization_id=%s", w.organizationID), ``, 404, "organization_not_found"},
		"a brand that lists another's clips":       {w.foreignBrand(), "GET", path("/campaigns/%s/clips", live), ``, 404, "campaign_not_found"},
		"a brand that reads another organization":  {w.foreignBrand(), "GET", path("/organizations/%s", w.organizationID), ``, 404, "organization_not_found"},
		"a creator who reads a draft":              {w.creatorUser(), "GET", path("/campaigns/%s", draft), ``, 404, "campaign_not_found"},
		"a creator who applies to a draft":         {w.creatorUser(), "POST", path("/campaigns/%s/participations", draft), jsonOf(t, client.NewParticipation{CreatorId: w.creatorID}), 404, "campaign_not_found"},
		"a creator who applies for another":        {stranger, "POST", path("/campaigns/%s/participations", live), jsonOf(t, client.NewParticipation{CreatorId: w.creatorID}), 404, "creator_not_found"},
		"a creator who submits for another":        {stranger, "POST", path("/campaigns/%s/clips", live), newClip, 404, "creator_not_found"},
		"a creator who reads another":              {stranger, "GET", path("/creators/%s", w.creatorID), ``, 404, "creator_not_found"},
		"a creator who adds a channel to another":  {stranger, "POST", path("/creators/%s/channels", w.creatorID), `{"platform":"x","handle_or_id":"abc"}`, 404, "creator_not_found"},
		"a creator who lists another's clips":      {stranger, "GET", path("/campaigns/%s/clips?creator_id=%s", live, w.creatorID), ``, 404, "creator_not_found"},
		"a creator who lists another's payouts":    {stranger, "GET", path("/payouts?creator_id=%s", w.creatorID), ``, 404, "creator_not_found"},
		"a creator who decides on an application":  {w.creatorUser(), "POST", path("/participations/%s/accept", applied), ``, 403, "wrong_role"},
		"a creator who reads the ledger":           {w.creatorUser(), "GET", path("/ledger/balances"), ``, 403, "wrong_role"},
		"a brand that reads the trial balance":     {w.brand(), "GET", path("/ledger/trial-balance"), ``, 403, "wrong_role"},
		"a brand that lists payouts":               {w.brand(), "GET", path("/payouts"), ``, 403, "wrong_role"},
		"a brand that starts a payout run":         {w.brand(), "POST", path("/payout-runs"), ``, 403, "wrong_role"},
		"a creator who lists payout runs":          {w.creatorUser(), "GET", path("/payout-runs"), ``, 403, "wrong_role"},
		"an admin that reads evidence":             {w.admin(), "GET", path("/clips/%s/evidence", uuid.NewString()), ``, 403, "wrong_role"},
		"a brand that adds evidence":               {w.brand(), "POST", path("/clips/%s/evidence/links", uuid.NewString()), `{"url":"https://example.test"}`, 403, "wrong_role"},
		"finance that downloads evidence":          {w.finance(), "GET", path("/clips/%s/evidence/%s/file", uuid.NewString(), uuid.NewString()), ``, 403, "wrong_role"},
		"finance that approves clips":              {w.finance(), "POST", path("/clips/%s/approve", uuid.NewString()), ``, 403, "wrong_role"},
		"a creator who retries a payout":           {w.creatorUser(), "POST", path("/payouts/%s/retry", uuid.NewString()), `{"reason":"r"}`, 403, "wrong_role"},
		"a brand without an organization":          {access.Principal{UserID: "u", Roles: []access.Role{access.Brand}}, "GET", path("/campaigns"), ``, 403, "belongs_to_nobody"},
		"a creator who signs up without a creator": {access.Principal{UserID: "u", Roles: []access.Role{access.Creator}}, "POST", path("/creators"), `{"handle":"some"}`, 403, "belongs_to_nobody"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()

			got := w.send(t, refused.who, refused.method, refused.path, refused.body, nil)

			got.requireProblem(t, refused.status, refused.code)
			require.Zero(t, w.engine.count())
		})
	}

	t.Run("answer alike for a foreign and for an unknown campaign", func(t *testing.T) {
		t.Parallel()

		foreign := w.send(t, w.foreignBrand(), "GET", path("/campaigns/%s", draft), "", nil)
		none := w.send(t, w.foreignBrand(), "GET", path("/campaigns/%s", uuid.NewString()), "", nil)

		foreign.problem.RequestId, none.problem.RequestId = "", ""
		require.Equal(t, none.problem, foreign.problem)
	})

	t.Run("show a creator only open campaigns and those they take part in", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.draft(t)
		open, over := w.live(t), w.live(t)
		w.accepted(t, over, w.creatorID)
		w.move(t, over, campaign.Complete)

		mine, err := w.as(t, w.creatorUser()).ListCampaignsWithResponse(t.Context(), nil)
		require.NoError(t, err)
		others, err := w.as(t, creatorUser(w.creator(t))).ListCampaignsWithResponse(t.Context(), nil)

		require.NoError(t, err)
		require.ElementsMatch(t, []string{open, over}, idsOf(mine.JSON200.Items))
		require.Equal(t, []string{open}, idsOf(others.JSON200.Items))
	})
}

func idsOf(campaigns []client.Campaign) []string {
	var ids []string
	for _, read := range campaigns {
		ids = append(ids, read.Id)
	}
	return ids
}
