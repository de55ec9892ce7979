package workflows_test

import (
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/money"
)

// yearModel is what the events of a year add up to. It does not read the books.
type yearModel struct {
	reservedMinor map[money.Currency]int64 // by Stripe
	disputedMinor map[money.Currency]int64 // by disputes that are open
	atRiskMinor   map[money.Currency]int64 // of balances of brands
	paidInMinor   map[money.Currency]int64 // by brands
	grossMinor    map[string]int64         // of each clip
}

func newYearModel() yearModel {
	return yearModel{
		reservedMinor: map[money.Currency]int64{}, disputedMinor: map[money.Currency]int64{}, atRiskMinor: map[money.Currency]int64{},
		paidInMinor: map[money.Currency]int64{}, grossMinor: map[string]int64{},
	}
}

func (m yearModel) earn(each *yearClip, credit earnings.Credit) {
	m.grossMinor[each.id] += credit.GrossMinor
}
