package api

import (
	"math"
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// termsOf reads and validates the terms of a request, with the platform's policy in them. The fields
// of its faults begin with "terms.".
func termsOf(body openapi.Terms, policy campaign.Policy, byAdmin bool, now time.Time) (campaign.Terms, error) {
	asked := campaign.Terms{
		Currency:              money.Currency(body.Currency),
		BudgetMinor:           body.BudgetMinor,
		RateMinorPerThousand:  body.RateMinorPerThousand,
		MinimumViews:          body.MinimumViews,
		MaxPerClipMinor:       body.MaxPerClipMinor,
		MaxPerCreatorMinor:    body.MaxPerCreatorMinor,
		DailyPacingMinor:      body.DailyPacingMinor,
		HourlyPacingMinor:     body.HourlyPacingMinor,
		TrackingCostMaxMicros: body.TrackingCostMaxMicros,
		PollTiers:             body.PollTiers,
		AffiliateBasisPoints:  body.AffiliateBasisPoints,
		StartsAt:              body.StartsAt.UTC(),
		EndsAt:                body.EndsAt.UTC(),
		Hold:                  duration.Text(seconds(body.HoldSeconds)),
		TrackingWindow:        duration.Text(seconds(body.TrackingWindowSeconds)),
		ReviewDeadline:        duration.Text(seconds(body.ReviewDeadlineSeconds)),
		AutoAcceptCreators:    body.AutoAcceptCreators,
		AutoApproveClips:      body.AutoApproveClips,
	}
	if given := body.Plausibility; given != nil {
		asked.Plausibility = plausibilityOf(*given)
	}
	for _, name := range body.Platforms {
		platform, err := clip.ParsePlatform(name)
		if err != nil {
			return campaign.Terms{}, withField(err, "terms.platforms")
		}
		asked.Platforms = append(asked.Platforms, platform)
	}
	terms, err := policy.Freeze(campaign.Asked{Terms: asked, FeeBasisPoints: body.FeeBasisPoints, ByAdmin: byAdmin})
	if err == nil {
		err = terms.Validate(now)
	}
	if found, ok := fault.As(err); ok && found.Field != "" {
		err = withField(err, "terms."+found.Field)
	}
	return terms, err
}

// seconds returns a duration without overflow. A number that is too large becomes the longest
// Duration, which the rules refuse.
func seconds(count int64) time.Duration {
	const countMax = int64(math.MaxInt64 / time.Second)
	return time.Duration(max(min(count, countMax), -countMax)) * time.Second
}

func plausibilityOf(body openapi.Plausibility) views.Plausibility {
	return views.Plausibility{
		GrowthFactor:      body.GrowthFactor,
		GrowthPeriod:      duration.Text(seconds(body.GrowthPeriodSeconds)),
		GrowthViewsMin:    body.GrowthViewsMin,
		FirstViewsPerHour: body.FirstViewsPerHour,
		FirstViewsPerLike: body.FirstViewsPerLike,
		StepBasisPoints:   body.StepBasisPoints,
		FallBasisPoints:   body.FallBasisPoints,
		RecheckAfter:      duration.Text(seconds(body.RecheckAfterSeconds)),
	}
}

func presentPlausibility(terms views.Plausibility) *openapi.Plausibility {
	return &openapi.Plausibility{
		GrowthFactor:        terms.GrowthFactor,
		GrowthPeriodSeconds: int64(terms.GrowthPeriod.Std() / time.Second),
		GrowthViewsMin:      terms.GrowthViewsMin,
		FirstViewsPerHour:   terms.FirstViewsPerHour,
		FirstViewsPerLike:   terms.FirstViewsPerLike,
		StepBasisPoints:     terms.StepBasisPoints,
		FallBasisPoints:     terms.FallBasisPoints,
		RecheckAfterSeconds: int64(terms.RecheckAfter.Std() / time.Second),
	}
}

func presentTerms(terms campaign.Terms) openapi.Terms {
	answer := openapi.Terms{
		Currency:              string(terms.Currency),
		BudgetMinor:           terms.BudgetMinor,
		RateMinorPerThousand:  terms.RateMinorPerThousand,
		MinimumViews:          terms.MinimumViews,
		MaxPerClipMinor:       terms.MaxPerClipMinor,
		MaxPerCreatorMinor:    terms.MaxPerCreatorMinor,
		DailyPacingMinor:      terms.DailyPacingMinor,
		HourlyPacingMinor:     terms.HourlyPacingMinor,
		TrackingCostMaxMicros: terms.TrackingCostMaxMicros,
		PollTiers:             terms.PollTiers,
		FeeBasisPoints:        &terms.FeeBasisPoints,
		ProcessingFeePaidBy:   string(terms.ProcessingFeePaidBy),
		SurchargeMinor:        terms.SurchargeMinor,
		PaymentMinor:          terms.PaymentMinor(),
		AffiliateBasisPoints:  terms.AffiliateBasisPoints,
		Platforms:             []openapi.Platform{},
		StartsAt:              terms.StartsAt,
		EndsAt:                terms.EndsAt,
		HoldSeconds:           int64(terms.Hold.Std() / time.Second),
		TrackingWindowSeconds: int64(terms.TrackingWindow.Std() / time.Second),
		ReviewDeadlineSeconds: int64(terms.ReviewTime() / time.Second),
		AutoAcceptCreators:    terms.AutoAcceptCreators,
		AutoApproveClips:      terms.AutoApproveClips,
		Plausibility:          presentPlausibility(terms.Plausibility.OrDefault()),
	}
	for _, platform := range terms.Platforms {
		answer.Platforms = append(answer.Platforms, string(platform))
	}
	return answer
}
