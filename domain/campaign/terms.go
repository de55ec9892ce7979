// Package campaign holds the rules of a campaign: its terms, frozen when it is created,
// and its lifecycle as one table of transitions.
package campaign

import (
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// Terms are the frozen rules of a campaign. Amounts are minor units of Currency; zero
// means "no cap" for the optional ones.
type Terms struct {
	Currency             money.Currency `json:"currency"`
	BudgetMinor          int64          `json:"budget_minor"`
	RateMinorPerThousand int64          `json:"rate_minor_per_thousand"`
	// MinimumViews is how many views a clip needs to earn. Above it, all of its views earn.
	MinimumViews       int64 `json:"minimum_views"`
	MaxPerClipMinor    int64 `json:"max_per_clip_minor"`
	MaxPerCreatorMinor int64 `json:"max_per_creator_minor"`
	// DailyPacingMinor and HourlyPacingMinor are how much can be spent in one UTC day and in one hour
	// of it. The rest is deferred, not lost: the final reading of a clip credits it.
	DailyPacingMinor  int64 `json:"daily_pacing_minor"`
	HourlyPacingMinor int64 `json:"hourly_pacing_minor"`
	// ProcessingFeePaidBy is who bears what the payment processor keeps of the brand's payment, and
	// SurchargeMinor what the brand pays for it on top of the budget.
	ProcessingFeePaidBy FeePayer `json:"processing_fee_paid_by"`
	SurchargeMinor      int64    `json:"surcharge_minor"`
	// FeeBasisPoints is the platform's share of the gross, rounded down.
	FeeBasisPoints int `json:"fee_basis_points"`
	// AffiliateBasisPoints is the share of the gross, rounded down, for the affiliate who
	// referred the creator. It reduces the creator's part, and is zero without an affiliate.
	AffiliateBasisPoints int             `json:"affiliate_basis_points"`
	Platforms            []clip.Platform `json:"platforms"`
	StartsAt             time.Time       `json:"starts_at"`
	EndsAt               time.Time       `json:"ends_at"`
	// Hold is how long an accrual waits before the creator may be paid.
	Hold duration.Text `json:"hold"`
	// TrackingWindow is how long after publication a clip's views count.
	TrackingWindow duration.Text `json:"tracking_window"`
	// ReviewDeadline is how long a clip waits for its review. Then a clean one is approved by rule. Terms from
	// before there was a deadline have none, see ReviewTime.
	ReviewDeadline duration.Text `json:"review_deadline,omitempty"`
	// AutoAcceptCreators and AutoApproveClips skip the brand's own decision.
	AutoAcceptCreators bool `json:"auto_accept_creators"`
	AutoApproveClips   bool `json:"auto_approve_clips"`
	// TrackingCostMaxMicros is what the readings of the campaign may cost the platform, in millionths of a US dollar. Clips
	// are read less often from half of it on, and only once more at the end when it is used up. Zero means no ceiling.
	TrackingCostMaxMicros int64 `json:"tracking_cost_max_micros,omitempty"`
	// PollTiers is how often clips are read, in the form of views.ParseTiers. Without it, the platform's setting decides.
	PollTiers string `json:"poll_tiers,omitempty"`
	// Plausibility is how much one unconfirmed reading can move.
	Plausibility views.Plausibility `json:"plausibility,omitzero"`
}

// These limits keep every sum of a campaign far from overflow.
const (
	maxAmountMinor = 1_000_000_000_000_000
	maxRateMinor   = 1_000_000_000
	maxDuration    = 366 * 24 * time.Hour
	// minReviewDeadline leaves a person time to look.
	minReviewDeadline = time.Hour
	// maxShareBasisPoints limits fee and commission each, so their sum never exceeds the gross.
	maxShareBasisPoints = money.BasisPointsPerWhole / 2
)

// Validate returns nil or fault.Invalid with the field of the first rule that the terms break. It
// refuses terms that ended before now.
func (t Terms) Validate(now time.Time) error {
	if err := t.Currency.RequireCirculating(); err != nil {
		return err
	}
	if err := t.validateAmounts(); err != nil {
		return err
	}
	if len(t.Platforms) == 0 {
		return fault.Field("platforms", "no_platforms", "give at least one platform")
	}
	for i, platform := range t.Platforms {
		if _, err := clip.ParsePlatform(string(platform)); err != nil {
			return err
		}
		if slices.Contains(t.Platforms[:i], platform) {
			return fault.Field("platforms", "duplicate_platform", "platform %s is given twice", platform)
		}
	}
	if t.PollTiers != "" {
		if _, err := views.ParseTiers(t.PollTiers); err != nil {
			return fault.Field("poll_tiers", fault.CodeOf(err), "%s", err)
		}
	}
	if err := t.Plausibility.Validate(); err != nil {
		return err
	}
	return t.validateTimes(now)
}

func (t Terms) validateAmounts() error {
	if t.BudgetMinor <= 0 {
		return fault.Field("budget_minor", "budget_not_positive", "the budget must be above zero")
	}
	if t.BudgetMinor > maxAmountMinor {
		return fault.Field("budget_minor", "budget_too_large", "the budget must be at most %d minor units", int64(maxAmountMinor))
	}
	if step := t.Currency.ChargeStepMinor(); t.BudgetMinor%step != 0 {
		return fault.Field("budget_minor", "amount_not_whole_units", "budgets in %s must be multiples of %d minor units, the smallest amount that can be paid", t.Currency, step)
	}
	if t.SurchargeMinor < 0 || t.SurchargeMinor > maxAmountMinor {
		return fault.Field("surcharge_minor", "limit_out_of_range", "the surcharge must be between 0 and %d", int64(maxAmountMinor))
	}
	if t.RateMinorPerThousand <= 0 || t.RateMinorPerThousand > maxRateMinor {
		return fault.Field("rate_minor_per_thousand", "rate_out_of_range", "the rate per thousand views must be between 1 and %d minor units", maxRateMinor)
	}
	optional := []struct {
		field  string
		amount int64
	}{
		{"minimum_views", t.MinimumViews},
		{"max_per_clip_minor", t.MaxPerClipMinor},
		{"max_per_creator_minor", t.MaxPerCreatorMinor},
		{"daily_pacing_minor", t.DailyPacingMinor},
		{"hourly_pacing_minor", t.HourlyPacingMinor},
		{"tracking_cost_max_micros", t.TrackingCostMaxMicros},
	}
	for _, limit := range optional {
		if limit.amount < 0 || limit.amount > maxAmountMinor {
			return fault.Field(limit.field, "limit_out_of_range", "%s must be between 0 (no limit) and %d", limit.field, int64(maxAmountMinor))
		}
	}
	if t.FeeBasisPoints < 0 || t.FeeBasisPoints > maxShareBasisPoints {
		return fault.Field("fee_basis_points", "fee_out_of_range", "the platform fee must be between 0 and %d basis points", maxShareBasisPoints)
	}
	if t.AffiliateBasisPoints < 0 || t.AffiliateBasisPoints > maxShareBasisPoints {
		return fault.Field("affiliate_basis_points", "affiliate_out_of_range", "the affiliate's commission must be between 0 and %d basis points", maxShareBasisPoints)
	}
	return nil
}

func (t Terms) validateTimes(now time.Time) error {
	if t.StartsAt.IsZero() || t.EndsAt.IsZero() {
		return fault.Field("starts_at", "dates_missing", "give both starts_at and ends_at")
	}
	if !t.EndsAt.After(t.StartsAt) {
		return fault.Field("ends_at", "end_before_start", "ends_at must be after starts_at")
	}
	if !t.EndsAt.After(now) {
		return fault.Field("ends_at", "end_in_the_past", "ends_at is in the past: choose a later time")
	}
	if t.Hold < 0 || t.Hold.Std() > maxDuration {
		return fault.Field("hold_seconds", "hold_out_of_range", "the hold must be between 0 and 366 days")
	}
	if t.TrackingWindow <= 0 || t.TrackingWindow.Std() > maxDuration {
		return fault.Field("tracking_window_seconds", "tracking_window_out_of_range", "the tracking window must be above 0 and at most 366 days")
	}
	if t.ReviewTime() < minReviewDeadline || t.ReviewTime() > maxDuration {
		return fault.Field("review_deadline_seconds", "review_deadline_out_of_range", "the review deadline must be between 1 hour and 366 days, or 0 for the default of 72 hours")
	}
	return nil
}

// ReviewDeadlineDefault is how long a clip waits for its review if the terms do not say.
const ReviewDeadlineDefault = 72 * time.Hour

// ReviewTime is how long a clip waits for its review.
func (t Terms) ReviewTime() time.Duration {
	if t.ReviewDeadline == 0 {
		return ReviewDeadlineDefault
	}
	return t.ReviewDeadline.Std()
}

// Paces reports whether the terms defer spending.
func (t Terms) Paces() bool { return t.DailyPacingMinor > 0 || t.HourlyPacingMinor > 0 }

// StepViewsMax returns how many views can count at once before another provider has to agree: those that
// cost the share of the budget in Plausibility. It is zero without such a limit, also if a clip can never
// earn that much.
func (t Terms) StepViewsMax() int64 {
	share := int64(t.Plausibility.OrDefault().StepBasisPoints)
	if share >= money.BasisPointsPerWhole || t.RateMinorPerThousand <= 0 {
		return 0
	}
	stepMinor := t.BudgetMinor/money.BasisPointsPerWhole*share + t.BudgetMinor%money.BasisPointsPerWhole*share/money.BasisPointsPerWhole
	if t.MaxPerClipMinor > 0 && t.MaxPerClipMinor <= stepMinor {
		return 0
	}
	return max(1, stepMinor*1000/t.RateMinorPerThousand)
}

// PaymentMinor is what the brand pays: the budget and the surcharge.
func (t Terms) PaymentMinor() int64 { return t.BudgetMinor + t.SurchargeMinor }

// Allows reports whether the campaign accepts clips of a platform.
func (t Terms) Allows(platform clip.Platform) bool {
	return slices.Contains(t.Platforms, platform)
}
