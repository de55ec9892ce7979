package curves

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"time"
)

const (
	day               = 24 * time.Hour
	recordedDayMax    = 36_500
	malformedRowsMax  = 20
	recordedCountsMax = lifetimeViewsMax
)

var recordedHeader = []string{"video_id", "day", "views", "likes", "comments"}

// Recorded is the curve of a real clip: one reading a day, with straight lines between them. It
// begins with zero at publication and stays level after the last reading. It may fall, as real
// counts do.
type Recorded struct {
	readings []dailyReading
	// compression divides time: 24 makes a recorded day pass in an hour.
	compression float64
}

type dailyReading struct {
	day                    int
	views, likes, comments int64
}

// Recordings holds the daily readings of many clips by video id.
type Recordings map[string][]dailyReading

// ParseRecordings reads CSV with the header video_id,day,views,likes,comments, with rows in any
// order. Day 1 is the reading 24 hours after publication. A file with a malformed row is
// refused as a whole; the error names the lines of up to 20 such rows.
func ParseRecordings(source io.Reader) (Recordings, error) {
	rows := csv.NewReader(source)
	rows.ReuseRecord = true
	rows.FieldsPerRecord = -1 // a wrong number of columns is reported with the other faults
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: read header: %w", err)
	}
	if !slices.Equal(header, recordedHeader) {
		return nil, fmt.Errorf("line 1: header is %q, want %q", header, recordedHeader)
	}

	recordings := Recordings{}
	var malformed []error
	for len(malformed) < malformedRowsMax {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// A csv.ParseError names its line. The rest of the file after a broken quote is unusable.
			malformed = append(malformed, err)
			break
		}
		line, _ := rows.FieldPos(0)
		if err := recordings.add(fields); err != nil {
			malformed = append(malformed, fmt.Errorf("line %d: %w", line, err))
		}
	}
	if len(malformed) > 0 {
		return nil, errors.Join(malformed...)
	}
	return recordings.sorted(), nil
}

func (r Recordings) add(fields []string) error {
	if len(fields) != len(recordedHeader) {
		return fmt.Errorf("has %d columns, want %d", len(fields), len(recordedHeader))
	}
	if fields[0] == "" {
		return errors.New("video_id is empty")
	}
	var numbers [4]int64
	for i := range numbers {
		number, err := strconv.ParseInt(fields[i+1], 10, 64)
		if err != nil || number < 0 || number > recordedCountsMax {
			return fmt.Errorf("%s is %q, want a whole number from 0 to %d", recordedHeader[i+1], fields[i+1], int64(recordedCountsMax))
		}
		numbers[i] = number
	}
	if numbers[0] < 1 || numbers[0] > recordedDayMax {
		return fmt.Errorf("day is %d, want 1 to %d", numbers[0], recordedDayMax)
	}
	reading := dailyReading{day: int(numbers[0]), views: numbers[1], likes: numbers[2], comments: numbers[3]}
	for _, earlier := range r[fields[0]] {
		if earlier.day == reading.day {
			return fmt.Errorf("day %d of %q appears twice", reading.day, fields[0])
		}
	}
	r[fields[0]] = append(r[fields[0]], reading)
	return nil
}

func (r Recordings) sorted() Recordings {
	for _, readings := range r {
		slices.SortFunc(readings, func(a, b dailyReading) int { return a.day - b.day })
	}
	return r
}

// VideoIDs returns the ids of all recorded clips in order.
func (r Recordings) VideoIDs() []string {
	ids := make([]string, 0, len(r))
	for id := range r {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// LastDay returns the day of the last reading of a clip, or 0 for an id that is not recorded.
func (r Recordings) LastDay(videoID string) int {
	readings := r[videoID]
	if len(readings) == 0 {
		return 0
	}
	return readings[len(readings)-1].day
}

// Curve returns the recorded clip's curve with time divided by compression; 1 is real time. It
// fails for an id that is not recorded, and for a compression outside of 1 to 1,000,000.
func (r Recordings) Curve(videoID string, compression float64) (Recorded, error) {
	readings, ok := r[videoID]
	if !ok {
		return Recorded{}, fmt.Errorf("video_id %q is not among the %d recorded clips", videoID, len(r))
	}
	if !(compression >= 1 && compression <= 1_000_000) {
		return Recorded{}, fmt.Errorf("compression %v: use 1 to 1000000", compression)
	}
	return Recorded{readings: readings, compression: compression}, nil
}

// At returns the counts at an age on the compressed time scale.
func (r Recorded) At(age time.Duration) Counts {
	if age <= 0 || len(r.readings) == 0 {
		return Counts{}
	}
	days := age.Hours() / day.Hours() * r.compression
	next := sort.Search(len(r.readings), func(i int) bool { return float64(r.readings[i].day) >= days })
	if next == len(r.readings) {
		last := r.readings[next-1]
		return Counts{Views: last.views, Likes: last.likes, Comments: last.comments}
	}

	var before dailyReading // publication: day 0, nothing seen yet
	if next > 0 {
		before = r.readings[next-1]
	}
	after := r.readings[next]
	progress := (days - float64(before.day)) / float64(after.day-before.day)
	return Counts{
		Views:    between(before.views, after.views, progress),
		Likes:    between(before.likes, after.likes, progress),
		Comments: between(before.comments, after.comments, progress),
	}
}

func between(from, to int64, progress float64) int64 {
	return from + int64(float64(to-from)*progress)
}
