package clip

import (
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Code is the reason of a decision, out of a closed list. Workflows and logs see the code; what a reviewer
// wants to add is a note, which stays in the database.
type Code string

// The reasons against a clip.
const (
	OffBrief          Code = "off_brief"
	WrongFormat       Code = "wrong_format"
	MissingDisclosure Code = "missing_disclosure"
	LowQuality        Code = "low_quality"
	CopiedContent     Code = "copied_content"
	SuspiciousViews   Code = "suspicious_views"
	BrandSafety       Code = "brand_safety"
	Other             Code = "other"
)

// The reasons to restore a clip.
const (
	DecidedInError     Code = "decided_in_error"
	PostIsBack         Code = "post_is_back"
	OverturnedOnAppeal Code = "overturned_on_appeal"
)

var (
	codesAgainst = []Code{OffBrief, WrongFormat, MissingDisclosure, LowQuality, CopiedContent, SuspiciousViews, BrandSafety, Other}
	codesRestore = []Code{DecidedInError, PostIsBack, OverturnedOnAppeal, Other}
)

// Codes returns the reasons of a decision. An approval, of a clip or of a count, needs none and has none.
func (d Decision) Codes() []Code {
	switch d {
	case Approve, Confirm:
		return nil
	case Restore:
		return codesRestore
	}
	return codesAgainst
}

// CheckCode returns fault.Invalid "code_missing" if a decision needs a reason and has none, and "unknown_code"
// for one that is not in its list.
func (d Decision) CheckCode(code Code) error {
	codes := d.Codes()
	if len(codes) == 0 && code == "" {
		return nil
	}
	list := make([]string, len(codes))
	for i, known := range codes {
		if known == code {
			return nil
		}
		list[i] = string(known)
	}
	switch {
	case code == "":
		return fault.Field("code", "code_missing", "give the reason as a code: %s", strings.Join(list, ", "))
	case len(list) == 0:
		return fault.Field("code", "unknown_code", "an approval has no code: leave it out, and use the note")
	}
	return fault.Field("code", "unknown_code", "unknown code: use %s", strings.Join(list, ", "))
}

// NoteMax is the longest note and the longest text of an appeal, in bytes.
const NoteMax = 4000

// CheckNote returns fault.Invalid "note_missing" if the code says nothing without a note, and "note_too_long".
func CheckNote(code Code, note string) error {
	switch {
	case code == Other && strings.TrimSpace(note) == "":
		return fault.Field("note", "note_missing", "the code other says little: explain it in a note, which the creator reads")
	case len(note) > NoteMax:
		return fault.Field("note", "note_too_long", "the note must have at most %d bytes", NoteMax)
	}
	return nil
}
