package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/funding"
)

// The platform has no bank account in pounds, so Stripe would convert a payment in pounds.
const (
	poundsMinor = 50_00
	poundsWait  = 30 * time.Second
)

// payPounds has the brand pay pounds into its balance before a comparison has stored which currencies
// settle. Stripe converts the payment, and the product refunds it in full.
func (p *demoRun) payPounds(ctx context.Context) error {
	if p.stack.Stripe == nil {
		p.skip("no payment is converted, because Stripe is not our simulator")
		return nil
	}
	deposit, refused, err := p.depositPounds(ctx, "first")
	if err != nil {
		return err
	}
	if refused != "" {
		p.skip("no payment is converted, because a comparison has already stored which currencies settle")
		return nil
	}
	err = p.await(ctx, "the payment in pounds to be refunded", poundsWait, func() (bool, error) {
		read, err := p.participants.brand.GetDepositWithResponse(ctx, p.participants.organizationID, deposit.Id)
		found, err := expectBody("read the deposit", read, field(read, func() *client.Deposit { return read.JSON200 }), err)
		if err != nil || found.Status != string(funding.DepositDeclined) {
			return false, err
		}
		return p.books.refundedConverted(ctx, deposit.Id)
	})
	if err != nil {
		return err
	}
	p.narrator.Event(fmt.Sprintf("the brand paid %s, which Stripe converted into dollars: it was refunded in full, and funds nothing", inMoney(poundsMinor, "GBP")))
	return nil
}

// refusePounds tries the same again after a comparison.
func (p *demoRun) refusePounds(ctx context.Context, _ *evidence) error {
	if p.stack.Stripe == nil {
		return nil
	}
	_, refused, err := p.depositPounds(ctx, "second")
	switch {
	case err != nil:
		return err
	case refused != funding.CurrencyNotSettled:
		return errors.New("a payment in pounds was accepted, although a comparison has stored that Stripe converts it")
	}
	p.narrator.Event("the next payment in pounds was refused before it was charged (" + refused + ")")
	return nil
}

// depositPounds requests a deposit, and returns the code of a refusal by rule.
func (p *demoRun) depositPounds(ctx context.Context, key string) (deposit *client.Deposit, refused string, err error) {
	idempotencyKey := "demo-pounds-" + p.nonce + "-" + key
	made, err := p.participants.brand.CreateDepositWithResponse(ctx, p.participants.organizationID, &client.CreateDepositParams{IdempotencyKey: &idempotencyKey},
		client.NewDeposit{Currency: "GBP", AmountMinor: poundsMinor, PaymentMethod: "pm_card_bypassPending"})
	if made != nil && made.StatusCode() == http.StatusConflict && made.ApplicationproblemJSONDefault != nil && made.ApplicationproblemJSONDefault.Code == funding.CurrencyNotSettled {
		return nil, funding.CurrencyNotSettled, nil
	}
	deposit, err = expectBody("deposit pounds", made, field(made, func() *client.Deposit { return made.JSON201 }), err)
	return deposit, "", err
}

// refundedConverted reports whether the brand has a converted payment of a deposit back.
func (b *auditor) refundedConverted(ctx context.Context, depositID string) (refunded bool, err error) {
	err = b.pool.QueryRow(ctx, `
		SELECT coalesce(bool_and(payment.amount_minor = (SELECT coalesce(sum(made.amount_minor), 0) FROM public.converted_payment_returns AS made
		                                                  WHERE made.payment_intent_id = payment.payment_intent_id AND made.outcome = 'made')), false)
		  FROM public.converted_payments AS payment WHERE payment.deposit_id = $1`, depositID).Scan(&refunded)
	return refunded, err
}
