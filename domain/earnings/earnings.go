// Package earnings decides what a clip's views are worth at one moment: the formula, and
// every cap in its fixed order. Rounding is half-up on the cumulative amount, so the way a
// count was polled never changes the sum.
package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Limit names the cap that an accrual ended at, or kept it from happening.
type Limit string

// The caps, in the order in which they are applied.
const (
	NoLimit      Limit = "none"
	MinimumViews Limit = "minimum_views"
	PerClip      Limit = "per_clip"
	PerCreator   Limit = "per_creator"
	DailyPacing  Limit = "daily_pacing"
	Budget       Limit = "budget"
	Dispute      Limit = "dispute" // in the place of Budget, while a dispute keeps some of it back
)

// Standing is what has been credited before this accrual, and what is left. All amounts
// are gross minor units of the campaign's currency.
type Progress struct {
	// CreditableViews is the clip's high-water mark less its excluded views, after the
	// newest reading.
	CreditableViews   int64
	CreditedViews     int64
	ClipGrossMinor    int64
	CreatorGrossMinor int64
	DayGrossMinor     int64
	BudgetLeftMinor   int64
	// BudgetDisputed says that a dispute keeps some of the budget back, perhaps for now.
	BudgetDisputed bool
	// HasAffiliate says that somebody referred the creator to the campaign.
	HasAffiliate bool
}

// Accrual is one step of earnings. GrossMinor = CreatorMinor + FeeMinor + AffiliateMinor;
// zero GrossMinor means that nothing is credited now.
type Accrual struct {
	GrossMinor         int64
	CreatorMinor       int64
	FeeMinor           int64
	AffiliateMinor     int64
	CreditedViewsAfter int64
	LimitedBy          Limit
}

// ExhaustsBudget reports whether this accrual spent the last minor unit of the budget. While
// some of it is disputed, none does: there is more to earn if the dispute is won.
func (a Accrual) ExhaustsBudget() bool { return a.GrossMinor > 0 && a.LimitedBy == Budget }

// Accrue returns what the newest reading earns:
//
//	gross = round_half_up(creditable_views * rate / 1000) - clip gross so far
//
// reduced by each cap in turn. A cap that defers (pacing) leaves the rest to a later call;
// the last accrual of a budget is partial and ends exactly at it. It returns
// fault.Invalid for a negative standing or an amount that overflows.
func Accrue(terms campaign.Terms, standing Progress) (Accrual, error) {
	if err := standing.validate(); err != nil {
		return Accrual{}, err
	}
	nothing := Accrual{CreditedViewsAfter: standing.CreditedViews, LimitedBy: NoLimit}
	if standing.CreditableViews < terms.MinimumViews {
		nothing.LimitedBy = MinimumViews
		return nothing, nil
	}
	targetMinor, err := money.PerThousandHalfUp(standing.CreditableViews, terms.RateMinorPerThousand)
	if err != nil {
		return Accrual{}, err
	}
	grossMinor, limitedBy := applyCaps(terms, standing, targetMinor-standing.ClipGrossMinor)
	if grossMinor <= 0 {
		nothing.LimitedBy = limitedBy
		return nothing, nil
	}
	parts, err := split(terms, grossMinor, standing.HasAffiliate)
	if err != nil {
		return Accrual{}, err
	}
	creditedViews, err := creditedFor(terms, standing, standing.ClipGrossMinor+grossMinor)
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

func (s Progress) validate() error {
	if s.CreditableViews < 0 || s.CreditedViews < 0 || s.ClipGrossMinor < 0 || s.CreatorGrossMinor < 0 || s.DayGrossMinor < 0 || s.BudgetLeftMinor < 0 {
		return fault.New(fault.Invalid, "negative_standing", "a standing cannot be negative: %+v", s)
	}
	return nil
}

// applyCaps returns the wanted amount under every cap and the one that decided. Reaching
// the budget exactly counts as its cap, because it ends the campaign.
func applyCaps(terms campaign.Terms, standing Progress, wantedMinor int64) (int64, Limit) {
	grossMinor, limitedBy, budget := wantedMinor, NoLimit, Budget
	if standing.BudgetDisputed {
		budget = Dispute
	}
	caps := []struct {
		limit     Limit
		set       bool
		leftMinor int64
	}{
		{PerClip, terms.MaxPerClipMinor > 0, terms.MaxPerClipMinor - standing.ClipGrossMinor},
		{PerCreator, terms.MaxPerCreatorMinor > 0, terms.MaxPerCreatorMinor - standing.CreatorGrossMinor},
		{DailyPacing, terms.DailyPacingMinor > 0, terms.DailyPacingMinor - standing.DayGrossMinor},
		{budget, true, standing.BudgetLeftMinor},
	}
	for _, ceiling := range caps {
		if ceiling.set && grossMinor > ceiling.leftMinor {
			grossMinor, limitedBy = ceiling.leftMinor, ceiling.limit
		}
	}
	if grossMinor == standing.BudgetLeftMinor && wantedMinor > 0 {
		limitedBy = budget
	}
	return grossMinor, limitedBy
}

// creditedFor returns the views that stand behind a cumulative amount: all creditable ones
// if they are paid in full, otherwise the fewest that are worth it.
func creditedFor(terms campaign.Terms, standing Progress, grossAfterMinor int64) (int64, error) {
	fullMinor, err := money.PerThousandHalfUp(standing.CreditableViews, terms.RateMinorPerThousand)
	if err != nil {
		return 0, err
	}
	if grossAfterMinor == fullMinor {
		return standing.CreditableViews, nil
	}
	credited, err := money.UnitsForPerThousandHalfUp(grossAfterMinor, terms.RateMinorPerThousand)
	if err != nil {
		return 0, err
	}
	return max(credited, standing.CreditedViews), nil
}
