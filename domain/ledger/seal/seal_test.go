package seal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)

func recorded() ledger.Recorded {
	return ledger.Recorded{
		Entry: ledger.Entry{
			Kind: "campaign_funded", Reference: "pi_1", Currency: "USD", EffectiveAt: noon,
			Postings: []ledger.Posting{{Account: "stripe/platform", AmountMinor: 970}, {Account: "platform/processing_fees", AmountMinor: 30}, {Account: "campaign/k1/escrow", AmountMinor: -1000}},
		},
		Seq: 7, ID: "0195f2d0-0000-7000-8000-000000000001", StoredHash: make([]byte, 32), RecordedAt: noon.Add(time.Second),
	}
}

func leafOf(entry ledger.Recorded) seal.Leaf {
	leaf, _ := seal.LeafOf(&entry, nil)
	return leaf
}

// The format is a promise to those who keep hashes: a change of these needs a new tag. They
// were computed by another program, from the description.
func TestFormatIsPinned(t *testing.T) {
	t.Parallel()
	leaf := leafOf(recorded())

	first := seal.Seal{}.Next([]seal.Leaf{leaf})

	require.Equal(t, pinnedLeaf, leaf.Hash.String())
	require.Equal(t, pinnedSeal, first.Hash.String())
}

const (
	pinnedLeaf = "9f682f036fa95948e6e27b0607ad328465cc4a5ab8926fe7c8660154f732c1ae"
	pinnedSeal = "4816791e6460dfd548b6dabb1d66cc240582623b16133056bca4a7a60eaa1d8b"
)

func TestLeaf(t *testing.T) {
	t.Parallel()

	changes := map[string]func(e *ledger.Recorded){
		"the seq":                    func(e *ledger.Recorded) { e.Seq++ },
		"the id":                     func(e *ledger.Recorded) { e.ID = "0195f2d0-0000-7000-8000-000000000002" },
		"the kind":                   func(e *ledger.Recorded) { e.Kind = "escrow_refunded" },
		"the reference":              func(e *ledger.Recorded) { e.Reference = "pi_2" },
		"the currency":               func(e *ledger.Recorded) { e.Currency = "EUR" },
		"the request hash":           func(e *ledger.Recorded) { e.StoredHash = append(make([]byte, 31), 1) },
		"a microsecond of effect":    func(e *ledger.Recorded) { e.EffectiveAt = e.EffectiveAt.Add(time.Microsecond) },
		"a microsecond of recording": func(e *ledger.Recorded) { e.RecordedAt = e.RecordedAt.Add(time.Microsecond) },
		"what it reverses":           func(e *ledger.Recorded) { e.ReversesID = e.ID },
		"an amount":                  func(e *ledger.Recorded) { e.Postings[0].AmountMinor++ },
		"the sign of an amount":      func(e *ledger.Recorded) { e.Postings[0].AmountMinor *= -1 },
		"an account":                 func(e *ledger.Recorded) { e.Postings[0].Account = "stripe/connected/c1" },
		"the order of the postings":  func(e *ledger.Recorded) { e.Postings[0], e.Postings[1] = e.Postings[1], e.Postings[0] },
		"a posting that is gone":     func(e *ledger.Recorded) { e.Postings = e.Postings[:2] },
		"a posting that came": func(e *ledger.Recorded) {
			e.Postings = append(e.Postings, ledger.Posting{Account: "platform/fees", AmountMinor: 1})
		},
		"text moved between fields": func(e *ledger.Recorded) { e.Kind, e.Reference = "campaign_fundedp", "i_1" },
		"text moved into the id":    func(e *ledger.Recorded) { e.ID, e.Kind = e.ID+"c", "ampaign_funded" },
	}
	for name, change := range changes {
		t.Run("changes with "+name, func(t *testing.T) {
			t.Parallel()
			entry := recorded()

			change(&entry)

			require.NotEqual(t, leafOf(recorded()).Hash, leafOf(entry).Hash)
		})
	}

	t.Run("is the same in every time zone, and with used scratch space", func(t *testing.T) {
		t.Parallel()
		elsewhere := recorded()
		elsewhere.EffectiveAt = elsewhere.EffectiveAt.In(time.FixedZone("there", 3600))

		again, _ := seal.LeafOf(&elsewhere, []byte("what was here before"))

		require.Equal(t, leafOf(recorded()), again)
	})
}

func TestSeal(t *testing.T) {
	t.Parallel()
	leaves := []seal.Leaf{{3, seal.Hash{1}}, {5, seal.Hash{2}}, {9, seal.Hash{3}}}
	first := seal.Seal{}.Next(leaves)
	second := first.Next([]seal.Leaf{{12, seal.Hash{4}}})

	t.Run("counts from one, takes its bounds from its entries and names the one before", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, seal.Seal{Number: 1, FirstSeq: 3, LastSeq: 9, Hash: first.Hash}, first)
		require.Equal(t, seal.Seal{Number: 2, FirstSeq: 12, LastSeq: 12, Previous: first.Hash, Hash: second.Hash}, second)
		require.True(t, first.Follows(seal.Encode(leaves)))
	})

	for name, change := range map[string]func(s *seal.Seal, leaves []seal.Leaf){
		"another number":        func(s *seal.Seal, _ []seal.Leaf) { s.Number++ },
		"another first entry":   func(s *seal.Seal, _ []seal.Leaf) { s.FirstSeq-- },
		"another last entry":    func(s *seal.Seal, _ []seal.Leaf) { s.LastSeq++ },
		"another previous seal": func(s *seal.Seal, _ []seal.Leaf) { s.Previous[0]++ },
		"another hash":          func(s *seal.Seal, _ []seal.Leaf) { s.Hash[0]++ },
		"another leaf":          func(_ *seal.Seal, leaves []seal.Leaf) { leaves[1].Hash[31]++ },
		"a leaf of another seq": func(_ *seal.Seal, leaves []seal.Leaf) { leaves[1].Seq++ },
	} {
		t.Run("does not follow from "+name, func(t *testing.T) {
			t.Parallel()
			changed, otherLeaves := first, append([]seal.Leaf(nil), leaves...)

			change(&changed, otherLeaves)

			require.False(t, changed.Follows(seal.Encode(otherLeaves)))
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()

	for name, encoded := range map[string][]byte{
		"half a leaf":         make([]byte, 20),
		"leaves out of order": seal.Encode([]seal.Leaf{{5, seal.Hash{}}, {4, seal.Hash{}}}),
		"a leaf twice":        seal.Encode([]seal.Leaf{{5, seal.Hash{}}, {5, seal.Hash{}}}),
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			_, err := seal.Decode(encoded)

			require.True(t, fault.Is(err, fault.Invalid))
			require.Equal(t, "leaves_malformed", fault.CodeOf(err))
		})
	}
}

// What was sealed is decoded as it was, and every difference is named, and nothing else.
func TestCompareFindsEveryDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var sealed, found []seal.Leaf
		var want []seal.Difference
		for seq := range int64(rapid.IntRange(0, 30).Draw(t, "entries")) {
			leaf := seal.Leaf{Seq: seq + 1, Hash: seal.Hash{byte(seq)}}
			switch rapid.SampledFrom([]string{"kept", "kept", "missing", "inserted", "changed", "unused"}).Draw(t, "fate") {
			case "kept":
				sealed, found = append(sealed, leaf), append(found, leaf)
			case "missing":
				sealed, want = append(sealed, leaf), append(want, seal.Difference{Seq: leaf.Seq, What: seal.Missing})
			case "inserted":
				found, want = append(found, leaf), append(want, seal.Difference{Seq: leaf.Seq, What: seal.Inserted})
			case "changed":
				sealed, want = append(sealed, leaf), append(want, seal.Difference{Seq: leaf.Seq, What: seal.Changed})
				leaf.Hash[31]++
				found = append(found, leaf)
			}
		}

		decoded, err := seal.Decode(seal.Encode(sealed))

		require.NoError(t, err)
		require.Equal(t, want, seal.Compare(decoded, found))
	})
}
