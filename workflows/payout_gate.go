package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// awaitAccount waits until the connected account can be paid. No money has moved yet. An amount that
// no bank takes is given back at once, because no wait makes it larger.
func (p *creatorPayout) awaitAccount(ctx workflow.Context) error {
	for {
		why, err := p.obstacle(ctx)
		switch {
		case err != nil:
			return err
		case why.reason == payout.NoReason:
			return p.unpark(ctx)
		case why.reason == payout.BelowBankMinimum:
			return errCancelled
		}
		if err := p.park(ctx, why); err != nil {
			return err
		}
		p.takeRequest()
	}
}

// obstacle returns why no transfer may be sent, first from the books and then from the account.
func (p *creatorPayout) obstacle(ctx workflow.Context) (parking, error) {
	creator, err := localStep(ctx, "Check whether the creator can be paid", activities.CheckCreator, payout.CreatorCheck{PayoutID: p.PayoutID, Into: p.frozen.ConvertsInto, Now: workflow.Now(ctx)})
	if err != nil {
		return parking{}, err
	}
	// The account can have been replaced while nothing was sent.
	p.frozen.Account = creator.Account
	if creator.Reason != payout.NoReason {
		return parking{reason: creator.Reason}, nil
	}
	asked := p.onAccount()
	account, err := do(ctx, p.reading(), "Check whether the account can be paid", activities.CheckAccount, payout.AccountCheck{
		PayoutID: p.PayoutID, Account: p.frozen.Account, Currency: asked.Currency, AmountMinor: asked.Minor,
		Instant: p.sendsInstantly(), Arrived: p.transferID != "", LastRate: creator.LastRate,
	})
	if err == nil {
		if p.transferID == "" {
			p.frozen.ConvertsInto = account.Into
		}
		if err := p.checkInstant(ctx, account); err != nil {
			return parking{}, err
		}
		p.AccountUnreadSince = time.Time{}
		return parking{reason: account.Reason, code: account.Code()}, nil
	}
	why := parking{reason: payout.AccountUnread(fault.KindOf(err), rail.MeaningOf(err)), code: fault.CodeOf(err), remark: fault.RemarkOf(err)}
	switch now := workflow.Now(ctx); {
	case why.reason != payout.ProcessorUnavailable:
		p.AccountUnreadSince = time.Time{}
	case p.AccountUnreadSince.IsZero():
		p.AccountUnreadSince = now
	case now.Sub(p.AccountUnreadSince) >= p.Policy.UnreadableAfter.Std():
		why.reason = payout.AccountUnreadable // an outage does not last that long: a person looks at the account
	}
	return why, nil
}
