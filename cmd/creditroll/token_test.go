package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

// minted runs the command and returns the user that the token names.
func minted(t *testing.T, args ...string) (user string, err error) {
	t.Helper()
	var printed bytes.Buffer
	root := newRoot()
	root.SetArgs(append([]string{"token"}, args...))
	root.SetOut(&printed)
	if err := root.ExecuteContext(t.Context()); err != nil {
		return "", err
	}
	parts := strings.Split(printed.String(), ".")
	require.Len(t, parts, 3)
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims struct {
		Subject string `json:"sub"`
	}
	require.NoError(t, json.Unmarshal(text, &claims))
	return claims.Subject, nil
}

func TestToken(t *testing.T) { //nolint:paralleltest // the command reads the environment
	t.Setenv("CREDITROLL_TOKEN_KEYS", tokenKeys)

	t.Run("needs a user for roles that decide proposals", func(t *testing.T) {
		for _, roles := range []string{"admin", "finance", "reviewer,finance"} {
			_, err := minted(t, "--role", roles)

			require.Equal(t, "user_required", fault.CodeOf(err), roles)
			require.Contains(t, err.Error(), "--user")
		}
	})

	t.Run("names the same person each time", func(t *testing.T) {
		first, err := minted(t, "--role", "finance", "--user", "ann")
		require.NoError(t, err)
		second, err := minted(t, "--role", "finance", "--user", "ann")
		require.NoError(t, err)

		require.Equal(t, []string{"ann", "ann"}, []string{first, second})
	})

	t.Run("gives other roles a new user id", func(t *testing.T) {
		user, err := minted(t, "--role", "reviewer")

		require.NoError(t, err)
		require.NotEmpty(t, user)
	})
}
