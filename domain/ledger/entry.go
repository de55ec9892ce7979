package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Posting is one leg: debit positive, credit negative.
type Posting struct {
	Account     Account `json:"account"`
	AmountMinor int64   `json:"amount_minor"`
}

// Entry is one business event in the books. Kind and Reference together identify it.
type Entry struct {
	Kind        Kind
	Reference   string
	Currency    money.Currency
	EffectiveAt time.Time
	// ExactDate means that an entry whose date is in a closed accounting period is refused.
	// Otherwise such an entry, which is only late, is dated at the first open moment.
	ExactDate bool
	Postings  []Posting
	// ReversesKind and ReversesReference identify the entry that this one reverses.
	ReversesKind      Kind
	ReversesReference string
}

// Validate returns fault.Invalid unless the entry has a known kind, a reference and a currency. It
// must have at least two legs and no zero leg, and sum to zero without overflow.
func (e Entry) Validate() error {
	if e.Kind == "" || e.Reference == "" {
		return fault.New(fault.Invalid, "entry_unnamed", "a journal entry needs a kind and a reference")
	}
	if !e.Kind.known() {
		return fault.New(fault.Invalid, "unknown_kind", "entry %s %s has a kind that the ledger does not know", e.Kind, e.Reference)
	}
	if !e.Currency.Known() {
		return fault.New(fault.Invalid, "unknown_currency", "entry %s %s has no known currency", e.Kind, e.Reference)
	}
	if len(e.Postings) < 2 {
		return fault.New(fault.Invalid, "entry_too_short", "entry %s %s needs at least two postings", e.Kind, e.Reference)
	}
	totalMinor := int64(0)
	for _, posting := range e.Postings {
		if posting.AmountMinor == 0 {
			return fault.New(fault.Invalid, "amount_zero", "entry %s %s posts zero to %s", e.Kind, e.Reference, posting.Account)
		}
		var err error
		if totalMinor, err = money.AddMinor(totalMinor, posting.AmountMinor); err != nil {
			return err
		}
	}
	if totalMinor != 0 {
		return fault.New(fault.Invalid, "entry_unbalanced", "entry %s %s is off by %d", e.Kind, e.Reference, totalMinor)
	}
	return nil
}

// RequestHash is SHA-256 over what the entry posts. If a reference is posted again with another
// hash, it is another request and is refused. The effective time is left out, because a retry
// reads a later clock.
func (e Entry) RequestHash() []byte {
	digest := sha256.New()
	field := func(text string) {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(text)))
		digest.Write(length[:])
		digest.Write([]byte(text))
	}
	field(string(e.Kind))
	field(e.Reference)
	field(string(e.Currency))
	field(string(e.ReversesKind))
	field(e.ReversesReference)
	for _, posting := range e.Postings {
		field(string(posting.Account))
		var amount [8]byte
		binary.BigEndian.PutUint64(amount[:], uint64(posting.AmountMinor))
		digest.Write(amount[:])
	}
	return digest.Sum(nil)
}

// legs leaves out legs of zero, such as a fee of zero.
func legs(postings ...Posting) []Posting {
	kept := make([]Posting, 0, len(postings))
	for _, posting := range postings {
		if posting.AmountMinor != 0 {
			kept = append(kept, posting)
		}
	}
	return kept
}
