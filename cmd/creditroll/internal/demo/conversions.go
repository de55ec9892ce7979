package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/payout"
)

// conversionFact is a transfer that arrived on the connected account in another currency. Held is false if
// it was taken back since.
type conversionFact struct {
	PayoutID, CreatorID, SourceCurrency, Currency, Rate string
	SourceMinor, AmountMinor, FeeMinor, BankMinor       int64
	Held                                                bool
}

func (b *auditor) readConversions(ctx context.Context, tx pgx.Tx) ([]conversionFact, error) {
	return rows[conversionFact](ctx, tx, `
		SELECT made.payout_id::text, payout.creator_id::text, made.source_currency, made.currency, made.rate,
		       made.source_minor, made.amount_minor, made.fee_minor, made.received_minor + made.carried_minor - made.left_minor, made.outcome = 'held'
		  FROM public.payout_conversions AS made JOIN audit.payouts AS payout ON payout.payout_id = made.payout_id
		 WHERE made.payout_id::text <> ALL ($1) ORDER BY 1, made.recorded_at`, b.baseline.payouts)
}

// misconverted compares each conversion with its payout, and with what Stripe has sent to the bank for it.
func (e evidence) misconverted() []string {
	sent := map[string]int64{}
	for _, object := range e.paymentRecords() {
		if object.kind == kindPayout && object.status == "paid" {
			sent[object.payoutID+" "+object.currency] += object.amountMinor
		}
	}
	var broken []string
	for _, made := range e.books.conversions {
		at := slices.IndexFunc(e.books.payouts, func(row payoutFact) bool { return row.ID == made.PayoutID })
		switch {
		case !made.Held:
		case at < 0 || e.books.payouts[at].Currency != made.SourceCurrency || e.books.payouts[at].AmountMinor != made.SourceMinor:
			broken = append(broken, fmt.Sprintf("payout %s is not the %s that were converted", made.PayoutID, inMoney(made.SourceMinor, made.SourceCurrency)))
		case e.books.payouts[at].Status == "paid" && sent[made.PayoutID+" "+made.Currency] != made.BankMinor:
			broken = append(broken, fmt.Sprintf("payout %s became %s, but its bank has %s", made.PayoutID,
				inMoney(made.BankMinor, made.Currency), inMoney(sent[made.PayoutID+" "+made.Currency], made.Currency)))
		}
	}
	return broken
}

// planned is how the payouts of some creators have to end.
type planned struct {
	// abroad creators have to be paid, in another currency than they earned.
	abroad []string
	// unverified is the only creator whose payout may need attention. It is empty if that cannot be known,
	// because Stripe is not our simulator.
	unverified string
}

// planned is empty if Stripe is not our simulator. Recorded views may earn a creator too little to be paid.
func (p *demoRun) planned() planned {
	var plan planned
	if p.stack.Stripe == nil {
		return plan
	}
	for i, creator := range p.world.creators {
		if creator.abroad && len(p.options.Recordings) == 0 {
			plan.abroad = append(plan.abroad, p.participants.creatorIDs[i])
		}
	}
	plan.unverified = p.participants.creatorIDs[unverifiedCreator]
	return plan
}

// unplanned are creators abroad without a converted payout that is paid, and creators whose payout needs
// attention against the plan.
func (e evidence) unplanned() []string {
	converted, paid := map[string]bool{}, map[string]bool{}
	for _, made := range e.books.conversions {
		converted[made.PayoutID] = converted[made.PayoutID] || made.Held
	}
	var broken []string
	for _, row := range e.books.payouts {
		switch payout.Status(row.Status) {
		case payout.Paid:
			paid[row.CreatorID] = paid[row.CreatorID] || converted[row.ID]
		case payout.NeedsAttention:
			if e.planned.unverified != "" && row.CreatorID != e.planned.unverified {
				broken = append(broken, fmt.Sprintf("payout %s of creator %s needs attention: %s", row.ID, row.CreatorID, row.Reason))
			}
		}
	}
	for _, creatorID := range e.planned.abroad {
		if !paid[creatorID] {
			broken = append(broken, "creator "+creatorID+" is abroad and has no converted payout that is paid")
		}
	}
	return broken
}

// conversionRow is a converted payout, for people.
type conversionRow struct {
	handle string
	conversionFact
}

func (p *demoRun) conversionRows(e evidence) []conversionRow {
	var table []conversionRow
	for _, made := range e.books.conversions {
		if made.Held {
			table = append(table, conversionRow{p.handle(made.CreatorID), made})
		}
	}
	slices.SortStableFunc(table, func(a, b conversionRow) int { return strings.Compare(a.handle, b.handle) })
	return table
}

func (o *Outcome) printConversions(out io.Writer) {
	if len(o.Conversions) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"Paid abroad", "Earned", "Rate", "Converted", "Fee", "At the bank"})
	for _, row := range o.Conversions {
		t.AppendRow(table.Row{
			row.handle, inMoney(row.SourceMinor, row.SourceCurrency), row.Rate, inMoney(row.AmountMinor, row.Currency),
			inMoney(row.FeeMinor, row.Currency), inMoney(row.BankMinor, row.Currency),
		})
	}
	t.Render()
}

// describeConversion says what a payout became on the creator's account. It is empty for one that was not
// converted.
func describeConversion(detail *client.PayoutDetail) string {
	if len(detail.Conversions) == 0 {
		return ""
	}
	made := detail.Conversions[len(detail.Conversions)-1]
	return fmt.Sprintf(", as %s: converted at %s, less a fee of %s", inMoney(made.BankMinor, made.Currency), made.ExchangeRate, inMoney(made.FeeMinor, made.Currency))
}
