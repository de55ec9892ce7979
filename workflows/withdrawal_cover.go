package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/names"
)

// checkCover reports whether our balance at Stripe covers what is owed in the withdrawal's currency. A
// refund lowers both by the same amount, so it widens no gap. But it pays one brand in full out of what is
// owed to all, and the others would bear the whole gap. If something is missing, or the balance cannot be
// read, it waits. Nothing is requested by then, so the withdrawal can be cancelled or settled outside.
func (w *withdrawalProcess) checkCover(ctx workflow.Context) (covered bool, err error) {
	cover, unread, err := readCover(ctx, w.Withdrawal.Currency)
	if err != nil {
		return false, err
	}
	why, ok := w.toSend().lack(cover, unread, w.Withdrawal.Currency)
	if ok {
		if w.State.Cover.Shown {
			w.hide(ctx)
		}
		w.State.Cover = coverWait{}
		return true, nil
	}
	w.showCover(ctx, why)
	wait := w.State.Cover.next(w.CheckInterval, unread != nil)
	until := workflow.Now(ctx).Add(wait)
	w.sleep(ctx, wait, "Until the platform's balance is read again")
	if !workflow.Now(ctx).Before(until) {
		w.State.Cover.Waits++
	}
	return false, nil
}

func (w *withdrawalProcess) toSend() coverNeed {
	id := names.Withdrawal(w.Withdrawal.ID)
	return coverNeed{
		waits: "The withdrawal of organization " + w.Withdrawal.OrganizationID + " is to be sent", unsure: "others may be owed what it would take", after: "It is sent by itself",
		advice:   " The first command below checks at once. The second one cancels, and what is not sent is in the balance again. If the brand is paid elsewhere, two people settle the withdrawal outside, as the runbook says.",
		commands: []string{names.UpdateLine(id, UpdateRetry), names.UpdateLine(id, UpdateCancel)},
	}
}

// showCover puts the withdrawal on the needs-attention list, from the second look on.
func (w *withdrawalProcess) showCover(ctx workflow.Context, why attention) {
	if w.State.Cover.Waits == 0 || w.shown == why.Reason && w.coverShown == why.Detail {
		return
	}
	w.shown, w.coverShown, w.State.Shown, w.State.Cover.Shown = why.Reason, why.Detail, true, true
	showAttention(ctx, why)
}
