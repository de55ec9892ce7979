package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// End is the last line of a transcript, by which a reader knows that it is whole: how much
// came before, the last seal as it stands in the books, and a hash over all entries, sealed
// or not.
type End struct {
	Entries  int64
	Postings int64
	// Seal is the number of the last seal, zero if nothing is sealed, and SealHash its hash.
	Seal     int64
	SealHash seal.Hash
	// Hash is SHA-256 over the hashes of the content of all entries, in their order.
	Hash seal.Hash
}

// tally adds up what an End says.
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

// check holds the end of a transcript against what came before it.
func (t *tally) check(end End) error {
	switch found := t.end(end.SealHash); {
	case found == end:
		return nil
	case found.Entries != end.Entries || found.Postings != end.Postings || found.Seal != end.Seal:
		return fault.New(fault.Invalid, "transcript_differs", "%d entries with %d postings up to seal %d came before, the last line says %d, %d and %d: export it again",
			found.Entries, found.Postings, found.Seal, end.Entries, end.Postings, end.Seal)
	}
	return fault.New(fault.Invalid, "transcript_differs", "an entry is not as it was exported: the hash of all entries is another than the last line says: export it again")
}

// ending is an End with every value as it is written.
type ending struct {
	Entries  int64  `json:"entries"`
	Postings int64  `json:"postings"`
	Seal     int64  `json:"seal"`
	SealHash string `json:"seal_hash"`
	Hash     string `json:"hash"`
}

func endingOf(end End) ending {
	return ending{end.Entries, end.Postings, end.Seal, end.SealHash.String(), end.Hash.String()}
}

func (e ending) end() (*End, error) {
	end := End{Entries: e.Entries, Postings: e.Postings, Seal: e.Seal}
	for _, each := range []struct {
		text string
		into *seal.Hash
	}{{e.SealHash, &end.SealHash}, {e.Hash, &end.Hash}} {
		decoded, err := hex.DecodeString(each.text)
		if err != nil || len(decoded) != len(each.into) || hex.EncodeToString(decoded) != each.text {
			return nil, malformed("%.70q is no hash", each.text)
		}
		*each.into = seal.Hash(decoded)
	}
	return &end, nil
}
