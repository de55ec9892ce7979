package money_test

import (
	"fmt"

	"github.com/creditroll/creditroll/domain/money"
)

// The exponent of the currency says where the decimals begin.
func ExampleAmount_String() {
	for _, amount := range []money.Amount{{Minor: 1234, Currency: "USD"}, {Minor: -5, Currency: "USD"}, {Minor: 1200, Currency: "JPY"}, {Minor: 1234, Currency: "KWD"}} {
		fmt.Println(amount)
	}
	// Output:
	// 12.34 USD
	// -0.05 USD
	// 1200 JPY
	// 1.234 KWD
}

// Half a cent is rounded up. A clip is paid the difference of two such results, so polling
// it more often changes nothing.
func ExamplePerThousandHalfUp() {
	const rateMinorPerThousand = 500 // 5.00 USD for a thousand views
	for _, views := range []int64{1, 2, 3, 1000} {
		earnedMinor, err := money.PerThousandHalfUp(views, rateMinorPerThousand)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(views, "views earn", money.Amount{Minor: earnedMinor, Currency: "USD"})
	}
	// Output:
	// 1 views earn 0.01 USD
	// 2 views earn 0.01 USD
	// 3 views earn 0.02 USD
	// 1000 views earn 5.00 USD
}
