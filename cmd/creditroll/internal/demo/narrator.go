package demo

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Narrator shows the progress of a demo to a person.
type Narrator interface {
	// Phase begins a part of the demo with its expected duration. Zero is unknown.
	Phase(title string, about time.Duration)
	// Event shows one line about an event.
	Event(text string)
	// Count shows the current numbers.
	Count(counts Counts)
	// Close ends the display and restores the terminal.
	Close()
}

// Counts are the numbers on display, in minor units per currency.
type Counts struct {
	Views    int64
	Accruals int64
	Credited map[string]int64
	Paid     map[string]int64
}

// amounts writes sums of several currencies in a fixed order.
func amounts(sums map[string]int64) string {
	var parts []string
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		parts = append(parts, money.Amount{Minor: sums[currency], Currency: money.Currency(currency)}.String())
	}
	if len(parts) == 0 {
		return "nothing yet"
	}
	return strings.Join(parts, ", ")
}

// countEvery is the interval at which a plain narrator repeats the numbers.
const countEvery = 5 * time.Second

type plain struct {
	out     io.Writer
	started time.Time

	mu      sync.Mutex
	counted time.Time
	last    string
}

// NewPlain returns a narrator that writes one line at a time, for pipes and logs.
func NewPlain(out io.Writer) Narrator {
	return &plain{out: out, started: time.Now()}
}

func (p *plain) Phase(title string, _ time.Duration) { p.line("== " + title) }
func (p *plain) Event(text string)                   { p.line("   " + text) }
func (p *plain) Close()                              {}

func (p *plain) Count(counts Counts) {
	text := fmt.Sprintf("   %d views, %d accruals, credited %s, paid %s", counts.Views, counts.Accruals, amounts(counts.Credited), amounts(counts.Paid))
	p.mu.Lock()
	due := time.Since(p.counted) >= countEvery && text != p.last
	if due {
		p.counted, p.last = time.Now(), text
	}
	p.mu.Unlock()
	if due {
		p.line(text)
	}
}

func (p *plain) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "%5.1fs %s\n", time.Since(p.started).Seconds(), text)
}
