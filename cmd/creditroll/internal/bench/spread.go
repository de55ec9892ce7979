package bench

import (
	"math"
	"slices"
)

// Spread has the results of several rounds of one measurement.
type Spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func spreadOf(rounds []float64) Spread {
	return Spread{Median: median(rounds), Min: round(slices.Min(rounds)), Max: round(slices.Max(rounds))}
}

// ratio compares round by round, because disturbances of a machine affect adjacent measurements.
func ratio(ours, baseline []float64) float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / baseline[i]
	}
	return median(ratios)
}

func median(values []float64) float64 { return round(middle(values)) }

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// round keeps two decimal places, because more would be noise.
func round(value float64) float64 { return math.Round(value*100) / 100 }
