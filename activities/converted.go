package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/funding"
)

// The steps of a brand's payment that the rail converted into another currency.
var (
	// RecordConvertedPayment books the payment, and ends what it was for.
	RecordConvertedPayment = Activity[funding.ConvertedPayment, None]{"RecordConvertedPayment"}
	// ReadConvertedPayment reads how far its refund has come, by its id.
	ReadConvertedPayment = Activity[string, funding.ConvertedStanding]{"ReadConvertedPayment"}
	// FreezeConvertedRefund records that a refund is about to be requested.
	FreezeConvertedRefund = Activity[funding.RefundAsked, funding.ConvertedStanding]{"FreezeConvertedRefund"}
	// RecordConvertedRefund books what a refund took.
	RecordConvertedRefund = Activity[funding.ConvertedRefund, None]{"RecordConvertedRefund"}
	// RecordConvertedRefundFailed books what came back of a refund.
	RecordConvertedRefundFailed = Activity[funding.ConvertedRefundFailure, None]{"RecordConvertedRefundFailed"}
	// EndConvertedRefund records that a refund that was requested moves no money.
	EndConvertedRefund = Activity[funding.ConvertedRefundEnd, None]{"EndConvertedRefund"}

	// ReadSettledCurrencies reads the last reading of the currencies in which payments settle.
	ReadSettledCurrencies = Activity[None, funding.Settled]{"ReadSettledCurrencies"}
	// RecordSettledCurrencies stores a reading.
	RecordSettledCurrencies = Activity[funding.Settled, None]{"RecordSettledCurrencies"}
)

func (l Ledger) registerConverted(registry Registry) {
	store := l.Books.Funding
	bindAction(registry, RecordConvertedPayment, store.RecordConverted)
	bind(registry, ReadConvertedPayment, store.GetConverted)
	bind(registry, FreezeConvertedRefund, store.FreezeConvertedRefund)
	bindAction(registry, RecordConvertedRefund, store.RecordConvertedRefund)
	bindAction(registry, RecordConvertedRefundFailed, store.RecordConvertedRefundFailed)
	bindAction(registry, EndConvertedRefund, store.EndConvertedRefund)
	bind(registry, ReadSettledCurrencies, func(ctx context.Context, _ None) (funding.Settled, error) { return store.GetSettled(ctx) })
	bindAction(registry, RecordSettledCurrencies, store.RecordSettled)
}
