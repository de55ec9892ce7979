package transcript

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

type jsonWriter struct {
	out     *bufio.Writer
	encoder *json.Encoder
}

func newJSONWriter(out io.Writer) *jsonWriter {
	buffered := bufio.NewWriterSize(out, 1<<16)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	return &jsonWriter{buffered, encoder}
}

func (w *jsonWriter) write(line *Line) error { return w.encoder.Encode(recordOf(line)) }

func (w *jsonWriter) finish(end End) error {
	last := struct {
		End endRecord `json:"end"`
	}{endRecordOf(end)}
	if err := w.encoder.Encode(last); err != nil {
		return err
	}
	return w.out.Flush()
}

type jsonReader struct {
	lines  *bufio.Scanner
	number int
}

// lineMax is the longest line in bytes. An entry with a thousand postings is far shorter.
const lineMax = 1 << 20

func newJSONReader(in io.Reader) *jsonReader {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), lineMax)
	return &jsonReader{lines: lines}
}

func (r *jsonReader) next() (parsedLine, error) {
	r.number++
	if !r.lines.Scan() {
		if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return parsedLine{}, atLine(r.number, malformed("the line is longer than %d bytes", lineMax))
		} else if err != nil {
			return parsedLine{}, err
		}
		return parsedLine{}, io.EOF
	}
	found, err := parse(r.lines.Bytes())
	found.number = r.number
	if err != nil {
		return parsedLine{}, atLine(r.number, err)
	}
	return found, nil
}

func parse(text []byte) (found parsedLine, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var decoded record
	if err := decoder.Decode(&decoded); err != nil {
		return parsedLine{}, malformed("the line is not an entry in JSON: %s", err)
	}
	if decoder.More() {
		return parsedLine{}, malformed("the line has more than one entry")
	}
	if decoded.End == nil {
		found.entry, err = decoded.line()
		return found, err
	}
	if decoded.Seq != 0 || decoded.ID != "" || decoded.Postings != nil {
		return parsedLine{}, malformed("the line has both an entry and the end")
	}
	found.end, err = decoded.End.end()
	return found, err
}
