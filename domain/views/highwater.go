package views

// State is the part of a clip's view counter that is needed to credit each view once.
type State struct {
	// HighWaterViews is the highest count ever observed.
	HighWaterViews int64 `json:"high_water_views"`
	// ExcludedViews is the part of HighWaterViews that never earns.
	ExcludedViews int64 `json:"excluded_views"`
}

// Advance returns the state after a new count. Only views above the high-water mark are new, so a
// count that falls (platforms remove views of bots) and rises again is not credited twice. The part of
// the new views that was gained while the campaign was paused never earns. paused is the share of the
// time since the previous reading.
func Advance(state State, count int64, paused Share) State {
	if count <= state.HighWaterViews {
		return state
	}
	state.ExcludedViews += paused.Of(count - state.HighWaterViews)
	state.HighWaterViews = count
	return state
}

// Creditable returns the cumulative views that may earn, before any cap. It never falls.
func (s State) Creditable() int64 { return s.HighWaterViews - s.ExcludedViews }
