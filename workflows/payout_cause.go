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
	case payout.BankAccountRejected, payout.RefusedByStripe, payout.UnforeseenRefusal, payout.AboveBankMaximum, payout.PartlyReversed:
		return false, nil
	}
	return p.isOtherwise(ctx, why.reason)
}

// isOtherwise reports whether the account has no obstacle, or another one than before.
func (p *creatorPayout) isOtherwise(ctx workflow.Context, before payout.Reason) (bool, error) {
	now, err := p.obstacle(ctx)
	return err == nil && now.reason != before, err
}

// hasBalance reports whether an account has an amount available.
func (p *creatorPayout) hasBalance(ctx workflow.Context, account string, amount money.Amount) bool {
	balance, err := do(ctx, p.reading(), "Check the balance that the money comes from", activities.ReadBalance, activities.BalanceOf{Account: account, Currency: amount.Currency})
	p.lookFailed = err != nil
	return err == nil && balance.AvailableMinor >= amount.Minor
}
