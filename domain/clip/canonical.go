package clip

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/creditroll/creditroll/domain/fault"
)

// URLLengthMax is the longest submitted address in bytes.
const URLLengthMax = 2048

// Ref identifies a post. All addresses of one post have the same Ref.
type Ref struct {
	Platform   Platform `json:"platform"`
	ExternalID string   `json:"external_id"`
	// URL is the canonical address. It has no author handle, so it is not personal data.
	URL string `json:"url"`
	// ShortLink marks an address that only redirects to a post. ExternalID is empty then. The
	// caller follows the link once and canonicalizes its target, because short links expire and
	// many of them lead to one post.
	ShortLink bool `json:"short_link"`
}

// Canonicalize returns the Ref of the post at an address. Two addresses of one post give equal
// Refs, and the URL of a Ref gives the same Ref.
//
// The address is untrusted. Its host must be on a list, its id must have the platform's form, and
// only the id is taken into the result. It returns fault.Invalid with "malformed_url" for an
// input that is not a web address, "unknown_platform" for a host that is not on the list, "wrapped_link" for one
// whose links lead anywhere, and "unsupported_clip_url" for an address of a platform that is not a post.
func Canonicalize(rawURL string) (Ref, error) {
	address, err := parseAddress(rawURL)
	if err != nil {
		return Ref{}, err
	}
	host := strings.TrimSuffix(strings.ToLower(address.Hostname()), ".")
	platform, known := platformByHost[host]
	switch {
	case wrappers[host]:
		return Ref{}, fault.Field("url", "wrapped_link", "this link only leads to another page: open it, and copy the address of the post itself")
	case !known:
		return Ref{}, fault.Field("url", "unknown_platform", "the address is not on a supported platform: use a clip on TikTok, Instagram, YouTube or X")
	}

	path, ok := cleanPath(address)
	if !ok {
		return Ref{}, unsupported(platform)
	}
	if short, ok := shortLink(host, path); ok {
		return Ref{Platform: platform, URL: short, ShortLink: true}, nil
	}
	externalID := postID(platform, host, path, address.Query())
	if !ValidExternalID(platform, externalID) {
		return Ref{}, unsupported(platform)
	}
	return Ref{Platform: platform, ExternalID: externalID, URL: CanonicalURL(platform, externalID)}, nil
}

func parseAddress(rawURL string) (*url.URL, error) {
	rawURL = strings.Trim(rawURL, " ")
	switch {
	case rawURL == "":
		return nil, malformed("the address is empty: paste the address of the clip, starting with https://")
	case len(rawURL) > URLLengthMax:
		return nil, malformed("the address is longer than 2048 characters: paste only the address of the clip")
	case !utf8.ValidString(rawURL), strings.ContainsFunc(rawURL, unicode.IsControl):
		return nil, malformed("the address contains invalid characters: copy it again from the platform")
	}

	address, err := url.Parse(rawURL)
	if err != nil {
		// The parser's error quotes the input, which may name a person.
		return nil, malformed("this is not a web address: copy the address of the clip, starting with https://")
	}
	switch {
	case address.Scheme != "https" && address.Scheme != "http", address.Host == "":
		return nil, malformed("this is not a web address: copy the address of the clip, starting with https://")
	case address.User != nil:
		return nil, malformed("the address contains a user name before the host: remove everything between // and @")
	case address.Port() != "" && address.Port() != "443" && address.Port() != "80":
		return nil, malformed("the address names a port: remove the colon and the number after the host")
	}
	return address, nil
}

// cleanPath returns the unescaped segments of the path joined by "/", without empty ones.
// An escaped slash would shift the segments; an address with one is refused.
func cleanPath(address *url.URL) (path string, ok bool) {
	var segments []string
	for segment := range strings.SplitSeq(address.EscapedPath(), "/") {
		unescaped, err := url.PathUnescape(segment)
		if err != nil || strings.Contains(unescaped, "/") {
			return "", false
		}
		if unescaped != "" {
			segments = append(segments, unescaped)
		}
	}
	return strings.Join(segments, "/"), true
}

func malformed(message string) error {
	return fault.Field("url", "malformed_url", "%s", message)
}

func unsupported(platform Platform) error {
	return fault.Field("url", "unsupported_clip_url", "the address is not the address of one post: use %s", acceptedForms[platform])
}
