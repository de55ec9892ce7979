package campaign

// Pot is a campaign's money, and everything that has a claim on it. Whatever happens, in
// whatever order, only these sums decide what is left, what of it is frozen and what we lose.
type Funds struct {
	FundedMinor int64
	// SpentMinor was earned and not clawed back.
	SpentMinor int64
	// ReturnedMinor is what the brand got back in all: refunds that did not fail, and
	// disputes that were lost. It is a fact, however much was left.
	ReturnedMinor int64
	// AtRiskMinor is the sum of disputes that nobody has decided: the brand may have got that
	// back, too.
	AtRiskMinor int64
}

// UnearnedMinor is what the brand may have back.
func (p Funds) UnearnedMinor() int64 { return p.FundedMinor - p.SpentMinor }

// ShortfallMinor is what the brand got back above that: creators had earned it, so it is
// ours that is gone. It shrinks as soon as money comes into the pot again.
func (p Funds) ShortfallMinor() int64 { return max(0, p.ReturnedMinor-p.UnearnedMinor()) }

// RefundedMinor is what the pot gave of what the brand got back.
func (p Funds) RefundedMinor() int64 { return p.ReturnedMinor - p.ShortfallMinor() }

// EscrowMinor is what is left in the pot.
func (p Funds) EscrowMinor() int64 { return p.UnearnedMinor() - p.RefundedMinor() }

// FrozenMinor is what of that may be neither earned nor refunded while disputes are open.
func (p Funds) FrozenMinor() int64 { return min(p.EscrowMinor(), p.AtRiskMinor) }
