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

func (s Split) minus(other Split) Split {
	return Split{CreatorMinor: s.CreatorMinor - other.CreatorMinor, FeeMinor: s.FeeMinor - other.FeeMinor, AffiliateMinor: s.AffiliateMinor - other.AffiliateMinor}
}

// splitOf divides what a clip has earned in all. The platform and the affiliate get their basis
// points of it, each rounded down. The creator gets the rest, including both remainders. No part
// is below zero, because the terms allow each share at most half.
func splitOf(terms campaign.Terms, clipMinor int64, hasAffiliate bool) (Split, error) {
	feeMinor, err := money.BasisPointsFloor(clipMinor, terms.FeeBasisPoints)
	if err != nil {
		return Split{}, err
	}
	affiliateMinor := int64(0)
	if hasAffiliate {
		if affiliateMinor, err = money.BasisPointsFloor(clipMinor, terms.AffiliateBasisPoints); err != nil {
			return Split{}, err
		}
	}
	return Split{CreatorMinor: clipMinor - feeMinor - affiliateMinor, FeeMinor: feeMinor, AffiliateMinor: affiliateMinor}, nil
}

// splitChange divides the step from one net gross amount of a clip to a higher one. It is the
// difference of the two splits, so the parts of all steps sum to the split of the last amount.
// This is what makes the number of readings irrelevant to who gets which cent.
//
// Fee and commission never fall when the net gross rises, so their parts are not below zero. Both
// can rise by a minor unit that the step does not contain: at 10 % and 5 %, 19 is split into
// 18+1+0 and 20 into 17+2+1. The creator then gives one minor unit back. It is never more,
// because the two floors together rise by less than the step plus two.
func splitChange(terms campaign.Terms, fromMinor, toMinor int64, hasAffiliate bool) (Split, error) {
	before, err := splitOf(terms, fromMinor, hasAffiliate)
	if err != nil {
		return Split{}, err
	}
	after, err := splitOf(terms, toMinor, hasAffiliate)
	if err != nil {
		return Split{}, err
	}
	return after.minus(before), nil
}

// TakeBack divides what a clawback takes from a clip, whose net gross is netMinor: what the clip
// earned less earlier clawbacks. After it, fee and commission are the floors of what is left. The
// creator's part is at least -1, see splitChange: then the creator receives a minor unit back.
// A part can be larger than what one accrual gave, because the floors are those of the whole
// clip. It returns fault.Invalid "clawback_too_large" unless grossMinor is between 1 and netMinor.
func TakeBack(terms campaign.Terms, netMinor, grossMinor int64, hasAffiliate bool) (Split, error) {
	if grossMinor <= 0 || grossMinor > netMinor {
		return Split{}, fault.New(fault.Invalid, "clawback_too_large", "the clawback must be between 1 and %d, not %d", netMinor, grossMinor)
	}
	return splitChange(terms, netMinor-grossMinor, netMinor, hasAffiliate)
}
