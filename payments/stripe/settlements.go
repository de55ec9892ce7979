package stripe

import (
	"context"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// A transfer in another currency than the account's is converted when it arrives. The transfer
// itself and its balance transaction on the platform do not show that: only the payment on the
// connected account does, by its own balance transaction. The same holds for a reversal and the
// refund of that payment.

// expandSettlement includes the balance transaction. Without it, it is a bare id.
const expandSettlement = "balance_transaction"

// rateDecimals is how precisely a rate is shown.
const rateDecimals = 10

// GetArrival returns what a transfer changed on the connected account, by its destination payment
// (py_…). An unknown one is NotFound "resource_missing".
func (c *Client) GetArrival(ctx context.Context, account, arrivalID string) (rail.Settlement, error) {
	if err := firstOf(checkAccount(account), checkStripeID("arrival_id", arrivalID)); err != nil {
		return rail.Settlement{}, err
	}
	payment, err := perform(ctx, reading("payment of the transfer"), func(ctx context.Context) (*stripe.Charge, error) {
		return c.api.Charges.Get(arrivalID, &stripe.ChargeParams{
			Params: paramsFor(ctx, account, ""), Expand: []*string{stripe.String(expandSettlement)},
		})
	}, func(p *stripe.Charge) bool { return p.ID == arrivalID && isSettlement(p.BalanceTransaction) })
	if err != nil {
		return rail.Settlement{}, err
	}
	return settlement(payment.Amount, payment.Currency, payment.BalanceTransaction), nil
}

// GetReturn returns what a reversal changed on the connected account, by the refund of the
// destination payment (pyr_…). An unknown one is NotFound "resource_missing".
func (c *Client) GetReturn(ctx context.Context, account, returnID string) (rail.Settlement, error) {
	if err := firstOf(checkAccount(account), checkStripeID("return_id", returnID)); err != nil {
		return rail.Settlement{}, err
	}
	taken, err := perform(ctx, reading("refund of the transfer's payment"), func(ctx context.Context) (*stripe.Refund, error) {
		return c.api.Refunds.Get(returnID, &stripe.RefundParams{
			Params: paramsFor(ctx, account, ""), Expand: []*string{stripe.String(expandSettlement)},
		})
	}, func(r *stripe.Refund) bool { return r.ID == returnID && isSettlement(r.BalanceTransaction) })
	if err != nil {
		return rail.Settlement{}, err
	}
	return settlement(taken.Amount, taken.Currency, taken.BalanceTransaction), nil
}

// isSettlement refuses a balance transaction that was not expanded: its amounts would read as zero.
// Its absence is an answer.
func isSettlement(booked *stripe.BalanceTransaction) bool {
	return booked == nil || booked.ID != "" && booked.Currency != ""
}

func settlement(sourceAmount int64, source stripe.Currency, booked *stripe.BalanceTransaction) rail.Settlement {
	read := rail.Settlement{SourceMinor: amountMinor(sourceAmount, source), SourceCurrency: currencyCode(source)}
	if booked == nil {
		return read
	}
	read.TransactionID, read.Currency = booked.ID, currencyCode(booked.Currency)
	read.AmountMinor, read.NetMinor = amountMinor(booked.Amount, booked.Currency), amountMinor(booked.Net, booked.Currency)
	// The fee is what is missing from the gross, so that both add up after rounding too.
	read.FeeMinor = read.AmountMinor - read.NetMinor
	read.AvailableOn = time.Unix(booked.AvailableOn, 0).UTC()
	if read.Converted() {
		read.ExchangeRate = ratePerUnit(booked.ExchangeRate, source, booked.Currency)
	}
	return read
}

// ratePerUnit returns Stripe's rate as people read it. Stripe's converts minor units, as Stripe
// counts them, and ours whole units: dollars to yen is 1.5 there and 150 here.
func ratePerUnit(wire float64, from, into stripe.Currency) string {
	rate, ok := new(big.Rat).SetString(strconv.FormatFloat(wire, 'g', -1, 64))
	if !ok || rate.Sign() <= 0 {
		return ""
	}
	rate.Mul(rate, new(big.Rat).SetFrac64(wireUnit(from), wireUnit(into)))
	return strings.TrimSuffix(strings.TrimRight(rate.FloatString(rateDecimals), "0"), ".")
}
