package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// isGone reads the rail, and reports whether the cause of a parking is gone, so that the next
// try may succeed. Nothing is sent before that. It returns errCancelled if a person has taken
// the whole transfer back. If a part was taken back, that becomes the reason. isDue reports that
// the wait is over, and not ended early by an event.
func (p *creatorPayout) isGone(ctx workflow.Context, why *parking, isDue bool) (bool, error) {
	leftMinor := p.frozen.AmountMinor
	if p.transferID != "" {
		transfer, err := do(ctx, p.reading(), "Check whether the transfer was taken back", activities.ReadTransfer, p.transferID)
		switch {
		case err != nil:
			p.lookFailed = true
			return false, nil
		case transfer.ReversedMinor > 0 && transfer.LeftMinor() == 0 && p.mode.kind == returning:
			return true, nil
		case transfer.ReversedMinor > 0 && transfer.LeftMinor() == 0:
			return false, errCancelled
		case transfer.ReversedMinor > 0 && p.mode.kind == paying:
			why.reason, why.code, why.remark = payout.PartlyReversed, "", fault.Remark{}
			return false, p.showParked(ctx, *why)
		}
		leftMinor = transfer.LeftMinor()
	}
	switch why.reason {
	case payout.PlatformBalance:
		return p.hasBalance(ctx, "", money.Amount{Minor: leftMinor, Currency: p.Currency}), nil
	case payout.ConnectedBalance, payout.ReversalRefused:
		needed := p.onAccount()
		if why.reason == payout.ReversalRefused {
			needed = p.toReverse(leftMinor)
		}
		if p.hasBalance(ctx, p.frozen.Account, needed) {
			return true, nil
		}
		return p.becameOther(ctx)
	case payout.BankAccountMissing:
		if gone, err := p.becameOther(ctx); err != nil || gone {
			return gone, err
		}
	case payout.OutcomeUnknown:
		return true, nil // the next try looks for the object before it sends anything
	case payout.BankPayoutCanceled:
		return isDue, nil // after a day; see nextCheck
	case payout.CredentialsRejected, payout.ProcessorUnavailable:
		return p.isOtherwise(ctx, why.reason)
	case payout.BankAccountRejected:
		return p.isBankReplaced(ctx), nil
	case payout.RefusedByStripe, payout.UnforeseenRefusal, payout.AboveBankMaximum, payout.PartlyReversed:
		return false, nil
	}
	return p.isOtherwise(ctx, why.reason)
}

// isOtherwise reports whether the account has no obstacle, or another one than before.
func (p *creatorPayout) isOtherwise(ctx workflow.Context, before payout.Reason) (bool, error) {
	now, err := p.obstacle(ctx)
	return err == nil && now.reason != before, err
}

// isBankReplaced reports whether bank payouts go to another bank account than the one that rejected the
// last one. The event that reports it may be lost. A bank account that was added again has a new id.
func (p *creatorPayout) isBankReplaced(ctx workflow.Context) bool {
	rejected := p.frozen.RejectedBank
	if rejected == "" {
		return false // Stripe did not say which one it was, so only an event or a person says that it was replaced
	}
	account, err := p.readBank(ctx)
	p.lookFailed = err != nil
	return err == nil && account.ReplacedBank(rejected)
}

// noteRejectedBank keeps which bank account Stripe has refused to send to. There is no bank payout that says
// it, so the account does.
func (p *creatorPayout) noteRejectedBank(ctx workflow.Context, refused payout.Reason) {
	if p.frozen.RejectedBank = ""; refused != payout.BankAccountRejected {
		return
	}
	account, err := p.readBank(ctx)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the rejected bank account cannot be read", "error", err)
	}
	p.frozen.RejectedBank = account.BankAccount
}

// readBank reads the account with the bank account that bank payouts go to now.
func (p *creatorPayout) readBank(ctx workflow.Context) (payout.AccountVerdict, error) {
	asked := p.onAccount()
	return do(ctx, p.reading(), "Check which bank account bank payouts go to", activities.CheckAccount, payout.AccountCheck{
		PayoutID: p.PayoutID, Account: p.frozen.Account, Currency: asked.Currency, AmountMinor: asked.Minor, Arrived: p.transferID != "", WithBank: true,
	})
}

// hasBalance reports whether an account has an amount available.
func (p *creatorPayout) hasBalance(ctx workflow.Context, account string, amount money.Amount) bool {
	balance, err := do(ctx, p.reading(), "Check the balance that the money comes from", activities.ReadBalance, activities.BalanceOf{Account: account, Currency: amount.Currency})
	p.lookFailed = err != nil
	return err == nil && balance.AvailableMinor >= amount.Minor
}
