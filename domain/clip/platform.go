// Package clip knows the platforms that clips are posted on, and reduces the many
// addresses of one post to its canonical platform, external id and URL.
package clip

import "github.com/creditroll/creditroll/domain/fault"

// Platform is where a clip was posted.
type Platform string

// The platforms, in the order in which they are listed to people.
const (
	TikTok    Platform = "tiktok"
	Instagram Platform = "instagram"
	YouTube   Platform = "youtube"
	X         Platform = "x"
)

// Platforms returns every platform.
func Platforms() []Platform { return []Platform{TikTok, Instagram, YouTube, X} }

// ParsePlatform returns the platform of that name, or fault.Invalid "unknown_platform".
func ParsePlatform(name string) (Platform, error) {
	for _, platform := range Platforms() {
		if string(platform) == name {
			return platform, nil
		}
	}
	return "", fault.Field("platform", "unknown_platform", "unknown platform %q: use one of tiktok, instagram, youtube, x", name)
}
