package clip

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

var externalIDs = map[Platform]*regexp.Regexp{
	// No leading zeros: one number must have one id.
	TikTok: regexp.MustCompile(`^[1-9][0-9]{0,19}$`),
	// Current codes have 11 characters, early ones fewer. The longer codes of private posts are
	// refused, because their counts are not public.
	Instagram: regexp.MustCompile(`^[A-Za-z0-9_-]{5,15}$`),
	YouTube:   regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`),
	X:         regexp.MustCompile(`^[1-9][0-9]{0,19}$`),
}

// ValidExternalID reports whether id has the form of a post's id on the platform: up to 20 digits
// on TikTok and X, a code of 5 to 15 characters on Instagram, of 11 on YouTube.
func ValidExternalID(platform Platform, id string) bool {
	form, known := externalIDs[platform]
	return known && form.MatchString(id)
}

// CanonicalURL returns the canonical address of a post, or "" if the id is not valid. TikTok
// requires a handle in an address and ignores its value. The handle "_" opens any post, photos
// included, and has the form of a handle.
func CanonicalURL(platform Platform, externalID string) string {
	if !ValidExternalID(platform, externalID) {
		return ""
	}
	switch platform {
	case TikTok:
		return "https://www.tiktok.com/@_/video/" + externalID
	case Instagram:
		return "https://www.instagram.com/p/" + externalID + "/"
	case YouTube:
		return "https://www.youtube.com/watch?v=" + externalID
	case X:
		return "https://x.com/i/web/status/" + externalID
	}
	return ""
}

var channelIDs = map[Platform]*regexp.Regexp{
	TikTok:    regexp.MustCompile(`^[a-z0-9._]{1,23}[a-z0-9_]$`),
	Instagram: regexp.MustCompile(`^[a-z0-9._]{1,30}$`),
	YouTube:   regexp.MustCompile(`^UC[A-Za-z0-9_-]{22}$`),
	X:         regexp.MustCompile(`^[a-z0-9_]{1,15}$`),
}

var channelForms = map[Platform]string{
	TikTok:    "enter the TikTok user name: 2 to 24 letters, digits, dots and underscores, not ending in a dot",
	Instagram: "enter the Instagram user name: up to 30 letters, digits, dots and underscores",
	YouTube:   "enter the YouTube channel id of 24 characters, which starts with UC. YouTube shows it under Settings, Advanced settings. A handle with @ is not accepted",
	X:         "enter the X user name: up to 15 letters, digits and underscores",
}

// ParseChannelID returns the id that providers report for the author of a clip: the channel id on
// YouTube, elsewhere the handle in lower case without @. A YouTube handle is refused, because it
// can change and providers do not report it. It returns fault.Invalid with "invalid_channel" or
// "unknown_platform".
func ParseChannelID(platform Platform, raw string) (string, error) {
	if _, err := ParsePlatform(string(platform)); err != nil {
		return "", err
	}
	channelID := normalizeAuthor(platform, strings.Trim(raw, " "))
	if !channelIDs[platform].MatchString(channelID) {
		return "", fault.Field("channel_id", "invalid_channel", "%s", channelForms[platform])
	}
	return channelID, nil
}

// AuthorDigest returns the hex SHA-256 of the platform, a zero byte, and the author's id in the
// form of ParseChannelID. Equal digests mean the same author, so a workflow can compare authors
// without a handle. The digest keeps handles out of sight, but it is not secret: anyone can
// compute the digest of a known handle. An empty id has an empty digest.
func AuthorDigest(platform Platform, authorID string) string {
	author := normalizeAuthor(platform, authorID)
	if author == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(string(platform) + "\x00" + author))
	return hex.EncodeToString(sum[:])
}

func normalizeAuthor(platform Platform, authorID string) string {
	author := strings.TrimPrefix(authorID, "@")
	if platform == YouTube {
		return author
	}
	return strings.ToLower(author)
}
