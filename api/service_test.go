package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/access"
)

func TestService(t *testing.T) {
	t.Parallel()

	t.Run("publishes its document and a page without external resources", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		asJSON := w.sendRaw(t, "GET", "/openapi.json", "", nil)
		asYAML := w.sendRaw(t, "GET", "/openapi.yaml", "", nil)
		page := w.sendRaw(t, "GET", "/docs", "", nil)
		script := w.sendRaw(t, "GET", "/docs/swagger-ui-bundle.js", "", nil)

		require.Contains(t, string(asJSON.body), "https://api.example.test")
		require.Contains(t, string(asYAML.body), "openapi: 3.0.3")
		require.Equal(t, 200, page.status)
		require.NotContains(t, string(page.body), "cdn")
		require.Equal(t, 200, script.status)
	})

	t.Run("is alive and ready", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		require.Equal(t, 200, w.sendRaw(t, "GET", "/healthz", "", nil).status)
		require.Equal(t, 200, w.sendRaw(t, "GET", "/readyz", "", nil).status)
	})

	t.Run("is alive but not ready without its database", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.store.DB.Close()

		require.Equal(t, 200, w.sendRaw(t, "GET", "/healthz", "", nil).status)
		require.GreaterOrEqual(t, w.sendRaw(t, "GET", "/readyz", "", nil).status, 500)
	})

	t.Run("writes one line per request, without addresses, queries or bodies", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		who := access.Principal{UserID: "user-7", Roles: []access.Role{access.Admin}}

		got := w.send(t, who, "POST", path("/creators/%s/channels?x=private-query", w.creatorID), `{"platform":"tiktok","handle_or_id":"private.person"}`, header{"X-Request-Id": "request-12345"})

		require.Equal(t, 201, got.status, string(got.body))
		require.Equal(t, "request-12345", got.header.Get("X-Request-Id"))
		line := w.log.String()
		require.Contains(t, line, `"route":"/v1/creators/:creator_id/channels"`)
		require.Contains(t, line, `"actor":"user-7"`)
		require.Contains(t, line, `"request_id":"request-12345"`)
		require.Contains(t, line, `"status":201`)
		require.NotContains(t, line, "private")
	})

	t.Run("replaces a request id of another form", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		got := w.sendRaw(t, "GET", "/healthz", "", header{"X-Request-Id": "someone@example.test"})

		require.NotEqual(t, "someone@example.test", got.header.Get("X-Request-Id"))
		require.Equal(t, "nosniff", got.header.Get("X-Content-Type-Options"))
	})
}
