package workflows

import (
	"cmp"
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// A payout to an account without a bank account in its currency is converted by the rail, when the
// transfer arrives. What is different:
//
//   - The gate says so before the transfer, and the intent of the transfer freezes it. The booking of
//     such a transfer begins no bank payout, because its amount is not known.
//   - What arrived is read and booked. Reading moves nothing, and always shows the same: a history that
//     dies before the booking reads again. The booking is one transaction, once per transfer: a history
//     that dies after it finds the conversion in the books and reads nothing.
//   - The intent of the bank payout freezes the amount and the currency that arrived.
//   - A reversal is taken at the rate of its day. What it took is read after it and booked together with
//     it. A history that dies between the reversal and its booking finds the reversal, and reads again.
//   - A reversal that the account cannot cover at that rate ends its generation, as any refusal does. The
//     next generation is for less. A history that dies then begins with the whole amount again.

// convert books what the transfer became, and waits until the account has it available. It does nothing
// for a payout that is not converted.
func (p *creatorPayout) convert(ctx workflow.Context) error {
	for p.frozen.Conversion == nil && p.mayBeConverted() {
		err := p.readArrival(ctx)
		if err == nil {
			break
		}
		why, err := p.unreadArrival(err)
		if err != nil {
			return err
		}
		why.deadline = p.returnBy(ctx, why.reason)
		if err := p.park(ctx, why); err != nil {
			return err
		}
		p.takeRequest()
	}
	made := p.frozen.Conversion
	switch {
	case made == nil:
	case made.TooSmall(""):
		return p.giveUp(payout.BelowBankMinimum)
	case made.AvailableOn.After(workflow.Now(ctx)):
		if err := p.park(ctx, parking{reason: payout.ConnectedBalance}); err != nil {
			return err
		}
		p.takeRequest()
	}
	return nil
}

// mayBeConverted reports whether what arrived has to be read: a conversion is expected, or the gate that
// the transfer passed is not known.
func (p *creatorPayout) mayBeConverted() bool {
	return !p.arrivalRead && (p.frozen.ConvertsInto != "" || p.frozen.Adopted)
}

// giveUp returns the money, because no wait makes the amount larger.
func (p *creatorPayout) giveUp(why payout.Reason) error {
	p.gaveUp = string(why)
	return errCancelled
}

// nothingArrived is the code of a payout that was worth less than a minor unit of the account's currency.
const nothingArrived payout.Reason = "nothing_arrived"

// readArrival reads what the transfer became, and books it if that is another currency. It returns
// errCancelled if nothing that a bank takes has arrived. Any other failure is that of the reading.
func (p *creatorPayout) readArrival(ctx workflow.Context) error {
	arrived, err := do(ctx, p.reading(), "Read what the transfer became on the connected account", activities.ReadArrival, activities.TransferOf{Account: p.frozen.Account, TransferID: p.transferID})
	if err != nil {
		return err
	}
	p.arrivalRead = true
	if !arrived.Converted() {
		if arrived.Currency == "" && p.mode.kind == paying {
			return p.giveUp(nothingArrived)
		}
		return nil
	}
	booked, err := localStep(ctx, "Book the conversion", activities.RecordConverted, payout.Arrival{PayoutID: p.PayoutID, Settlement: arrived, Now: workflow.Now(ctx)})
	if err != nil {
		p.arrivalRead = false
		return arrivalRefused{err}
	}
	p.frozen.Conversion = &booked.Conversion
	if booked.Obstacle != payout.NoReason && p.mode.kind == paying {
		return p.giveUp(booked.Obstacle)
	}
	return nil
}

// arrivalRefused is a refusal of the books, which no second reading changes.
type arrivalRefused struct{ error }

func (r arrivalRefused) Unwrap() error { return r.error }

// unreadArrival returns why the payout waits after a failed reading, or the error that ends the wait.
func (p *creatorPayout) unreadArrival(err error) (parking, error) {
	var refused arrivalRefused
	switch {
	case errors.As(err, &refused):
		return parking{}, refused.error
	case errors.Is(err, errCancelled):
		return parking{}, err
	}
	return parking{reason: payout.AccountUnread(fault.KindOf(err), rail.MeaningOf(err)), code: fault.CodeOf(err), remark: fault.RemarkOf(err)}, nil
}

// becameOther reports that the money lies on the account in another currency than expected. The account
// may have lost its bank account between the gate and the transfer. What arrived never changes, so it is
// read once.
func (p *creatorPayout) becameOther(ctx workflow.Context) (bool, error) {
	if p.transferID == "" || p.frozen.Conversion != nil || p.arrivalRead {
		return false, nil
	}
	err := p.readArrival(ctx)
	if err == nil {
		return p.frozen.Conversion != nil, nil
	}
	if _, err := p.unreadArrival(err); err != nil {
		return false, err
	}
	p.lookFailed = true
	return false, nil
}

// onAccount is the money of the payout as it lies on the connected account, once it was transferred.
func (p *creatorPayout) onAccount() money.Amount {
	if made := p.frozen.Conversion; made != nil {
		return money.Amount{Minor: made.PaidMinor(), Currency: made.Currency}
	}
	return money.Amount{Minor: p.frozen.AmountMinor, Currency: p.Currency}
}

// toReverse is what a reversal of a part of the transfer takes from the connected account.
func (p *creatorPayout) toReverse(leftMinor int64) money.Amount {
	if made := p.frozen.Conversion; made != nil {
		return money.Amount{Minor: made.NeededMinor(leftMinor), Currency: made.Currency}
	}
	return money.Amount{Minor: leftMinor, Currency: p.Currency}
}

// takesLess prepares a reversal of what the account can give, after a refusal of more. It reports false
// if that is too little, so that a person has to act.
func (p *creatorPayout) takesLess(ctx workflow.Context, reason payout.Reason) bool {
	made := p.frozen.Conversion
	if reason != payout.ReversalRefused || made == nil {
		return false
	}
	p.shortages++
	held, err := do(ctx, p.reading(), "Check what the connected account can give back", activities.ReadBalance, activities.BalanceOf{Account: p.frozen.Account, Currency: made.Currency})
	if err == nil {
		p.partMinor = made.ReversibleMinor(p.leftMinor, held.AvailableMinor, p.shortages)
	}
	if p.partMinor == 0 {
		p.shortages = 0
	}
	return p.partMinor > 0
}

// amountToReverse returns the amount of the next reversal: all that is left, or the part that the account
// can give.
func (p *creatorPayout) amountToReverse(phase payout.Phase, left activities.TransferState) int64 {
	if phase != payout.Reversal {
		return 0
	}
	p.leftMinor = cmp.Or(left.LeftMinor(), p.frozen.AmountMinor)
	part := p.partMinor
	p.partMinor = 0
	return cmp.Or(part, left.LeftMinor())
}

// readReturns reads what the reversals of a converted transfer took. If the account does not show it for
// long, it has lost what had arrived: the platform has the money again, so the payout can end.
func (p *creatorPayout) readReturns(ctx workflow.Context) (*payout.TakenBack, error) {
	for since := workflow.Now(ctx); p.frozen.Conversion != nil; {
		taken, err := do(ctx, p.reading(), "Read what the reversal took from the connected account", activities.ReadReturns, activities.TransferOf{Account: p.frozen.Account, TransferID: p.transferID})
		if err == nil {
			return &taken, nil
		}
		if workflow.Now(ctx).Sub(since) >= p.Policy.UnreadableAfter.Std() {
			if transfer := p.leftToReverse(ctx, payout.Reversal); transfer.ReversedMinor > 0 {
				return &payout.TakenBack{BackMinor: transfer.ReversedMinor, Assumed: true}, nil
			}
		}
		why, _ := p.unreadArrival(err)
		if err := p.park(ctx, why); err != nil {
			return nil, err
		}
		p.takeRequest()
	}
	return nil, nil
}

// availableIn returns how long the account does not have the converted amount available, by what its
// arrival says.
func (p *creatorPayout) availableIn(since time.Time) time.Duration {
	if made := p.frozen.Conversion; made != nil {
		return max(0, made.AvailableOn.Sub(since))
	}
	return 0
}

// describeConversion says what the transfer became. It is empty for a payout that is not converted.
func (p *creatorPayout) describeConversion() string {
	made := p.frozen.Conversion
	if made == nil || p.status.Ended() {
		return ""
	}
	return "\n\nIt became " + money.Amount{Minor: made.ReceivedMinor, Currency: made.Currency}.String() + " on the connected account, at " + made.Rate + "."
}
