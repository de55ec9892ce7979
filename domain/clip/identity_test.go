package clip

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
)

func TestParseChannelID(t *testing.T) {
	t.Parallel()

	for name, accepted := range map[string]struct {
		platform  Platform
		raw, want string
	}{
		"a TikTok handle in lower case without @": {TikTok, "@Some.One_1", "some.one_1"},
		"an Instagram handle":                     {Instagram, " some.one ", "some.one"},
		"an X handle":                             {X, "@Some_One", "some_one"},
		"a YouTube channel id with its case":      {YouTube, "UCabcDEFghiJKLmnoPQRstu-", "UCabcDEFghiJKLmnoPQRstu-"},
	} {
		t.Run("accepts "+name, func(t *testing.T) {
			t.Parallel()

			got, err := ParseChannelID(accepted.platform, accepted.raw)

			require.NoError(t, err)
			require.Equal(t, accepted.want, got)
		})
	}

	for platform, refused := range map[Platform][]string{
		TikTok:    {"", "@", "a", "@@someone", "some one", "some-one", "someone.", "a23456789012345678901234x", "sömeone", "a/b", "some\none"},
		Instagram: {"", "@", "some-one", "a234567890123456789012345678901", "https://instagram.com/x"},
		X:         {"", "some.one", "a234567890123456"},
		YouTube:   {"", "@handle", "ucabcDEFghiJKLmnoPQRstu-", "UCshort", "UCabcDEFghiJKLmnoPQRstu-x", "UCabcDEFghiJKLmnoPQRstu!"},
	} {
		for _, raw := range refused {
			t.Run("refuses "+string(platform)+" "+raw, func(t *testing.T) {
				t.Parallel()

				got, err := ParseChannelID(platform, raw)

				require.Equal(t, "invalid_channel", fault.CodeOf(err))
				require.Empty(t, got)
			})
		}
	}

	t.Run("refuses a platform that is none", func(t *testing.T) {
		t.Parallel()

		_, err := ParseChannelID("myspace", "tom")

		require.Equal(t, "unknown_platform", fault.CodeOf(err))
	})
}

func TestAuthorDigest(t *testing.T) {
	t.Parallel()

	t.Run("is equal for every spelling of one author", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, AuthorDigest(TikTok, "some.one"), AuthorDigest(TikTok, "@Some.One"))
	})

	t.Run("is the SHA-256 of platform, zero byte and author", func(t *testing.T) {
		t.Parallel()

		// printf 'x\0some_one' | sha256sum
		require.Equal(t, "0b53b1c4b0a67a64d3bec78add7b8e03caeb47c1ddf953c21653ca9646704f1a", AuthorDigest(X, "Some_One"))
	})

	t.Run("differs between platforms", func(t *testing.T) {
		t.Parallel()

		require.NotEqual(t, AuthorDigest(TikTok, "someone"), AuthorDigest(Instagram, "someone"))
	})

	t.Run("differs between YouTube channels that differ in case", func(t *testing.T) {
		t.Parallel()

		require.NotEqual(t, AuthorDigest(YouTube, "UCabcDEFghiJKLmnoPQRstu-"), AuthorDigest(YouTube, "UCabcDEFghiJKLmnoPQRstU-"))
	})

	t.Run("is empty for an unknown author", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, AuthorDigest(TikTok, ""))
		require.Empty(t, AuthorDigest(TikTok, "@"))
	})
}

func TestExternalIDs(t *testing.T) {
	t.Parallel()

	t.Run("an invalid id has no canonical address", func(t *testing.T) {
		t.Parallel()

		for platform, ids := range map[Platform][]string{
			TikTok:     {"", "0", "01", "1a", "123456789012345678901", "1\n"},
			Instagram:  {"", "abcd", "abcdefghijklmnop", "abc.defg", "abcdefg\n"},
			YouTube:    {"", "dQw4w9WgXc", "dQw4w9WgXcQQ", "dQw4w9WgXc?"},
			X:          {"", "-1", "0", "1 "},
			"myspace!": {"1"},
		} {
			for _, id := range ids {
				require.False(t, ValidExternalID(platform, id), "%s %q", platform, id)
				require.Empty(t, CanonicalURL(platform, id), "%s %q", platform, id)
			}
		}
	})

	t.Run("the canonical address of a valid id names that id", func(t *testing.T) {
		t.Parallel()

		for platform, id := range map[Platform]string{TikTok: "1", Instagram: "-_abc", YouTube: "-_-_-_-_-_-", X: "20"} {
			ref, err := Canonicalize(CanonicalURL(platform, id))

			require.NoError(t, err)
			require.Equal(t, id, ref.ExternalID)
			require.Equal(t, platform, ref.Platform)
		}
	})
}
