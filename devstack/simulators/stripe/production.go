package stripe

// Fees returns the options of a platform that pays Stripe's usual fees in the United States and nothing
// else of Production: it settles in each currency, and keeps its balance.
func Fees() Options {
	all := Production()
	return Options{
		FeeBasisPoints: all.FeeBasisPoints, FeeFixedMinor: all.FeeFixedMinor, DisputeFeeMinor: all.DisputeFeeMinor,
		ActiveAccountFeeMinor: all.ActiveAccountFeeMinor, PayoutFeeMinor: all.PayoutFeeMinor, PayoutFeeBasisPoints: all.PayoutFeeBasisPoints,
	}
}

// Production returns the options of a platform as Stripe sets it up by default in the United
// States: processing fees of 2.9 % and 0.30, fees for disputes and for Connect, conversion with a
// fee of 1 %, and a payout schedule that sends the platform's own balance to its bank every day. A
// platform that keeps escrow sets PlatformSchedule to manual.
func Production() Options {
	return Options{
		FeeBasisPoints: 290, FeeFixedMinor: 30, DisputeFeeMinor: 15_00,
		ActiveAccountFeeMinor: 2_00, PayoutFeeMinor: 25, PayoutFeeBasisPoints: 25,
		Convert: true, ConversionFeeBasisPoints: 100,
		PlatformSchedule: scheduleDaily,
	}
}
