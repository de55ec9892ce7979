package ledger

import (
	"encoding/binary"
	"time"
)

// Recorded is an entry in the books, with what was added when it was recorded. Line n of the entry
// is Postings[n-1].
type Recorded struct {
	Entry
	// Seq is the entry's position in the order of recording. Numbers grow and may have gaps.
	Seq int64
	// ID is a UUID in its canonical, lower-case form.
	ID string
	// StoredHash is the RequestHash that was stored when the entry was posted.
	StoredHash []byte
	RecordedAt time.Time
	// ReversesID is the ID of the entry that this one reverses, or empty.
	ReversesID string
}

// canonicalTag is the start of an entry's canonical content. Another format has another tag.
const canonicalTag = "creditroll entry 1"

// AppendCanonical appends the canonical content of an entry to b. The same entry always has the
// same bytes. Two entries that differ in any way have different bytes, so a hash of them stands for
// the entry. The content, in this order:
//
//	text   "creditroll entry 1"
//	number seq
//	text   id, kind, reference, currency
//	text   request hash (its 32 bytes)
//	number effective at, recorded at (microseconds since 1970-01-01T00:00:00Z)
//	text   id of the entry that this one reverses, or an empty text
//	number how many postings, then for each, in the order of their lines:
//	       number line (from 1), text account, number amount in minor units
//
// A number is eight bytes, big-endian, two's complement. A text is the number of its bytes
// followed by the bytes in UTF-8. Times are not rounded, because the books have microseconds.
func (r *Recorded) AppendCanonical(b []byte) []byte {
	b = appendText(b, canonicalTag)
	b = appendNumber(b, r.Seq)
	b = appendText(b, r.ID)
	b = appendText(b, string(r.Kind))
	b = appendText(b, r.Reference)
	b = appendText(b, string(r.Currency))
	b = appendNumber(b, int64(len(r.StoredHash)))
	b = append(b, r.StoredHash...)
	b = appendNumber(b, r.EffectiveAt.UnixMicro())
	b = appendNumber(b, r.RecordedAt.UnixMicro())
	b = appendText(b, r.ReversesID)
	b = appendNumber(b, int64(len(r.Postings)))
	for i, posting := range r.Postings {
		b = appendNumber(b, int64(i+1))
		b = appendText(b, string(posting.Account))
		b = appendNumber(b, posting.AmountMinor)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	return append(appendNumber(b, int64(len(text))), text...)
}

func appendNumber(b []byte, number int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(number))
}
