// Package evidence has the rules for what people add to a clip to prove something: screenshots,
// documents and links.
package evidence

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creditroll/creditroll/domain/fault"
)

const (
	// SizeMax is the largest file in bytes.
	SizeMax = 10 << 20
	// PerClipMax is how many pieces of evidence a clip may have.
	PerClipMax = 20
	// LinkLengthMax is the longest link in bytes.
	LinkLengthMax = 2048
	// UnfinishedFor is how long a file may take to be stored. One that has no end of it by then was
	// interrupted, and is deleted.
	UnfinishedFor = time.Hour
)

// Kind is what a piece of evidence is.
type Kind string

// The kinds.
const (
	File Kind = "file"
	Link Kind = "link"
)

// Type is the content type of a file.
type Type string

// The types that are accepted.
const (
	PNG  Type = "image/png"
	JPEG Type = "image/jpeg"
	WebP Type = "image/webp"
	PDF  Type = "application/pdf"
)

// Extension returns the end of a file's name, with its dot.
func (t Type) Extension() string {
	switch t {
	case PNG:
		return ".png"
	case JPEG:
		return ".jpg"
	case WebP:
		return ".webp"
	case PDF:
		return ".pdf"
	}
	return ""
}

// Piece is one piece of evidence. ContentType, Size and Digest are those of a file, URL that of a link.
type Piece struct {
	ID          string
	ClipID      string
	Kind        Kind
	ContentType Type
	SizeBytes   int64
	// Digest is the SHA-256 of a file in hex.
	Digest string
	URL    string
	// AddedBy is the id of the user.
	AddedBy string
	AddedAt time.Time
	// Stored: the file is complete. A link always is.
	Stored bool
}

// Blob is a file in the storage for files.
type Blob struct {
	Key        string
	ModifiedAt time.Time
}

// BlobPrefix is what the keys of all files begin with.
const BlobPrefix = "evidence/"

// BlobKey is where a file is stored. It has ids only.
func BlobKey(clipID, id string) string { return BlobPrefix + clipID + "/" + id }

var keyForm = regexp.MustCompile("^" + BlobPrefix + "[0-9a-f-]{36}/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")

// IDOfKey returns the id in a key of BlobKey, or "".
func IDOfKey(key string) string {
	match := keyForm.FindStringSubmatch(key)
	if match == nil {
		return ""
	}
	return match[1]
}

// orphansMax is how many files without a row there may be next to fewer files that have one.
const orphansMax = 2

// CheckOrphans decides whether files without a row may be deleted. It gets how many files a pass has found so far
// that have a row, and how many that have none. It returns fault.Conflict "blobs_of_another" if the database is
// probably not the one to which the files belong, such as an empty one before a restore.
func CheckOrphans(known, orphans int) error {
	if orphans == 0 || known > 0 && orphans <= max(known, orphansMax) {
		return nil
	}
	return fault.New(fault.Conflict, "blobs_of_another", "%d of %d files have no row: check that DATABASE_URL and the storage for files belong together, and delete the files by hand if they do", orphans, known+orphans)
}

// FileName is the name under which a file is downloaded. The name that its owner gave it may name a person,
// so it is not kept.
func (p Piece) FileName() string { return "evidence-" + p.ID + p.ContentType.Extension() }

// CheckFile returns the type of a file. The declared type has to be accepted, and the content has to be of
// that type: a browser that shows the file must not take it for something else. It returns fault.Invalid with
// "evidence_empty", "evidence_too_large", "evidence_type_unknown" or "evidence_type_differs".
func CheckFile(declared string, content []byte) (Type, error) {
	declared, _, _ = strings.Cut(declared, ";")
	kind := Type(strings.ToLower(strings.TrimSpace(declared)))
	switch {
	case len(content) == 0:
		return "", fault.New(fault.Invalid, "evidence_empty", "the file is empty: send its content as the body of the request")
	case len(content) > SizeMax:
		return "", fault.New(fault.Invalid, "evidence_too_large", "the file is larger than 10 MiB: send a smaller one")
	case kind.Extension() == "":
		return "", fault.New(fault.Invalid, "evidence_type_unknown", "the type of the file is not accepted: send image/png, image/jpeg, image/webp or application/pdf as Content-Type")
	case sniff(content) != kind:
		return "", fault.New(fault.Invalid, "evidence_type_differs", "the content of the file is not of the type %s: send the type that it has, with another Idempotency-Key if you use one", kind)
	}
	return kind, nil
}

// sniff returns the type of a content by its first bytes, or "".
func sniff(content []byte) Type {
	head := string(content[:min(len(content), 16)])
	switch {
	case strings.HasPrefix(head, "\x89PNG\r\n\x1a\n"):
		return PNG
	case strings.HasPrefix(head, "\xff\xd8\xff"):
		return JPEG
	case strings.HasPrefix(head, "RIFF") && len(head) >= 12 && head[8:12] == "WEBP":
		return WebP
	case strings.HasPrefix(head, "%PDF-"):
		return PDF
	}
	return ""
}

// CheckLink returns the link in its stored form. It returns fault.Invalid "evidence_link_malformed".
func CheckLink(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	malformed := fault.Field("url", "evidence_link_malformed", "this is not a web address: send one that starts with https:// or http://, without a password, of at most %d characters", LinkLengthMax)
	if raw == "" || len(raw) > LinkLengthMax || !utf8.ValidString(raw) || strings.ContainsFunc(raw, unicode.IsControl) {
		return "", malformed
	}
	address, err := url.Parse(raw)
	if err != nil || (address.Scheme != "https" && address.Scheme != "http") || address.Hostname() == "" || address.User != nil {
		return "", malformed // the parser's error quotes the link, which may name a person
	}
	return address.String(), nil
}

// CheckCount returns fault.Conflict "evidence_too_much" for a clip that has no room for one more.
func CheckCount(have int) error {
	if have < PerClipMax {
		return nil
	}
	return fault.New(fault.Conflict, "evidence_too_much", "a clip can have at most %d pieces of evidence: the oldest are deleted some time after the clip has ended", PerClipMax)
}
