package clip

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// CodePrefix makes a code recognizable to the owner of the account that it is put into.
	CodePrefix = "creditroll-"
	// CodeAlphabet has no two characters that look alike.
	CodeAlphabet = "23456789abcdefghjkmnpqrstuvwxyz"
)

// ContainsCode reports whether a code is in the text of a profile or post. Platforms and keyboards change the case and
// the hyphen, and add invisible characters. A code within a longer word does not count.
func ContainsCode(text, code string) bool {
	wanted := plain(code)
	if wanted == "" {
		return false
	}
	within := plain(text)
	for from := 0; ; {
		at := strings.Index(within[from:], wanted)
		if at < 0 {
			return false
		}
		begin := from + at
		end := begin + len(wanted)
		if !endsInWord(within[:begin]) && !beginsWithWord(within[end:]) {
			return true
		}
		from = end
	}
}

// plain returns a text in lower case, with one kind of hyphen and without invisible characters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r) || r == '−':
			return '-'
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

func endsInWord(text string) bool {
	last, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && isWord(last)
}

func beginsWithWord(text string) bool {
	for _, first := range text {
		return isWord(first)
	}
	return false
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
