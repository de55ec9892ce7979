package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// End is the end record of a transcript. It has the number of entries and postings, the last
// seal in the books, and a hash over all entries, sealed or not.
type End struct {
	Entries  int64
	Postings int64
	// Seal is the number of the last seal and SealHash its hash; zero if nothing is sealed.
	Seal     int64
	SealHash seal.Hash
	// Hash is SHA-256 over the content hashes of all entries, in their order.
	Hash seal.Hash
}

// tally adds up the values of an End.
type tally struct {
	entries  int64
	postings int64
	seal     int64
	digest   hash.Hash
	scratch  []byte
}

func newTally() *tally { return &tally{digest: sha256.New()} }

func (t *tally) add(line *Line) {
	var leaf seal.Leaf
	leaf, t.scratch = seal.LeafOf(&line.Recorded, t.scratch)
	t.digest.Write(leaf.Hash[:])
	t.entries++
	t.postings += int64(len(line.Postings))
	t.seal = max(t.seal, line.Seal)
}

func (t *tally) end(sealHash seal.Hash) End {
	return End{Entries: t.entries, Postings: t.postings, Seal: t.seal, SealHash: sealHash, Hash: seal.Hash(t.digest.Sum(nil))}
}

// check compares an end record with the entries before it.
func (t *tally) check(end End) error {
	switch found := t.end(end.SealHash); {
	case found == end:
		return nil
	case found.Entries != end.Entries || found.Postings != end.Postings || found.Seal != end.Seal:
		return fault.New(fault.Invalid, "transcript_differs", "the file has %d entries with %d postings up to seal %d, but its end record has %d, %d and %d: export it again",
			found.Entries, found.Postings, found.Seal, end.Entries, end.Postings, end.Seal)
	}
	return fault.New(fault.Invalid, "transcript_differs", "an entry was changed, as the hash of all entries differs from the end record: export it again")
}

// endRecord is an End in its written form.
type endRecord struct {
	Entries  int64  `json:"entries"`
	Postings int64  `json:"postings"`
	Seal     int64  `json:"seal"`
	SealHash string `json:"seal_hash"`
	Hash     string `json:"hash"`
}

func endRecordOf(end End) endRecord {
	return endRecord{end.Entries, end.Postings, end.Seal, end.SealHash.String(), end.Hash.String()}
}

func (e endRecord) end() (*End, error) {
	end := End{Entries: e.Entries, Postings: e.Postings, Seal: e.Seal}
	for _, each := range []struct {
		text string
		into *seal.Hash
	}{{e.SealHash, &end.SealHash}, {e.Hash, &end.Hash}} {
		decoded, err := hex.DecodeString(each.text)
		if err != nil || len(decoded) != len(each.into) || hex.EncodeToString(decoded) != each.text {
			return nil, malformed("%.70q is not a hash", each.text)
		}
		*each.into = seal.Hash(decoded)
	}
	return &end, nil
}
