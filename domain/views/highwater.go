package views

// State is what has to be remembered of a clip's counter to credit each view once.
type State struct {
	// HighWaterViews is the highest count ever observed.
	HighWaterViews int64 `json:"high_water_views"`
	// ExcludedViews are those of HighWaterViews that never earn.
	ExcludedViews int64 `json:"excluded_views"`
}

// Advance takes in a new count. Only what exceeds the high-water mark is new, so that a
// count that falls (platforms remove views of bots) and comes back is not credited twice.
// While paused, new views are excluded for good; resuming does not bring them back.
//
// A view belongs to the reading that first shows it: to draw the line where a pause begins
// and ends, the caller takes a reading at each of the two moments. In the same way, views
// from before the tracking began are excluded by a first paused reading.
func Advance(state State, newViews int64, paused bool) State {
	if newViews <= state.HighWaterViews {
		return state
	}
	if paused {
		state.ExcludedViews += newViews - state.HighWaterViews
	}
	state.HighWaterViews = newViews
	return state
}

// Creditable returns the cumulative views that may earn, before any cap. It never falls.
func (s State) Creditable() int64 { return s.HighWaterViews - s.ExcludedViews }
