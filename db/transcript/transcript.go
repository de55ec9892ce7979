package transcript

import (
	"encoding/hex"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
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

// Writer writes entries, the last of which are only there after Flush.
type Writer interface {
	Write(line *Line) error
	Flush() error
}

// NewWriter returns a writer of a format.
func NewWriter(format Format, out io.Writer) Writer {
	if format == CSV {
		return newCSVWriter(out)
	}
	return newJSONWriter(out)
}

// Reader reads entries until io.EOF. What is not as a Writer writes it, or could not be in
// any books, is fault.Invalid with the number of the line: "transcript_malformed", or the
// code with which ledger.Entry.Validate refuses the entry.
type Reader interface {
	Read() (*Line, error)
}

// NewReader returns a reader of a format.
func NewReader(format Format, in io.Reader) Reader {
	if format == CSV {
		return &checkedReader{next: newCSVReader(in).next}
	}
	return &checkedReader{next: newJSONReader(in).next}
}

// checkedReader holds every entry against those before it.
type checkedReader struct {
	next func() (*Line, int, error)
	last Line
}

func (r *checkedReader) Read() (*Line, error) {
	line, number, err := r.next()
	if err != nil {
		return nil, err
	}
	if err := r.check(line); err != nil {
		return nil, atLine(number, err)
	}
	r.last.Seq, r.last.Seal = line.Seq, line.Seal
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
