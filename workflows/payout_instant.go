package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// An instant payout is a payout whose bank payout is sent by the instant method. What is different:
//
//   - The reservation opens a run of its own and charges the fee, in one transaction. If the process
//     dies before, nothing has happened and the step starts over; after it, the books have the
//     payout, and a new history asks for nothing again.
//   - The gate refuses an account without an instant bank account. Nothing was sent, so the payout
//     is cancelled and its fee returned.
//   - The intent of the bank payout freezes the method with the key. A history that sends that key
//     again after a crash sends the same request.
//   - A definite refusal of the instant bank payout, once no object was found, ends the generation,
//     returns the fee and records the fallback in one transaction. If the process dies before it, the
//     same key is looked up and sent again, and refused again. If it dies after it, the books say
//     that the next generation is standard.
//   - A bank payout that fails or comes back falls back in the transaction that books the failure.

// onReserved answers a creator who asked to be paid at once.
func (p *creatorPayout) onReserved(ctx workflow.Context) (InstantReserved, error) {
	if err := workflow.Await(ctx, func() bool { return p.reserved != nil }); err != nil {
		return InstantReserved{}, err
	}
	return *p.reserved, nil
}

// sendsInstantly reports that the payout is to be instant, and that nothing was sent yet.
func (p *creatorPayout) sendsInstantly() bool {
	return p.frozen.Method == payout.Instant && p.transferID == ""
}

// checkInstant gives an instant payout up that cannot be one, or that the state of the books forbids:
// a run stops for that as well. Nothing was sent, so the creator decides again, and the weekly payout
// costs no fee.
func (p *creatorPayout) checkInstant(ctx workflow.Context, account payout.AccountVerdict) error {
	if !p.sendsInstantly() || account.Reason != payout.NoReason {
		return nil
	}
	if account.NotInstant {
		p.gaveUp = string(payout.InstantBankUnsupported)
		return errCancelled
	}
	findings, err := stepBy(ctx, auditCall, "Check the books", activities.CheckBooks, activities.None{})
	if err == nil && len(findings) > 0 {
		p.gaveUp = string(payout.InstantPaused)
		return errCancelled
	}
	return err
}

// fellBack notes what the books have recorded: the next bank payout is a standard one.
func (p *creatorPayout) fellBack(code string) {
	p.frozen.Method, p.frozen.FeeMinor, p.frozen.FallbackCode = payout.Standard, 0, code
}

// describeMethod says how an instant payout is sent. It is empty for a standard one.
func (p *creatorPayout) describeMethod() string {
	switch {
	case p.status.Ended():
		return ""
	case p.frozen.FallbackCode != "":
		return "\n\nIt is sent by the standard method, because it could not be instant (" + p.frozen.FallbackCode + "). Its fee was returned."
	case p.frozen.Method == payout.Instant:
		return "\n\nIt is instant, for a fee of " + money.Amount{Minor: p.frozen.FeeMinor, Currency: p.Currency}.String() + "."
	}
	return ""
}
