package transcript_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_000, time.UTC)

func write(t require.TestingT, format transcript.Format, lines []*transcript.Line) []byte {
	var out bytes.Buffer
	writer := transcript.NewWriter(format, &out)
	for _, line := range lines {
		require.NoError(t, writer.Write(line))
	}
	require.NoError(t, writer.Finish(seal.Seal{Hash: seal.Hash{1: 7}}))
	return out.Bytes()
}

func read(format transcript.Format, text []byte) ([]*transcript.Line, error) {
	reader := transcript.NewReader(format, bytes.NewReader(text))
	var lines []*transcript.Line
	for {
		line, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
}

func anyLine(t *rapid.T, seq, seal int64) *transcript.Line {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab,\"\n\\ é<&'=\u2028")), 1, 12, -1)
	amountMinor := rapid.Int64Range(1, 1<<60).Draw(t, "amount")
	line := &transcript.Line{Seal: seal, Recorded: ledger.Recorded{
		Seq: seq, ID: "0195f2d0-0000-7000-8000-000000000001", StoredHash: rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"),
		RecordedAt: noon.Add(time.Duration(seq) * time.Microsecond),
		Entry: ledger.Entry{
			Kind: rapid.SampledFrom(ledger.Kinds()).Draw(t, "kind").Kind, Reference: text.Draw(t, "reference"), Currency: "JPY", EffectiveAt: noon,
			Postings: []ledger.Posting{{Account: "platform/fees", AmountMinor: amountMinor}, {Account: "campaign/k1/escrow", AmountMinor: -amountMinor}},
		},
	}}
	if rapid.Bool().Draw(t, "reverses") {
		line.ReversesID = "0195f2d0-0000-7000-8000-000000000002"
	}
	return line
}

func TestEveryJournalComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, format := range []transcript.Format{transcript.JSONLines, transcript.CSV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				var lines []*transcript.Line
				seq, seal := int64(0), int64(1)
				for range rapid.IntRange(0, 8).Draw(t, "entries") {
					seq += rapid.Int64Range(1, 3).Draw(t, "step")
					lines = append(lines, anyLine(t, seq, seal))
					if seal > 0 {
						seal = rapid.SampledFrom([]int64{seal, seal + 1, 0}).Draw(t, "seal")
					}
				}
				text := write(t, format, lines)

				back, err := read(format, text)

				require.NoError(t, err)
				require.Equal(t, lines, back)
				require.Equal(t, text, write(t, format, back))
			})
		})
	}
}

func sample() []*transcript.Line {
	line := func(seq, seal int64) *transcript.Line {
		return &transcript.Line{Seal: seal, Recorded: ledger.Recorded{
			Seq: seq, ID: "0195f2d0-0000-7000-8000-00000000000" + string(rune('0'+seq)), StoredHash: make([]byte, 32), RecordedAt: noon,
			Entry: ledger.Entry{Kind: "campaign_funded", Reference: "pi_1", Currency: "USD", EffectiveAt: noon, Postings: []ledger.Posting{{Account: "stripe/platform", AmountMinor: 5}, {Account: "campaign/k1/escrow", AmountMinor: -5}}},
		}}
	}
	return []*transcript.Line{line(1, 1), line(2, 1), line(3, 0)}
}

func TestReaderNamesTheLineThatIsWrong(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		format     transcript.Format
		name       string
		from, to   string
		code, says string
	}{
		{transcript.JSONLines, "half an object", `{"seq":2,`, `{"seq":2`, "transcript_malformed", "line 2:"},
		{transcript.JSONLines, "an unknown field", `"seq":2,`, `"seq":2,"note":"x",`, "transcript_malformed", "line 2:"},
		{transcript.JSONLines, "two entries in a line", `{"seq":2,`, `{} {"seq":2,`, "transcript_malformed", "line 2:"},
		{transcript.JSONLines, "a fraction of a cent", `"amount_minor":5}`, `"amount_minor":5.5}`, "transcript_malformed", "line 1:"},
		{transcript.JSONLines, "an order that is not that of seq", `"seq":3,`, `"seq":2,`, "transcript_malformed", "line 3: seq 2 follows 2"},
		{transcript.JSONLines, "an id in capitals", `7000-8000-000000000002`, `7000-8000-00000000000A`, "transcript_malformed", "line 2:"},
		{transcript.JSONLines, "a hash that is cut off", `"request_hash":"00`, `"request_hash":"`, "transcript_malformed", "line 1:"},
		{transcript.JSONLines, "a time without a zone", `.123456Z`, `.123456`, "transcript_malformed", "line 1:"},
		{transcript.JSONLines, "a seal left out", `"seal":1`, `"seal":2`, "transcript_malformed", "line 1: seal 2 follows 0"},
		{transcript.JSONLines, "an entry that does not balance", `"amount_minor":-5}`, `"amount_minor":-4}`, "entry_unbalanced", "line 1:"},
		{transcript.JSONLines, "an unknown currency", `"USD"`, `"ABC"`, "unknown_currency", "line 1:"},
		{transcript.JSONLines, "a date that was changed", `"recorded_at":"2026-03-02`, `"recorded_at":"2026-03-03`, "transcript_differs", "line 4: an entry was changed"},
		{transcript.JSONLines, "something behind the end", "}}\n", "}}\n{}\n", "transcript_malformed", "line 5:"},
		{transcript.JSONLines, "an entry in the line of the end", `{"end":`, `{"seq":4,"end":`, "transcript_malformed", "line 4:"},
		{transcript.JSONLines, "another count", `"entries":3`, `"entries":4`, "transcript_differs", "line 4: the file has 3 entries"},
		{transcript.JSONLines, "half a hash", `"hash":"`, `"hash":"0`, "transcript_malformed", "line 4:"},
		{transcript.CSV, "something behind the end", "\nend,", "\nend,1,1,1,1,1,,,,,,,\nend,", "transcript_malformed", "line 8:"},
		{transcript.CSV, "another count", "\nend,3,", "\nend,4,", "transcript_differs", "line 8: the file has 3 entries"},
		{transcript.CSV, "no header", "seq,id", "seq,ID", "transcript_malformed", "line 1:"},
		{transcript.CSV, "a row that is too short", ",2,campaign/k1/escrow,-5\n", ",2,campaign/k1/escrow\n", "transcript_malformed", "line 3:"},
		{transcript.CSV, "an amount in words", ",-5\n", ",five\n", "transcript_malformed", "line 3:"},
		{transcript.CSV, "an amount with a plus", ",5\n", ",+5\n", "transcript_malformed", "line 2:"},
		{transcript.CSV, "a line that is missing", ",2,campaign/k1/escrow,-5\n", ",3,campaign/k1/escrow,-5\n", "transcript_malformed", "line 3:"},
		{transcript.CSV, "an entry that does not balance", ",-5\n", ",-4\n", "entry_unbalanced", "line 2:"},
	} {
		t.Run(string(tc.format)+": "+tc.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(string(write(t, tc.format, sample())), tc.from, tc.to, 1)

			_, err := read(tc.format, []byte(text))

			require.True(t, fault.Is(err, fault.Invalid), err)
			require.Equal(t, tc.code, fault.CodeOf(err))
			require.ErrorContains(t, err, tc.says)
		})
	}

	for _, format := range []transcript.Format{transcript.JSONLines, transcript.CSV} {
		t.Run("refuses "+string(format)+" that was cut after any line", func(t *testing.T) {
			t.Parallel()
			lines := strings.SplitAfter(string(write(t, format, sample())), "\n")

			for whole := 1; whole < len(lines)-1; whole++ {
				_, err := read(format, []byte(strings.Join(lines[:whole], "")))

				require.Contains(t, []string{"transcript_incomplete", "entry_unbalanced", "entry_too_short"}, fault.CodeOf(err), whole)
			}
		})
	}

	t.Run("refuses a file that is empty where a header belongs", func(t *testing.T) {
		t.Parallel()

		_, err := read(transcript.CSV, nil)

		require.Equal(t, "transcript_malformed", fault.CodeOf(err))
	})
}

func FuzzReader(f *testing.F) {
	f.Add(write(f, transcript.JSONLines, sample()), false)
	f.Add(write(f, transcript.CSV, sample()), true)
	f.Fuzz(func(t *testing.T, text []byte, asCSV bool) {
		format := transcript.JSONLines
		if asCSV {
			format = transcript.CSV
		}
		lines, err := read(format, text)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), err)
			return
		}
		again, err := read(format, write(t, format, lines))
		require.NoError(t, err)
		require.Equal(t, lines, again)
	})
}
