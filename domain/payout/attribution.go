package payout

import (
	"cmp"
	"slices"
)

// Movement is one entry of the journal that changes which payout holds a creator's released
// earnings in one currency: a reservation takes, a cancellation gives back.
type Movement struct {
	// Seq is the place of the entry in the journal.
	Seq      int64
	PayoutID string
	// Campaigns are those that a reservation has a line for.
	Campaigns []string
	GivesBack bool
}

// Span is a stretch of the journal: the entries after AfterSeq, up to and including UpToSeq.
type Span struct{ AfterSeq, UpToSeq int64 }

// Attribution says which payout has the released earnings of one creator in one currency.
// Earnings are named by campaign and by the entry that released or deducted them.
type Attribution struct {
	taken  map[string]map[string][]Span // by payout and campaign
	active map[string]bool
	given  map[string][]Span // by campaign: given back, and not taken again
	last   map[string]int64  // by campaign: the entry of its last reservation
}

// Attribute replays movements in the order of their entries.
//
// The earnings of a payout are not stored, because they follow from that order. A reservation
// takes everything that its campaigns have at that moment: what was released or deducted since
// the reservation before it, and what cancelled payouts have given back since. A campaign whose
// deductions equal or exceed its earnings has no line; both wait for a later reservation. So a
// payout holds spans of the journal. Their number grows with the number of cancelled payouts,
// not with the number of earnings.
func Attribute(movements []Movement) Attribution {
	a := Attribution{
		taken: map[string]map[string][]Span{}, active: map[string]bool{},
		given: map[string][]Span{}, last: map[string]int64{},
	}
	ordered := slices.SortedFunc(slices.Values(movements), func(x, y Movement) int { return cmp.Compare(x.Seq, y.Seq) })
	for _, movement := range ordered {
		if movement.GivesBack {
			a.giveBack(movement.PayoutID)
		} else {
			a.take(movement)
		}
	}
	return a
}

func (a Attribution) take(m Movement) {
	holds := map[string][]Span{}
	for _, campaignID := range m.Campaigns {
		holds[campaignID] = joined(append(a.given[campaignID], Span{a.last[campaignID], m.Seq}))
		a.last[campaignID] = m.Seq
		delete(a.given, campaignID)
	}
	a.taken[m.PayoutID], a.active[m.PayoutID] = holds, true
}

func (a Attribution) giveBack(payoutID string) {
	if !a.active[payoutID] {
		return
	}
	a.active[payoutID] = false
	for campaignID, spans := range a.taken[payoutID] {
		a.given[campaignID] = joined(append(a.given[campaignID], spans...))
	}
}

// Taken returns what a payout took of a campaign when it was reserved, in order; also of a
// payout that has given it back since.
func (a Attribution) Taken(payoutID, campaignID string) []Span {
	return slices.Clone(a.taken[payoutID][campaignID])
}

// Open returns what no payout holds of a campaign up to an entry of the journal: what the
// next reservation takes.
func (a Attribution) Open(campaignID string, upToSeq int64) []Span {
	open := slices.Clone(a.given[campaignID])
	if last := a.last[campaignID]; last < upToSeq {
		open = append(open, Span{last, upToSeq})
	}
	return joined(open)
}

// joined sorts spans and makes one of those that touch.
func joined(spans []Span) []Span {
	sorted := slices.SortedFunc(slices.Values(spans), func(x, y Span) int { return cmp.Compare(x.AfterSeq, y.AfterSeq) })
	var whole []Span
	for _, span := range sorted {
		if end := len(whole) - 1; end >= 0 && whole[end].UpToSeq >= span.AfterSeq {
			whole[end].UpToSeq = max(whole[end].UpToSeq, span.UpToSeq)
			continue
		}
		whole = append(whole, span)
	}
	return whole
}
