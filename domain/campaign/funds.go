package campaign

// Funds are a campaign's money and the claims on it, in minor units. What is left, what is frozen
// and what we lose follow from these sums alone, so the order of events does not matter.
type Funds struct {
	FundedMinor int64
	// SpentMinor is what was earned and not clawed back.
	SpentMinor int64
	// ReturnedMinor is what the brand got back: refunds that did not fail and lost disputes. It
	// may exceed what was left.
	ReturnedMinor int64
	// AtRiskMinor is the sum of open disputes, which the brand may have got back too.
	AtRiskMinor int64
}

// unearnedMinor is what can be returned to the brand.
func (f Funds) unearnedMinor() int64 { return f.FundedMinor - f.SpentMinor }

// ShortfallMinor is what the brand got back of money that creators had earned. It is our loss,
// and it shrinks when the campaign receives money again.
func (f Funds) ShortfallMinor() int64 { return max(0, f.ReturnedMinor-f.unearnedMinor()) }

// RefundedMinor is the part of ReturnedMinor that came out of the campaign's money.
func (f Funds) RefundedMinor() int64 { return f.ReturnedMinor - f.ShortfallMinor() }

// EscrowMinor is what is left: neither earned nor returned.
func (f Funds) EscrowMinor() int64 { return f.unearnedMinor() - f.RefundedMinor() }

// FrozenMinor is the part of the escrow that can be neither earned nor refunded while disputes
// are open.
func (f Funds) FrozenMinor() int64 { return min(f.EscrowMinor(), f.AtRiskMinor) }
