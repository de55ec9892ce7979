package adoption

import (
	"cmp"
	"slices"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// Found is a transfer that carries an id of ours which is no payout of the books.
type Found struct {
	Transfer reconcile.Object
	// BankPayouts are those that passes have seen for the same payout.
	BankPayouts []reconcile.Object
	// CreatorID is the creator who is paid through the account; empty if there is none.
	CreatorID string
	// CampaignID is the campaign that an advance to the creator belongs to; empty if there is none.
	CampaignID string
	// TwinID is another transfer for the same payout whose money is away; empty if there is none.
	TwinID string
}

// Plan is what an adoption would book for a transfer.
type Plan struct {
	Found
	// Period and RunNumber are the run that the payout belongs to. If the id shows none, PeriodKnown
	// is false, Period is the week of the transfer, and RunNumber is OwnRun.
	Period      string
	RunNumber   int
	PeriodKnown bool
	// CoveredMinor is what the creator has available for it, and AdvancedMinor the rest.
	CoveredMinor  int64
	AdvancedMinor int64
	Obstacle      Obstacle
}

// Item returns the plan as a proposal freezes it.
func (p Plan) Item() Item {
	return Item{
		PayoutID: p.Transfer.PayoutID, TransferID: p.Transfer.ID, Generation: p.Transfer.Generation, Account: p.Transfer.Account,
		CreatorID: p.CreatorID, Period: p.Period, RunNumber: p.RunNumber, Currency: p.Transfer.Currency, AmountMinor: p.Transfer.AmountMinor,
		TransferredAt: p.Transfer.CreatedAt, Outcome: Waiting,
	}
}

// Purse identifies what a creator has available in one currency.
type Purse struct {
	CreatorID string
	Currency  money.Currency
}

// PlanAll plans transfers in their order. Two transfers of one creator share what is available in
// their currency, so it is used up by the first.
func PlanAll(found []Found, availableMinor map[Purse]int64) []Plan {
	left := make(map[Purse]int64, len(availableMinor))
	plans := make([]Plan, len(found))
	for i, each := range found {
		purse := Purse{each.CreatorID, each.Transfer.Currency}
		if _, known := left[purse]; !known {
			left[purse] = max(0, availableMinor[purse])
		}
		plans[i] = each.plan(left[purse])
		if plans[i].Obstacle == NoObstacle {
			left[purse] -= plans[i].CoveredMinor
		}
	}
	return plans
}

func (f Found) plan(availableMinor int64) Plan {
	covered := min(f.Transfer.AmountMinor, availableMinor)
	p := Plan{Found: f, CoveredMinor: covered, AdvancedMinor: f.Transfer.AmountMinor - covered}
	p.Period, p.RunNumber, p.PeriodKnown = RunOf(f.Transfer, f.CreatorID)
	p.Obstacle = f.Check()
	if p.Obstacle == NoObstacle && p.AdvancedMinor > 0 && f.CampaignID == "" {
		p.Obstacle = CampaignUnknown
	}
	return p
}

// weeksBack is how long before its transfer the run of a payout may lie. A payout that waits for a
// person can be old when it is sent.
const weeksBack = 60

// OwnRun is the number in a plan of a payout that gets a run of its own, as an instant payout has.
const OwnRun = 0

// RunOf returns the week and the number of the run that made a payout, and whether the payout's id
// shows it. The id is derived from the run, the creator and the currency. The id of an instant payout
// shows none. Then the week is that of the transfer, and the number OwnRun.
func RunOf(transfer reconcile.Object, creatorID string) (period string, number int, known bool) {
	// A clock of ours may be ahead of the one at the processor when a week begins.
	for week := -1; week <= weeksBack; week++ {
		period = payout.Period(transfer.CreatedAt.AddDate(0, 0, -7*week))
		for number = payout.WeeklyRun; number <= payout.ManualRunMax; number++ {
			if names.PayoutID(names.PayoutRunID(period, number), creatorID, string(transfer.Currency)) == transfer.PayoutID {
				return period, number, true
			}
		}
	}
	return payout.Period(transfer.CreatedAt), OwnRun, false
}

// Try is one generation of a bank payout. Object is nil if the processor refused it.
type Try struct {
	Generation int
	Object     *reconcile.Object
}

// Tries returns the generations of a payout's bank payouts, in their order. A generation without an
// object was refused: a later one begins only after that or after a failure.
func Tries(bankPayouts []reconcile.Object) []Try {
	sorted := slices.Clone(bankPayouts)
	slices.SortFunc(sorted, func(a, b reconcile.Object) int { return cmp.Compare(a.Generation, b.Generation) })
	var tries []Try
	for i, object := range sorted {
		for len(tries) < object.Generation-1 {
			tries = append(tries, Try{Generation: len(tries) + 1})
		}
		tries = append(tries, Try{Generation: object.Generation, Object: &sorted[i]})
	}
	return tries
}
