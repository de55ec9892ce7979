package workflows

import (
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// refundsSeen is what this history knows of the campaign's refunds.
type refundsSeen struct {
	// upToDate: the books have what Stripe says of every refund, since nothing was heard.
	upToDate bool
	// failed refunds that a person was told of.
	failed int
	// tries makes the activity ids of one history unique.
	tries int
	// retryAsked: a person wants the next try at once.
	retryAsked bool
}

// refundUnspent gives the brand back what is neither earned nor frozen. It reports done once
// nothing is left to give back, with the facts that say so; otherwise it has done one thing,
// or waited, and wants to be called again.
//
// Stripe's list of refunds says what has happened: one that was made before a crash is there,
// and one whose money came back after it was booked is, too. Escrow that grows after a refund
// (a clawback, a failed refund) is given back by another one.
func (c *campaignRun) refundUnspent(ctx workflow.Context) (facts campaign.Facts, done bool, err error) {
	if c.took(SignalStripeChanged) {
		c.refunds.upToDate = false
	}
	if facts, err = c.facts(ctx); err != nil {
		return facts, false, err
	}
	if c.State.Payment.PaymentIntentID == "" || c.refunds.upToDate && facts.RefundableMinor() <= 0 {
		return facts, true, nil
	}
	made, err := c.listRefunds(ctx)
	if err != nil {
		c.parkRefund(ctx, err)
		return facts, false, nil
	}
	if booked, err := c.bookRefunds(ctx, made); err != nil || !booked {
		return facts, false, err
	}
	if c.refunds.upToDate = true; facts.RefundableMinor() <= 0 {
		return facts, true, nil
	}
	return facts, false, c.sendRefund(ctx, made, facts.RefundableMinor())
}

// listRefunds lists what was refunded of the campaign's payment, whoever did it: money that a
// person gave back in Stripe's dashboard is as far away as any other.
func (c *campaignRun) listRefunds(ctx workflow.Context) ([]rail.Refund, error) {
	return do(ctx, stripeRead, "Look what became of refunds", activities.ListRefunds, c.State.Payment.PaymentIntentID)
}

// bookRefunds brings the books up to date with one refund. It reports whether they were.
func (c *campaignRun) bookRefunds(ctx workflow.Context, made []rail.Refund) (upToDate bool, err error) {
	if len(made) == 0 {
		return true, nil
	}
	ids := make([]string, len(made))
	for i, refund := range made {
		ids[i] = refund.ID
	}
	known, err := step(ctx, "Look which refunds are booked", activities.ListBookedRefunds, ids)
	if err != nil {
		return false, err
	}
	for _, refund := range made {
		booked, undone := slices.Contains(known.Booked, refund.ID), slices.Contains(known.Failed, refund.ID)
		switch {
		case refundFailed(refund) && booked && !undone:
			return false, record(ctx, "Book that the refund came back", activities.RecordRefundFailed, activities.FailedRefund{
				Refund: c.refundOf(ctx, refund), TransactionID: refund.FailureTransactionID,
			})
		case refundFailed(refund) || booked:
		case refund.Status == rail.RefundSucceeded:
			return false, c.bookRefund(ctx, refund)
		default:
			c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the refund has arrived")
			return false, nil
		}
	}
	return true, nil
}

func refundFailed(refund rail.Refund) bool {
	return refund.Status == rail.RefundFailed || refund.Status == rail.RefundCanceled
}

func (c *campaignRun) refundOf(ctx workflow.Context, refund rail.Refund) ledger.Refund {
	return ledger.Refund{
		CampaignID: c.CampaignID, RefundID: refund.ID, Currency: c.Terms.Currency, AmountMinor: refund.AmountMinor, At: workflow.Now(ctx),
	}
}

func (c *campaignRun) bookRefund(ctx workflow.Context, refund rail.Refund) error {
	return record(ctx, "Book the refund", activities.RecordRefund, c.refundOf(ctx, refund))
}

// sendRefund asks Stripe for a refund. Its key counts our refunds and those that Stripe
// refused: it is the same until one of the two has changed, in every history. One made by hand
// does not count: while an earlier request of ours may still be carried out, its key must stay.
func (c *campaignRun) sendRefund(ctx workflow.Context, made []rail.Refund, amountMinor int64) error {
	if waits := c.awaitAfterFailure(ctx, made); waits {
		return nil
	}
	ours := slices.DeleteFunc(slices.Clone(made), func(refund rail.Refund) bool { return refund.CampaignID != c.CampaignID })
	number, generation := len(ours)+1, c.State.Payment.RefundsRefused+1
	c.refunds.tries++
	refund, err := moveMoney(ctx, names.RefundStep(number, generation)+"-"+strconv.Itoa(c.refunds.tries), "Refund the unspent budget", activities.CreateRefund, rail.RefundRequest{
		CampaignID: c.CampaignID, FundingID: c.State.Payment.PaymentIntentID, AmountMinor: amountMinor,
		Currency: c.Terms.Currency, IdempotencyKey: names.RefundKey(c.CampaignID, number, generation),
	})
	if err != nil {
		if rail.Classify(rail.OperationRefund, fault.KindOf(err), rail.MeaningOf(err)).Definitive {
			c.State.Payment.RefundsRefused++
		}
		c.parkRefund(ctx, err)
		return nil
	}
	if refund.Status == rail.RefundSucceeded {
		return c.bookRefund(ctx, refund)
	}
	c.refunds.upToDate = false
	return nil
}

// Waits after failed refunds double up to sixty-four times the interval.
const refundDoublingsMax = 6

// awaitAfterFailure shows that a refund failed at the brand's bank, and reports whether it
// has waited: another one to the same bank will often fail, too, so each is tried later than
// the one before.
func (c *campaignRun) awaitAfterFailure(ctx workflow.Context, made []rail.Refund) (waited bool) {
	failed := slices.DeleteFunc(slices.Clone(made), func(refund rail.Refund) bool { return !refundFailed(refund) })
	if len(failed) <= c.refunds.failed {
		return false
	}
	wait := c.Settings.CheckInterval << min(len(failed), refundDoublingsMax)
	until := workflow.Now(ctx).Add(wait.Std())
	showAttention(ctx, attention{
		Reason: "refund_failed",
		Detail: "The refund " + failed[0].ID + " of the unspent budget failed at the brand's bank (" + failed[0].FailureCode + "), and the money is ours to return again. " +
			"It is tried again by itself on " + until.UTC().Format(time.RFC1123) + "; ask the brand meanwhile whether its card or account still exists, and retry at once with the command below.",
		Commands: []string{names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)},
	})
	c.refunds.retryAsked = false
	for !c.refunds.retryAsked && workflow.Now(ctx).Before(until) {
		c.sleep(ctx, until.Sub(workflow.Now(ctx)), "Until the refund is tried again")
	}
	clearAttention(ctx)
	c.refunds.failed, c.refunds.upToDate = len(failed), false
	return true
}

// parkRefund waits for a person, or for the next look: a refund often fails for want of
// balance, which later funds cure.
func (c *campaignRun) parkRefund(ctx workflow.Context, cause error) {
	c.refunds.upToDate = false
	if rail.MeaningOf(cause) == rail.ChargeDisputed {
		// The dispute has a process of its own, which shows what to do.
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the dispute over the payment is decided")
		return
	}
	showAttention(ctx, attention{
		Reason:   "refund_refused",
		Detail:   "The unspent budget could not be refunded (" + fault.CodeOf(cause) + "). It is tried again by itself; retry at once with the command below.",
		Commands: []string{names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)},
	})
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the refund is tried again")
	clearAttention(ctx)
}
