package views

// State is the part of a clip's view counter that is needed to credit each view once.
type State struct {
	// HighWaterViews is the highest count ever observed.
	HighWaterViews int64 `json:"high_water_views"`
	// ExcludedViews is the part of HighWaterViews that never earns.
	ExcludedViews int64 `json:"excluded_views"`
}

// Advance returns the state after a new count. Only views above the high-water mark are new, so a
// count that falls (platforms remove views of bots) and rises again is not credited twice. While
// paused, new views are excluded permanently.
//
// A view belongs to the first reading that includes it. Readings are hours apart, so views near the
// begin or the end of a pause can fall on either side. A first paused reading excludes the views from before the
// tracking began.
func Advance(state State, count int64, paused bool) State {
	if count <= state.HighWaterViews {
		return state
	}
	if paused {
		state.ExcludedViews += count - state.HighWaterViews
	}
	state.HighWaterViews = count
	return state
}

// Creditable returns the cumulative views that may earn, before any cap. It never falls.
func (s State) Creditable() int64 { return s.HighWaterViews - s.ExcludedViews }
