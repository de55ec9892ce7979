package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Leaf is what a seal keeps of one entry.
type Leaf struct {
	Seq  int64
	Hash Hash
}

// LeafOf returns the leaf of an entry. It writes the canonical content into scratch and returns
// that, so that a caller with many entries can use it again.
func LeafOf(entry *ledger.Recorded, scratch []byte) (Leaf, []byte) {
	scratch = entry.AppendCanonical(scratch[:0])
	return Leaf{Seq: entry.Seq, Hash: sha256.Sum256(scratch)}, scratch
}

// Seal closes one block. The first one follows the zero Seal.
type Seal struct {
	Number   int64
	FirstSeq int64
	LastSeq  int64
	Previous Hash
	Hash     Hash
}

// ParseKept parses a seal that was kept outside the books, as NUMBER:HASH. It returns fault.Invalid
// "seal_malformed".
func ParseKept(text string) (Seal, error) {
	number, hash, _ := strings.Cut(text, ":")
	counted, err := strconv.ParseInt(number, 10, 64)
	decoded, malformed := hex.DecodeString(hash)
	if err != nil || malformed != nil || counted < 1 || len(decoded) != len(Hash{}) {
		return Seal{}, fault.New(fault.Invalid, "seal_malformed", "%.90q is not a seal: write its number, a colon and its hash, as `creditroll ledger verify` prints them", text)
	}
	return Seal{Number: counted, Hash: Hash(decoded)}, nil
}

// Next returns the seal that follows s and covers leaves. There is at least one leaf, and they are
// in the order of their seq.
func (s Seal) Next(leaves []Leaf) Seal {
	next := Seal{Number: s.Number + 1, FirstSeq: leaves[0].Seq, LastSeq: leaves[len(leaves)-1].Seq, Previous: s.Hash}
	next.Hash = next.hashOver(Encode(leaves))
	return next
}

// Follows reports whether the seal's hash follows from its number, bounds, previous hash and
// encoded leaves.
func (s Seal) Follows(encoded []byte) bool { return s.hashOver(encoded) == s.Hash }

const sealTag = "creditroll seal 1"

func (s Seal) hashOver(encoded []byte) Hash {
	head := binary.BigEndian.AppendUint64(nil, uint64(len(sealTag)))
	head = append(head, sealTag...)
	for _, number := range []int64{s.Number, s.FirstSeq, s.LastSeq} {
		head = binary.BigEndian.AppendUint64(head, uint64(number))
	}
	digest := sha256.New()
	digest.Write(append(head, s.Previous[:]...))
	digest.Write(encoded)
	return Hash(digest.Sum(nil))
}

const leafSize = 8 + sha256.Size

// Encode returns leaves as a seal keeps them: seq and hash, one after the other.
func Encode(leaves []Leaf) []byte {
	encoded := make([]byte, 0, len(leaves)*leafSize)
	for _, leaf := range leaves {
		encoded = binary.BigEndian.AppendUint64(encoded, uint64(leaf.Seq))
		encoded = append(encoded, leaf.Hash[:]...)
	}
	return encoded
}

// Decode returns the leaves that Encode wrote, or fault.Invalid "leaves_malformed" if they
// are cut off or not in the order of their seq.
func Decode(encoded []byte) ([]Leaf, error) {
	if len(encoded)%leafSize != 0 {
		return nil, fault.New(fault.Invalid, "leaves_malformed", "%d bytes are not a whole number of leaves", len(encoded))
	}
	leaves := make([]Leaf, 0, len(encoded)/leafSize)
	for ; len(encoded) > 0; encoded = encoded[leafSize:] {
		leaf := Leaf{Seq: int64(binary.BigEndian.Uint64(encoded)), Hash: Hash(encoded[8:leafSize])}
		if len(leaves) > 0 && leaf.Seq <= leaves[len(leaves)-1].Seq {
			return nil, fault.New(fault.Invalid, "leaves_malformed", "the leaf of entry %d follows the one of entry %d", leaf.Seq, leaves[len(leaves)-1].Seq)
		}
		leaves = append(leaves, leaf)
	}
	return leaves, nil
}

// What says how an entry differs from its seal.
type What string

// The ways to differ.
const (
	Missing  What = "missing"  // sealed, but no longer in the journal
	Inserted What = "inserted" // in the journal, but not sealed
	Changed  What = "changed"  // not what was sealed
)

// Difference is an entry that is not as it was sealed.
type Difference struct {
	Seq  int64
	What What
}

// Compare compares what is found with what was sealed. Both are in the order of their seq.
// It returns the differences in that order.
func Compare(sealed, found []Leaf) []Difference {
	var differences []Difference
	for len(sealed) > 0 || len(found) > 0 {
		switch {
		case len(found) == 0 || len(sealed) > 0 && sealed[0].Seq < found[0].Seq:
			differences = append(differences, Difference{sealed[0].Seq, Missing})
			sealed = sealed[1:]
		case len(sealed) == 0 || found[0].Seq < sealed[0].Seq:
			differences = append(differences, Difference{found[0].Seq, Inserted})
			found = found[1:]
		default:
			if sealed[0].Hash != found[0].Hash {
				differences = append(differences, Difference{sealed[0].Seq, Changed})
			}
			sealed, found = sealed[1:], found[1:]
		}
	}
	return differences
}
