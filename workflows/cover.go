package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

const (
	// coverAgainAfter is the first wait. A transfer that is not booked yet looks like a gap for a moment.
	coverAgainAfter = time.Minute
	coverWaitMax    = time.Hour
)

// coverWait is how long a campaign has waited for a balance that covers what is owed.
type coverWait struct {
	// Waits counts the waits that lasted to their end.
	Waits int `json:"waits,omitempty"`
	// Shown: the campaign is on the needs-attention list because of the balance.
	Shown bool `json:"shown,omitempty"`
}

// checkCover reports whether our balance at Stripe covers what is owed in the campaign's currency, its
// own budget included. Creators could otherwise earn money that is not there. If it does not, or cannot
// be read, it waits until the balance has to be read again.
func (c *campaignProcess) checkCover(ctx workflow.Context) (covered bool, err error) {
	askedAt := workflow.Now(ctx)
	balances, err := do(ctx, railCompare, "Read the platform's balance", activities.ReadPlatformBalances, activities.None{})
	if err != nil {
		c.showCover(ctx, attention{
			Reason: "balance_unreadable",
			Detail: "The campaign is funded and may start, but the platform's balance at Stripe cannot be read (" + fault.CodeOf(err) + "), so it may not cover the budget. Check that the API key may read balances, and that a worker serves the queue `" + QueueReconcile + "`. The campaign starts by itself after that.",
		})
		c.awaitBalance(ctx)
		return false, nil
	}
	if err := record(ctx, "Record the platform's balance", activities.RecordPlatformBalances, activities.BalancesSeen{Balances: balances, AskedAt: askedAt}); err != nil {
		return false, err
	}
	cover, err := step(ctx, "Compare the platform's balance with what is owed", activities.CheckCover, c.Terms.Currency)
	if err != nil {
		return false, err
	}
	if cover.GapMinor == 0 {
		c.endCoverWait(ctx)
		return true, nil
	}
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: c.Terms.Currency}.String() }
	c.showCover(ctx, attention{
		Reason: "balance_not_covered",
		Detail: "The campaign is funded and may start, but the platform's balance at Stripe is " + amount(cover.GapMinor) + " short: it owes " + amount(cover.OwedMinor) + " and has " + amount(cover.HeldMinor) + ". Top the balance up by at least that amount. The campaign starts by itself once a comparison with Stripe has booked the top-up.",
	})
	c.awaitBalance(ctx)
	return false, nil
}

// awaitBalance waits until the balance has to be read again. An event of the payment ends the wait.
func (c *campaignProcess) awaitBalance(ctx workflow.Context) {
	wait := min(coverAgainAfter, c.Settings.CheckInterval.Std())
	if c.State.Cover.Waits > 0 {
		wait = min(c.Settings.CheckInterval.Std()<<min(c.State.Cover.Waits-1, 8), max(coverWaitMax, c.Settings.CheckInterval.Std()))
	}
	until := workflow.Now(ctx).Add(wait)
	c.sleep(ctx, wait, "Until the platform's balance is read again")
	if !workflow.Now(ctx).Before(until) {
		c.State.Cover.Waits++
	}
}

// showCover puts the campaign on the needs-attention list, from the second look on.
func (c *campaignProcess) showCover(ctx workflow.Context, why attention) {
	if c.State.Cover.Waits == 0 || c.coverShown == why.Detail {
		return
	}
	c.coverShown, c.State.Cover.Shown = why.Detail, true
	showAttention(ctx, why)
}

// endCoverWait takes the campaign off the list if it is there because of the balance.
func (c *campaignProcess) endCoverWait(ctx workflow.Context) {
	if c.State.Cover.Shown {
		clearAttention(ctx)
		c.brandShown = false // it was cleared as well
	}
	c.State.Cover, c.coverShown = coverWait{}, ""
}
