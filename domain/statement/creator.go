package statement

import (
	"cmp"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Figures are the movements of a creator's balance, each with the sign of its effect on it.
type Figures struct {
	EarnedMinor         int64
	CommissionsMinor    int64
	ClawedBackMinor     int64
	AdjustmentsMinor    int64
	WrittenOffMinor     int64
	InstantFeesMinor    int64
	PaidMinor           int64
	SettledOutsideMinor int64
	OtherMinor          int64
}

// SumMinor returns the sum of all movements.
func (f Figures) SumMinor() int64 {
	return f.EarnedMinor + f.CommissionsMinor + f.ClawedBackMinor + f.AdjustmentsMinor + f.WrittenOffMinor +
		f.InstantFeesMinor + f.PaidMinor + f.SettledOutsideMinor + f.OtherMinor
}

// of returns the figure of an item. Money that only moves has no figure of its own: if such a kind
// changes the balance after all, the change is in the figure "other".
func (f *Figures) of(item Item) *int64 {
	switch item {
	case Earned:
		return &f.EarnedMinor
	case Commission:
		return &f.CommissionsMinor
	case ClawedBack:
		return &f.ClawedBackMinor
	case Adjusted:
		return &f.AdjustmentsMinor
	case WrittenOff:
		return &f.WrittenOffMinor
	case InstantFee:
		return &f.InstantFeesMinor
	case Paid:
		return &f.PaidMinor
	case SettledOutside:
		return &f.SettledOutsideMinor
	}
	return &f.OtherMinor
}

// Creator is the statement of a creator for one month and currency.
type Creator struct {
	CreatorID string
	Currency  money.Currency
	Period    ledger.Period
	// Preliminary is true until the accounting period is closed: entries may still be dated in it.
	Preliminary bool

	OpeningMinor int64
	Figures
	ClosingMinor int64

	// The amounts below are for information and are no movements. RecoveredMinor is the part of the
	// debt that was paid from earnings. PlatformFeesMinor and AffiliateSharesMinor are what the
	// platform and affiliates received of the creator's clips, less what was taken back.
	RecoveredMinor       int64
	PlatformFeesMinor    int64
	AffiliateSharesMinor int64

	Campaigns   []CampaignPart
	Payouts     []PayoutPart
	Corrections []CorrectionPart
}

// CampaignPart is what a campaign contributed. Clips counts the creator's clips that were credited
// in the month, and ViewsCredited how many of their views.
type CampaignPart struct {
	CampaignID       string
	EarnedMinor      int64
	CommissionsMinor int64
	ClawedBackMinor  int64
	Clips            int64
	ViewsCredited    int64
}

// PayoutPart is a payout that moved in the month. PaidMinor and SettledOutsideMinor are its part of
// these figures. The rest is the payout as it is now.
type PayoutPart struct {
	PayoutID            string
	PaidMinor           int64
	SettledOutsideMinor int64

	AmountMinor  int64
	FeeMinor     int64
	Status       payout.Status
	Method       payout.Method
	TransferID   string
	BankPayoutID string
	// Bank is what the bank got, and ExchangeRate what one unit of the statement's currency was there. Both
	// are empty if the payout was not converted.
	Bank         money.Amount
	ExchangeRate string
	CreatedAt    time.Time
	PaidAt       *time.Time
}

// CorrectionPart is a correction that two people decided. AmountMinor is its effect on the balance.
type CorrectionPart struct {
	CorrectionID string
	Item         Item
	AmountMinor  int64
	ClipID       string
	Reason       string
}

// DifferenceMinor is the opening balance and all movements, less the closing balance. It is zero.
func (c *Creator) DifferenceMinor() int64 { return c.OpeningMinor + c.SumMinor() - c.ClosingMinor }

// Empty reports that nothing is owed and nothing happened.
func (c *Creator) Empty() bool {
	return c.OpeningMinor == 0 && c.ClosingMinor == 0 && c.Figures == Figures{} && c.RecoveredMinor == 0 &&
		c.PlatformFeesMinor == 0 && c.AffiliateSharesMinor == 0 && len(c.Campaigns) == 0 && len(c.Payouts) == 0 && len(c.Corrections) == 0
}

// Posted is the sum of the postings to one account of a creator that have the rest in common.
type Posted struct {
	Kind ledger.Kind
	// Part is the last segment of the account, such as "available".
	Part string
	// AsAffiliate is true for the creator's part of earnings from a clip of another creator.
	AsAffiliate bool
	// After is true for entries that are dated after the month.
	After bool
	// CampaignID, PayoutID and CorrectionID are empty where there is none.
	CampaignID   string
	PayoutID     string
	CorrectionID string
	// SumMinor is debit positive, as in the ledger.
	SumMinor int64
}

// Add puts postings into their figures. Both balances must be those of now before the first call.
func (c *Creator) Add(posted Posted) {
	amountMinor := -posted.SumMinor // all of the balance is on the credit side
	c.OpeningMinor -= amountMinor
	if posted.After {
		c.ClosingMinor -= amountMinor
		return
	}
	item := classOf(posted.Kind).Creator
	if item == Earned && posted.AsAffiliate {
		item = Commission
	}
	*c.of(item) += amountMinor
	if posted.Kind == ledger.KindReceivableRecovered && posted.Part == "receivable" {
		c.RecoveredMinor += amountMinor
	}
	if posted.CampaignID != "" {
		part := c.Campaign(posted.CampaignID)
		switch item {
		case Earned:
			part.EarnedMinor += amountMinor
		case Commission:
			part.CommissionsMinor += amountMinor
		case ClawedBack:
			part.ClawedBackMinor += amountMinor
		}
	}
	if posted.PayoutID != "" {
		part := c.payout(posted.PayoutID)
		switch item {
		case Paid:
			part.PaidMinor += amountMinor
		case SettledOutside:
			part.SettledOutsideMinor += amountMinor
		}
	}
	if posted.CorrectionID != "" {
		c.correction(posted.CorrectionID, item).AmountMinor += amountMinor
	}
}

// Campaign returns the part of a campaign, and adds it if it is missing.
func (c *Creator) Campaign(id string) *CampaignPart {
	return find(&c.Campaigns, func(part CampaignPart) int { return cmp.Compare(part.CampaignID, id) }, CampaignPart{CampaignID: id})
}

func (c *Creator) payout(id string) *PayoutPart {
	return find(&c.Payouts, func(part PayoutPart) int { return cmp.Compare(part.PayoutID, id) }, PayoutPart{PayoutID: id})
}

func (c *Creator) correction(id string, item Item) *CorrectionPart {
	return find(&c.Corrections, func(part CorrectionPart) int { return cmp.Compare(part.CorrectionID, id) }, CorrectionPart{CorrectionID: id, Item: item})
}

// find returns the element of a sorted list, and inserts it if it is missing.
func find[T any](list *[]T, compare func(T) int, missing T) *T {
	at, found := slices.BinarySearchFunc(*list, struct{}{}, func(element T, _ struct{}) int { return compare(element) })
	if !found {
		*list = slices.Insert(*list, at, missing)
	}
	return &(*list)[at]
}

// ByCreatorAndCurrency is the order of statements in a list.
func ByCreatorAndCurrency(x, y Creator) int {
	return cmp.Or(cmp.Compare(x.CreatorID, y.CreatorID), cmp.Compare(x.Currency, y.Currency))
}
