package workflows

import (
	"errors"
	"strconv"
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
}

// CreatorPayout reserves what a creator has available and moves it in two phases: a transfer
// to the connected account, then a bank payout. package payout's documentation says what a
// crash at each point does.
func CreatorPayout(root workflow.Context, in PayoutInput) (PayoutResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	p := &payoutRun{PayoutInput: in, waiting: waitFor(root, SignalStripeChanged, SignalAccountChanged, SignalBankAccountChanged)}
	if err := p.listen(ctx); err != nil {
		return PayoutResult{}, err
	}
	err := p.run(ctx)
	if errors.Is(err, errContinueAsNew) {
		// Everything that matters is on record: the next history finds it there.
		return PayoutResult{}, workflow.NewContinueAsNewError(root, CreatorPayout, p.PayoutInput)
	}
	if err != nil {
		return PayoutResult{}, err
	}
	err = workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return p.result(), err
}

type payoutRun struct {
	PayoutInput
	*waiting
	frozen payout.Reservation
	status payout.Status
	ended  bool

	parked      payout.Reason
	parkedCode  string
	shown       bool // parked is what the books say, too
	asked       *ask
	cancelAsked bool
	cancelHeard bool // a cancellation from the CLI or UI was acted upon
	givingBack  bool
	// wasGivingBack: the money was on its way back when a step was refused.
	wasGivingBack bool

	working    payout.Phase // the phase that is being performed
	generation int          // and its generation
	// returnDeadline is set by the first failure of a bank payout.
	returnDeadline time.Time
	transferID     string
	bankIntent     payout.Intent
	bankPayout     activities.Found
	tries          int // refused tries of the present phase
	calls          int // makes the activity ids of one history unique
}

func (p *payoutRun) result() PayoutResult {
	return PayoutResult{
		Status: p.status, AmountMinor: p.frozen.AmountMinor, Currency: string(p.Currency),
		TransferID: p.transferID, BankPayoutID: p.bankPayout.ID,
	}
}

// run carries the payout to its end. A refusal that nobody foresaw waits for a person, and
// then everything is taken up again from what is on record.
func (p *payoutRun) run(ctx workflow.Context) error {
	reserved, err := p.reserve(ctx)
	if err != nil || !reserved {
		return err
	}
	for !p.ended {
		err := p.pay(ctx)
		switch {
		case errors.Is(err, errCancelled):
			err = p.giveBack(ctx, payout.Cancelled)
		case errors.Is(err, errReturned):
			err = p.giveBack(ctx, payout.Returned)
		}
		if err != nil && !errors.Is(err, errContinueAsNew) && fault.CodeOf(err) != payoutEnded {
			err = p.awaitMending(ctx, err)
		}
		if fault.CodeOf(err) == payoutEnded {
			return p.endedBefore(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// payoutEnded is the refusal of the books to do anything more for a payout that was
// cancelled or returned by another history.
const payoutEnded = "payout_ended"

func (p *payoutRun) endedBefore(ctx workflow.Context) error {
	reserved, err := p.reserve(ctx)
	if err == nil && reserved {
		return fault.New(fault.Internal, "payout_not_ended", "the books refuse to go on with a payout that they do not call ended")
	}
	clearAttention(ctx)
	return err
}

// awaitMending waits for a person after a refusal that nobody foresaw, and forgets what this
// history believes about the money: the next round asks the books.
func (p *payoutRun) awaitMending(ctx workflow.Context, refusal error) error {
	goingBack := p.cancelAsked || p.wasGivingBack
	p.transferID, p.bankPayout, p.working = "", activities.Found{}, ""
	p.cancelAsked, p.givingBack = false, goingBack // while it waits, cancel means the same as retry
	err := p.park(ctx, parking{reason: payout.UnforeseenRefusal, code: fault.CodeOf(refusal)})
	p.takeAsked()
	p.givingBack = false
	if goingBack || errors.Is(err, errCancelled) {
		p.cancelAsked = true
	}
	if errors.Is(err, errCancelled) {
		return nil
	}
	return err
}

// pay is the whole protocol. It returns nil when the payout has ended, errCancelled or
// errReturned if the money is to go back to the creator's available balance.
func (p *payoutRun) pay(ctx workflow.Context) error {
	if err := p.noticeCancel(); err != nil {
		return err
	}
	// An earlier history may have been in the middle of taking the money back: whatever
	// became of the reversal, there is no way forward from there.
	reversing, err := p.live(ctx, payout.Reversal)
	switch {
	case err != nil:
		return err
	case reversing.Intent.Generation > 0:
		return errCancelled
	}
	if p.frozen.TransferID == "" && p.transferID == "" {
		if err := p.awaitAccount(ctx); err != nil {
			return err
		}
	}
	if err := p.transfer(ctx); err != nil {
		return err
	}
	if err := p.payBank(ctx); err != nil {
		return err
	}
	p.ended = true
	return nil
}

var (
	errCancelled = errors.New("payout cancelled")
	errReturned  = errors.New("payout returned")

	errContinueAsNew = errors.New("payout continues as new")
)

// reserve freezes amount, lines and destination. Too little to pay is no payout at all.
func (p *payoutRun) reserve(ctx workflow.Context) (bool, error) {
	reservation, err := step(ctx, "Reserve what the creator has available", activities.ReservePayout, payout.ReservationRequest{
		PayoutID: p.PayoutID, RunID: p.RunID, CreatorID: p.CreatorID, Currency: p.Currency, MinimumMinor: p.Policy.MinimumMinor, Now: workflow.Now(ctx),
	})
	if err != nil || !reservation.Reserved {
		p.status = payout.Cancelled
		return false, err
	}
	p.frozen = reservation.Payout
	switch p.frozen.Status {
	case payout.Cancelled, payout.Returned: // ended before this history began
		p.setStatus(ctx, p.frozen.Status)
		return false, nil
	}
	p.setStatus(ctx, payout.Reserved)
	return true, nil
}

func (p *payoutRun) setStatus(ctx workflow.Context, status payout.Status) {
	p.status = status
	if p.parked != payout.NoReason && !p.ended {
		return // it is still shown as needing attention
	}
	upsert(ctx, AttributePayoutStatus.ValueSet(string(status)))
	p.describe(ctx)
}

var stages = map[payout.Status]string{
	payout.Reserved:     "is reserved; nothing has been sent yet",
	payout.Transferring: "is being transferred to the creator's connected account",
	payout.Transferred:  "lies on the creator's connected account",
	payout.PayingOut:    "is on its way to the bank",
	payout.Paid:         "is paid; the bank may still return it for a while",
	payout.Reversing:    "is being taken back from the connected account",
	payout.Cancelled:    "was given back to the creator's available balance",
	payout.Returned:     "came back from the bank and was given back to the creator's available balance",
}

// describe shows in the engine's page how far the money is.
func (p *payoutRun) describe(ctx workflow.Context) {
	details := p.amount() + " " + stages[p.status] + "."
	if p.transferID != "" {
		details += "\n\nTransfer: " + p.transferID
	}
	if p.bankPayout.ID != "" {
		details += "\n\nBank payout: " + p.bankPayout.ID
	}
	workflow.SetCurrentDetails(ctx, details)
}

// awaitAccount waits until the connected account can be paid. Nothing has moved yet.
func (p *payoutRun) awaitAccount(ctx workflow.Context) error {
	for {
		account, err := do(ctx, stripeRead, "Look whether the account can be paid", activities.GetAccount, p.frozen.Account)
		obstacle := payout.Obstacle(account)
		if err != nil {
			obstacle = payout.Classify(payout.Transfer, fault.KindOf(err), rail.MeaningOf(err)).Reason
		}
		if obstacle == payout.NoReason {
			return p.unpark(ctx)
		}
		if err := p.park(ctx, parking{reason: obstacle, code: fault.CodeOf(err)}); err != nil {
			return err
		}
		p.takeAsked()
	}
}

// transfer is phase one: money from the platform to the connected account.
func (p *payoutRun) transfer(ctx workflow.Context) error { return p.perform(ctx, p.transferPhase(ctx)) }

func (p *payoutRun) transferPhase(ctx workflow.Context) phase {
	return phase{
		name: payout.Transfer, status: payout.Transferring,
		find: func(intent payout.Intent) (activities.Found, error) {
			found, err := do(ctx, stripeRead, "Look whether the transfer was made", activities.FindTransfer, activities.PayoutGeneration{PayoutID: p.PayoutID, Generation: intent.Generation})
			return activities.Found{Found: found.Found, ID: found.ID}, err
		},
		send: func(intent payout.Intent, activityID string) (activities.Found, error) {
			made, err := moveMoney(ctx, activityID, "Transfer "+p.amount()+" to the connected account", activities.CreateTransfer, transferRequest(intent))
			return activities.Found{Found: made.Found, ID: made.ID}, err
		},
		record: func(intent payout.Intent, made activities.Found) error {
			if err := record(ctx, "Book the transfer", activities.RecordTransferred, p.settled(ctx, intent, made)); err != nil {
				return err
			}
			p.transferID = made.ID
			p.setStatus(ctx, payout.Transferred)
			return nil
		},
	}
}

func (p *payoutRun) amount() string {
	return money.Amount{Minor: p.frozen.AmountMinor, Currency: p.Currency}.String()
}

func (p *payoutRun) settled(ctx workflow.Context, intent payout.Intent, made activities.Found) payout.Outcome {
	return payout.Outcome{
		PayoutID: p.PayoutID, Phase: intent.Phase, Generation: intent.Generation, ExternalID: made.ID,
		FailureCode: made.FailureCode, FailureObjectID: made.FailureObjectID, Now: workflow.Now(ctx),
	}
}

// activityID names a call that moves money: the same phase and generation in every history,
// with a counter for repeated rounds.
func (p *payoutRun) activityID(intent payout.Intent) string {
	p.calls++
	return string(intent.Phase) + "-g" + strconv.Itoa(intent.Generation) + "-" + strconv.Itoa(p.calls)
}
