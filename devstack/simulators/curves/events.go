package curves

import (
	"fmt"
	"time"
)

// EventKind names something that happens to a clip's counts.
type EventKind string

const (
	// Deleted: the platform shows nothing from At on, or until Until, if set.
	Deleted EventKind = "deleted"
	// Falls: ByViews views are missing from At on, as when a platform removes bot views,
	// and are back at Until, if set.
	Falls EventKind = "falls"
	// Freezes: the shown counts stay those of At. At Until, if set, they catch up.
	Freezes EventKind = "freezes"
	// Jumps: ByViews views are added at At, without likes or comments.
	Jumps EventKind = "jumps"
)

// Event is one change of a curve. Ages count from publication.
type Event struct {
	Kind      EventKind `json:"kind"`
	AtSeconds int64     `json:"at_seconds"`
	// UntilSeconds ends the event; zero means that it never ends. Jumps do not end.
	UntilSeconds int64 `json:"until_seconds,omitempty"`
	// ByViews is how many views a fall removes or a jump adds.
	ByViews int64 `json:"by_views,omitempty"`
}

// Scripted is a curve with events. A freeze keeps everything that is shown, so that falls and
// jumps inside it become visible at its end. A deletion overrides all other events.
type Scripted struct {
	Curve  Curve
	Events []Event
}

// At returns the counts at an age, with every event that has begun and not ended applied.
// Views never go below zero.
func (s Scripted) At(age time.Duration) Counts {
	shownAge := age
	for _, event := range s.Events {
		if !event.covers(age) {
			continue
		}
		switch event.Kind {
		case Deleted:
			return Counts{Deleted: true}
		case Freezes:
			shownAge = min(shownAge, event.at())
		}
	}

	counts := s.Curve.At(shownAge)
	for _, event := range s.Events {
		switch {
		case event.Kind == Falls && event.covers(shownAge):
			counts.Views -= event.ByViews
		case event.Kind == Jumps && shownAge >= event.at():
			counts.Views += event.ByViews
		}
	}
	counts.Views = max(0, counts.Views)
	return counts
}

func (e Event) at() time.Duration { return time.Duration(e.AtSeconds) * time.Second }

func (e Event) covers(age time.Duration) bool {
	return age >= e.at() && (e.UntilSeconds == 0 || age < time.Duration(e.UntilSeconds)*time.Second)
}

// Validate returns an error that names the field to correct.
func (e Event) Validate() error {
	const secondsMax = int64(100 * 365 * 24 * time.Hour / time.Second)
	changesViews := e.Kind == Falls || e.Kind == Jumps
	switch {
	case e.Kind != Deleted && e.Kind != Freezes && !changesViews:
		return fmt.Errorf("kind %q: use deleted, falls, freezes or jumps", e.Kind)
	case e.AtSeconds < 0 || e.AtSeconds > secondsMax:
		return fmt.Errorf("at_seconds %d: use 0 to %d", e.AtSeconds, secondsMax)
	case e.UntilSeconds != 0 && (e.UntilSeconds <= e.AtSeconds || e.UntilSeconds > secondsMax):
		return fmt.Errorf("until_seconds %d: use more than at_seconds, at most %d, or leave it out", e.UntilSeconds, secondsMax)
	case e.Kind == Jumps && e.UntilSeconds != 0:
		return fmt.Errorf("until_seconds %d: a jump does not end; add a fall", e.UntilSeconds)
	case changesViews && (e.ByViews < 1 || e.ByViews > lifetimeViewsMax):
		return fmt.Errorf("by_views %d: use 1 to %d", e.ByViews, int64(lifetimeViewsMax))
	case !changesViews && e.ByViews != 0:
		return fmt.Errorf("by_views %d: only falls and jumps take it", e.ByViews)
	}
	return nil
}
