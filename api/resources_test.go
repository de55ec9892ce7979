package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
)

func TestOrganizations(t *testing.T) {
	t.Parallel()

	t.Run("are listed page by page, each once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		admin := w.as(t, w.admin())
		for i := range 4 {
			_, err := admin.CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: fmt.Sprint("Brand ", i)})
			require.NoError(t, err)
		}
		size, seen := int32(2), map[string]bool{}

		params := &client.ListOrganizationsParams{Limit: &size}
		for pages := 1; ; pages++ {
			page, err := admin.ListOrganizationsWithResponse(t.Context(), params)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.JSON200.Items), int(size))
			for _, organization := range page.JSON200.Items {
				require.False(t, seen[organization.Id])
				seen[organization.Id] = true
			}
			if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
				require.Equal(t, 3, pages)
				break
			}
		}

		require.Len(t, seen, 5)
	})

	t.Run("show a brand only its own", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, err := w.as(t, w.admin()).CreateOrganizationWithResponse(t.Context(), nil, client.NewOrganization{Name: "Other"})
		require.NoError(t, err)

		listed, err := w.as(t, w.brand()).ListOrganizationsWithResponse(t.Context(), nil)
		require.NoError(t, err)
		own, err := w.as(t, w.brand()).GetOrganizationWithResponse(t.Context(), w.organizationID)
		require.NoError(t, err)

		require.Equal(t, []client.Organization{*own.JSON200}, listed.JSON200.Items)
	})
}

func TestCreators(t *testing.T) {
	t.Parallel()

	t.Run("sign up under the id of their token", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := uuid.NewString()

		created, err := w.as(t, creatorUser(id)).CreateCreatorWithResponse(t.Context(), nil, client.NewCreator{Handle: "newcomer"})
		require.NoError(t, err)
		read, err := w.as(t, creatorUser(id)).GetCreatorWithResponse(t.Context(), id)
		require.NoError(t, err)

		require.Equal(t, id, created.JSON201.Id, string(created.Body))
		require.Equal(t, "newcomer", read.JSON200.Handle)
		require.Empty(t, *read.JSON200.Channels)
	})

	t.Run("register a channel once, whatever its spelling", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		self := w.as(t, w.creatorUser())

		first, err := self.AddChannelWithResponse(t.Context(), w.creatorID, nil, client.NewChannel{Platform: "tiktok", HandleOrId: "@Some.One"})
		require.NoError(t, err)
		again, err := self.AddChannelWithResponse(t.Context(), w.creatorID, nil, client.NewChannel{Platform: "tiktok", HandleOrId: "some.one"})
		require.NoError(t, err)
		read, err := self.GetCreatorWithResponse(t.Context(), w.creatorID)
		require.NoError(t, err)

		require.Equal(t, first.JSON201, again.JSON201)
		require.Equal(t, "some.one", first.JSON201.AuthorId)
		require.Equal(t, []client.Channel{*first.JSON201}, *read.JSON200.Channels)
	})

	for name, bad := range map[string]struct {
		path, body string
		status     int
		code       string
	}{
		"a handle that is taken":           {"/v1/creators", `{"handle":"taken","stripe_account_id":"acct_2"}`, 409, "handle_taken"},
		"an account that is taken":         {"/v1/creators", `{"handle":"other","stripe_account_id":"acct_taken"}`, 409, "stripe_account_taken"},
		"a handle in capitals":             {"/v1/creators", `{"handle":"Other","stripe_account_id":"acct_2"}`, 400, "invalid_request"},
		"a malformed account":              {"/v1/creators", `{"handle":"other","stripe_account_id":"cus_2"}`, 400, "invalid_request"},
		"a channel that is taken":          {"/v1/creators/{creator_id}/channels", `{"platform":"tiktok","handle_or_id":"taken"}`, 409, "channel_taken"},
		"a channel on an unknown platform": {"/v1/creators/{creator_id}/channels", `{"platform":"myspace","handle_or_id":"tom"}`, 400, "unknown_platform"},
		"a channel of another form":        {"/v1/creators/{creator_id}/channels", `{"platform":"youtube","handle_or_id":"@tom"}`, 400, "invalid_channel"},
		"a channel of an unknown creator":  {"/v1/creators/" + uuid.NewString() + "/channels", `{"platform":"tiktok","handle_or_id":"tom"}`, 404, "creator_not_found"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			taken := uuid.NewString()
			_, err := w.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: taken, Handle: "taken", PayoutAccount: "acct_taken"})
			require.NoError(t, err)
			_, err = live.Prove(t.Context(), w.store, taken, "tiktok", "taken")
			require.NoError(t, err)

			got := w.send(t, w.admin(), "POST", strings.ReplaceAll(bad.path, "{creator_id}", w.creatorID), bad.body, nil)

			got.requireProblem(t, bad.status, bad.code)
			creators, err := w.store.Clips.ListCreators(t.Context(), "", db.Page{Size: 10})
			require.NoError(t, err)
			require.Len(t, creators, 2)
		})
	}
}
