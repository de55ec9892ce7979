package audit

import (
	"cmp"
	"context"
	"fmt"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
)

// checkConversions compares what lies between two currencies with the payouts and the payments that were
// converted. The entries of each one are compared only when all of history is verified.
func (s verificationScope) checkConversions(ctx context.Context, q *sqlc.Queries) ([]Finding, error) {
	balances, err := q.ListClearingDifferences(ctx)
	if err != nil {
		return nil, err
	}
	findings := findingsOf("conversion", balances, func(row sqlc.ListClearingDifferencesRow) (subject, detail string) {
		return string(ledger.FXClearing) + " " + row.Currency, fmt.Sprintf("has %d, but the converted payouts and payments make %d", row.ClearingMinor, row.ConversionsMinor)
	})
	if !s.whole {
		return findings, nil
	}
	payments, err := q.ListConvertedPaymentDifferences(ctx)
	if err != nil {
		return nil, err
	}
	findings = append(findings, findingsOf("conversion", payments, func(row sqlc.ListConvertedPaymentDifferencesRow) (subject, detail string) {
		return row.Reference, fmt.Sprintf("the record of %s has %d %s on the balance, %d between the currencies and %d lost; the journal has %d %s, %d and %d",
			row.Kind, row.PlatformMinor, cmp.Or(row.Currency, "of nothing"), row.ClearingMinor, row.LostMinor,
			row.JournalPlatformMinor, cmp.Or(row.JournalCurrency, "of nothing"), row.JournalClearingMinor, row.JournalLostMinor)
	})...)
	rows, err := q.ListConversionDifferences(ctx)
	return append(findings, findingsOf("conversion", rows, func(row sqlc.ListConversionDifferencesRow) (subject, detail string) {
		return row.Reference, describeConversion(row)
	})...), err
}

func describeConversion(row sqlc.ListConversionDifferencesRow) string {
	if !row.OnRecord {
		return "has entries in the journal, but there is no such conversion"
	}
	return fmt.Sprintf("is %s: %d %s became %d %s, of which %d were taken and %d came back; the journal sent %d, received %d, closed %d and took %d back",
		row.Outcome, row.SourceMinor, row.SourceCurrency, row.ReceivedMinor, row.Currency, row.TakenMinor, row.BackMinor,
		row.SentMinor, row.ArrivedMinor, row.ClosedMinor, row.ReversedMinor)
}
