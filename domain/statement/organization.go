package statement

import (
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// BalanceFigures are the movements of an organization's balance, each with the sign of its effect on it.
type BalanceFigures struct {
	DepositedMinor           int64
	ToCampaignsMinor         int64
	FromCampaignsMinor       int64
	WithdrawnMinor           int64
	WithdrawalsReturnedMinor int64
	RefundedDirectlyMinor    int64
	ChargedBackMinor         int64
	SettledOutsideMinor      int64
	AdjustmentsMinor         int64
	OtherMinor               int64
}

// SumMinor returns the sum of all movements.
func (f BalanceFigures) SumMinor() int64 {
	return f.DepositedMinor + f.ToCampaignsMinor + f.FromCampaignsMinor + f.WithdrawnMinor + f.WithdrawalsReturnedMinor +
		f.RefundedDirectlyMinor + f.ChargedBackMinor + f.SettledOutsideMinor + f.AdjustmentsMinor + f.OtherMinor
}

// of returns the figure of an item. Money that only moves has no figure of its own: if such a kind
// changes the balance after all, the change is in the figure "other".
func (f *BalanceFigures) of(item Item) *int64 {
	switch item {
	case Deposited:
		return &f.DepositedMinor
	case ToCampaigns:
		return &f.ToCampaignsMinor
	case FromCampaigns:
		return &f.FromCampaignsMinor
	case Withdrawn:
		return &f.WithdrawnMinor
	case WithdrawalsReturned:
		return &f.WithdrawalsReturnedMinor
	case RefundedDirectly:
		return &f.RefundedDirectlyMinor
	case ChargedBack:
		return &f.ChargedBackMinor
	case SettledOutside:
		return &f.SettledOutsideMinor
	case Adjusted:
		return &f.AdjustmentsMinor
	}
	return &f.OtherMinor
}

// Organization is the statement of an organization's balance for one month and currency. The balance is
// what the platform owes the brand and no campaign has, including what withdrawals have reserved.
type Organization struct {
	OrganizationID string
	Currency       money.Currency
	Period         ledger.Period
	// Preliminary is true until the accounting period is closed: entries may still be dated in it.
	Preliminary bool

	OpeningMinor int64
	BalanceFigures
	ClosingMinor int64

	// WithdrawingMinor is the part of the closing balance that withdrawals have reserved. It is no
	// movement.
	WithdrawingMinor int64

	// Lines are the entries that changed the balance, in the order of their dates.
	Lines []BalanceLine
	// Disputes are those over deposits that were open in the month. FrozenMinor is the amount of one that
	// was open when the month ended.
	Disputes []Dispute
}

// BalanceLine is what one entry changed. AmountMinor has the sign of its effect on the balance.
type BalanceLine struct {
	EntryID     string
	Kind        ledger.Kind
	Item        Item
	Reference   string
	At          time.Time
	AmountMinor int64

	// The fields below are empty where they do not apply. DepositID and PaymentID are those of a deposit
	// that was received, refunded or charged back. CampaignID is the campaign that the money moved to or
	// from, or that the refunded payment was made for.
	DepositID    string
	PaymentID    string
	CampaignID   string
	CampaignName string
	WithdrawalID string
	// Reason is that of the correction that two people decided.
	Reason string
}

// BalancePosted is what an entry of the month posted to an account of the organization.
type BalancePosted struct {
	// Line is without item and amount.
	Line BalanceLine
	// Part is the last segment of the account: "balance" or "withdrawing".
	Part string
	// SumMinor is debit positive, as in the ledger.
	SumMinor int64
}

// withdrawing is the part of the balance that withdrawals have reserved.
const withdrawing = "withdrawing"

// AddBalance adds what an account holds now. It comes before the postings.
func (o *Organization) AddBalance(part string, sumMinor int64) {
	o.OpeningMinor -= sumMinor // all of the balance is on the credit side
	o.addClosing(part, -sumMinor)
}

// AddLater takes off what was posted to an account after the month.
func (o *Organization) AddLater(part string, sumMinor int64) {
	o.OpeningMinor += sumMinor
	o.addClosing(part, sumMinor)
}

func (o *Organization) addClosing(part string, amountMinor int64) {
	o.ClosingMinor += amountMinor
	if part == withdrawing {
		o.WithdrawingMinor += amountMinor
	}
}

// Add puts what an entry posted into its figure, and lists it unless it only moved money between the
// accounts of the organization.
func (o *Organization) Add(posted BalancePosted) {
	line := posted.Line
	line.AmountMinor = -posted.SumMinor
	line.Item = balanceItem(line.Kind, posted.Part)
	o.OpeningMinor -= line.AmountMinor
	*o.of(line.Item) += line.AmountMinor
	if line.Item == Moved {
		return
	}
	if line.Item == ToCampaigns || line.Item == FromCampaigns {
		line.CampaignID, _, _ = strings.Cut(line.Reference, "/")
	}
	o.Lines = append(o.Lines, line)
}

// balanceItem is the figure of an entry. A refund that no withdrawal requested posts to the balance
// itself.
func balanceItem(kind ledger.Kind, part string) Item {
	item := classOf(kind).Organization
	if part != withdrawing && (item == Withdrawn || item == WithdrawalsReturned) {
		return RefundedDirectly
	}
	return item
}

// DifferenceMinor is the opening balance and all movements, less the closing balance. It is zero.
func (o *Organization) DifferenceMinor() int64 { return o.OpeningMinor + o.SumMinor() - o.ClosingMinor }

// DisputedMinor is what was in dispute of deposits when the month ended. It is no movement.
func (o *Organization) DisputedMinor() int64 { return frozenMinor(o.Disputes) }

func frozenMinor(disputes []Dispute) int64 {
	sumMinor := int64(0)
	for _, dispute := range disputes {
		sumMinor += dispute.FrozenMinor
	}
	return sumMinor
}

// Empty reports that nothing is owed and nothing happened.
func (o *Organization) Empty() bool {
	return o.OpeningMinor == 0 && o.ClosingMinor == 0 && o.WithdrawingMinor == 0 && o.BalanceFigures == BalanceFigures{} &&
		len(o.Lines) == 0 && len(o.Disputes) == 0
}
