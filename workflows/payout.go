package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// PayoutInput pays one creator in one currency. The policy is frozen in it.
type PayoutInput struct {
	PayoutID  string         `json:"payout_id"`
	RunID     string         `json:"run_id"`
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency"`
	Policy    payout.Policy  `json:"policy"`
	// Instant is the request of a creator who is paid at once; nil for the payout of a run. Only the
	// reservation uses it: from then on the books say how the payout is sent.
	Instant *payout.InstantRequest `json:"instant,omitempty"`
	// Final is the status with which an earlier history was about to end the payout; empty while
	// it pays. ReturnBy is the deadline that a rejected bank account has set. The books show
	// neither.
	Final    payout.Status `json:"final,omitempty"`
	ReturnBy time.Time     `json:"return_by,omitzero"`
	// UnreadSince is since when the rail has not shown the bank payout; zero while it does.
	UnreadSince time.Time `json:"unread_since,omitzero"`
	// AccountUnreadSince is since when the rail does not answer about the account; zero while it does.
	AccountUnreadSince time.Time `json:"account_unread_since,omitzero"`
	// Cancel reports that an earlier history was asked to cancel, and could not yet.
	Cancel bool `json:"cancel,omitempty"`
}

// CreatorPayout reserves what a creator has available and moves it in two phases: a transfer
// to the connected account, then a bank payout. The documentation of package payout says what
// a crash at each point does.
func CreatorPayout(root workflow.Context, in PayoutInput) (PayoutResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	p := &creatorPayout{PayoutInput: in, waiting: waitFor(root, SignalStripeChanged, SignalAccountChanged, SignalBankAccountChanged, SignalAccountEvent, SignalBooksChanged)}
	if shown, ok := workflow.GetTypedSearchAttributes(root).GetKeyword(AttributePayoutStatus); ok {
		p.shown = payout.Status(shown)
	}
	p.cancellation.asked = in.Cancel
	if in.Final != "" {
		p.turnBack(in.Final)
	}
	if err := p.setUpdateHandlers(ctx); err != nil {
		return PayoutResult{}, err
	}
	err := p.run(ctx)
	if errors.Is(err, errContinueAsNew) {
		// The next history reads everything else from the books.
		return PayoutResult{}, workflow.NewContinueAsNewError(root, CreatorPayout, p.nextInput())
	}
	if err != nil {
		return PayoutResult{}, err
	}
	err = workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return p.result(), err
}

// creatorPayout is the state of one history of CreatorPayout.
type creatorPayout struct {
	PayoutInput
	*waiting
	frozen payout.Reservation
	status payout.Status
	shown  payout.Status // as the search attribute has it
	mode   mode

	// reserved is the answer to UpdateReserved; nil until the reservation is made or refused.
	reserved *InstantReserved
	// gaveUp is the code of why the payout cancels itself.
	gaveUp string

	request      *request // made while the payout is parked, and not yet acted on
	cancellation cancellation

	phase payout.Phase // that is being performed
	tries int          // of the phase that were refused, since it began or a person helped
	calls int          // makes the activity ids of one history unique
	// waitsFor is the reason of the last wait, and looks how often the rail was read for it. It
	// lasts over tries that are refused for the same reason, so that the waits grow.
	waitsFor payout.Reason
	looks    int
	// lookedAt is when the cause was last read. heeded is how many looks in vain were caused by an
	// event, and hasNews that there was one since the last look.
	lookedAt time.Time
	heeded   int
	hasNews  bool
	// lookFailed reports that Stripe did not answer the last look, and failedLooks how many such looks
	// there were one after the other.
	lookFailed  bool
	failedLooks int
	// resumed reports that this history waits again where an earlier one waited.
	resumed bool
	// retried reports that a person has asked to try the current generation again.
	retried bool
	// refused reports that the last generation has ended, so that the next one passes the gate.
	refused bool
	// named is an object that an operator named, until a phase has taken it.
	named rail.NamedObject

	transferID string
	// arrivalRead reports that this history has read what the transfer became.
	arrivalRead bool
	// leftMinor is what the last reversal was to take back, shortages how many tries the account could
	// not cover since, and partMinor the amount of the next one if it is for less.
	leftMinor, partMinor int64
	shortages            int
	// next is the first bank payout, begun when the transfer was booked, until it is sent.
	next       payout.Intent
	nextAsked  time.Time
	bankIntent payout.Intent
	bankPayout activities.Found
	// unread is the failure of the last look at the bank payout.
	unread error
}

// nextInput is the input of the next history.
func (p *creatorPayout) nextInput() PayoutInput {
	next := p.PayoutInput
	next.Final, next.Cancel = p.mode.final, p.checkCancel() != nil || p.cancellation.postponed
	return next
}

func (p *creatorPayout) result() PayoutResult {
	return PayoutResult{
		Status: p.status, AmountMinor: p.frozen.AmountMinor, Currency: string(p.Currency),
		TransferID: p.transferID, BankPayoutID: p.bankPayout.ID,
	}
}

var (
	errCancelled = errors.New("payout cancelled")
	errReturned  = errors.New("payout returned")

	errContinueAsNew = errors.New("payout continues as new")
)

// payoutEnded is the code with which the books refuse to change a payout that another history
// has cancelled or returned.
const payoutEnded = "payout_ended"

// run brings the payout to its end. After an unforeseen refusal it waits for a person, then
// starts again from what is on record.
func (p *creatorPayout) run(ctx workflow.Context) error {
	reserved, err := p.reserve(ctx)
	if err != nil || !reserved {
		return err
	}
	for p.mode.kind != ended {
		err := p.proceed(ctx)
		if err != nil && !errors.Is(err, errContinueAsNew) && fault.CodeOf(err) != payoutEnded {
			err = p.parkUnforeseen(ctx, err)
		}
		if fault.CodeOf(err) == payoutEnded {
			return p.readEnd(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// proceed pays, and returns the money once that is asked for. If it returns nil, the payout
// has ended or its mode has changed.
func (p *creatorPayout) proceed(ctx workflow.Context) error {
	if p.mode.kind == paying {
		err := p.pay(ctx)
		switch {
		case errors.Is(err, errCancelled):
			p.turnBack(payout.Cancelled)
		case errors.Is(err, errReturned):
			p.turnBack(payout.Returned)
		default:
			return err
		}
	}
	return p.returnMoney(ctx)
}

// pay performs both phases. It returns nil when the payout has ended, and errCancelled or
// errReturned if the money is to go back to the creator's available balance.
func (p *creatorPayout) pay(ctx workflow.Context) error {
	if err := p.checkCancel(); err != nil {
		return err
	}
	// An earlier history may have begun to take the money back. Whatever the outcome of that
	// reversal, the payout cannot be paid any more.
	if p.frozen.IsReversing {
		return errCancelled
	}
	if p.transferID == "" {
		if err := p.awaitAccount(ctx); err != nil {
			return err
		}
	}
	if err := p.perform(ctx, payout.Transfer); err != nil {
		return err
	}
	if err := p.convert(ctx); err != nil {
		return err
	}
	if err := p.payBank(ctx); err != nil {
		return err
	}
	workflow.SetCurrentDetails(ctx, p.amount()+" is paid, and the bank can no longer return it.\n\nTransfer: "+p.transferID+"\n\nBank payout: "+p.bankPayout.ID)
	p.end()
	return nil
}

// parkUnforeseen waits for a person after a refusal that the workflow has no plan for. It
// forgets what this history knows about the money, so that the next round reads the books.
func (p *creatorPayout) parkUnforeseen(ctx workflow.Context, refusal error) error {
	if p.cancellation.asked {
		p.turnBack(payout.Cancelled)
	}
	p.cancellation.asked = false
	p.bankPayout, p.phase, p.next = activities.Found{}, "", payout.Intent{}
	err := p.park(ctx, parking{reason: payout.UnforeseenRefusal, code: fault.CodeOf(refusal), remark: fault.RemarkOf(refusal)})
	p.takeRequest()
	if errors.Is(err, errCancelled) {
		p.turnBack(payout.Cancelled)
		return nil
	}
	if err != nil {
		return err
	}
	reservation, err := p.readReservation(ctx)
	p.frozen, p.transferID = reservation.Payout, reservation.Payout.TransferID
	return err
}

func (p *creatorPayout) amount() string {
	return money.Amount{Minor: p.frozen.AmountMinor, Currency: p.Currency}.String()
}
