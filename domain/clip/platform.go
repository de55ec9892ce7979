// Package clip has the rules of clips: the platforms, the canonical form of a post's addresses, the
// verification of a submitted post, and the lifecycle of a clip.
package clip

import "github.com/creditroll/creditroll/domain/fault"

// Platform is where a clip was posted.
type Platform string

// The platforms, in the order in which users see them.
const (
	TikTok    Platform = "tiktok"
	Instagram Platform = "instagram"
	YouTube   Platform = "youtube"
	X         Platform = "x"
)

// Platforms returns every platform.
func Platforms() []Platform { return []Platform{TikTok, Instagram, YouTube, X} }

// ParsePlatform returns the platform with that name, or fault.Invalid "unknown_platform".
func ParsePlatform(name string) (Platform, error) {
	for _, platform := range Platforms() {
		if string(platform) == name {
			return platform, nil
		}
	}
	return "", fault.Field("platform", "unknown_platform", "unknown platform %q: use one of tiktok, instagram, youtube, x", name)
}
