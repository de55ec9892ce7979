package earnings

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Split is a gross amount divided by recipient, in minor units.
type Split struct {
	CreatorMinor   int64
	FeeMinor       int64
	AffiliateMinor int64
}

// GrossMinor is the sum of the parts.
func (s Split) GrossMinor() int64 { return s.CreatorMinor + s.FeeMinor + s.AffiliateMinor }

// split gives the platform and the affiliate their basis points, each rounded down. The creator
// gets the rest, including both remainders.
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

// TakeBack splits a part of an accrual in the proportions of the whole. The platform's share of
// grossMinor is rounded down, then the affiliate's share of the rest is rounded down, and the
// creator's share is what remains. In this order no share exceeds its original. It returns
// fault.Invalid "clawback_too_large" unless grossMinor is between 1 and the whole.
func TakeBack(whole Split, grossMinor int64) (Split, error) {
	if grossMinor <= 0 || grossMinor > whole.GrossMinor() {
		return Split{}, fault.New(fault.Invalid, "clawback_too_large", "the clawback must be between 1 and %d, not %d", whole.GrossMinor(), grossMinor)
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
