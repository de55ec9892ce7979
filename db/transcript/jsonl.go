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

func (w *jsonWriter) Write(line *Line) error { return w.encoder.Encode(recordOf(line)) }

func (w *jsonWriter) Flush() error { return w.out.Flush() }

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

func (r *jsonReader) next() (*Line, int, error) {
	r.number++
	if !r.lines.Scan() {
		if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return nil, r.number, atLine(r.number, malformed("longer than %d bytes", lineMax))
		} else if err != nil {
			return nil, r.number, err
		}
		return nil, r.number, io.EOF
	}
	decoder := json.NewDecoder(bytes.NewReader(r.lines.Bytes()))
	decoder.DisallowUnknownFields()
	var read record
	if err := decoder.Decode(&read); err != nil {
		return nil, r.number, atLine(r.number, malformed("not an entry in JSON: %s", err))
	}
	if decoder.More() {
		return nil, r.number, atLine(r.number, malformed("more than one entry"))
	}
	line, err := read.line()
	if err != nil {
		return nil, r.number, atLine(r.number, err)
	}
	return line, r.number, nil
}
