package clip

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/creditroll/creditroll/domain/fault"
)

// PastedLengthMax is the longest pasted text in bytes. An app shares a link together with the caption
// of the post.
const PastedLengthMax = 8192

var (
	// linkBegin finds where a link with a scheme begins, also without a space before it. A link that is a
	// parameter of another begins after one of the excluded signs.
	linkBegin = regexp.MustCompile(`(?i)(?:^|[^=/?&#:%])(https?://)`)
	// bareLink is a link without a scheme that stands alone.
	bareLink = regexp.MustCompile(`(?i)^(?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}\.?(?::[0-9]+)?(?:[/?#].*)?$`)
)

// FindPost returns the Ref of the post that a pasted text names. The text may be an address without its
// scheme, have invisible characters or punctuation around the address, or be what an app shares: a
// caption with a link in it. If one link leads to a post, links that lead to none do not matter.
//
// It returns fault.Invalid "several_posts" for links of different posts, and the faults of Canonicalize.
func FindPost(text string) (Ref, error) {
	text, err := visible(text)
	if err != nil {
		return Ref{}, err
	}
	var (
		found   Ref
		refused error
	)
	for _, link := range links(text) {
		ref, err := findLink(link)
		switch {
		case err != nil && refused == nil:
			refused = err
		case err != nil:
		case found != Ref{} && found != ref:
			return Ref{}, fault.Field("url", "several_posts", "the text has links of several posts: submit each of them by itself")
		default:
			found = ref
		}
	}
	switch {
	case found != Ref{}:
		return found, nil
	case refused != nil:
		return Ref{}, refused
	}
	return Ref{}, malformed("there is no web address in this: copy the address of the clip, starting with https://")
}

// visible returns a text without the characters that one cannot see. Apps put marks for the direction
// of writing and spaces without width around what they copy.
func visible(text string) (string, error) {
	switch {
	case len(text) > PastedLengthMax:
		return "", malformed("the text is too long: paste only the address of the clip")
	case !utf8.ValidString(text):
		return "", malformed("the text contains invalid characters: copy it again from the platform")
	}
	var broken bool
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case unicode.IsControl(r):
			broken = true
		}
		return r
	}, text)
	if broken {
		return "", malformed("the text contains invalid characters: copy it again from the platform")
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", malformed("the address is empty: paste the address of the clip, starting with https://")
	}
	return text, nil
}

// links returns the links in a text. A word without a scheme is one only if its host is on the list, or
// if it is the whole text, because words of a caption can have the form of an address.
func links(text string) []string {
	words := strings.Fields(text)
	var found []string
	for _, word := range words {
		if strings.Contains(word, "://") {
			found = append(found, schemedLinks(word)...)
			continue
		}
		if bare := strings.TrimFunc(word, surrounds); bareLink.MatchString(bare) && (len(words) == 1 || onPlatform(bare)) {
			found = append(found, "https://"+strings.TrimPrefix(bare, "//"))
		}
	}
	return found
}

// schemedLinks returns the links in a word, or the word itself if its scheme is not one of the web.
func schemedLinks(word string) []string {
	begins := linkBegin.FindAllStringSubmatchIndex(word, -1)
	if begins == nil {
		return []string{word}
	}
	var found []string
	for i, begin := range begins {
		end := len(word)
		if i+1 < len(begins) {
			end = begins[i+1][2]
		}
		found = append(found, word[begin[2]:end])
	}
	return found
}

func onPlatform(bare string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(bare, "//"), "/")
	_, known := platformByHost[strings.ToLower(strings.TrimSuffix(host, "."))]
	return known
}

// findLink canonicalizes a link that may have punctuation or words of a script without spaces behind it.
func findLink(link string) (Ref, error) {
	ref, err := Canonicalize(link)
	if err == nil {
		return ref, nil
	}
	for _, shorter := range []string{strings.TrimRightFunc(link, surrounds), strings.TrimRightFunc(beforeProse(link), surrounds)} {
		if shorter == link {
			continue
		}
		if ref, shorterErr := Canonicalize(shorter); shorterErr == nil {
			return ref, nil
		}
	}
	return Ref{}, err
}

// surrounds reports whether a character can stand around a link and is at the end of none. A dash or an
// underscore can end an id.
func surrounds(r rune) bool {
	return r != '-' && r != '_' && r != '/' && (unicode.IsPunct(r) || unicode.IsSymbol(r))
}

// beforeProse cuts a link off where a script begins that has no spaces between words, or a sign that no
// link has. Letters that look like Latin ones are not cut off: what is before them would be another id.
func beforeProse(link string) string {
	end := strings.IndexFunc(link, func(r rune) bool {
		return r > unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai))
	})
	if end < 0 {
		return link
	}
	return link[:end]
}
