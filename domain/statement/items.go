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
	ledger.KindRefundSettledOutside: {Elsewhere, SettledOutside},
	ledger.KindFundingDisputed:      {Elsewhere, Elsewhere},
	ledger.KindDepositReceived:      {Elsewhere, Elsewhere},
	ledger.KindDepositRefunded:      {Elsewhere, Elsewhere},
	ledger.KindDepositRefundFailed:  {Elsewhere, Elsewhere},
	ledger.KindWithdrawalReserved:   {Elsewhere, Elsewhere},
	ledger.KindWithdrawalReturned:   {Elsewhere, Elsewhere},
	ledger.KindWithdrawalSettled:    {Elsewhere, Elsewhere},
	ledger.KindDisputeWon:           {Elsewhere, Elsewhere},
	ledger.KindBalanceSettled:       {Elsewhere, Elsewhere},
	// A converted payment funds nothing, so no statement of a campaign has it.
	ledger.KindConvertedPaymentReceived: {Elsewhere, Elsewhere},
	ledger.KindConvertedPaymentRefunded: {Elsewhere, Elsewhere},
	ledger.KindConvertedRefundFailed:    {Elsewhere, Elsewhere},
	ledger.KindConvertedSettled:         {Elsewhere, Elsewhere},
	ledger.KindCapitalPaidIn:            {Elsewhere, Elsewhere},
	ledger.KindCapitalTakenOut:          {Elsewhere, Elsewhere},
	ledger.KindProcessorFee:             {Elsewhere, Elsewhere},
	ledger.KindFundsReserved:            {Elsewhere, Elsewhere},
	ledger.KindHoldReleased:             {Moved, Elsewhere},
	ledger.KindReceivableRecovered:      {Moved, Elsewhere},
	ledger.KindPayoutAdvanced:           {Moved, Elsewhere},
	ledger.KindWrittenOff:               {WrittenOff, Elsewhere},
	ledger.KindAdjustment:               {Adjusted, Other},
	ledger.KindInstantFeeCharged:        {InstantFee, Elsewhere},
	ledger.KindInstantFeeReturned:       {InstantFee, Elsewhere},
}

// Classify returns where the entries of a kind are shown, and false if no rule covers the kind.
func Classify(traits ledger.Traits) (Class, bool) {
	if class, found := byKind[traits.Kind]; found {
		return class, true
	}
	switch {
	case traits.Hold == "accrual":
		return Class{Earned, Spent}, true
	case traits.Hold == "remainder":
		return Class{ClawedBack, ClawedBack}, true
	case traits.Dispute == "lost":
		return Class{Elsewhere, ChargedBack}, true
	}
	if item, found := byStep[traits.PayoutStep]; found {
		return Class{item, Elsewhere}, true
	}
	if item, found := byBudget[traits.Budget]; found {
		return Class{Elsewhere, item}, true
	}
	return Class{Other, Other}, false
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
	return Class{Other, Other}
}
