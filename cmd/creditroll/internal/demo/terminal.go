package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

const (
	frameEvery  = 100 * time.Millisecond
	eventsShown = 14
	eventsMin   = 4
	otherLines  = 8 // title, numbers and the space between
	barWidth    = 30
)

var (
	colorAccent = lipgloss.Color("6")
	colorGood   = lipgloss.Color("2")
	colorDim    = lipgloss.Color("8")
	titleStyle  = lipgloss.NewStyle().Bold(true).Foreground(colorAccent)
	doneStyle   = lipgloss.NewStyle().Foreground(colorGood)
	dimStyle    = lipgloss.NewStyle().Foreground(colorDim)
	countStyle  = lipgloss.NewStyle().Bold(true)
	spinner     = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
)

// terminal shows the demo on a screen that it redraws.
type terminal struct {
	program *tea.Program
	ended   chan struct{}
	once    sync.Once
}

// NewTerminal returns a narrator for a terminal. It calls interrupt when the user presses
// Ctrl-C.
func NewTerminal(in io.Reader, out io.Writer, interrupt func()) Narrator {
	t := &terminal{ended: make(chan struct{})}
	t.program = tea.NewProgram(&screen{started: time.Now(), interrupt: interrupt}, tea.WithInput(in), tea.WithOutput(out), tea.WithoutSignalHandler())
	go func() {
		defer close(t.ended)
		_, _ = t.program.Run() // if the terminal is gone, no display is needed
	}()
	return t
}

func (t *terminal) Phase(title string, about time.Duration) {
	t.program.Send(phaseMsg{title, about})
}
func (t *terminal) Event(text string)   { t.program.Send(eventMsg(text)) }
func (t *terminal) Count(counts Counts) { t.program.Send(counts) }

// Close leaves the last frame on the screen and restores the terminal.
func (t *terminal) Close() {
	t.once.Do(func() {
		t.program.Send(closeMsg{})
		t.program.Quit()
		<-t.ended
	})
}

type (
	phaseMsg struct {
		title string
		about time.Duration
	}
	eventMsg string
	frameMsg time.Time
	closeMsg struct{}
)

// screen is the content of the display: phases, numbers and the latest events.
type screen struct {
	started   time.Time
	interrupt func()
	width     int
	height    int
	frame     int
	phases    []shownPhase
	events    []shownEvent
	counts    Counts
	stopping  bool
	closed    bool
}

type shownPhase struct {
	title      string
	about      time.Duration
	began, end time.Time
}

type shownEvent struct {
	after time.Duration
	text  string
}

// Init starts the frames.
func (s *screen) Init() tea.Cmd { return nextFrame() }

func nextFrame() tea.Cmd {
	return tea.Tick(frameEvery, func(at time.Time) tea.Msg { return frameMsg(at) })
}

// Update handles a message.
func (s *screen) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch m := message.(type) {
	case tea.WindowSizeMsg:
		s.width, s.height = m.Width, m.Height
	case tea.KeyPressMsg:
		if m.String() == "ctrl+c" && !s.stopping {
			s.stopping = true
			s.interrupt()
		}
	case frameMsg:
		s.frame++
		return s, nextFrame()
	case phaseMsg:
		s.endPhase()
		s.phases = append(s.phases, shownPhase{title: m.title, about: m.about, began: time.Now()})
	case eventMsg:
		s.events = append(s.events, shownEvent{time.Since(s.started), string(m)})
	case Counts:
		s.counts = m
	case closeMsg:
		s.endPhase()
		s.closed = true
	}
	return s, nil
}

func (s *screen) endPhase() {
	if len(s.phases) > 0 {
		s.phases[len(s.phases)-1].end = time.Now()
	}
}

// View draws the whole screen.
func (s *screen) View() tea.View {
	lines := []string{titleStyle.Render("Creditroll") + dimStyle.Render("  a small world in compressed time"), ""}
	for _, phase := range s.phases {
		lines = append(lines, s.phaseLine(phase))
	}
	lines = append(lines, "", s.countLine(), "")
	for _, event := range s.latest() {
		lines = append(lines, dimStyle.Render(fmt.Sprintf("%5.1fs  ", event.after.Seconds()))+event.text)
	}
	if s.stopping && !s.closed {
		lines = append(lines, "", "stopping everything…")
	}
	if s.width > 0 {
		for i, line := range lines {
			lines[i] = ansi.Truncate(line, s.width, "…")
		}
	}
	return tea.NewView(strings.Join(lines, "\n") + "\n")
}

// latest are the newest events that fit on the screen.
func (s *screen) latest() []shownEvent {
	fit := eventsShown
	if s.height > 0 {
		fit = max(eventsMin, s.height-otherLines-len(s.phases))
	}
	return s.events[max(0, len(s.events)-fit):]
}

func (s *screen) phaseLine(phase shownPhase) string {
	if !phase.end.IsZero() {
		return doneStyle.Render("✓ ") + phase.title + dimStyle.Render(fmt.Sprintf("  %.1fs", phase.end.Sub(phase.began).Seconds()))
	}
	passed := time.Since(phase.began)
	line := titleStyle.Render(string(spinner[s.frame%len(spinner)])+" ") + phase.title
	if phase.about == 0 {
		return line
	}
	// The duration is an estimate, so the bar stops just before the end until the phase ends.
	filled := min(barWidth-1, int(float64(barWidth)*passed.Seconds()/phase.about.Seconds()))
	return line + "  " + titleStyle.Render(strings.Repeat("━", filled)) + dimStyle.Render(strings.Repeat("━", barWidth-filled)) +
		dimStyle.Render(fmt.Sprintf("  %.0fs", passed.Seconds()))
}

func (s *screen) countLine() string {
	return "views " + countStyle.Render(fmt.Sprint(s.counts.Views)) + "   accruals " + countStyle.Render(fmt.Sprint(s.counts.Accruals)) +
		"   credited " + countStyle.Render(amounts(s.counts.Credited)) + "   paid " + countStyle.Render(amounts(s.counts.Paid))
}
