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

// Format is how a transcript is written.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
)

// ParseFormat returns the format of a name, or fault.Invalid "unknown_format".
func ParseFormat(name string) (Format, error) {
	switch format := Format(name); format {
	case JSONLines, CSV:
		return format, nil
	}
	return "", fault.Field("format", "unknown_format", "unknown format %.20q: use jsonl or csv", name)
}

// Line is one entry of the journal. Seal is the number of the seal that covers it; zero says
// that none does yet.
type Line struct {
	ledger.Recorded
	Seal int64
}

// Writer writes entries. The transcript is whole after Finish, which is told the last seal of
// the books.
type Writer interface {
	Write(line *Line) error
	Finish(last seal.Seal) error
}

// NewWriter returns a writer of a format.
func NewWriter(format Format, out io.Writer) Writer {
	if format == CSV {
		return &tallyWriter{newCSVWriter(out), newTally()}
	}
	return &tallyWriter{newJSONWriter(out), newTally()}
}

// lineWriter writes a transcript in some format.
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

// Reader reads entries until io.EOF, which comes behind the End of a transcript that is whole.
// What is not as a Writer writes it, or could not be in any books, is fault.Invalid with the
// number of the line: "transcript_malformed", or the code with which ledger.Entry.Validate
// refuses the entry. A transcript that was cut is "transcript_incomplete", and one of whose
// entries any was changed, left out or put in is "transcript_differs".
type Reader interface {
	Read() (*Line, error)
	// End is known once Read has returned io.EOF.
	End() End
}

// NewReader returns a reader of a format.
func NewReader(format Format, in io.Reader) Reader {
	if format == CSV {
		return &checkedReader{next: newCSVReader(in).next, tally: newTally()}
	}
	return &checkedReader{next: newJSONReader(in).next, tally: newTally()}
}

// checkedReader holds every entry against those before it.
type checkedReader struct {
	next  func() (read, error)
	tally *tally
	last  Line
	end   *End
}

// read is what stands in a line: an entry, or the end.
type read struct {
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
		return nil, fault.New(fault.Invalid, "transcript_incomplete", "the file was cut off: its last line, which says how much it has, is missing: export it again")
	case err != nil:
		return nil, err
	case r.end != nil:
		return nil, atLine(next.number, malformed("something follows the last line of the transcript"))
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
		return malformed("seq %d follows %d: entries are in the order of seq, each once", line.Seq, r.last.Seq)
	case !canonicalID.MatchString(line.ID):
		return malformed("%.50q is no id", line.ID)
	case line.ReversesID != "" && !canonicalID.MatchString(line.ReversesID):
		return malformed("%.50q is no id of a reversed entry", line.ReversesID)
	case len(line.StoredHash) != 32:
		return malformed("a request hash is 32 bytes in hexadecimal")
	case line.Seal < 0 || line.Seal > r.last.Seal+1 || line.Seal > 0 && line.Seal < r.last.Seal || line.Seal > 0 && r.last.Seal == 0 && r.last.Seq > 0:
		return malformed("seal %d follows %d: seals count from one without gaps, and what is not sealed comes last", line.Seal, r.last.Seal)
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

// record is an entry with every value as it is written.
type record struct {
	Seq         int64    `json:"seq"`
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	Reference   string   `json:"reference"`
	Currency    string   `json:"currency"`
	EffectiveAt string   `json:"effective_at"`
	RecordedAt  string   `json:"recorded_at"`
	RequestHash string   `json:"request_hash"`
	Reverses    string   `json:"reverses,omitempty"`
	Seal        int64    `json:"seal,omitempty"`
	Postings    []amount `json:"postings"`
	End         *ending  `json:"end,omitempty"` // of the last line, which has nothing else
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
	if line.EffectiveAt, err = moment(r.EffectiveAt); err != nil {
		return nil, err
	}
	if line.RecordedAt, err = moment(r.RecordedAt); err != nil {
		return nil, err
	}
	if line.StoredHash, err = hex.DecodeString(r.RequestHash); err != nil || strings.ToLower(r.RequestHash) != r.RequestHash {
		return nil, malformed("a request hash is 32 bytes in lower-case hexadecimal")
	}
	for _, posting := range r.Postings {
		line.Postings = append(line.Postings, ledger.Posting{Account: ledger.Account(posting.Account), AmountMinor: posting.AmountMinor})
	}
	return line, nil
}

func moment(text string) (time.Time, error) {
	read, err := time.Parse(timeFormat, text)
	if err != nil {
		return time.Time{}, malformed("%.50q is no time: write 2026-03-31T18:00:00.000000Z", text)
	}
	return read, nil
}
