package api_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// desk stands for the payment rail's onboarding. It knows every account but acct_gone; acct_foreign
// was created for another creator.
type desk struct {
	mu      sync.Mutex
	created []rail.NewAccount
	links   []rail.AccountLinkRequest
	// read, if set, is what every account shows, and failure is the error of reading it.
	read    *rail.Account
	failure error
}

func (d *desk) CreateAccount(_ context.Context, request rail.NewAccount) (rail.Account, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.created = append(d.created, request)
	return rail.Account{ID: "acct_made_" + request.CreatorID[:8], CreatorID: request.CreatorID, PayoutInterval: rail.IntervalManual, CurrentlyDue: []string{"external_account"}}, nil
}

func (d *desk) GetAccount(_ context.Context, account string) (rail.Account, error) {
	if d.failure != nil {
		return rail.Account{}, d.failure
	}
	if d.read != nil {
		return *d.read, nil
	}
	switch account {
	case "acct_gone":
		gone := fault.New(fault.Denied, "account_invalid", "the account is not connected")
		gone.Meaning = string(rail.AccountGone)
		return rail.Account{}, gone
	case "acct_foreign":
		return rail.Account{ID: account, CreatorID: uuid.NewString()}, nil
	}
	return rail.Account{ID: account, TransfersActive: true, PayoutsEnabled: true, PayoutInterval: "daily"}, nil
}

func (d *desk) CreateAccountLink(_ context.Context, request rail.AccountLinkRequest) (rail.AccountLink, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.links = append(d.links, request)
	return rail.AccountLink{URL: "https://connect.stripe.test/setup/" + request.Account, ExpiresAt: time.Unix(1_900_000_000, 0).UTC()}, nil
}

func (d *desk) CreateAccountSession(_ context.Context, account string) (rail.AccountSession, error) {
	return rail.AccountSession{ClientSecret: "secret_of_" + account, ExpiresAt: time.Unix(1_900_000_000, 0).UTC()}, nil
}

// newcomer is a creator without an account.
func (w *world) newcomer(t *testing.T) string {
	t.Helper()
	id := uuid.NewString()
	created, err := w.as(t, creatorUser(id)).CreateCreatorWithResponse(t.Context(), nil, client.NewCreator{Handle: "n" + id[:8]})
	require.NoError(t, err)
	require.Empty(t, created.JSON201.StripeAccountId, string(created.Body))
	require.Equal(t, "unverified", created.JSON201.Verification)
	return id
}

func TestCreatorAccounts(t *testing.T) {
	t.Parallel()

	t.Run("are created once for their creator, and show what is missing in the creator's words", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.newcomer(t)
		self := w.as(t, creatorUser(id))

		first, err := self.CreateCreatorAccountWithResponse(t.Context(), id, nil, client.NewCreatorAccount{Country: "DE"})
		require.NoError(t, err)
		again, err := self.CreateCreatorAccountWithResponse(t.Context(), id, nil, client.NewCreatorAccount{Country: "FR"})
		require.NoError(t, err)

		require.Equal(t, []rail.NewAccount{{CreatorID: id, Country: "DE", IdempotencyKey: names.AccountKey(id)}}, w.desk.created)
		require.Equal(t, "acct_made_"+id[:8], first.JSON201.StripeAccountId, string(first.Body))
		require.Equal(t, first.JSON201, again.JSON201)
		account := first.JSON201.Account
		require.True(t, account.Connected)
		require.Equal(t, []string{"external_account"}, account.CurrentlyDue)
		require.Equal(t, []client.Obstacle{{
			Reason: "account_not_verified", Detail: "We cannot pay you until the payment processor has verified your account. Finish the onboarding.",
		}}, account.Obstacles)
	})

	t.Run("lead to the onboarding and back to our own pages only", func(t *testing.T) {
		t.Parallel()
		w := setup(t, func(c *api.Config) { c.AccountReturnHosts = []string{"app.example.test"} })
		id := w.newcomer(t)
		self := w.as(t, creatorUser(id))
		path := "/v1/creators/" + id + "/account-link"
		w.send(t, creatorUser(id), "POST", path, `{"refresh_url":"https://api.example.test/a","return_url":"https://api.example.test/b"}`, nil).requireProblem(t, 409, "account_missing")
		_, err := self.CreateCreatorAccountWithResponse(t.Context(), id, nil, client.NewCreatorAccount{Country: "DE"})
		require.NoError(t, err)

		link, err := self.CreateAccountLinkWithResponse(t.Context(), id, nil, client.NewAccountLink{RefreshUrl: "https://api.example.test/again", ReturnUrl: "https://app.example.test/done"})
		require.NoError(t, err)

		require.Equal(t, "https://connect.stripe.test/setup/acct_made_"+id[:8], link.JSON201.Url, string(link.Body))
		for _, bad := range []string{
			"https://evil.test/", "http://app.example.test/", "http://api.example.test/", "https://api.example.test.evil.test/", "https://user@api.example.test/",
			"https://api.example.test@evil.test/", "//api.example.test/", "javascript:alert(1)", "/done", "https://api.example.test\\\\@evil.test/", "https://sub.app.example.test/",
		} {
			body := `{"refresh_url":"https://api.example.test/a","return_url":"` + bad + `"}`
			got := w.send(t, creatorUser(id), "POST", path, body, nil)
			require.Equal(t, http.StatusBadRequest, got.status, bad)
		}
		require.Len(t, w.desk.links, 1)
	})

	t.Run("are shown in our own page with a secret that is not stored", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		key := "session-1"

		first, err := w.as(t, w.creatorUser()).CreateAccountSessionWithResponse(t.Context(), w.creatorID, &client.CreateAccountSessionParams{IdempotencyKey: &key})
		require.NoError(t, err)
		again, err := w.as(t, w.creatorUser()).CreateAccountSessionWithResponse(t.Context(), w.creatorID, &client.CreateAccountSessionParams{IdempotencyKey: &key})
		require.NoError(t, err)

		require.Equal(t, "secret_of_acct_"+w.creatorID[:8], first.JSON201.ClientSecret, string(first.Body))
		require.Equal(t, first.JSON201, again.JSON201)
		require.NotContains(t, w.log.String(), "secret_of")
	})

	t.Run("of others cannot be reached", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.newcomer(t)
		for _, path := range []string{"/account", "/account-link", "/account-session"} {
			body := map[string]string{"/account": `{"country":"DE"}`, "/account-link": `{"refresh_url":"https://a.test","return_url":"https://a.test"}`}[path]

			w.send(t, w.creatorUser(), "POST", "/v1/creators/"+id+path, body, nil).requireProblem(t, 404, "creator_not_found")
			w.send(t, w.reviewer(), "POST", "/v1/creators/"+id+path, body, nil).requireProblem(t, 403, "wrong_role")
		}
		require.Empty(t, w.desk.created)
	})
}

func TestExistingAccounts(t *testing.T) {
	t.Parallel()

	t.Run("are taken from those who are trusted with money, once they were read", func(t *testing.T) {
		t.Parallel()
		for _, role := range []access.Role{access.Admin, access.Finance} {
			w := setup(t)
			trusted := w.as(t, access.Principal{UserID: "user-trusted", Roles: []access.Role{role}})

			created, err := trusted.CreateCreatorWithResponse(t.Context(), nil, client.NewCreator{Handle: "existing", StripeAccountId: "acct_existing"})
			require.NoError(t, err)
			require.Equal(t, http.StatusCreated, created.StatusCode(), string(created.Body))
			read, err := trusted.GetCreatorWithResponse(t.Context(), created.JSON201.Id)
			require.NoError(t, err)

			require.Equal(t, "acct_existing", read.JSON200.StripeAccountId)
			require.Equal(t, "verified", read.JSON200.Verification)
			require.Equal(t, "payout_schedule_not_manual", read.JSON200.Account.Obstacles[0].Reason)
		}
	})

	for name, bad := range map[string]struct {
		account string
		status  int
		code    string
	}{
		"is not connected to us":           {"acct_gone", 400, "account_unknown"},
		"was created for another creator":  {"acct_foreign", 409, "account_of_another_creator"},
		"pays another creator":             {"acct_taken", 409, "stripe_account_taken"},
		"could not be the id of a account": {"acct_", 400, "invalid_request"},
	} {
		t.Run("are refused if one "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.send(t, w.admin(), "POST", "/v1/creators", `{"handle":"first","stripe_account_id":"acct_taken"}`, nil)

			got := w.send(t, w.admin(), "POST", "/v1/creators", `{"handle":"second","stripe_account_id":"`+bad.account+`"}`, nil)

			got.requireProblem(t, bad.status, bad.code)
		})
	}

	t.Run("are never taken from a creator", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := w.send(t, creatorUser(uuid.NewString()), "POST", "/v1/creators", `{"handle":"mine","stripe_account_id":"acct_mine"}`, nil)

		got.requireProblem(t, 403, "wrong_role")
	})
}
