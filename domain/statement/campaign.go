package statement

import (
	"time"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Campaign is the statement of a campaign from its beginning until now, for the brand. Movements
// have the sign of their effect on the escrow.
type Campaign struct {
	CampaignID     string
	OrganizationID string
	Name           string
	Status         campaign.Status
	Terms          campaign.Terms
	At             time.Time

	FundedMinor          int64
	SpentCreatorsMinor   int64
	SpentAffiliatesMinor int64
	SpentFeesMinor       int64
	ClawedBackMinor      int64
	RefundedMinor        int64
	ChargedBackMinor     int64
	SettledOutsideMinor  int64
	ShortfallMinor       int64
	OtherMinor           int64
	// RemainingMinor is the balance of the escrow in the ledger. DisputedMinor of it is frozen by
	// open disputes.
	RemainingMinor int64
	DisputedMinor  int64

	Receipts  []Receipt
	Entries   []CampaignEntry
	Disputes  []Dispute
	Platforms []Cost
	// Creators are those with the highest cost. OtherCreators counts the rest, which Others sums.
	Creators      []Cost
	OtherCreators int64
	Others        Cost
}

// Preliminary reports that the campaign may still move.
func (c *Campaign) Preliminary() bool {
	return c.Status != campaign.Closed && c.Status != campaign.Cancelled || c.RemainingMinor != 0
}

// SpentMinor is what all earnings cost, as a negative amount, before clawbacks.
func (c *Campaign) SpentMinor() int64 {
	return c.SpentCreatorsMinor + c.SpentAffiliatesMinor + c.SpentFeesMinor
}

// DifferenceMinor is the sum of all movements less the escrow. It is zero.
func (c *Campaign) DifferenceMinor() int64 {
	return c.FundedMinor + c.SpentMinor() + c.ClawedBackMinor + c.RefundedMinor + c.ChargedBackMinor + c.SettledOutsideMinor +
		c.ShortfallMinor + c.OtherMinor - c.RemainingMinor
}

// Receipt is one payment of the brand. PaidMinor is SurchargeMinor, which the brand paid for the
// processing fee, and BudgetMinor, which went to escrow.
type Receipt struct {
	CampaignID     string
	OrganizationID string
	PaymentID      string
	Kind           ledger.Kind
	EntryID        string
	PaidAt         time.Time
	Currency       money.Currency
	PaidMinor      int64
	SurchargeMinor int64
	BudgetMinor    int64
}

// OtherMinor is the part of the payment that went elsewhere. It is zero for every kind of now.
func (r Receipt) OtherMinor() int64 { return r.PaidMinor - r.SurchargeMinor - r.BudgetMinor }

// CampaignEntry is one entry of the escrow that is neither earnings nor a clawback. AmountMinor is
// its effect on the escrow.
type CampaignEntry struct {
	EntryID     string
	Kind        ledger.Kind
	Item        Item
	Reference   string
	At          time.Time
	AmountMinor int64
}

// Dispute is a dispute of a payment of the campaign, or of a deposit whose money it has. AmountMinor is then what
// it claims of the campaign. FrozenMinor is the part of the escrow that it
// freezes while it is open.
type Dispute struct {
	DisputeID   string
	PaymentID   string
	Status      string
	AmountMinor int64
	FrozenMinor int64
	OpenedAt    time.Time
	ClosedAt    *time.Time
}

// Cost is what clips cost: those of a platform, or of a creator. CostMinor is gross and
// ClawedBackMinor returned to the escrow, both positive.
type Cost struct {
	Platform        clip.Platform
	CreatorID       string
	Clips           int64
	Views           int64
	CostMinor       int64
	ClawedBackMinor int64
}

// Plus returns the sum of two costs. It keeps the platform and the creator of the first.
func (c Cost) Plus(other Cost) Cost {
	c.Clips += other.Clips
	c.Views += other.Views
	c.CostMinor += other.CostMinor
	c.ClawedBackMinor += other.ClawedBackMinor
	return c
}

// Leg is the sum of the postings to one kind of account by entries of one kind that touch the
// escrow. SumMinor is debit positive.
type Leg struct {
	Kind     ledger.Kind
	Holder   Holder
	SumMinor int64
}

// Holder is whose account a leg posts to.
type Holder string

// The holders.
const (
	Escrow    Holder = "escrow"
	ByCreator Holder = "creator"
	Affiliate Holder = "affiliate"
	Fees      Holder = "platform/fees"
)

// Add puts legs into their figures. Earnings are shown by who received them, and everything else by
// what it did to the escrow.
func (c *Campaign) Add(leg Leg) {
	item := classOf(leg.Kind).Campaign
	switch {
	case item != Spent && leg.Holder == Escrow:
		*c.of(item) -= leg.SumMinor
	case item != Spent:
	case leg.Holder == Escrow:
		// The whole cost. What is known to be of someone leaves "other" for a figure of its own.
		c.OtherMinor -= leg.SumMinor
	default:
		if figure := c.spentOn(leg.Holder); figure != nil {
			*figure += leg.SumMinor
			c.OtherMinor -= leg.SumMinor
		}
	}
}

func (c *Campaign) spentOn(holder Holder) *int64 {
	switch holder {
	case ByCreator:
		return &c.SpentCreatorsMinor
	case Affiliate:
		return &c.SpentAffiliatesMinor
	case Fees:
		return &c.SpentFeesMinor
	}
	return nil
}

func (c *Campaign) of(item Item) *int64 {
	switch item {
	case Funded:
		return &c.FundedMinor
	case ClawedBack:
		return &c.ClawedBackMinor
	case Refunded:
		return &c.RefundedMinor
	case ChargedBack:
		return &c.ChargedBackMinor
	case SettledOutside:
		return &c.SettledOutsideMinor
	case Shortfall:
		return &c.ShortfallMinor
	}
	return &c.OtherMinor
}

// ItemOf returns the figure of a campaign's statement that the entries of a kind belong to.
func ItemOf(kind ledger.Kind) Item { return classOf(kind).Campaign }
