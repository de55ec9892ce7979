package clip_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/clip"
)

func TestContainsCode(t *testing.T) {
	t.Parallel()
	const code = "creditroll-23456789ab"

	for text, want := range map[string]bool{
		code:                                     true,
		"Clips. " + code + " \U0001F3AC":         true,
		"CREDITROLL-23456789AB":                  true,
		"(" + code + ")":                         true,
		"#" + code:                               true,
		"credit\u200broll\u20112345\u00ad6789ab": true, // invisible characters, another hyphen
		"creditroll–23456789ab":                  true,
		"":                                       false,
		"creditroll-":                            false,
		"creditroll-23456789a":                   false,
		code + "c":                               false,
		"x" + code:                               false,
		"creditroll 23456789ab":                  false,
		"x" + code + " " + code:                  true,
	} {
		require.Equal(t, want, clip.ContainsCode(text, code), "%q", text)
	}
	require.False(t, clip.ContainsCode("anything", ""))
}

func TestContainsCodeInAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		code := clip.CodePrefix + rapid.StringOfN(rapid.SampledFrom([]rune(clip.CodeAlphabet)), 10, 10, -1).Draw(t, "code")

		require.True(t, clip.ContainsCode(before+" "+strings.ToUpper(code)+"\n"+after, code))
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()

	t.Run("are best if proven, then if they can be proven", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, -1, clip.BestClaim(nil))
		require.Equal(t, 2, clip.BestClaim([]clip.ChannelStatus{clip.Superseded, clip.Proving, clip.Proven, clip.Unproven}))
		require.Equal(t, 1, clip.BestClaim([]clip.ChannelStatus{clip.Superseded, clip.Unproven}))
	})

	t.Run("end a clip only when it can never earn", func(t *testing.T) {
		t.Parallel()
		for _, status := range clip.ChannelStatuses() {
			require.Empty(t, clip.Claim{Status: status, Holds: status == clip.Proven}.EndsBecause(), status)
		}
		require.Equal(t, clip.RejectedTakenOver, clip.Claim{Status: clip.Revoked, ProvenByAnother: true}.EndsBecause())
		require.Equal(t, clip.RejectedDuplicate, clip.Claim{Status: clip.Proven, Taken: true}.EndsBecause())
		require.Equal(t, clip.RejectedForeignAuthor, clip.Claim{}.EndsBecause())
	})

	t.Run("say what every look has seen", func(t *testing.T) {
		t.Parallel()
		for _, seen := range []string{clip.CodeSeen, clip.CodeAbsent, clip.PostOfAnother, "not_found", "private", "removed"} {
			require.NotEmpty(t, clip.ExplainLook(seen), seen)
		}
	})
}
