package audit

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// PaymentExplanation explains a payment that the processor converted: what arrived, what gave it back to the
// brand, and what the rates have cost. Amounts of the brand are in the currency of the payment, all others in
// the one in which it settled.
type PaymentExplanation struct {
	Payment funding.ConvertedPayment
	Returns []ExplainedReturn
	Entries []ExplainedEntry
	// BackMinor is what the brand has back, and LeftMinor what it lacks.
	BackMinor int64
	LeftMinor int64
	// ClearingMinor is what lies between the currencies for the part that the brand lacks. GainedMinor is
	// what the rates have brought the platform, or cost it if it is below zero. LostMinor is what the brand
	// has beyond its payment.
	ClearingMinor int64
	GainedMinor   int64
	LostMinor     int64
	// DifferenceMinor is what must lie between the currencies, less what the entries leave there.
	DifferenceMinor int64
	Checks          Checks
}

// ExplainedReturn is a refund, a dispute, or what people have settled outside. AmountMinor is in the currency
// of the payment. Outcome is open, made, or back for one whose money came back.
type ExplainedReturn struct {
	ObjectType    string
	ObjectID      string
	AmountMinor   int64
	TakenMinor    int64
	ClosedMinor   int64
	LostMinor     int64
	ReturnedMinor int64
	Outcome       string
	RecordedAt    time.Time
}

// ExplainPayment explains a converted payment, and computes it again from its entries. It returns
// fault.NotFound "payment_not_found" for a payment that was not converted, and fault.Conflict "archived" for
// one with entries in an archived month.
func (s *Store) ExplainPayment(ctx context.Context, paymentIntentID string) (PaymentExplanation, error) {
	var explained PaymentExplanation
	err := s.readExplanation(ctx, func(q *sqlc.Queries) error {
		found, err := q.FindConvertedPayment(ctx, paymentIntentID)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "payment_not_found", "no such converted payment: only payments that Stripe converted are explained")
		}
		returns, err := q.ListConvertedReturns(ctx, paymentIntentID)
		if err != nil {
			return err
		}
		rows, err := q.ListConvertedPaymentEntries(ctx, paymentIntentID)
		if err != nil {
			return err
		}
		same := make([]sqlc.ListPayoutEntriesRow, len(rows))
		for i, row := range rows {
			same[i] = sqlc.ListPayoutEntriesRow(row)
		}
		if err := requirePostingsOf(ctx, q, rows); err != nil {
			return err
		}
		explained = newPaymentExplanation(found[0], returns)
		if explained.Entries, err = explainEntries(ctx, q, same); err != nil {
			return err
		}
		explained.recompute()
		return nil
	})
	return explained, db.Translate(err)
}

// requirePostingsOf returns fault.Conflict "archived" if the postings of an entry are archived. Entries stay
// in the books without them, and would seem to lack money.
func requirePostingsOf(ctx context.Context, q *sqlc.Queries, entries []sqlc.ListConvertedPaymentEntriesRow) error {
	detached, err := months.ListDetached(ctx, q)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if detached.HasEntry(entry.ID) {
			return months.Archived("the payment has entries in months")
		}
	}
	return nil
}

func newPaymentExplanation(row sqlc.ConvertedPayment, returns []sqlc.ConvertedPaymentReturn) PaymentExplanation {
	x := PaymentExplanation{Payment: funding.ConvertedPayment{
		PaymentIntentID: row.PaymentIntentID, CampaignID: db.Text(row.CampaignID), DepositID: db.Text(row.DepositID),
		AmountMinor: row.AmountMinor, Currency: money.Currency(row.Currency), NetMinor: row.NetMinor, FeeMinor: row.FeeMinor,
		SettlementCurrency: money.Currency(row.SettlementCurrency), At: row.RecordedAt,
	}}
	for _, back := range returns {
		made := ExplainedReturn{
			ObjectType: back.ObjectType, ObjectID: back.ObjectID, AmountMinor: back.AmountMinor, TakenMinor: back.TakenMinor,
			ClosedMinor: back.ClosedMinor, LostMinor: back.LostMinor, Outcome: back.Outcome, RecordedAt: back.RecordedAt,
		}
		if back.ReturnedMinor != nil {
			made.ReturnedMinor = *back.ReturnedMinor
		}
		if back.Outcome == "made" {
			x.BackMinor += back.AmountMinor
		}
		x.Returns = append(x.Returns, made)
	}
	x.LeftMinor = max(0, row.AmountMinor-x.BackMinor)
	return x
}

// recompute adds up what the entries say, and compares it with what is on record.
func (x *PaymentExplanation) recompute() {
	clearingMinor, balanceMinor, balanced := int64(0), int64(0), true
	for _, entry := range x.Entries {
		balanced = balanced && entry.balances()
		clearingMinor += entry.sumMinor(ledger.FXClearing)
		balanceMinor += entry.sumMinor(ledger.StripePlatform) + entry.sumMinor(ledger.StripeDisputed)
		x.GainedMinor -= entry.sumMinor(ledger.ExchangeDifferences)
		x.LostMinor += entry.sumMinor(ledger.PlatformLosses)
	}
	closedMinor, heldMinor, lostMinor := int64(0), x.Payment.NetMinor, int64(0)
	for _, back := range x.Returns {
		switch {
		case back.Outcome == "back":
			heldMinor += back.ReturnedMinor - back.TakenMinor
		case back.Outcome == "made" && back.ObjectType != "outside":
			heldMinor -= back.TakenMinor
		}
		if back.Outcome == "made" {
			closedMinor, lostMinor = closedMinor+back.ClosedMinor, lostMinor+back.LostMinor
		}
	}
	x.ClearingMinor = x.Payment.GrossMinor() - closedMinor
	x.DifferenceMinor = x.ClearingMinor + clearingMinor
	x.Checks.add("closed_in_the_ledger", x.DifferenceMinor == 0, "%d lie between the currencies, %d in the journal", x.ClearingMinor, -clearingMinor)
	x.Checks.add("balance_in_the_ledger", heldMinor == balanceMinor-x.feesOfDisputes(), "%d left of it on the balance, %d in the journal", heldMinor, balanceMinor-x.feesOfDisputes())
	x.Checks.add("losses_in_the_ledger", lostMinor == x.LostMinor, "%d lost, %d in the journal", lostMinor, x.LostMinor)
	x.Checks.add("entries_balance", balanced, "%d entries of the payment", len(x.Entries))
}

// feesOfDisputes is what the processor took for disputes, in addition to their amounts.
func (x *PaymentExplanation) feesOfDisputes() int64 {
	takenMinor := int64(0)
	for _, entry := range x.Entries {
		if entry.Kind == ledger.KindFundingDisputed {
			takenMinor += entry.sumMinor(ledger.StripePlatform) + entry.sumMinor(ledger.StripeDisputed)
		}
	}
	return takenMinor
}
