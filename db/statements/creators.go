package statements

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/statement"
)

// GetCreator returns the statements of a creator for a month, one for each currency, or for one
// currency if it is not empty. A currency in which nothing happened and nothing is owed has a
// statement only if it is asked for. It returns fault.NotFound "creator_not_found", fault.Conflict "archived", and
// fault.Invalid "unknown_period", "period_in_future" and "account_without_currency".
func (s *Store) GetCreator(ctx context.Context, id, month string, currency money.Currency, now time.Time) ([]statement.Creator, error) {
	of, err := statement.Month(month, now)
	if err != nil {
		return nil, err
	}
	var found []statement.Creator
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		if _, err := q.ReadCreator(ctx, id); err != nil {
			return db.OrNotFound(err, "creator")
		}
		opened, err := openPeriod(ctx, q, of)
		if err != nil {
			return err
		}
		opened.keepsEmpty = currency != ""
		found, err = opened.read(ctx, []string{id})
		return err
	})
	if err != nil || currency == "" {
		return found, err
	}
	only := slices.DeleteFunc(found, func(each statement.Creator) bool { return each.Currency != currency })
	if len(only) == 0 {
		return nil, fault.Field("currency", "account_without_currency", "the creator has no postings in %s", currency)
	}
	return only, nil
}

// OfCreator are the statements of one creator, one for each currency.
type OfCreator struct {
	CreatorID  string
	Account    string
	Country    string
	Statements []statement.Creator
}

// ListMonth returns the statements of a page of creators for a month. Creators without a statement
// are in the page too, because the page counts creators. Faults are those of GetCreator.
func (s *Store) ListMonth(ctx context.Context, month string, page db.Page, now time.Time) ([]OfCreator, error) {
	of, err := statement.Month(month, now)
	if err != nil {
		return nil, err
	}
	var found []OfCreator
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		opened, err := openPeriod(ctx, q, of)
		if err != nil {
			return err
		}
		found, err = opened.page(ctx, page)
		return err
	})
	return found, err
}

// ExportMonth calls write with every statement of a month, in the order of creators and currencies,
// all from one snapshot. It returns how many there were. Faults are those of GetCreator.
func (s *Store) ExportMonth(ctx context.Context, month string, now time.Time, write func(statement.Creator) error) (int, error) {
	of, err := statement.Month(month, now)
	if err != nil {
		return 0, err
	}
	count := 0
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		opened, err := openPeriod(ctx, q, of)
		if err != nil {
			return err
		}
		return eachOf(ctx, s.batch, opened.page, func(creator OfCreator) (string, error) {
			for _, each := range creator.Statements {
				if err := write(each); err != nil {
					return "", err
				}
				count++
			}
			return creator.CreatorID, nil
		})
	})
	return count, err
}

// eachOf reads creators page after page, and calls take for each, which returns the creator's id.
func eachOf[Read any](ctx context.Context, batch int32, read func(context.Context, db.Page) ([]Read, error), take func(Read) (creatorID string, err error)) error {
	for page := (db.Page{Size: batch}); ; {
		creators, err := read(ctx, page)
		if err != nil {
			return err
		}
		for _, creator := range creators {
			if page.After, err = take(creator); err != nil {
				return err
			}
		}
		if len(creators) < int(batch) {
			return nil
		}
	}
}

func (p *period) page(ctx context.Context, page db.Page) ([]OfCreator, error) {
	creators, err := listCreators(ctx, p.q, page)
	if err != nil {
		return nil, err
	}
	return creators, p.fill(ctx, creators)
}

func listCreators(ctx context.Context, q *sqlc.Queries, page db.Page) ([]OfCreator, error) {
	after := page.After
	if after == "" {
		after = names.NilID
	}
	rows, err := q.ListStatementCreators(ctx, sqlc.ListStatementCreatorsParams{AfterID: after, PageSize: page.Size})
	creators := make([]OfCreator, len(rows))
	for i, row := range rows {
		creators[i] = OfCreator{CreatorID: row.ID, Account: row.Account, Country: row.Country}
	}
	return creators, err
}

// fill reads the statements of creators, which are in the order of their ids.
func (p *period) fill(ctx context.Context, creators []OfCreator) error {
	ids := make([]string, len(creators))
	for i := range creators {
		ids[i] = creators[i].CreatorID
		creators[i].Statements = nil
	}
	found, err := p.read(ctx, ids)
	if err != nil {
		return err
	}
	at := 0
	for i := range creators {
		for at < len(found) && found[at].CreatorID == ids[i] {
			creators[i].Statements = append(creators[i].Statements, found[at])
			at++
		}
	}
	return nil
}
