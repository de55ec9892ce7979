package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

// A payment in a currency that the platform does not settle would be converted when it arrives, and then
// refunded by ConvertedPayment. So it is refused before the brand pays. Each comparison with Stripe stores
// which currencies settle. Before a refusal they are read again, because the platform may have just added
// a bank account. If Stripe cannot be read then, the stored reading decides, for as long as it counts.

// requireSettled returns fault.Conflict "currency_not_settled" for a payment that would be converted.
func requireSettled(ctx workflow.Context, currency money.Currency) error {
	settled, err := step(ctx, "Read which currencies the platform settles", activities.ReadSettledCurrencies, activities.None{})
	if err != nil {
		return err
	}
	refused := settled.Require(currency, workflow.Now(ctx))
	if refused == nil {
		return nil
	}
	if settled, err = readSettled(ctx); err != nil {
		return refused
	}
	return settled.Require(currency, workflow.Now(ctx))
}

// createDeposit records a deposit, unless its payment would be converted.
func createDeposit(ctx workflow.Context, deposit funding.NewDeposit) (funding.Deposit, error) {
	stored, err := step(ctx, "Record the deposit", activities.CreateDeposit, deposit)
	if fault.CodeOf(err) != funding.CurrencyNotSettled {
		return stored, err
	}
	if _, unread := readSettled(ctx); unread != nil {
		return stored, err
	}
	return step(ctx, "Record the deposit", activities.CreateDeposit, deposit)
}

// readSettled reads which currencies the platform settles, and stores that.
func readSettled(ctx workflow.Context) (funding.Settled, error) {
	askedAt := workflow.Now(ctx)
	currencies, err := do(ctx, railLook, "Read the bank accounts of the platform", activities.ListSettledCurrencies, activities.None{})
	if err != nil {
		return funding.Settled{}, err
	}
	settled := funding.Settled{Currencies: currencies, At: askedAt}
	return settled, record(ctx, "Record which currencies the platform settles", activities.RecordSettledCurrencies, settled)
}
