package statements

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// TaxOfCreator are the totals of one creator for a year, one for each currency.
type TaxOfCreator struct {
	CreatorID string
	Totals    []statement.Tax
}

// ListTax returns the totals of a page of creators for a year. Creators without any are in the page
// too. It returns fault.Invalid "unknown_period" and "period_in_future", and fault.Conflict
// "archived".
func (s *Store) ListTax(ctx context.Context, year string, page db.Page, now time.Time) ([]TaxOfCreator, error) {
	of, err := statement.ParseYear(year, now)
	if err != nil {
		return nil, err
	}
	var found []TaxOfCreator
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		reader, err := openYear(ctx, q, of)
		if err != nil {
			return err
		}
		found, err = reader.page(ctx, page)
		return err
	})
	return found, err
}

// ExportTax calls write with all totals of a year, in the order of creators and currencies, all from
// one snapshot. It returns how many there were. Faults are those of ListTax.
func (s *Store) ExportTax(ctx context.Context, year string, now time.Time, write func(statement.Tax) error) (int, error) {
	of, err := statement.ParseYear(year, now)
	if err != nil {
		return 0, err
	}
	count := 0
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		reader, err := openYear(ctx, q, of)
		if err != nil {
			return err
		}
		return eachOf(ctx, s.batch, reader.page, func(creator TaxOfCreator) (string, error) {
			for _, tax := range creator.Totals {
				if err := write(tax); err != nil {
					return "", err
				}
				count++
			}
			return creator.CreatorID, nil
		})
	})
	return count, err
}

// yearReader reads a year as its quarters.
type yearReader struct {
	statement.Year
	q           *sqlc.Queries
	quarters    []*period
	preliminary bool
}

func openYear(ctx context.Context, q *sqlc.Queries, of statement.Year) (*yearReader, error) {
	reader := &yearReader{Year: of, q: q}
	for _, quarter := range of.Quarters {
		opened, err := openPeriod(ctx, q, quarter)
		if err != nil {
			return nil, err
		}
		reader.quarters = append(reader.quarters, opened)
	}
	closed, err := isClosed(ctx, q, of.EndsAt())
	reader.preliminary = !closed
	return reader, err
}

func (y *yearReader) page(ctx context.Context, page db.Page) ([]TaxOfCreator, error) {
	creators, err := listCreators(ctx, y.q, page)
	if err != nil {
		return nil, err
	}
	found := make([]TaxOfCreator, len(creators))
	for number, quarter := range y.quarters {
		if err := quarter.fill(ctx, creators); err != nil {
			return nil, err
		}
		for i, creator := range creators {
			for at := range creator.Statements {
				tax := y.totalsOf(&found[i], creator, creator.Statements[at].Currency)
				tax.Quarters[number] = statement.QuarterOf(&creator.Statements[at])
			}
		}
	}
	for i, creator := range creators {
		found[i].CreatorID = creator.CreatorID
		found[i].Totals = slices.DeleteFunc(found[i].Totals, func(tax statement.Tax) bool { return tax.Empty() })
		slices.SortFunc(found[i].Totals, statement.ByCurrency)
	}
	return found, nil
}

// totalsOf returns the totals in a currency, and adds them with empty quarters if they are missing.
func (y *yearReader) totalsOf(found *TaxOfCreator, of OfCreator, currency money.Currency) *statement.Tax {
	at := slices.IndexFunc(found.Totals, func(tax statement.Tax) bool { return tax.Currency == currency })
	if at >= 0 {
		return &found.Totals[at]
	}
	tax := statement.Tax{
		CreatorID: of.CreatorID, Account: of.Account, Country: of.Country, Currency: currency, Year: y.Name, Preliminary: y.preliminary,
	}
	for _, quarter := range y.Quarters {
		tax.Quarters = append(tax.Quarters, statement.Quarter{Period: quarter})
	}
	found.Totals = append(found.Totals, tax)
	return &found.Totals[len(found.Totals)-1]
}
