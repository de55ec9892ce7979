package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Shortfall is what a brand received beyond what its campaign had left. The reference is the entry
// that took the escrow below zero, or the one that brought money into it again.
type Shortfall struct {
	CampaignID  string
	Reference   string
	Currency    money.Currency
	AmountMinor int64
	At          time.Time
}

// EscrowShortfall books what a refund took beyond what was left as our loss.
func EscrowShortfall(s Shortfall) Entry {
	return s.entry(KindEscrowShortfall,
		Posting{PlatformLosses, s.AmountMinor},
		Posting{CampaignEscrow(s.CampaignID), -s.AmountMinor},
	)
}

// ShortfallRecovered repays what we lost for a campaign, out of money that came into its escrow
// later.
func ShortfallRecovered(s Shortfall) Entry {
	return s.entry(KindShortfallRecovered,
		Posting{CampaignEscrow(s.CampaignID), s.AmountMinor},
		Posting{PlatformLosses, -s.AmountMinor},
	)
}

func (s Shortfall) entry(kind Kind, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: s.Reference, Currency: s.Currency, EffectiveAt: s.At, Postings: postings}
}
