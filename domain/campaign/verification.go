package campaign

import (
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// VerifyAbove has the budgets, in minor units, above which a campaign's brand must be verified. A
// currency without an amount needs no verification.
type VerifyAbove map[money.Currency]int64

// Due reports whether a campaign of a budget waits for the verification of its brand.
func (v VerifyAbove) Due(currency money.Currency, budgetMinor int64, brand rail.Verification) bool {
	aboveMinor, asked := v[currency]
	return asked && budgetMinor > aboveMinor && brand != rail.Verified
}

// BrandNotVerified is the code of the refusal to fund or start a campaign whose brand is not
// verified.
const BrandNotVerified = "brand_not_verified"

// CheckBrand returns fault.Conflict "brand_not_verified" if the brand must be verified first.
func CheckBrand(f Facts) error {
	if !f.VerificationDue {
		return nil
	}
	return fault.New(fault.Conflict, BrandNotVerified,
		"a campaign with this budget needs a verified brand: POST /v1/organizations/{organization_id}/verification returns the page on which the brand is verified")
}
