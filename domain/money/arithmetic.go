package money

import (
	"math"
	"math/bits"

	"github.com/creditroll/creditroll/domain/fault"
)

// BasisPointsPerWhole is how many basis points make 100 %.
const BasisPointsPerWhole = 10_000

// PerThousandHalfUp returns what count units earn at a rate per thousand, rounded half up
// to the minor unit: floor((count*rateMinorPerThousand + 500) / 1000).
// It returns fault.Invalid "negative_amount" if an argument is negative and
// "amount_overflow" if the result does not fit.
func PerThousandHalfUp(count, rateMinorPerThousand int64) (int64, error) {
	if count < 0 || rateMinorPerThousand < 0 {
		return 0, negative("a count and its rate per thousand")
	}
	hi, lo := bits.Mul64(uint64(count), uint64(rateMinorPerThousand))
	lo, carry := bits.Add64(lo, 500, 0)
	return quotient(hi+carry, lo, 1000)
}

// UnitsForPerThousandHalfUp is the inverse of PerThousandHalfUp: the smallest count that earns at
// least amountMinor. At a cap it is the number of units that the last, partial accrual uses up.
// If one unit earns more than one minor unit, the last unit may earn more than is missing. The
// caller still credits amountMinor.
// It returns fault.Invalid "negative_amount" if an argument is negative, "rate_is_zero" if no
// count can earn the amount, and "amount_overflow" if the count does not fit.
func UnitsForPerThousandHalfUp(amountMinor, rateMinorPerThousand int64) (int64, error) {
	if amountMinor < 0 || rateMinorPerThousand < 0 {
		return 0, negative("an amount and the rate per thousand")
	}
	if amountMinor == 0 {
		return 0, nil
	}
	if rateMinorPerThousand == 0 {
		return 0, fault.New(fault.Invalid, "rate_is_zero", "views earn nothing at a rate of zero: set a rate per thousand above zero")
	}

	// floor((n*rate + 500) / 1000) >= amount  <=>  n >= (1000*amount - 500) / rate
	hi, lo := bits.Mul64(uint64(amountMinor), 1000)
	lo, borrow := bits.Sub64(lo, 500, 0)
	return quotientCeil(hi-borrow, lo, uint64(rateMinorPerThousand))
}

// BasisPointsFloor returns a share of an amount, rounded down to the minor unit:
// floor(amountMinor * basisPoints / 10000). The remainder stays with the payer of the share. It returns fault.Invalid "negative_amount" if an argument is negative and
// "amount_overflow" if the result does not fit.
func BasisPointsFloor(amountMinor int64, basisPoints int) (int64, error) {
	if amountMinor < 0 || basisPoints < 0 {
		return 0, negative("an amount and its basis points")
	}
	hi, lo := bits.Mul64(uint64(amountMinor), uint64(basisPoints))
	return quotient(hi, lo, BasisPointsPerWhole)
}

// GrossUp returns what has to be paid on top of an amount so that the amount is left after a fee of
// basisPoints of the whole payment and fixedMinor, rounded up to the minor unit:
// ceil((amountMinor * basisPoints + 10000 * fixedMinor) / (10000 - basisPoints)). It returns
// fault.Invalid "negative_amount" if an argument is negative, "fee_takes_all" if the share is not below
// the whole, and "amount_overflow" if the result does not fit.
func GrossUp(amountMinor int64, basisPoints int, fixedMinor int64) (int64, error) {
	if amountMinor < 0 || basisPoints < 0 || fixedMinor < 0 {
		return 0, negative("an amount and its fee")
	}
	if basisPoints >= BasisPointsPerWhole {
		return 0, fault.New(fault.Invalid, "fee_takes_all", "a fee of %d basis points leaves nothing: use fewer than %d", basisPoints, BasisPointsPerWhole)
	}
	hi, lo := bits.Mul64(uint64(amountMinor), uint64(basisPoints))
	fixedHi, fixedLo := bits.Mul64(uint64(fixedMinor), BasisPointsPerWhole)
	lo, carry := bits.Add64(lo, fixedLo, 0)
	return quotientCeil(hi+fixedHi+carry, lo, uint64(BasisPointsPerWhole-basisPoints))
}

// AddMinor returns aMinor + bMinor, or fault.Invalid "amount_overflow".
func AddMinor(aMinor, bMinor int64) (int64, error) {
	sum := aMinor + bMinor
	if (aMinor < 0) == (bMinor < 0) && (sum < 0) != (aMinor < 0) {
		return 0, overflow()
	}
	return sum, nil
}

// quotient returns the 128-bit number hi:lo divided by divisor, rounded down.
func quotient(hi, lo, divisor uint64) (int64, error) {
	if hi >= divisor {
		return 0, overflow()
	}
	result, _ := bits.Div64(hi, lo, divisor)
	if result > math.MaxInt64 {
		return 0, overflow()
	}
	return int64(result), nil
}

// quotientCeil returns the 128-bit number hi:lo divided by divisor, rounded up.
func quotientCeil(hi, lo, divisor uint64) (int64, error) {
	lo, carry := bits.Add64(lo, divisor-1, 0)
	return quotient(hi+carry, lo, divisor)
}

func overflow() error {
	return fault.New(fault.Invalid, "amount_overflow", "the result is too large to book: use a smaller amount, count or rate")
}

func negative(what string) error {
	return fault.New(fault.Invalid, "negative_amount", "%s must not be negative", what)
}
