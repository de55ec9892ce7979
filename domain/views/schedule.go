package views

import (
	"math"
	"math/bits"
	"time"

	"github.com/creditroll/creditroll/domain/duration"
)

// Schedule determines how often a clip is polled, by its age and by the growth of its views. It is
// part of a workflow's input, so a later change of the setting does not affect clips that are
// tracked already. The zero Schedule means DefaultSchedule.
type Schedule struct {
	// Tiers are ordered by age. A clip older than all of them is polled every IntervalMax.
	Tiers []Tier `json:"tiers"`
	// LagPerReading is what one wait may add to the mean lag of the clip's views, which is the time from a view until
	// a reading counts it. It shortens the interval of a clip that grows fast, and lengthens that of one that hardly grows.
	LagPerReading duration.Text `json:"lag_per_reading"`
	// VelocityFactor bounds that: the interval of the age is divided or multiplied by it at most.
	VelocityFactor int `json:"velocity_factor"`
	// No interval is shorter than IntervalMin, except the last one of the window, and none is
	// longer than IntervalMax.
	IntervalMin duration.Text `json:"interval_min"`
	IntervalMax duration.Text `json:"interval_max"`
	// GoneAfter is how long two providers have to miss a post until it counts as gone. See Proof.
	GoneAfter duration.Text `json:"gone_after"`
	// ProofFor is how long a creator has to put a code into a profile or post. See Search.
	ProofFor duration.Text `json:"proof_for,omitempty"`
}

// Tier is the interval for clips younger than UpToAge.
type Tier struct {
	UpToAge  duration.Text `json:"up_to_age"`
	Interval duration.Text `json:"interval"`
}

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// DefaultSchedule starts with hourly polls on the first day and ends with one in 72 hours after a month. A clip gets a
// third to three quarters of its views on the first day, and few after a month. LagPerReading was tuned on recorded curves:
// docs/explanation/schedule.md has the figures.
func DefaultSchedule() Schedule {
	return Schedule{
		Tiers: []Tier{
			{UpToAge: duration.Text(1 * day), Interval: duration.Text(1 * hour)},
			{UpToAge: duration.Text(2 * day), Interval: duration.Text(2 * hour)},
			{UpToAge: duration.Text(4 * day), Interval: duration.Text(6 * hour)},
			{UpToAge: duration.Text(7 * day), Interval: duration.Text(12 * hour)},
			{UpToAge: duration.Text(14 * day), Interval: duration.Text(24 * hour)},
			{UpToAge: duration.Text(30 * day), Interval: duration.Text(48 * hour)},
		},
		LagPerReading:  duration.Text(3 * time.Minute),
		VelocityFactor: 4,
		IntervalMin:    duration.Text(15 * time.Minute),
		IntervalMax:    duration.Text(72 * hour),
		GoneAfter:      duration.Text(day),
		ProofFor:       duration.Text(day),
	}
}

// Reason is the rule that set the time of the next poll.
type Reason string

// The reasons. A timer's summary may show them.
const (
	ByAge Reason = "age"
	// Flat and Surge: the clip grows less, or more, than the interval of its age is made for.
	Flat    Reason = "flat"
	Surge   Reason = "surge"
	NearCap Reason = "near_cap"
	// AtCap: the clip can earn nothing more, unless the budget is raised.
	AtCap Reason = "at_cap"
	// CostCeiling: the readings of the campaign have cost half of what they may, or more.
	CostCeiling Reason = "cost_ceiling"
	WindowEnd   Reason = "window_end"
)

// Poll is the input of NextPoll after a poll.
type Poll struct {
	// Age is the time since publication.
	Age time.Duration
	// LastViews is the count of this poll, PreviousViews the count SinceLast before. SinceLast
	// is zero after the first poll.
	LastViews     int64
	PreviousViews int64
	SinceLast     time.Duration
	// CapRemainingViews is how many views can be credited before a cap is reached, or -1
	// if that is not known.
	CapRemainingViews int64
	// Thrift is what the readings of the campaign have cost.
	Thrift Thrift
	// WindowLeft is the time until the tracking window ends.
	WindowLeft time.Duration
}

// Next is when the next poll is due.
type Next struct {
	After  time.Duration
	Reason Reason
}

// NextPoll returns when to poll again. After is between IntervalMin and IntervalMax, unless the ceiling for costs is
// reached. The last poll is due exactly at the end of the window, however short the wait. After is zero once the window is
// over. The result depends only on the arguments.
func NextPoll(schedule Schedule, poll Poll) Next {
	if schedule.IntervalMax <= 0 {
		schedule = DefaultSchedule()
	}

	next := schedule.byVelocity(poll)
	if poll.CapRemainingViews == 0 {
		next = Next{After: schedule.IntervalMax.Std(), Reason: AtCap}
	} else if untilCap, approaching := poll.timeToCap(); approaching && untilCap < next.After {
		next = Next{After: untilCap, Reason: NearCap}
	}
	next.After = min(max(next.After, schedule.IntervalMin.Std()), schedule.IntervalMax.Std())
	switch slowdown := poll.Thrift.Slowdown(); {
	case slowdown == 0: // only the last reading
		return Next{After: max(0, poll.WindowLeft), Reason: CostCeiling}
	case slowdown > 1:
		next = Next{After: stretch(next.After, slowdown, schedule.IntervalMax.Std()), Reason: CostCeiling}
	}

	if next.After >= poll.WindowLeft {
		return Next{After: max(0, poll.WindowLeft), Reason: WindowEnd}
	}
	return next
}

// slowShare is the part of IntervalMax that lies between the readings of a clip in review.
const slowShare = 3

// SlowInterval is the interval of the slow tier, at which a clip in review is read: a third of IntervalMax, which is a day by
// default, and no less than IntervalMin.
func (s Schedule) SlowInterval() time.Duration {
	if s.IntervalMax <= 0 {
		s = DefaultSchedule()
	}
	return max(s.IntervalMax.Std()/slowShare, s.IntervalMin.Std())
}

// NextInReview returns when to read a clip in review again. A ceiling for costs slows that down as it does other polls. Once
// it is used up, the clip waits for the end of its window or of its campaign.
func (s Schedule) NextInReview(thrift Thrift, windowLeft time.Duration) time.Duration {
	interval := s.SlowInterval()
	slowdown := thrift.Slowdown()
	if slowdown == 0 {
		return max(windowLeft, IntervalCap)
	}
	return max(interval, stretch(interval, slowdown, s.IntervalMax.Std()))
}

func (s Schedule) intervalAt(age time.Duration) time.Duration {
	for _, tier := range s.Tiers {
		if age < tier.UpToAge.Std() {
			return tier.Interval.Std()
		}
	}
	return s.IntervalMax.Std()
}

// countMin is the least count by which growth is measured, because the first views of a clip double again and again.
const countMin = 1000

// byVelocity returns the interval for the age of a clip, changed by its growth. If a clip gains the share r of its
// views in a unit of time, a wait of w makes the share r*w late by w/2 on average. So it adds r*w*w/2 to the mean lag,
// and w is the wait that adds LagPerReading. No wait is more than twice the last one, unless the age allows
// it: a clip that rests for an hour is not given up for a day.
func (s Schedule) byVelocity(poll Poll) Next {
	usual := s.intervalAt(poll.Age)
	if poll.SinceLast <= 0 {
		return Next{After: usual, Reason: ByAge}
	}
	// Floats are exact enough here, and the same on every machine: nothing is added, so nothing is fused.
	total := float64(max(countMin, poll.LastViews))
	wait := math.Sqrt(2 * float64(s.lag()) * float64(poll.SinceLast) * (total / float64(poll.gainedViews())))

	factor := max(1, s.VelocityFactor)
	longest := min(stretch(usual, factor, s.IntervalMax.Std()), max(usual, stretch(poll.SinceLast, 2, durationMax)))
	shortest := usual / time.Duration(factor)
	switch {
	case wait >= float64(longest): // also without any growth
		return Next{After: longest, Reason: reasonFor(longest, usual)}
	case wait <= float64(shortest):
		return Next{After: shortest, Reason: reasonFor(shortest, usual)}
	}
	after := time.Duration(wait)
	if after > time.Minute {
		after = after.Truncate(time.Second) // people read it
	}
	return Next{After: max(after, shortest), Reason: reasonFor(after, usual)}
}

// lag is LagPerReading, or its default for a schedule that a workflow has kept since before it existed. Without one, every
// clip would be read as often as a viral one.
func (s Schedule) lag() duration.Text {
	if s.LagPerReading > 0 {
		return s.LagPerReading
	}
	return s.impliedLag()
}

func reasonFor(wait, usual time.Duration) Reason {
	switch {
	case wait > usual:
		return Flat
	case wait < usual:
		return Surge
	}
	return ByAge
}

// timeToCap projects when the cap is reached at the latest rate of views.
func (p Poll) timeToCap() (untilCap time.Duration, approaching bool) {
	gained := p.gainedViews()
	if p.CapRemainingViews <= 0 || gained <= 0 || p.SinceLast <= 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(p.CapRemainingViews), uint64(p.SinceLast))
	if hi >= uint64(gained) {
		return 0, false
	}
	quotient, _ := bits.Div64(hi, lo, uint64(gained))
	if quotient > uint64(durationMax) {
		return 0, false
	}
	return time.Duration(quotient), true
}

// gainedViews returns the views since the previous poll, or zero if the count fell.
func (p Poll) gainedViews() int64 {
	if p.PreviousViews < 0 || p.LastViews <= p.PreviousViews {
		return 0
	}
	return p.LastViews - p.PreviousViews
}

const durationMax = time.Duration(1<<63 - 1)

// stretch returns d times factor, at most limit.
func stretch(d time.Duration, factor int, limit time.Duration) time.Duration {
	factor = max(1, factor)
	if d > limit/time.Duration(factor) {
		return limit
	}
	return d * time.Duration(factor)
}
