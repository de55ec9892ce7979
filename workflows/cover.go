package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

const (
	// coverAgainAfter is the first wait. A transfer that is not booked yet looks like a gap for a moment.
	coverAgainAfter = time.Minute
	// coverWaitMax is the longest wait of a campaign, which has a date to start and one to end, and of what
	// waits for an organization's balance, which is in the books.
	coverWaitMax = time.Hour
)

// coverWait is how long a campaign or a withdrawal has waited for a balance that covers what is owed.
type coverWait struct {
	// Waits counts the waits that lasted to their end.
	Waits int `json:"waits,omitempty"`
	// Shown: it is on the needs-attention list because of the balance.
	Shown bool `json:"shown,omitempty"`
}

// next is the time until the balance is read again. It grows like all waits, and faster while Stripe does
// not answer, because each look is then several calls. No event says that the balance was topped up, so a
// person who has done it can ask to look at once.
func (w coverWait) next(interval duration.Text, unreadable bool) time.Duration {
	switch {
	case w.Waits == 0:
		return min(coverAgainAfter, interval.Std())
	case unreadable:
		return growing(interval, 3*(w.Waits-1))
	}
	return growing(interval, w.Waits-1)
}

// coverNeed is what a gap holds back, in the words of the attention that says so.
type coverNeed struct {
	waits    string // what waits, and would happen now
	unsure   string // why that needs a balance that can be read
	advice   string // what else people can do about a gap
	after    string // what happens by itself
	commands []string
}

// lack returns what to show while a gap, or a balance that cannot be read, holds something back. ok reports
// that nothing does.
func (n coverNeed) lack(cover activities.Cover, unread error, currency money.Currency) (why attention, ok bool) {
	switch {
	case unread != nil:
		return attention{
			Reason:   "balance_unreadable",
			Detail:   n.waits + ", but the platform's balance at Stripe cannot be read (" + fault.CodeOf(unread) + "), so " + n.unsure + ". Check that the API key may read balances, and that a worker serves the queue `" + QueueReconcile + "`. " + n.after + " after that.",
			Commands: n.commands,
		}, false
	case cover.GapMinor > 0:
		return attention{
			Reason:   "balance_not_covered",
			Detail:   n.waits + ", but " + shortfall(cover, currency) + ". Top the balance up by at least that amount. " + n.after + " once a comparison with Stripe has booked the top-up." + n.advice,
			Commands: n.commands,
		}, false
	}
	return attention{}, true
}

// checkCover reports whether our balance at Stripe covers what is owed in the campaign's currency. If it
// does not, or cannot be read, it waits until the balance has to be read again.
func (c *campaignProcess) checkCover(ctx workflow.Context, need coverNeed) (covered bool, err error) {
	cover, unread, err := readCover(ctx, c.Terms.Currency)
	if err != nil {
		return false, err
	}
	why, ok := need.lack(cover, unread, c.Terms.Currency)
	if ok {
		c.endCoverWait(ctx)
		return true, nil
	}
	c.showCover(ctx, why)
	c.awaitBalance(ctx, unread != nil)
	return false, nil
}

// toStart holds a campaign back whose own budget is part of what is owed: creators could earn money that is
// not there.
func (c *campaignProcess) toStart() coverNeed {
	return coverNeed{waits: "The campaign is funded and may start", unsure: "it may not cover the budget", after: "The campaign starts by itself"}
}

// toRefund holds back a refund of unspent budget. It would pay one brand in full out of what is owed to all.
func (c *campaignProcess) toRefund() coverNeed {
	return coverNeed{
		waits: "The unspent budget is to be refunded", unsure: "others may be owed what the refund would take", after: "The refund is sent by itself",
		advice:   " To check at once, run the command below. If the brand is paid elsewhere, two people settle the refund outside, as the runbook says.",
		commands: []string{names.UpdateLine(names.Campaign(c.CampaignID), UpdateRetry)},
	}
}

// readCover compares the platform's balance at Stripe with what is owed in a currency. unread is why the
// balance cannot be read.
func readCover(ctx workflow.Context, currency money.Currency) (cover activities.Cover, unread, err error) {
	askedAt := workflow.Now(ctx)
	balances, unread := do(ctx, railCompare, "Read the platform's balance", activities.ReadPlatformBalances, activities.None{})
	if unread != nil {
		return activities.Cover{}, unread, nil
	}
	if err := record(ctx, "Record the platform's balance", activities.RecordPlatformBalances, activities.BalancesSeen{Balances: balances, AskedAt: askedAt}); err != nil {
		return activities.Cover{}, nil, err
	}
	cover, err = step(ctx, "Compare the platform's balance with what is owed", activities.CheckCover, currency)
	return cover, nil, err
}

// requireCover refuses what would let creators earn money that is not there. It returns fault.Conflict
// "balance_not_covered" and "balance_unreadable". The second is no temporary failure, because an update's id
// keeps its first answer: the next try is another request.
func requireCover(ctx workflow.Context, currency money.Currency) error {
	cover, unread, err := readCover(ctx, currency)
	switch {
	case err != nil:
		return err
	case unread != nil:
		return fault.New(fault.Conflict, "balance_unreadable", "the platform's balance at Stripe cannot be read now, so it may not cover this: send a new request in a few minutes").Because(unread)
	case cover.GapMinor > 0:
		return fault.New(fault.Conflict, "balance_not_covered", "%s: the platform has to top the balance up first", shortfall(cover, currency))
	}
	return nil
}

func shortfall(cover activities.Cover, currency money.Currency) string {
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: currency}.String() }
	return "the platform's balance at Stripe is " + amount(cover.GapMinor) + " short: it owes " + amount(cover.OwedMinor) + " and has " + amount(cover.HeldMinor)
}

// awaitBalance waits until the balance has to be read again. An event of the payment ends the wait.
func (c *campaignProcess) awaitBalance(ctx workflow.Context, unreadable bool) {
	wait := min(c.State.Cover.next(c.Settings.CheckInterval, unreadable), max(coverWaitMax, c.Settings.CheckInterval.Std()))
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

// untilCovered grows up to an hour only. Money of another deposit, a campaign or a correction can cover a
// balance below zero at any time, and no event comes from Stripe for it.
func untilCovered(interval duration.Text, checks int) time.Duration {
	return min(growing(interval, checks), max(coverWaitMax, interval.Std()))
}
