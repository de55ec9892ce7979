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
		End ending `json:"end"`
	}{endingOf(end)}
	if err := w.encoder.Encode(last); err != nil {
		return err
	}
	return w.out.Flush()
}

type jsonReader struct {
	lines  *bufio.Scanner
	number int
}

// lineMax is far above what an entry with a thousand postings takes.
const lineMax = 1 << 20

func newJSONReader(in io.Reader) *jsonReader {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), lineMax)
	return &jsonReader{lines: lines}
}

func (r *jsonReader) next() (read, error) {
	r.number++
	if !r.lines.Scan() {
		if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return read{}, atLine(r.number, malformed("longer than %d bytes", lineMax))
		} else if err != nil {
			return read{}, err
		}
		return read{}, io.EOF
	}
	found, err := parse(r.lines.Bytes())
	found.number = r.number
	if err != nil {
		return read{}, atLine(r.number, err)
	}
	return found, nil
}

func parse(text []byte) (found read, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var stands record
	if err := decoder.Decode(&stands); err != nil {
		return read{}, malformed("not an entry in JSON: %s", err)
	}
	if decoder.More() {
		return read{}, malformed("more than one entry")
	}
	if stands.End == nil {
		found.entry, err = stands.line()
		return found, err
	}
	if stands.Seq != 0 || stands.ID != "" || stands.Postings != nil {
		return read{}, malformed("an entry and the end in one line")
	}
	found.end, err = stands.End.end()
	return found, err
}
