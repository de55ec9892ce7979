package statement

import (
	"strings"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Tax is what tax reports need of one creator and currency in a year. It has no identity: the
// payment processor holds it under Account.
type Tax struct {
	CreatorID string
	// Account is the connected account at the payment processor, or empty.
	Account string
	// Country is that of the account, as ISO 3166-1 alpha-2, or empty if it is not on record.
	Country  string
	Currency money.Currency
	Year     string
	// Preliminary is true until every accounting period of the year is closed.
	Preliminary bool
	// Quarters has those that have begun.
	Quarters []Quarter
}

// Quarter is what tax reports need of a quarter. All amounts are positive if money reached the
// creator, or was kept from them.
//
// Council Directive (EU) 2021/514 (DAC7) asks for the consideration paid or credited, and for the
// number of relevant activities in respect of which it was paid or credited. An activity is a
// personal service, here a clip that the creator made for a campaign. A payout is no activity, so
// Activities counts the clips whose views were credited in the quarter. Payouts is for information.
type Quarter struct {
	Period ledger.Period
	// PaidMinor is what reached the bank, less what the bank returned.
	PaidMinor           int64
	SettledOutsideMinor int64
	// The platform's fees and the shares of affiliates are those of the creator's clips.
	PlatformFeesMinor    int64
	AffiliateSharesMinor int64
	InstantFeesMinor     int64
	Activities           int64
	Payouts              int64
}

// ConsiderationMinor returns what was paid: by bank payout or outside.
func (q Quarter) ConsiderationMinor() int64 { return q.PaidMinor + q.SettledOutsideMinor }

// WithheldMinor returns the fees and commissions that were kept from the creator.
func (q Quarter) WithheldMinor() int64 {
	return q.PlatformFeesMinor + q.AffiliateSharesMinor + q.InstantFeesMinor
}

// QuarterOf takes the amounts of a quarter from the statement of that period.
func QuarterOf(c *Creator) Quarter {
	quarter := Quarter{
		Period: c.Period, PaidMinor: -c.PaidMinor, SettledOutsideMinor: -c.SettledOutsideMinor,
		PlatformFeesMinor: c.PlatformFeesMinor, AffiliateSharesMinor: c.AffiliateSharesMinor, InstantFeesMinor: -c.InstantFeesMinor,
	}
	for _, campaign := range c.Campaigns {
		quarter.Activities += campaign.Clips
	}
	for _, payout := range c.Payouts {
		if payout.PaidMinor != 0 || payout.SettledOutsideMinor != 0 {
			quarter.Payouts++
		}
	}
	return quarter
}

// Total returns the sum of the quarters. A clip that is credited in two quarters is an activity of
// each, so Activities is not meaningful here and is zero.
func (t *Tax) Total() Quarter {
	var total Quarter
	for _, quarter := range t.Quarters {
		total.PaidMinor += quarter.PaidMinor
		total.SettledOutsideMinor += quarter.SettledOutsideMinor
		total.PlatformFeesMinor += quarter.PlatformFeesMinor
		total.AffiliateSharesMinor += quarter.AffiliateSharesMinor
		total.InstantFeesMinor += quarter.InstantFeesMinor
		total.Payouts += quarter.Payouts
	}
	return total
}

// Empty reports that the year has nothing to report.
func (t *Tax) Empty() bool {
	for _, quarter := range t.Quarters {
		quarter.Period = ledger.Period{}
		if quarter != (Quarter{}) {
			return false
		}
	}
	return true
}

// ByCurrency is the order of the totals of one creator.
func ByCurrency(x, y Tax) int { return strings.Compare(string(x.Currency), string(y.Currency)) }
