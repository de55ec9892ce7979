package transcript

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
)

var header = []string{
	"seq", "id", "kind", "reference", "currency", "effective_at", "recorded_at", "request_hash", "reverses", "seal",
	"line", "account", "amount_minor",
}

// entryColumns are those that repeat in every row of an entry.
const entryColumns = 10

// endMark begins the last row: in the columns behind it are entries, postings, seal,
// seal_hash and hash.
const endMark = "end"

type csvWriter struct {
	out   *csv.Writer
	began bool
}

func newCSVWriter(out io.Writer) *csvWriter { return &csvWriter{out: csv.NewWriter(out)} }

func (w *csvWriter) begin() error {
	if w.began {
		return nil
	}
	w.began = true
	return w.out.Write(header)
}

func (w *csvWriter) write(line *Line) error {
	if err := w.begin(); err != nil {
		return err
	}
	r := recordOf(line)
	row := []string{number(r.Seq), r.ID, r.Kind, r.Reference, r.Currency, r.EffectiveAt, r.RecordedAt, r.RequestHash, r.Reverses, "", "", "", ""}
	if r.Seal > 0 {
		row[9] = number(r.Seal)
	}
	for i, posting := range r.Postings {
		row[10], row[11], row[12] = strconv.Itoa(i+1), posting.Account, number(posting.AmountMinor)
		if err := w.out.Write(row); err != nil {
			return err
		}
	}
	return nil
}

func (w *csvWriter) finish(end End) error {
	if err := w.begin(); err != nil {
		return err
	}
	last, row := endingOf(end), make([]string, len(header))
	copy(row, []string{endMark, number(last.Entries), number(last.Postings), number(last.Seal), last.SealHash, last.Hash})
	if err := w.out.Write(row); err != nil {
		return err
	}
	w.out.Flush()
	return w.out.Error()
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

type csvReader struct {
	rows  *csv.Reader
	began bool
	ahead []string // the first row of the next entry
	at    int      // its line
}

func newCSVReader(in io.Reader) *csvReader {
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = len(header)
	return &csvReader{rows: rows}
}

func (r *csvReader) next() (read, error) {
	if !r.began {
		r.began = true
		first, at, err := r.row()
		if err != nil && !errors.Is(err, io.EOF) {
			return read{}, err
		}
		if !slices.Equal(first, header) {
			return read{}, atLine(max(at, 1), malformed("the first line names the columns, as `ledger export` writes them"))
		}
		if r.ahead, r.at, err = r.row(); err != nil {
			return read{}, err
		}
	}
	switch {
	case r.ahead == nil:
		return read{}, io.EOF
	case r.ahead[0] == endMark:
		return r.end()
	}
	line, at, err := r.entry()
	return read{entry: line, number: at}, err
}

func (r *csvReader) end() (read, error) {
	row, at := r.ahead, r.at
	last := ending{SealHash: row[4], Hash: row[5]}
	var err error
	for i, into := range []*int64{&last.Entries, &last.Postings, &last.Seal} {
		if *into, err = integer([]string{"entries", "postings", "seal"}[i], row[i+1]); err != nil {
			return read{}, atLine(at, err)
		}
	}
	found := read{number: at}
	if found.end, err = last.end(); err != nil {
		return read{}, atLine(at, err)
	}
	if r.ahead, r.at, err = r.row(); err != nil && !errors.Is(err, io.EOF) {
		return read{}, err
	}
	return found, nil
}

// entry gathers the rows of one entry, and reads the first of the next.
func (r *csvReader) entry() (*Line, int, error) {
	first, began := r.ahead, r.at
	read, err := recordOfRow(first)
	if err != nil {
		return nil, began, atLine(began, err)
	}
	for r.ahead != nil && slices.Equal(r.ahead[:entryColumns], first[:entryColumns]) {
		posting, err := postingOfRow(r.ahead, len(read.Postings)+1)
		if err != nil {
			return nil, r.at, atLine(r.at, err)
		}
		read.Postings = append(read.Postings, posting)
		if r.ahead, r.at, err = r.row(); err != nil && !errors.Is(err, io.EOF) {
			return nil, r.at, err
		}
	}
	line, err := read.line()
	if err != nil {
		return nil, began, atLine(began, err)
	}
	return line, began, nil
}

func (r *csvReader) row() (row []string, line int, err error) {
	row, err = r.rows.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, syntax.Line, atLine(syntax.Line, malformed("not a row with %d columns: %s", len(header), syntax.Err))
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ = r.rows.FieldPos(0)
	return row, line, nil
}

func recordOfRow(row []string) (record, error) {
	read := record{ID: row[1], Kind: row[2], Reference: row[3], Currency: row[4], EffectiveAt: row[5], RecordedAt: row[6], RequestHash: row[7], Reverses: row[8]}
	var err error
	if read.Seq, err = integer("seq", row[0]); err != nil || row[9] == "" {
		return read, err
	}
	read.Seal, err = integer("seal", row[9])
	return read, err
}

func postingOfRow(row []string, wantLine int) (amount, error) {
	line, err := integer("line", row[10])
	if err != nil {
		return amount{}, err
	}
	if line != int64(wantLine) {
		return amount{}, malformed("line %d of entry %s stands where line %d belongs", line, row[0], wantLine)
	}
	minor, err := integer("amount_minor", row[12])
	return amount{Account: row[11], AmountMinor: minor}, err
}

func integer(column, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number(n) != text {
		return 0, malformed("%s %.30q is no whole number", column, text)
	}
	return n, nil
}
