package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/api/client"
)

// odd are values that often break parsers, databases and arithmetic.
var odd = []any{
	nil, true, "", " ", "\u200b", "é", "\ufffd", "\U0010ffff", "'; --", "0", "-0", 0, -1, 0.5, 1e308, int64(1) << 62, -(int64(1) << 62), json.Number("9223372036854775807"),
	json.Number("1e2"), json.Number("-0"),
	[]any{},
	[]any{nil},
	map[string]any{},
	"0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
	"2026-02-30T00:00:00Z", "2026-03-01T00:00:00+23:59", "USD", "tiktok",
	[]any{"tiktok", "tiktok"},
}

func TestOddRequests(t *testing.T) {
	t.Parallel()

	t.Run("are accepted or refused with a problem, never with a server error", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		token := mint(t, w.admin())

		rapid.Check(t, func(rt *rapid.T) {
			request := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(jsonOf(t, client.NewCampaign{
				OrganizationId: w.organizationID, Name: "Spring", Terms: terms(time.Now().UTC()),
			})), &request))
			part := request
			if rapid.Bool().Draw(rt, "in the terms") {
				part = request["terms"].(map[string]any)
			}
			fields := make([]string, 0, len(part))
			for field := range part {
				fields = append(fields, field)
			}
			field := rapid.SampledFrom(sorted(fields)).Draw(rt, "field")
			part[field] = rapid.SampledFrom(odd).Draw(rt, "value")

			got := w.sendRaw(t, "POST", path("/campaigns"), jsonOf(t, request), header{"Authorization": "Bearer " + token})

			if got.status != http.StatusCreated {
				require.Less(t, got.status, 500, string(got.body))
				got.requireProblem(t, got.status, got.problem.Code)
				require.NotEmpty(t, got.problem.Code)
			}
		})

		list, err := w.as(t, w.admin()).ListCampaignsWithResponse(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, 200, list.StatusCode(), "accepted campaigns can be read")
	})
}

func sorted(fields []string) []string {
	slices.Sort(fields)
	return fields
}
