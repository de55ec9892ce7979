// Package earnings computes what a clip's views earn: the formula and the caps in their fixed
// order. It rounds the cumulative amount half-up, so the number of polls does not change the sum.
package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Limit is the cap that reduced an accrual or prevented it.
type Limit string

// The caps, in the order in which they are applied.
const (
	NoLimit      Limit = "none"
	MinimumViews Limit = "minimum_views"
	PerClip      Limit = "per_clip"
	PerCreator   Limit = "per_creator"
	HourlyPacing Limit = "hourly_pacing"
	DailyPacing  Limit = "daily_pacing"
	Budget       Limit = "budget"
	Dispute      Limit = "dispute" // instead of Budget while a dispute freezes part of it
	Kept         Limit = "kept"    // instead of Budget for a clip that is approved after the campaign's end
	Review       Limit = "review"  // the clip is in review, so nothing is credited
	// ChannelUnproven: the creator has not proven the channel, or another clip has the post. Nothing is
	// credited before that, and everything after.
	ChannelUnproven Limit = "channel_unproven"
)

// Text says what the cap means, for those whose earnings it has reduced. It is empty for NoLimit.
func (l Limit) Text() string {
	switch l {
	case MinimumViews:
		return "the clip has fewer views than it needs to earn"
	case PerClip:
		return "one clip can earn no more"
	case PerCreator:
		return "one creator can earn no more in this campaign"
	case HourlyPacing:
		return "the campaign has spent what it may in this hour; the rest is credited later"
	case DailyPacing:
		return "the campaign has spent what it may on this day; the rest is credited later"
	case Budget:
		return "the budget is spent"
	case Dispute:
		return "a dispute freezes a part of the budget; the rest is credited if it is won"
	case Kept:
		return "the clip was decided on after the campaign's end, and earns what was kept for it then"
	case Review:
		return "the clip is in review, and earns once it is approved"
	case ChannelUnproven:
		return "the channel of the post is not proven; all views earn once it is"
	}
	return ""
}

// Progress is what was credited before an accrual and what is left. All amounts are gross minor
// units of the campaign's currency.
type Progress struct {
	// CreditableViews is the clip's high-water mark less its excluded views, after the newest
	// reading.
	CreditableViews int64
	CreditedViews   int64
	ClipGrossMinor  int64
	// ClipClawedBackMinor is the part of ClipGrossMinor that was clawed back. It never earns again,
	// so the caps count it. Fee and commission do not.
	ClipClawedBackMinor int64
	CreatorGrossMinor   int64
	// HourGrossMinor and DayGrossMinor are what the campaign has spent in this UTC hour and day.
	HourGrossMinor  int64
	DayGrossMinor   int64
	BudgetLeftMinor int64
	// IsFinal reports that the clip has no later reading. Pacing then defers nothing, because what
	// it defers would be lost.
	IsFinal bool
	// BudgetDisputed reports that a dispute freezes part of the budget.
	BudgetDisputed bool
	// BudgetKept reports that BudgetLeftMinor is what is kept for this clip.
	BudgetKept bool
	// HasAffiliate reports that an affiliate referred the creator to the campaign.
	HasAffiliate bool
}

// Accrual is the amount that one reading earns, in minor units. GrossMinor = CreatorMinor +
// FeeMinor + AffiliateMinor. Zero means that nothing is credited now. CreatorMinor is at least -1:
// below zero, the roundings of fee and commission take a minor unit from an earlier accrual.
type Accrual struct {
	GrossMinor         int64
	CreatorMinor       int64
	FeeMinor           int64
	AffiliateMinor     int64
	CreditedViewsAfter int64
	LimitedBy          Limit
}

// ExhaustsBudget reports whether this accrual spent the rest of the budget. It is false while part
// of the budget is disputed, because more can be earned if the dispute is won.
func (a Accrual) ExhaustsBudget() bool { return a.GrossMinor > 0 && a.LimitedBy == Budget }

// Accrue returns what the newest reading earns:
//
//	gross = round_half_up(creditable_views * rate / 1000) - clip gross so far
//
// reduced by each cap in turn. Pacing defers the rest to a later call. The last accrual
// of a budget is partial and ends exactly at the budget. The parts bring fee and commission to the
// floors of what the clip has earned in all, less clawbacks. It returns fault.Invalid
// "negative_standing" for negative values and "amount_overflow".
func Accrue(terms campaign.Terms, progress Progress) (Accrual, error) {
	if err := progress.validate(); err != nil {
		return Accrual{}, err
	}
	nothing := Accrual{CreditedViewsAfter: progress.CreditedViews, LimitedBy: NoLimit}
	if progress.CreditableViews < terms.MinimumViews {
		nothing.LimitedBy = MinimumViews
		return nothing, nil
	}
	targetMinor, err := money.PerThousandHalfUp(progress.CreditableViews, terms.RateMinorPerThousand)
	if err != nil {
		return Accrual{}, err
	}
	grossMinor, limitedBy := applyCaps(terms, progress, targetMinor-progress.ClipGrossMinor)
	if grossMinor <= 0 {
		nothing.LimitedBy = limitedBy
		return nothing, nil
	}
	netMinor := progress.ClipGrossMinor - progress.ClipClawedBackMinor
	parts, err := splitChange(terms, netMinor, netMinor+grossMinor, progress.HasAffiliate)
	if err != nil {
		return Accrual{}, err
	}
	creditedViews, err := creditedFor(terms, progress, progress.ClipGrossMinor+grossMinor)
	if err != nil {
		return Accrual{}, err
	}
	return Accrual{
		GrossMinor:         grossMinor,
		CreatorMinor:       parts.CreatorMinor,
		FeeMinor:           parts.FeeMinor,
		AffiliateMinor:     parts.AffiliateMinor,
		CreditedViewsAfter: creditedViews,
		LimitedBy:          limitedBy,
	}, nil
}

func (p Progress) validate() error {
	if min(p.CreditableViews, p.CreditedViews, p.ClipClawedBackMinor, p.ClipGrossMinor-p.ClipClawedBackMinor, p.CreatorGrossMinor, p.HourGrossMinor, p.DayGrossMinor, p.BudgetLeftMinor) < 0 {
		return fault.New(fault.Invalid, "negative_standing", "views and amounts must not be negative: %+v", p)
	}
	return nil
}

// applyCaps reduces the wanted amount by every cap and returns it with the cap that applied.
// Reaching the budget exactly counts as the budget's cap, because it ends the campaign. What is kept for one
// clip ends with it anyway.
func applyCaps(terms campaign.Terms, progress Progress, wantedMinor int64) (int64, Limit) {
	grossMinor, limitedBy, budget := wantedMinor, NoLimit, Budget
	switch {
	case progress.BudgetDisputed:
		budget = Dispute
	case progress.BudgetKept:
		budget = Kept
	}
	caps := []struct {
		limit     Limit
		set       bool
		leftMinor int64
	}{
		{PerClip, terms.MaxPerClipMinor > 0, terms.MaxPerClipMinor - progress.ClipGrossMinor},
		{PerCreator, terms.MaxPerCreatorMinor > 0, terms.MaxPerCreatorMinor - progress.CreatorGrossMinor},
		{HourlyPacing, terms.HourlyPacingMinor > 0 && !progress.IsFinal, terms.HourlyPacingMinor - progress.HourGrossMinor},
		{DailyPacing, terms.DailyPacingMinor > 0 && !progress.IsFinal, terms.DailyPacingMinor - progress.DayGrossMinor},
		{budget, true, progress.BudgetLeftMinor},
	}
	for _, ceiling := range caps {
		if ceiling.set && grossMinor > ceiling.leftMinor {
			grossMinor, limitedBy = ceiling.leftMinor, ceiling.limit
		}
	}
	if grossMinor == progress.BudgetLeftMinor && wantedMinor > 0 && budget != Kept {
		limitedBy = budget
	}
	return grossMinor, limitedBy
}

// creditedFor returns how many views a cumulative amount pays for: all creditable views if they
// are paid in full, otherwise the fewest that earn the amount.
func creditedFor(terms campaign.Terms, progress Progress, grossAfterMinor int64) (int64, error) {
	fullMinor, err := money.PerThousandHalfUp(progress.CreditableViews, terms.RateMinorPerThousand)
	if err != nil {
		return 0, err
	}
	if grossAfterMinor == fullMinor {
		return progress.CreditableViews, nil
	}
	credited, err := money.UnitsForPerThousandHalfUp(grossAfterMinor, terms.RateMinorPerThousand)
	if err != nil {
		return 0, err
	}
	return max(credited, progress.CreditedViews), nil
}
