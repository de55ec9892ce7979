package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

// SignalCode is the kind of a signal.
type SignalCode string

// The signals. None of them proves fraud: platforms remove the views of bots, creators disable
// comments, and posts go viral.
const (
	// ViewsFell: fewer views than before; Value is how many fewer.
	ViewsFell SignalCode = "views_fell"
	// GrowthOver: views multiplied by more than Limit between two readings.
	GrowthOver SignalCode = "growth_over"
	// LikesOutgrowViews: likes multiplied by Limit or more while views did not follow.
	LikesOutgrowViews SignalCode = "likes_outgrow_views"
	// LikesOverViews: more likes than views; Value is how many more.
	LikesOverViews SignalCode = "likes_over_views"
	// ViewsPerLikeOver: more than Limit views for each like.
	ViewsPerLikeOver SignalCode = "views_per_like_over"
	// FewComments: fewer than Limit comments on a clip with many views.
	FewComments SignalCode = "few_comments"
	// AnswerDiffers: the same answer has another count of the clip too, which is lower by Value.
	AnswerDiffers SignalCode = "answer_differs"
	// ViewsFellFar: Value views fewer than before, where a fall of Limit is usual.
	ViewsFellFar SignalCode = "views_fell_far"
	// CreditedOverReading: Value views have earned, and the reading has Limit.
	CreditedOverReading SignalCode = "credited_over_reading"
	// JumpOverPlausible: a count of Value, where Limit is plausible.
	JumpOverPlausible SignalCode = "jump_over_plausible"
	// ClaimUnconfirmed: a count of Value still waits for confirmation, and Limit views count.
	ClaimUnconfirmed SignalCode = "claim_unconfirmed"
	// ClaimContradicted: a count of Value was claimed before, and the reading has Limit.
	ClaimContradicted SignalCode = "claim_contradicted"
)

// Signal is one anomaly of a reading, with the measured value and the limit that it passed.
type Signal struct {
	Code  SignalCode `json:"code"`
	Value int64      `json:"value"`
	Limit int64      `json:"limit"`
}

// SanityRules are the limits beyond which a reading gives a signal. A limit of zero disables its
// rule.
type SanityRules struct {
	// GrowthLimits and ViewsPerLikeLimits rise. The highest passed limit is reported.
	GrowthLimits       []int64 `json:"growth_limits"`
	ViewsPerLikeLimits []int64 `json:"views_per_like_limits"`
	// GrowthFromViews and LikesFromLikes are the counts from which growth is checked.
	GrowthFromViews int64 `json:"growth_from_views"`
	LikesFromLikes  int64 `json:"likes_from_likes"`
	// Likes that grow LikesGrowthLimit times while views grow less than ViewsGrowthFollows times
	// give a signal.
	LikesGrowthLimit   int64 `json:"likes_growth_limit"`
	ViewsGrowthFollows int64 `json:"views_growth_follows"`
	// A clip with more than PopularFromViews views should have CommentsMin comments, and likes
	// in proportion.
	PopularFromViews int64 `json:"popular_from_views"`
	CommentsMin      int64 `json:"comments_min"`
	// ClockSkewMax is how far a provider's clock may be ahead of ours.
	ClockSkewMax duration.Text `json:"clock_skew_max"`
}

// DefaultSanityRules returns limits in the range that clip marketplaces use.
func DefaultSanityRules() SanityRules {
	return SanityRules{
		GrowthLimits:       []int64{15, 100},
		ViewsPerLikeLimits: []int64{200, 500},
		GrowthFromViews:    100,
		LikesFromLikes:     20,
		LikesGrowthLimit:   5,
		ViewsGrowthFollows: 2,
		PopularFromViews:   2000,
		CommentsMin:        2,
		ClockSkewMax:       duration.Text(5 * time.Minute),
	}
}

// Check compares a reading with its post and with the previous reading, which is nil for the first
// one. Signals are in the order of their declaration. A reading that must not be used gives an
// error and no signals: fault.Invalid "reading_of_other_clip", "reading_negative" or
// "reading_from_future", or fault.Conflict "reading_outdated" if a newer one exists.
func (r SanityRules) Check(post clip.Ref, previous *Reading, current Reading, now time.Time) ([]Signal, error) {
	if err := r.refuse(post, previous, current, now); err != nil {
		return nil, err
	}
	var signals []Signal
	if previous != nil {
		signals = append(signals, r.compare(*previous, current)...)
	}
	signals = append(signals, r.inspect(current)...)
	if current.DiffersBy > 0 {
		signals = append(signals, Signal{Code: AnswerDiffers, Value: current.DiffersBy})
	}
	return signals, nil
}

func (r SanityRules) refuse(post clip.Ref, previous *Reading, current Reading, now time.Time) error {
	switch {
	case current.Platform != post.Platform, current.ExternalID != post.ExternalID:
		return fault.New(fault.Invalid, "reading_of_other_clip", "the provider returned another post: try again or use another provider")
	case current.Views < 0, current.Likes < 0, current.Comments < 0, current.Shares < 0:
		return fault.New(fault.Invalid, "reading_negative", "the provider reported a negative count: use another provider")
	case current.ObservedAt.After(now.Add(r.ClockSkewMax.Std())):
		return fault.New(fault.Invalid, "reading_from_future", "the reading is dated in the future: check the clocks of the provider and of this machine")
	case previous != nil && current.ObservedAt.Before(previous.ObservedAt):
		return fault.New(fault.Conflict, "reading_outdated", "a newer reading of this clip exists already")
	}
	return nil
}

// compare returns the signals of the change from one reading to the next.
func (r SanityRules) compare(previous, current Reading) []Signal {
	var signals []Signal
	if current.Views < previous.Views {
		signals = append(signals, Signal{Code: ViewsFell, Value: previous.Views - current.Views})
	}
	if previous.Views > 0 && previous.Views >= r.GrowthFromViews {
		if limit, passed := highestPassed(r.GrowthLimits, current.Views, previous.Views); passed {
			signals = append(signals, Signal{Code: GrowthOver, Value: current.Views / previous.Views, Limit: limit})
		}
	}
	if r.likesOutgrowViews(previous, current) {
		signals = append(signals, Signal{Code: LikesOutgrowViews, Value: current.Likes / previous.Likes, Limit: r.LikesGrowthLimit})
	}
	return signals
}

func (r SanityRules) likesOutgrowViews(previous, current Reading) bool {
	if r.LikesGrowthLimit <= 0 || previous.Likes <= 0 || previous.Likes < r.LikesFromLikes {
		return false
	}
	likesGrew := current.Likes/r.LikesGrowthLimit >= previous.Likes
	viewsFollowed := current.Views/max(1, r.ViewsGrowthFollows) >= previous.Views
	return likesGrew && !viewsFollowed
}

// inspect returns the signals of a single reading.
func (r SanityRules) inspect(current Reading) []Signal {
	var signals []Signal
	if current.Likes > current.Views {
		signals = append(signals, Signal{Code: LikesOverViews, Value: current.Likes - current.Views})
	}
	if current.Views <= r.PopularFromViews {
		return signals
	}
	if limit, passed := highestPassed(r.ViewsPerLikeLimits, current.Views, max(1, current.Likes)); passed {
		signals = append(signals, Signal{Code: ViewsPerLikeOver, Value: current.Views / max(1, current.Likes), Limit: limit})
	}
	if current.Comments < r.CommentsMin {
		signals = append(signals, Signal{Code: FewComments, Value: current.Comments, Limit: r.CommentsMin})
	}
	return signals
}

// highestPassed returns the highest limit with count > limit*base. It divides instead of
// multiplying, because counts are external input and a product could overflow.
func highestPassed(limits []int64, count, base int64) (limit int64, passed bool) {
	for _, candidate := range limits {
		if candidate > 0 && count > 0 && (count-1)/candidate >= base {
			limit, passed = max(limit, candidate), true
		}
	}
	return limit, passed
}
