package statement

import "github.com/creditroll/creditroll/domain/ledger"

// Item is a figure of a statement that entries add to.
type Item string

// The figures of a creator.
const (
	Earned     Item = "earned"
	Commission Item = "commission"
	ClawedBack Item = "clawed_back"
	Adjusted   Item = "adjusted"
	// WrittenOff is a debt that the platform gave up. It increases what the creator is owed.
	WrittenOff     Item = "written_off"
	InstantFee     Item = "instant_fee"
	Paid           Item = "paid"
	SettledOutside Item = "settled_outside"
)

// The figures of a campaign. It also has ClawedBack and SettledOutside.
const (
	Funded      Item = "funded"
	Spent       Item = "spent"
	Refunded    Item = "refunded"
	ChargedBack Item = "charged_back"
	// Shortfall is what the platform added to an escrow because more was refunded than was left.
	Shortfall Item = "shortfall"
)

// The figures of an organization's balance. It also has ChargedBack, SettledOutside and Adjusted.
const (
	Deposited Item = "deposited"
	// ToCampaigns and FromCampaigns move between the balance and the escrow of campaigns.
	ToCampaigns   Item = "moved_to_campaigns"
	FromCampaigns Item = "returned_from_campaigns"
	// Withdrawn is sent back by refunds of withdrawals, and WithdrawalsReturned came back because the
	// brand's bank did not accept it.
	Withdrawn           Item = "withdrawn"
	WithdrawalsReturned Item = "withdrawals_returned"
	// RefundedDirectly is what people refunded of deposits by hand, less what came back of it.
	RefundedDirectly Item = "refunded_directly"
)

const (
	// Moved is money that moves between accounts of the same owner, which changes no balance.
	Moved Item = "moved"
	// Elsewhere is for kinds that post to no account of the owner.
	Elsewhere Item = "elsewhere"
	// Other is what no rule covers.
	Other Item = "other"
)

// Class is where the entries of a kind are shown.
type Class struct {
	Creator  Item
	Campaign Item
	// Organization is where a statement of an organization's balance shows them.
	Organization Item
}

// byStep has the kinds that record a step of a payout.
var byStep = map[string]Item{
	"reservation": Moved, "cancellation": Moved, "transfer": Moved, "reversal": Moved,
	"bank_payout": Paid,
	"conversion":  Elsewhere, // what a creator is owed stays in the currency of the payout
	"settlement":  SettledOutside,
	// A lost payout can be paid again: the money is available to the creator once more.
	"loss": Moved,
}

// byBudget has the kinds that post to the escrow of a campaign.
var byBudget = map[string]Item{"funded": Funded, "spent": Spent, "refunded": Refunded, "shortfall": Shortfall}

// byKind has the kinds whose traits do not say enough.
var byKind = map[ledger.Kind]Class{
	ledger.KindBudgetAllocated:      {Elsewhere, Funded, ToCampaigns},
	ledger.KindBudgetReturned:       {Elsewhere, Refunded, FromCampaigns},
	ledger.KindRefundSettledOutside: {Elsewhere, SettledOutside, Elsewhere},
	ledger.KindFundingDisputed:      {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindDepositReceived:      {Elsewhere, Elsewhere, Deposited},
	ledger.KindDepositRefunded:      {Elsewhere, Elsewhere, Withdrawn},
	ledger.KindDepositRefundFailed:  {Elsewhere, Elsewhere, WithdrawalsReturned},
	// What a withdrawal has reserved is still owed to the brand.
	ledger.KindWithdrawalReserved: {Elsewhere, Elsewhere, Moved},
	ledger.KindWithdrawalReturned: {Elsewhere, Elsewhere, Moved},
	ledger.KindWithdrawalSettled:  {Elsewhere, Elsewhere, SettledOutside},
	// A disputed amount stays in the balance until the dispute is lost, so a won one moves nothing there.
	ledger.KindDisputeWon:     {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindBalanceSettled: {Elsewhere, Elsewhere, Elsewhere},
	// A converted payment funds nothing, so no statement of a brand has it.
	ledger.KindConvertedPaymentReceived: {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindConvertedPaymentRefunded: {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindConvertedRefundFailed:    {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindConvertedSettled:         {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindCapitalPaidIn:            {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindCapitalTakenOut:          {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindProcessorFee:             {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindFundsReserved:            {Elsewhere, Elsewhere, Elsewhere},
	ledger.KindHoldReleased:             {Moved, Elsewhere, Elsewhere},
	ledger.KindReceivableRecovered:      {Moved, Elsewhere, Elsewhere},
	ledger.KindPayoutAdvanced:           {Moved, Elsewhere, Elsewhere},
	ledger.KindWrittenOff:               {WrittenOff, Elsewhere, Elsewhere},
	ledger.KindAdjustment:               {Adjusted, Other, Adjusted},
	ledger.KindInstantFeeCharged:        {InstantFee, Elsewhere, Elsewhere},
	ledger.KindInstantFeeReturned:       {InstantFee, Elsewhere, Elsewhere},
}

// Classify returns where the entries of a kind are shown, and false if no rule covers the kind.
func Classify(traits ledger.Traits) (Class, bool) {
	if class, found := byKind[traits.Kind]; found {
		return class, true
	}
	switch {
	case traits.Hold == "accrual":
		return Class{Earned, Spent, Elsewhere}, true
	case traits.Hold == "remainder":
		return Class{ClawedBack, ClawedBack, Elsewhere}, true
	case traits.Dispute == "lost":
		return Class{Elsewhere, ChargedBack, ChargedBack}, true
	}
	if item, found := byStep[traits.PayoutStep]; found {
		return Class{item, Elsewhere, Elsewhere}, true
	}
	if item, found := byBudget[traits.Budget]; found {
		return Class{Elsewhere, item, Elsewhere}, true
	}
	return Class{Other, Other, Other}, false
}

var classes = func() map[ledger.Kind]Class {
	byKind := map[ledger.Kind]Class{}
	for _, traits := range ledger.Kinds() {
		byKind[traits.Kind], _ = Classify(traits)
	}
	return byKind
}()

// classOf is Other for a kind that this release does not know.
func classOf(kind ledger.Kind) Class {
	if class, found := classes[kind]; found {
		return class
	}
	return Class{Other, Other, Other}
}
