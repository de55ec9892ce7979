package views

import (
	"math"
	"math/bits"
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

// Plausibility is how much one unconfirmed reading can move. It is part of a campaign's terms. A field
// that is zero stands for its default.
type Plausibility struct {
	// A count may be GrowthFactor times the last one after GrowthPeriod, and proportionally less after less
	// time. It may always grow by GrowthViewsMin, so that small clips can grow.
	GrowthFactor   int64         `json:"growth_factor,omitempty"`
	GrowthPeriod   duration.Text `json:"growth_period,omitempty"`
	GrowthViewsMin int64         `json:"growth_views_min,omitempty"`
	// A first count has no history. Above GrowthViewsMin it may have FirstViewsPerHour for each hour since
	// the publication, and at most FirstViewsPerLike for each like.
	FirstViewsPerHour int64 `json:"first_views_per_hour,omitempty"`
	FirstViewsPerLike int64 `json:"first_views_per_like,omitempty"`
	// StepBasisPoints is the share of the budget that one step may cost until another provider agrees.
	StepBasisPoints int `json:"step_basis_points,omitempty"`
	// FallBasisPoints is the share of a count from which a fall is a signal of its own.
	FallBasisPoints int `json:"fall_basis_points,omitempty"`
	// RecheckAfter is how soon a count is read again that is not confirmed. Each wait is twice the last one.
	RecheckAfter duration.Text `json:"recheck_after,omitempty"`
}

// DefaultPlausibility is stricter than the rules for signals, which clip marketplaces take for a verdict:
// there, growth of 15 times between two checks and 200 views for a like are the limits. A confirmation costs
// one more reading, so it may be asked for earlier.
func DefaultPlausibility() Plausibility {
	return Plausibility{
		GrowthFactor:      5,
		GrowthPeriod:      duration.Text(time.Hour),
		GrowthViewsMin:    2_000,
		FirstViewsPerHour: 5_000,
		FirstViewsPerLike: 200,
		StepBasisPoints:   1_000,
		FallBasisPoints:   2_000,
		RecheckAfter:      duration.Text(15 * time.Minute),
	}
}

// Limits of a Plausibility. With PlausibleViewsMax for GrowthViewsMin, every growth is plausible.
const (
	GrowthFactorMax   = 1_000_000
	PlausibleViewsMax = 1_000_000_000_000_000
	recheckAfterMax   = 3 * day
)

const (
	basisPointsPerWhole = 10_000
	// agreeBasisPoints is by how much two providers may differ on one count: they round, and are asked
	// at different moments.
	agreeBasisPoints = 1_000
	// firstCommentsMin is how many comments a first count above GrowthViewsMin has to have.
	firstCommentsMin = 2
)

// OrDefault returns p with the defaults in place of zeros.
func (p Plausibility) OrDefault() Plausibility {
	usual := DefaultPlausibility()
	set := func(field *int64, value int64) {
		if *field == 0 {
			*field = value
		}
	}
	set(&p.GrowthFactor, usual.GrowthFactor)
	set(&p.GrowthViewsMin, usual.GrowthViewsMin)
	set(&p.FirstViewsPerHour, usual.FirstViewsPerHour)
	set(&p.FirstViewsPerLike, usual.FirstViewsPerLike)
	if p.GrowthPeriod == 0 {
		p.GrowthPeriod = usual.GrowthPeriod
	}
	if p.StepBasisPoints == 0 {
		p.StepBasisPoints = usual.StepBasisPoints
	}
	if p.FallBasisPoints == 0 {
		p.FallBasisPoints = usual.FallBasisPoints
	}
	if p.RecheckAfter == 0 {
		p.RecheckAfter = usual.RecheckAfter
	}
	return p
}

// Validate returns nil, or fault.Invalid "plausibility_out_of_range" with the field of the first rule that
// is broken.
func (p Plausibility) Validate() error {
	for _, count := range []struct {
		field      string
		value, max int64
	}{
		{"growth_factor", p.GrowthFactor, GrowthFactorMax},
		{"growth_views_min", p.GrowthViewsMin, PlausibleViewsMax},
		{"first_views_per_hour", p.FirstViewsPerHour, PlausibleViewsMax},
		{"first_views_per_like", p.FirstViewsPerLike, PlausibleViewsMax},
		{"step_basis_points", int64(p.StepBasisPoints), basisPointsPerWhole},
		{"fall_basis_points", int64(p.FallBasisPoints), basisPointsPerWhole},
		{"growth_period_seconds", int64(p.GrowthPeriod), int64(IntervalCap)},
		{"recheck_after_seconds", int64(p.RecheckAfter), int64(recheckAfterMax)},
	} {
		if count.value < 0 || count.value > count.max {
			most := count.max
			if count.max == int64(IntervalCap) || count.max == int64(recheckAfterMax) {
				most /= int64(time.Second)
			}
			return fault.Field("plausibility."+count.field, "plausibility_out_of_range", "%s must be between 0 (the default) and %d", count.field, most)
		}
	}
	return nil
}

// highest returns the highest count that is plausible after what was read before, for a step of the budget
// that may not be exceeded.
func (p Plausibility) highest(before Accepted, e Evidence) int64 {
	bound := p.first(e)
	if before.Counter.HighWaterViews > 0 { // a reading of zero after others is no new beginning
		bound = p.grown(before, e)
	}
	bound = max(bound, before.Counter.HighWaterViews)
	if e.StepViewsMax > 0 {
		bound = min(bound, saturatingAdd(before.Counter.HighWaterViews, e.StepViewsMax))
	}
	return bound
}

func (p Plausibility) first(e Evidence) int64 {
	if e.Reading.Comments < firstCommentsMin || e.Reading.PublishedAt.IsZero() {
		return p.GrowthViewsMin
	}
	age := max(0, e.Reading.ObservedAt.Sub(e.Reading.PublishedAt))
	byAge := mulDiv(p.FirstViewsPerHour, int64(age/time.Second), int64(hour/time.Second))
	byLikes := mulDiv(p.FirstViewsPerLike, e.Reading.Likes, 1)
	return saturatingAdd(p.GrowthViewsMin, min(byAge, byLikes))
}

func (p Plausibility) grown(before Accepted, e Evidence) int64 {
	elapsed := time.Duration(0)
	if before.Previous != nil {
		elapsed = min(max(0, e.Reading.ObservedAt.Sub(before.Previous.ObservedAt)), p.GrowthPeriod.Std())
	}
	most := mulDiv(before.TrustedViews, p.GrowthFactor-1, 1)
	growth := mulDiv(most, int64(elapsed), max(1, int64(p.GrowthPeriod)))
	return saturatingAdd(before.TrustedViews, max(p.GrowthViewsMin, growth))
}

// mulDiv returns a * b / c for values that are not negative, at most math.MaxInt64: counts are external
// input.
func mulDiv(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(max(0, a)), uint64(max(0, b)))
	if high >= uint64(c) {
		return math.MaxInt64
	}
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(min(quotient, math.MaxInt64))
}

func saturatingAdd(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
