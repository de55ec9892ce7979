package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Split is a gross amount by who has it.
type Split struct {
	CreatorMinor   int64
	FeeMinor       int64
	AffiliateMinor int64
}

// GrossMinor is the sum of the parts.
func (s Split) GrossMinor() int64 { return s.CreatorMinor + s.FeeMinor + s.AffiliateMinor }

// split gives the platform and the affiliate their basis points, each rounded down; the
// creator has the rest, with what both roundings leave.
func split(terms campaign.Terms, grossMinor int64, hasAffiliate bool) (Split, error) {
	feeMinor, err := money.BasisPointsFloor(grossMinor, terms.FeeBasisPoints)
	if err != nil {
		return Split{}, err
	}
	affiliateMinor := int64(0)
	if hasAffiliate {
		if affiliateMinor, err = money.BasisPointsFloor(grossMinor, terms.AffiliateBasisPoints); err != nil {
			return Split{}, err
		}
	}
	return Split{CreatorMinor: grossMinor - feeMinor - affiliateMinor, FeeMinor: feeMinor, AffiliateMinor: affiliateMinor}, nil
}

// TakeBack splits a part of an accrual as the whole was split: the platform's share of
// grossMinor rounded down, then the affiliate's share of what is left rounded down, and the
// rest from the creator. Going step by step, no part is ever above the original one. It
// returns fault.Invalid "clawback_too_large" for more than the whole, or for nothing.
func TakeBack(whole Split, grossMinor int64) (Split, error) {
	if grossMinor <= 0 || grossMinor > whole.GrossMinor() {
		return Split{}, fault.New(fault.Invalid, "clawback_too_large", "between 1 and %d can be taken back, not %d", whole.GrossMinor(), grossMinor)
	}
	feeMinor, err := money.ProportionFloor(grossMinor, whole.FeeMinor, whole.GrossMinor())
	if err != nil {
		return Split{}, err
	}
	earnedMinor := whole.CreatorMinor + whole.AffiliateMinor
	if earnedMinor == 0 {
		return Split{FeeMinor: feeMinor}, nil
	}
	affiliateMinor, err := money.ProportionFloor(grossMinor-feeMinor, whole.AffiliateMinor, earnedMinor)
	if err != nil {
		return Split{}, err
	}
	return Split{CreatorMinor: grossMinor - feeMinor - affiliateMinor, FeeMinor: feeMinor, AffiliateMinor: affiliateMinor}, nil
}
