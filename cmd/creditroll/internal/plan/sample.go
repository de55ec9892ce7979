package plan

import (
	_ "embed"
	"strings"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
)

// sample has made-up clips: the counts of curves.Like at the end of each of eight days, for all platforms and sizes from a thousand
// to a million views. TestSample makes it again.
//
//go:embed sample.csv
var sample string

// Sample returns the recordings that come with the program.
func Sample() (curves.Recordings, error) { return curves.ParseRecordings(strings.NewReader(sample)) }
