package payout

import "github.com/creditroll/creditroll/domain/names"

// Reason says why money does not move. It is a search attribute and a column, so it is short
// and stable.
type Reason string

// The reasons that stop a payout before its transfer: the gate.
const (
	NoReason             Reason = ""
	AccountNotVerified   Reason = "account_not_verified"
	AccountDisabled      Reason = "account_disabled"
	AccountDisconnected  Reason = "account_disconnected"
	AccountUnreadable    Reason = "account_unreadable"
	PayoutsDisabled      Reason = "payouts_disabled"
	ScheduleNotManual    Reason = "payout_schedule_not_manual"
	BankAccountMissing   Reason = "bank_account_missing"
	CurrencyNotSettled   Reason = "currency_not_settled"
	CountryNotSupported  Reason = "country_not_supported"
	BalanceNegative      Reason = "connected_balance_negative"
	BelowBankMinimum     Reason = "below_bank_minimum"
	AboveBankMaximum     Reason = "above_bank_maximum"
	AccountBusy          Reason = "account_busy"
	CreatorFrozen        Reason = "creator_frozen"
	PayoutsPaused        Reason = "payouts_paused"
	PlatformBalance      Reason = "platform_balance_insufficient"
	CredentialsRejected  Reason = "credentials_rejected"
	ProcessorUnavailable Reason = "processor_unavailable"
)

// The reasons that stop a payout later.
const (
	ConnectedBalance    Reason = "connected_balance_unavailable"
	BankAccountRejected Reason = "bank_account_rejected"
	BankPayoutCanceled  Reason = "bank_payout_canceled"
	BankPayoutLate      Reason = "bank_payout_late"
	BankPayoutUnread    Reason = "bank_payout_unreadable"
	OutcomeUnknown      Reason = "outcome_unknown"
	RefusedByStripe     Reason = "refused_by_stripe"
	ReversalRefused     Reason = "reversal_refused"
	PartlyReversed      Reason = "transfer_partly_reversed"
	UnforeseenRefusal   Reason = "unforeseen_refusal"
	ProcessLost         Reason = "process_lost"
)

// Actor is who acts next on a reason.
type Actor string

// The actors. The processor and the bank act without being asked.
const (
	ActorCreator    Actor = "creator"
	ActorFinance    Actor = "finance"
	ActorOperations Actor = "operations"
	ActorProcessor  Actor = "processor"
	ActorBank       Actor = "bank"
)

// Guidance says what a reason means, who acts, and what ends it.
type Guidance struct {
	Actor Actor
	// Operator is what it means and what to do, in the words of operations and finance.
	Operator string
	// Creator is the same in the creator's words.
	Creator string
	// Moves says when the payout continues by itself.
	Moves string
	// ClearsByItself reports that the cause can be gone without a person and without an event,
	// so the payout checks it again after a while.
	ClearsByItself bool
}

const movesByHandOnly = "The payout does not continue automatically."

// guidance is in the order of a payout's life.
var guidance = []struct {
	Reason Reason
	Guidance
}{
	{AccountNotVerified, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when the account is verified.",
		Operator: "The payment processor has not verified the creator's account yet. Ask the creator to finish the onboarding.",
		Creator:  "We cannot pay you until the payment processor has verified your account. Finish the onboarding.",
	}},
	{AccountDisabled, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The payout continues automatically if the account is restored.",
		Operator: "The payment processor has rejected or paused the creator's account. Ask the creator to restore it or to connect another one, or cancel.",
		Creator:  "The payment processor has closed your account. Contact its support, or connect another account.",
	}},
	{AccountDisconnected, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when the account is connected again.",
		Operator: "The creator's account is no longer connected to the platform, so it cannot be read or paid. Ask the creator to connect it again or to connect another one, or cancel. If money was on the account, settle it outside.",
		Creator:  "Your account is no longer connected. Connect it again, or connect another account.",
	}},
	{AccountUnreadable, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The payout continues automatically when the account can be read.",
		Operator: "The payment processor has not shown the creator's account for a day. Check the status of the processor and the account in its dashboard.",
		Creator:  "We cannot read your account at the payment processor at the moment. You need to do nothing.",
	}},
	{PayoutsDisabled, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when payouts are enabled.",
		Operator: "The creator's account takes transfers but pays nothing out to a bank. Read its open requirements in the processor's dashboard and ask the creator to supply them.",
		Creator:  "The payment processor does not pay out to your bank yet. Supply the missing information.",
	}},
	{ScheduleNotManual, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The payout continues automatically when the schedule is manual.",
		Operator: "The payment processor pays the creator's account out on its own schedule. It would take the transfer before our bank payout does. Set the payout schedule of the account to manual.",
		Creator:  "The settings of your account are being corrected. You need to do nothing.",
	}},
	{BankAccountMissing, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when there is one.",
		Operator: "The creator's account has no bank account for the currency of the payout. Ask the creator to add one.",
		Creator:  "Add a bank account that takes the currency of your earnings.",
	}},
	{CurrencyNotSettled, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when there is one.",
		Operator: "The payment processor would convert the transfer into the currency of the creator's account, for which the account has no bank account. Ask the creator to add a bank account in that currency, or in the currency of the payout.",
		Creator:  "Your account has no bank account in its own currency. Add one, or one in the currency of your earnings.",
	}},
	{CountryNotSupported, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The payout continues automatically if the country becomes supported.",
		Operator: "The platform cannot send transfers to the country of the creator's account. Ask the creator for an account in another country, or settle the money outside.",
		Creator:  "We cannot pay accounts in your country yet. Contact us.",
	}},
	{BalanceNegative, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when the balance is not negative.",
		Operator: "The creator's account owes money to the payment processor, which would take the transfer. Ask the creator to settle the debt, or cancel.",
		Creator:  "Your account owes money to the payment processor. Settle it, so that we can pay you.",
	}},
	{BelowBankMinimum, Guidance{
		Actor: ActorProcessor, Moves: "The amount is paid together with later earnings.",
		Operator: "The amount is below the smallest bank payout of this currency and country. It returns to the creator's balance.",
		Creator:  "The amount is below the smallest payout of your bank. It is paid together with later earnings.",
	}},
	{AboveBankMaximum, Guidance{
		Actor: ActorFinance, Moves: movesByHandOnly,
		Operator: "The amount is above the largest bank payout of this currency and country. Settle it outside, or ask the processor for a higher limit and retry.",
		Creator:  "The amount is above the largest payout of your bank. We will contact you.",
	}},
	{AccountBusy, Guidance{
		Actor: ActorProcessor, ClearsByItself: true, Moves: "The payout continues automatically when the earlier one has ended.",
		Operator: "Another payout on the same account has not ended. Only one may have money there at a time, so that none takes the money of the other.",
		Creator:  "An earlier payout is still on its way. This one follows.",
	}},
	{CreatorFrozen, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The payout continues automatically when the hold is lifted.",
		Operator: "The creator's payouts are on hold by a decision of a person. Lift the hold, or cancel.",
		Creator:  "Your payouts are on hold. Contact us.",
	}},
	{PayoutsPaused, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The payout continues automatically when payouts are resumed.",
		Operator: "A person has paused all payouts. Nothing new is sent until payouts are resumed.",
		Creator:  "All payouts are paused for a while. You need to do nothing.",
	}},
	{PlatformBalance, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The payout continues automatically when the balance covers it.",
		Operator: "The platform's available balance at the payment processor is too small. Add funds, or wait for pending ones.",
		Creator:  "Your payout waits for funds of the platform. You need to do nothing.",
	}},
	{ConnectedBalance, Guidance{
		Actor: ActorProcessor, ClearsByItself: true, Moves: "The payout continues automatically when the funds are available.",
		Operator: "The money was transferred, but the connected account does not have it available. Check the balance and the payouts of the account in the processor's dashboard. If the account was paid out by another schedule or by hand, settle the payout outside.",
		Creator:  "The money is on your account at the payment processor, but not available yet.",
	}},
	{BankAccountRejected, Guidance{
		Actor: ActorCreator, ClearsByItself: true, Moves: "The payout continues automatically when another bank account is added.",
		Operator: "The bank did not accept the payout. Ask the creator to add another bank account, then retry.",
		Creator:  "Your bank did not accept the payout. Add another bank account.",
	}},
	{BankPayoutCanceled, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The bank payout is sent again automatically after a day.",
		Operator: "A person cancelled the bank payout in the processor's dashboard. The money is on the connected account. Retry to pay again now, or cancel to take the transfer back.",
		Creator:  "The payout to your bank was stopped. It is sent again after a day.",
	}},
	{BankPayoutLate, Guidance{
		Actor: ActorBank, ClearsByItself: true, Moves: "The payout continues automatically when the bank answers.",
		Operator: "The bank payout should have arrived days ago. Look at the payout in the processor's dashboard and contact its support. If the creator has the money, settle it outside.",
		Creator:  "Your bank has not confirmed the payout yet. Tell us if you have the money.",
	}},
	{BankPayoutUnread, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The payout continues automatically when the bank payout can be read.",
		Operator: "The payment processor has not shown the bank payout for a day. The account may be disconnected. Check it in the processor's dashboard. If the creator has the money, settle it outside.",
		Creator:  "We cannot read the state of your payout at the moment. Check that your account is still connected.",
	}},
	{OutcomeUnknown, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The object is looked for again automatically.",
		Operator: "The payment processor gave no clear answer, and the object was not found there. Look for the payout's id in the processor's dashboard. Retry looks again, then sends the request. Cancel returns the money.",
		Creator:  "We are checking with the payment processor whether your payout was made. You need to do nothing.",
	}},
	{RefusedByStripe, Guidance{
		Actor: ActorFinance, Moves: movesByHandOnly,
		Operator: "The payment processor refused the request, and waiting does not help. Read the code, fix the cause, then retry or cancel.",
		Creator:  "The payment processor refused your payout. We are looking into it.",
	}},
	{CredentialsRejected, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The payout continues automatically when the key is accepted.",
		Operator: "The payment processor does not accept our API key. Correct the key (STRIPE_API_KEY for Stripe), then retry.",
		Creator:  "Your payout waits for a correction on our side. You need to do nothing.",
	}},
	{ProcessorUnavailable, Guidance{
		Actor: ActorProcessor, ClearsByItself: true, Moves: "The payout continues automatically when the processor answers.",
		Operator: "The payment processor could not be reached for a long time. Retry when it is available again.",
		Creator:  "The payment processor cannot be reached at the moment. You need to do nothing.",
	}},
	{ReversalRefused, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: "The reversal is tried again automatically when the account has the funds.",
		Operator: "The transfer could not be taken back, because the connected account lacks the funds. The money stays booked there. If the transfer was converted, the exchange rate may have moved. Retry when the account has the funds, or settle the payout outside.",
		Creator:  "The payout was cancelled, but your account at the payment processor lacks the funds to return it.",
	}},
	{PartlyReversed, Guidance{
		Actor: ActorFinance, ClearsByItself: true, Moves: movesByHandOnly,
		Operator: "A person reversed a part of the transfer in the processor's dashboard. Reverse the rest there, and the payout ends as cancelled. Cancel reverses the rest, too.",
		Creator:  "A part of your payout was taken back by mistake. We are correcting it.",
	}},
	{UnforeseenRefusal, Guidance{
		Actor: ActorOperations, Moves: movesByHandOnly,
		Operator: "A step was refused for an unexpected reason. Nothing is lost: every earlier step is recorded. Fix the cause, then retry.",
		Creator:  "Your payout waits for a correction on our side. You need to do nothing.",
	}},
	{ProcessLost, Guidance{
		Actor: ActorOperations, ClearsByItself: true, Moves: "The process is started again automatically.",
		Operator: "The workflow of this payout is not running. It was terminated or timed out. It is started again from what is on record.",
		Creator:  "Your payout waits for a correction on our side. You need to do nothing.",
	}},
}

var guidanceOf = func() map[Reason]Guidance {
	byReason := make(map[Reason]Guidance, len(guidance))
	for _, row := range guidance {
		byReason[row.Reason] = row.Guidance
	}
	return byReason
}()

// Reasons returns every reason in the order of a payout's life.
func Reasons() []Reason {
	all := make([]Reason, len(guidance))
	for i, row := range guidance {
		all[i] = row.Reason
	}
	return all
}

// Guidance returns what the reason means and what ends it. It is empty for an unknown reason.
func (r Reason) Guidance() Guidance { return guidanceOf[r] }

// Advice returns what the reason means, what a person can do, and when it moves by itself.
func (r Reason) Advice() string {
	if found, ok := guidanceOf[r]; ok {
		return found.Operator + " " + found.Moves
	}
	return ""
}

// Explain returns the advice with the place in the runbook that has the details. It is empty
// for an unknown reason.
func (r Reason) Explain() string {
	if r.Advice() == "" {
		return ""
	}
	return r.Advice() + " See " + names.RunbookLink(string(r)) + "."
}

// ClearsByItself reports whether the payout checks after a while whether the cause is gone.
// Every other reason needs a person, or the event that removes its cause.
func (r Reason) ClearsByItself() bool { return guidanceOf[r].ClearsByItself }

// HoldsBack reports whether a refusal or a person has put the payout on hold, so that a new
// history of its workflow waits as well before it sends anything. After the other reasons it
// looks at once.
func (r Reason) HoldsBack() bool {
	switch r {
	case NoReason, OutcomeUnknown, UnforeseenRefusal, ProcessLost, BankPayoutLate, BankPayoutUnread:
		return false
	}
	return true
}

// BeforeTransfer reports whether the books alone say that a transfer must not begin.
func (r Reason) BeforeTransfer() bool {
	return r == PayoutsPaused || r == CreatorFrozen || r == AccountNotVerified || r == AccountBusy
}

// LacksMoney reports whether a balance is too small.
func (r Reason) LacksMoney() bool {
	return r == PlatformBalance || r == ConnectedBalance || r == ReversalRefused
}

// Returns reports whether money that lies on the connected account goes back to the creator's
// balance after a deadline.
func (r Reason) Returns() bool {
	switch r {
	case BankAccountRejected, BankAccountMissing, BankPayoutCanceled, AccountDisconnected, AccountDisabled, PayoutsDisabled:
		return true
	}
	return false
}
