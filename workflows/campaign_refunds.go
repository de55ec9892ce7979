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

// refundProgress is what this history knows about the campaign's refunds.
type refundProgress struct {
	// upToDate: the books agree with Stripe about every refund, as of the last signal.
	upToDate bool
	// failureShown: this history shows a failed refund to a person.
	failureShown bool
	// tries makes the activity ids of one history unique.
	tries int
	// covered: the balance covers what is owed, as it was read for the next refund.
	covered bool
	// retryAsked: a person requested the next try at once.
	retryAsked bool
}

// refundUnspent refunds to the brand what is neither earned nor frozen. It reports done, with the
// facts, when nothing is left to refund. If not done, it has taken one step or waited, and the
// caller calls it again.
//
// Stripe's list of refunds decides what is booked. It has a refund that was made before a crash, and one that
// failed after it was booked. Escrow that grows after a refund (a clawback, a failed refund) is
// refunded by another one.
func (c *campaignProcess) refundUnspent(ctx workflow.Context) (facts campaign.Facts, done bool, err error) {
	if c.consume(SignalStripeChanged) {
		c.refunds.upToDate = false
	}
	covered, asked := c.refunds.covered, workflow.Now(ctx)
	c.refunds.covered = false
	if facts, err = c.facts(ctx); err != nil {
		return facts, false, err
	}
	if facts.CreditsWithheld {
		return facts, false, c.creditWithheld(ctx)
	}
	if facts.KeptMinor > 0 {
		if err := c.settleReviews(ctx); err != nil {
			return facts, false, err
		}
	} else {
		c.hideReview(ctx)
	}
	c.showTracking(ctx, false) // it may have waited for that
	if facts.ReturnableMinor() > 0 {
		return facts, false, c.returnToBalance(ctx)
	}
	if c.State.Payment.PaymentIntentID == "" || c.refunds.upToDate && facts.RefundableMinor() <= 0 {
		c.hideFailedRefund(ctx)
		c.endCoverWait(ctx)
		return facts, true, nil
	}
	made, err := c.listRefunds(ctx)
	if err != nil {
		c.parkRefund(ctx, err)
		return facts, false, nil
	}
	c.State.Unreadable.succeeded(ctx)
	if booked, err := c.bookRefunds(ctx, made); err != nil || !booked {
		return facts, false, err
	}
	if c.refunds.upToDate = true; facts.RefundableMinor() <= 0 {
		c.hideFailedRefund(ctx)
		c.endCoverWait(ctx)
		return facts, true, nil
	}
	if workflow.Now(ctx).Sub(asked) >= lookedFor {
		return facts, false, nil // a history that was reset to here replays old answers, and another one has gone on since
	}
	return facts, false, c.sendRefund(ctx, made, facts.RefundableMinor(), covered)
}

// listRefunds lists the refunds of the campaign's payment. A refund that a person made in Stripe's
// dashboard counts like one of ours. One by a withdrawal does not: it takes money of the balance.
func (c *campaignProcess) listRefunds(ctx workflow.Context) ([]rail.Refund, error) {
	made, err := do(ctx, railRead, "List the payment's refunds", activities.ListRefunds, c.State.Payment.PaymentIntentID)
	return slices.DeleteFunc(made, byWithdrawal), err
}

// bookRefunds books at most one refund, or waits for one. It reports whether the books were up to
// date already.
func (c *campaignProcess) bookRefunds(ctx workflow.Context, made []rail.Refund) (upToDate bool, err error) {
	news, err := bookOneRefund(ctx, made, refundBooks{
		known:     activities.ListBookedRefunds,
		succeeded: func(refund rail.Refund) error { return c.bookRefund(ctx, refund) },
		failed: func(refund rail.Refund) error {
			return record(ctx, "Book the failed refund", activities.RecordRefundFailed, activities.FailedRefund{
				Refund: c.refundOf(ctx, refund), TransactionID: refund.FailureTransactionID,
			})
		},
	})
	if err == nil && news == refundsPending {
		c.hideFailedRefund(ctx) // the next one is under way
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the refund has succeeded or failed")
	}
	return err == nil && news == refundsUpToDate, err
}

func (c *campaignProcess) refundOf(ctx workflow.Context, refund rail.Refund) ledger.Refund {
	return ledger.Refund{
		CampaignID: c.CampaignID, RefundID: refund.ID, Currency: c.Terms.Currency, AmountMinor: refund.AmountMinor, At: workflow.Now(ctx),
	}
}

func (c *campaignProcess) bookRefund(ctx workflow.Context, refund rail.Refund) error {
	return record(ctx, "Book the refund", activities.RecordRefund, c.refundOf(ctx, refund))
}

// sendRefund requests a refund from Stripe. Its key counts our refunds and those that Stripe
// refused, so it changes only when one of the two changes, in every history. A refund made by hand
// does not count: an earlier request of ours may still take effect, and its key must stay.
func (c *campaignProcess) sendRefund(ctx workflow.Context, made []rail.Refund, amountMinor int64, covered bool) (err error) {
	if waits := c.awaitAfterFailure(ctx, made); waits {
		return nil
	}
	ours := slices.DeleteFunc(slices.Clone(made), func(refund rail.Refund) bool { return refund.CampaignID != c.CampaignID })
	number, generation := len(ours)+1, c.State.Payment.RefundsRefused+1
	// A request that may have taken effect is repeated as it was, also if more is unspent by now. A new one
	// waits while the balance does not cover what is owed. The books and Stripe are read again between that look
	// and the request: reading a balance may take longer than what was read before it is true.
	if asked := &c.State.Payment.RefundAsked; asked.Number != number || asked.Generation != generation {
		c.refunds.upToDate = false // what is waited for may change it
		if !covered {
			c.refunds.covered, err = c.checkCover(ctx, c.toRefund())
			return err
		}
		*asked = refundAsked{Number: number, Generation: generation, AmountMinor: amountMinor}
	}
	c.refunds.tries++
	refund, err := moveMoney(ctx, names.RefundStep(number, generation)+"-"+strconv.Itoa(c.refunds.tries), "Refund the unspent budget", activities.CreateRefund, rail.RefundRequest{
		CampaignID: c.CampaignID, FundingID: c.State.Payment.PaymentIntentID, AmountMinor: c.State.Payment.RefundAsked.AmountMinor,
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
	noteRefund(ctx, "", refund)
	return nil
}

// Waits after failed refunds double up to sixty-four times the interval.
const refundDoublingsMax = 6

// awaitAfterFailure shows that a refund failed at the brand's bank, and reports whether it has
// waited. The next refund to the same bank often fails as well, so each wait is longer than the
// one before. It waits in parts: after each signal and each check interval the caller reads the
// books and Stripe again. So the campaign continues at once when the refund was settled outside, or
// a person made another one.
func (c *campaignProcess) awaitAfterFailure(ctx workflow.Context, made []rail.Refund) (waited bool) {
	failed := slices.DeleteFunc(slices.Clone(made), func(refund rail.Refund) bool { return !refundFailed(refund) })
	now, state := workflow.Now(ctx), &c.State.Payment
	if len(failed) > state.RefundsFailed {
		wait := c.Settings.CheckInterval << min(len(failed), refundDoublingsMax)
		state.RefundsFailed, state.RefundAfter = len(failed), now.Add(wait.Std())
		c.refunds.failureShown, c.refunds.retryAsked = false, false
	}
	if c.refunds.retryAsked || !now.Before(state.RefundAfter) {
		c.hideFailedRefund(ctx)
		return false
	}
	if !c.refunds.failureShown && len(failed) > 0 {
		c.showFailedRefund(ctx, failed[0])
	}
	c.sleep(ctx, min(c.Settings.CheckInterval.Std(), state.RefundAfter.Sub(now)), "Until the refund is looked at again")
	c.refunds.upToDate = false
	return true
}

func (c *campaignProcess) showFailedRefund(ctx workflow.Context, failed rail.Refund) {
	showAttention(ctx, attention{
		Reason: "refund_failed",
		Detail: "The refund " + failed.ID + " of the unspent budget failed at the brand's bank (" + failed.FailureCode + "), and the money is in the campaign's escrow again. " +
			"The next try is on " + c.State.Payment.RefundAfter.UTC().Format(time.RFC1123) + ". Until then, ask the brand whether its card or account still exists. To retry at once, run the command below.",
		Commands: []string{names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)},
	})
	c.refunds.failureShown, c.State.Payment.FailureShown = true, true
}

func (c *campaignProcess) hideFailedRefund(ctx workflow.Context) {
	if c.State.Payment.FailureShown {
		c.refunds.failureShown, c.State.Payment.FailureShown = false, false
		clearAttention(ctx)
		c.coverShown = "" // it was cleared as well
	}
}

// parkRefund waits for a person, or for the next try. A refund often fails because the balance is
// too low, and succeeds when other funds have arrived.
func (c *campaignProcess) parkRefund(ctx workflow.Context, cause error) {
	c.refunds.upToDate = false
	c.hideFailedRefund(ctx)
	if rail.MeaningOf(cause) == rail.ChargeDisputed {
		// The dispute has its own workflow, which shows what to do.
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the dispute over the payment is decided")
		return
	}
	showAttention(ctx, attention{
		Reason:   "refund_refused",
		Detail:   "The unspent budget could not be refunded (" + fault.CodeOf(cause) + "). The workflow tries again at every check. To retry at once, run the command below.",
		Commands: []string{names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)},
	})
	c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the refund is tried again")
	clearAttention(ctx)
	c.coverShown = "" // it was cleared as well
}
