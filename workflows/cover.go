package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/money"
)

const (
	// coverAgainAfter is the first wait. A transfer that is not booked yet looks like a gap for a moment.
	coverAgainAfter = time.Minute
	coverWaitMax    = 6 * time.Hour
)

// checkCover reports whether our balance at Stripe covers what is owed in the campaign's currency, its
// own budget included. Creators could otherwise earn money that is not there. If it does not, it
// waits until the balance has to be read again.
func (c *campaignProcess) checkCover(ctx workflow.Context) (covered bool, err error) {
	askedAt := workflow.Now(ctx)
	balances, err := do(ctx, railCompare, "Read the platform's balance", activities.ReadPlatformBalances, activities.None{})
	if err != nil {
		workflow.GetLogger(ctx).Warn("the platform's balance cannot be read", "error", err)
		c.describe(ctx, "It starts when the platform's balance can be read at Stripe.")
		c.sleep(ctx, c.Settings.CheckInterval.Std(), "Until the platform's balance is read again")
		return false, nil
	}
	if err := record(ctx, "Record the platform's balance", activities.RecordPlatformBalances, activities.BalancesSeen{Balances: balances, AskedAt: askedAt}); err != nil {
		return false, err
	}
	cover, err := step(ctx, "Compare the platform's balance with what is owed", activities.CheckCover, c.Terms.Currency)
	if err != nil {
		return false, err
	}
	c.showGap(ctx, cover)
	if cover.GapMinor == 0 {
		return true, nil
	}
	wait := min(coverAgainAfter, c.Settings.CheckInterval.Std())
	if c.State.CoverWaits > 0 {
		wait = min(c.Settings.CheckInterval.Std()<<min(c.State.CoverWaits-1, 8), max(coverWaitMax, c.Settings.CheckInterval.Std()))
	}
	c.State.CoverWaits++
	c.consume(SignalStripeChanged)
	c.sleep(ctx, wait, "Until the platform's balance is read again")
	return false, nil
}

// showGap puts a campaign on the needs-attention list while the balance does not cover what is owed,
// from the second look on, or takes it off.
func (c *campaignProcess) showGap(ctx workflow.Context, cover activities.Cover) {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: c.Terms.Currency}.String() }
	switch {
	case cover.GapMinor > 0 && c.State.CoverWaits > 0 && c.gapShown != cover.GapMinor:
		c.gapShown = cover.GapMinor
		showAttention(ctx, attention{
			Reason: "balance_not_covered",
			Detail: "The campaign is funded and may start, but the platform's balance at Stripe is " + amount(cover.GapMinor) + " short: it owes " + amount(cover.OwedMinor) + " and has " + amount(cover.HeldMinor) + ". Top the balance up by at least that amount. The campaign starts by itself after that.",
		})
	case cover.GapMinor == 0 && c.State.CoverWaits > 0:
		c.gapShown, c.State.CoverWaits = 0, 0
		clearAttention(ctx)
	}
}

// stopCoverWait takes a campaign that ends off the list.
func (c *campaignProcess) stopCoverWait(ctx workflow.Context) { c.showGap(ctx, activities.Cover{}) }
