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

// entryColumns is how many columns repeat in every row of an entry.
const entryColumns = 10

// endMark starts the last row. The next columns are entries, postings, seal, seal_hash and hash.
const endMark = "end"

type csvWriter struct {
	out     *csv.Writer
	started bool
}

func newCSVWriter(out io.Writer) *csvWriter { return &csvWriter{out: csv.NewWriter(out)} }

func (w *csvWriter) begin() error {
	if w.started {
		return nil
	}
	w.started = true
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
	last, row := endRecordOf(end), make([]string, len(header))
	copy(row, []string{endMark, number(last.Entries), number(last.Postings), number(last.Seal), last.SealHash, last.Hash})
	if err := w.out.Write(row); err != nil {
		return err
	}
	w.out.Flush()
	return w.out.Error()
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

type csvReader struct {
	rows    *csv.Reader
	started bool
	nextRow []string // the first row of the next entry
	line    int      // its line
}

func newCSVReader(in io.Reader) *csvReader {
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = len(header)
	return &csvReader{rows: rows}
}

func (r *csvReader) next() (parsedLine, error) {
	if !r.started {
		r.started = true
		first, at, err := r.row()
		if err != nil && !errors.Is(err, io.EOF) {
			return parsedLine{}, err
		}
		if !slices.Equal(first, header) {
			return parsedLine{}, atLine(max(at, 1), malformed("the first line must name the columns as `ledger export` writes them"))
		}
		if r.nextRow, r.line, err = r.row(); err != nil {
			return parsedLine{}, err
		}
	}
	switch {
	case r.nextRow == nil:
		return parsedLine{}, io.EOF
	case r.nextRow[0] == endMark:
		return r.end()
	}
	line, at, err := r.entry()
	return parsedLine{entry: line, number: at}, err
}

func (r *csvReader) end() (parsedLine, error) {
	row, at := r.nextRow, r.line
	last := endRecord{SealHash: row[4], Hash: row[5]}
	var err error
	for i, into := range []*int64{&last.Entries, &last.Postings, &last.Seal} {
		if *into, err = integer([]string{"entries", "postings", "seal"}[i], row[i+1]); err != nil {
			return parsedLine{}, atLine(at, err)
		}
	}
	found := parsedLine{number: at}
	if found.end, err = last.end(); err != nil {
		return parsedLine{}, atLine(at, err)
	}
	if r.nextRow, r.line, err = r.row(); err != nil && !errors.Is(err, io.EOF) {
		return parsedLine{}, err
	}
	return found, nil
}

// entry reads the rows of one entry and the first row of the next.
func (r *csvReader) entry() (*Line, int, error) {
	first, start := r.nextRow, r.line
	read, err := recordOfRow(first)
	if err != nil {
		return nil, start, atLine(start, err)
	}
	for r.nextRow != nil && slices.Equal(r.nextRow[:entryColumns], first[:entryColumns]) {
		posting, err := postingOfRow(r.nextRow, len(read.Postings)+1)
		if err != nil {
			return nil, r.line, atLine(r.line, err)
		}
		read.Postings = append(read.Postings, posting)
		if r.nextRow, r.line, err = r.row(); err != nil && !errors.Is(err, io.EOF) {
			return nil, r.line, err
		}
	}
	line, err := read.line()
	if err != nil {
		return nil, start, atLine(start, err)
	}
	return line, start, nil
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
		return amount{}, malformed("line %d of entry %s is in the place of line %d", line, row[0], wantLine)
	}
	minor, err := integer("amount_minor", row[12])
	return amount{Account: row[11], AmountMinor: minor}, err
}

func integer(column, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number(n) != text {
		return 0, malformed("%s %.30q is not a whole number", column, text)
	}
	return n, nil
}
