package transcript

import (
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/money"
)

// Format is the file format of a transcript.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
)

// ParseFormat returns the format with that name, or fault.Invalid "unknown_format".
func ParseFormat(name string) (Format, error) {
	switch format := Format(name); format {
	case JSONLines, CSV:
		return format, nil
	}
	return "", fault.Field("format", "unknown_format", "unknown format %.20q: use jsonl or csv", name)
}

// Line is one entry of the journal. Seal is the number of the seal that covers it, or zero.
type Line struct {
	ledger.Recorded
	Seal int64
}

// Writer writes entries. The transcript is complete after Finish with the last seal of the
// books. Both return the errors of the underlying writer.
type Writer interface {
	Write(line *Line) error
	Finish(last seal.Seal) error
}

// NewWriter returns a Writer that writes a format to out.
func NewWriter(format Format, out io.Writer) Writer {
	if format == CSV {
		return &tallyWriter{newCSVWriter(out), newTally()}
	}
	return &tallyWriter{newJSONWriter(out), newTally()}
}

// lineWriter writes a transcript in one format.
type lineWriter interface {
	write(line *Line) error
	finish(end End) error
}

type tallyWriter struct {
	out   lineWriter
	tally *tally
}

func (w *tallyWriter) Write(line *Line) error {
	w.tally.add(line)
	return w.out.write(line)
}

func (w *tallyWriter) Finish(last seal.Seal) error { return w.out.finish(w.tally.end(last.Hash)) }

// Reader reads entries until io.EOF, which follows the end record of a complete transcript. Its
// faults are fault.Invalid and name the line:
//   - "transcript_malformed" for a line that no Writer writes
//   - the code of ledger.Entry.Validate for an entry that it refuses
//   - "transcript_incomplete" for a transcript without its end
//   - "transcript_differs" if an entry was changed, left out or added
type Reader interface {
	Read() (*Line, error)
	// End returns the end record once Read has returned io.EOF, and a zero End before.
	End() End
}

// NewReader returns a Reader that reads a format from in.
func NewReader(format Format, in io.Reader) Reader {
	if format == CSV {
		return &checkedReader{next: newCSVReader(in).next, tally: newTally()}
	}
	return &checkedReader{next: newJSONReader(in).next, tally: newTally()}
}

// checkedReader checks every entry against the entries before it.
type checkedReader struct {
	next  func() (parsedLine, error)
	tally *tally
	last  Line
	end   *End
}

// parsedLine is the content of a line: an entry or the end record.
type parsedLine struct {
	entry  *Line
	end    *End
	number int
}

func (r *checkedReader) End() End {
	if r.end == nil {
		return End{}
	}
	return *r.end
}

func (r *checkedReader) Read() (*Line, error) {
	next, err := r.next()
	switch {
	case errors.Is(err, io.EOF) && r.end == nil:
		return nil, fault.New(fault.Invalid, "transcript_incomplete", "the file is incomplete, as the end record is missing: export it again")
	case err != nil:
		return nil, err
	case r.end != nil:
		return nil, atLine(next.number, malformed("the end record is not the last line"))
	case next.end != nil:
		if err := r.tally.check(*next.end); err != nil {
			return nil, atLine(next.number, err)
		}
		r.end = next.end
		return r.Read()
	}
	line, number := next.entry, next.number
	if err := r.check(line); err != nil {
		return nil, atLine(number, err)
	}
	r.last.Seq, r.last.Seal = line.Seq, line.Seal
	r.tally.add(line)
	return line, nil
}

var canonicalID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (r *checkedReader) check(line *Line) error {
	switch {
	case line.Seq <= r.last.Seq:
		return malformed("seq %d follows %d: the seqs of entries must rise", line.Seq, r.last.Seq)
	case !canonicalID.MatchString(line.ID):
		return malformed("%.50q is not an id", line.ID)
	case line.ReversesID != "" && !canonicalID.MatchString(line.ReversesID):
		return malformed("%.50q is not an id of a reversed entry", line.ReversesID)
	case len(line.StoredHash) != 32:
		return malformed("a request hash must have 32 bytes in hexadecimal")
	case line.Seal < 0 || line.Seal > r.last.Seal+1 || line.Seal > 0 && line.Seal < r.last.Seal || line.Seal > 0 && r.last.Seal == 0 && r.last.Seq > 0:
		return malformed("seal %d follows %d: seal numbers must start at one without gaps, and entries without a seal come last", line.Seal, r.last.Seal)
	}
	return line.Validate()
}

func malformed(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, "transcript_malformed", format, args...)
}

func atLine(number int, err error) error {
	refused, ok := fault.As(err)
	if !ok {
		refused = malformed("%s", err)
	}
	return fault.New(fault.Invalid, refused.Code, "line %d: %s", number, refused.Message)
}

// record is an entry in its written form.
type record struct {
	Seq         int64      `json:"seq"`
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	Reference   string     `json:"reference"`
	Currency    string     `json:"currency"`
	EffectiveAt string     `json:"effective_at"`
	RecordedAt  string     `json:"recorded_at"`
	RequestHash string     `json:"request_hash"`
	Reverses    string     `json:"reverses,omitempty"`
	Seal        int64      `json:"seal,omitempty"`
	Postings    []amount   `json:"postings"`
	End         *endRecord `json:"end,omitempty"` // only in the last line, which has no other field
}

type amount struct {
	Account     string `json:"account"`
	AmountMinor int64  `json:"amount_minor"`
}

const timeFormat = "2006-01-02T15:04:05.000000Z"

func recordOf(line *Line) record {
	written := record{
		Seq: line.Seq, ID: line.ID, Kind: string(line.Kind), Reference: line.Reference, Currency: string(line.Currency),
		EffectiveAt: line.EffectiveAt.UTC().Format(timeFormat), RecordedAt: line.RecordedAt.UTC().Format(timeFormat),
		RequestHash: hex.EncodeToString(line.StoredHash), Reverses: line.ReversesID, Seal: line.Seal,
		Postings: make([]amount, len(line.Postings)),
	}
	for i, posting := range line.Postings {
		written.Postings[i] = amount{string(posting.Account), posting.AmountMinor}
	}
	return written
}

func (r record) line() (*Line, error) {
	line := &Line{Seal: r.Seal, Recorded: ledger.Recorded{
		Seq: r.Seq, ID: r.ID, ReversesID: r.Reverses,
		Entry: ledger.Entry{Kind: ledger.Kind(r.Kind), Reference: r.Reference, Currency: money.Currency(r.Currency)},
	}}
	var err error
	if line.EffectiveAt, err = parseTime(r.EffectiveAt); err != nil {
		return nil, err
	}
	if line.RecordedAt, err = parseTime(r.RecordedAt); err != nil {
		return nil, err
	}
	if line.StoredHash, err = hex.DecodeString(r.RequestHash); err != nil || strings.ToLower(r.RequestHash) != r.RequestHash {
		return nil, malformed("a request hash must have 32 bytes in lower-case hexadecimal")
	}
	for _, posting := range r.Postings {
		line.Postings = append(line.Postings, ledger.Posting{Account: ledger.Account(posting.Account), AmountMinor: posting.AmountMinor})
	}
	return line, nil
}

func parseTime(text string) (time.Time, error) {
	parsed, err := time.Parse(timeFormat, text)
	if err != nil {
		return time.Time{}, malformed("%.50q is not a time: write it like 2026-03-31T18:00:00.000000Z", text)
	}
	return parsed, nil
}
