package stripe

import (
	"context"
	"slices"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/fault"
)

const (
	pageSize = 100
	// pagesMax bounds a lookup. No payout of ours has ten thousand objects in its group or on
	// its connected account.
	pagesMax = 100
)

// page is one answer of a list call. A nil slice means that the answer had no list at all.
type page[T any] struct {
	items []*T
	more  bool
}

// collect reads all pages of a list and returns the items that match. It never ends early
// without an error, because "not found" allows money to be sent again.
//
// Stripe's own iterator is not used across pages: it reads an answer without data as the end
// of the list, and drops an error once it has read another page.
func collect[T any](
	ctx context.Context, op operation,
	fetch func(stripe.ListParams) (page[T], error), id func(*T) string, matches func(*T) bool,
) ([]*T, error) {
	var found []*T
	var after *string
	for range pagesMax {
		current, err := perform(ctx, op, func(ctx context.Context) (page[T], error) {
			return fetch(stripe.ListParams{
				Context: ctx, Single: true, Limit: stripe.Int64(pageSize), StartingAfter: after,
			})
		}, func(p page[T]) bool { return isPage(p, id) })
		if err != nil {
			return nil, err
		}

		for _, item := range current.items {
			if matches(item) {
				found = append(found, item)
			}
		}
		if !current.more {
			return found, nil
		}
		last := id(current.items[len(current.items)-1])
		if after != nil && *after == last {
			return nil, incomplete(op)
		}
		after = &last
	}
	return nil, incomplete(op)
}

// isPage reports whether an answer is a list of objects that have ids. A list that says that
// there is more must have an item to continue after.
func isPage[T any](p page[T], id func(*T) string) bool {
	for _, item := range p.items {
		if item == nil || id(item) == "" {
			return false
		}
	}
	return p.items != nil && (len(p.items) > 0 || !p.more)
}

func incomplete(op operation) error {
	return fault.New(fault.Unavailable, "lookup_incomplete",
		"the lookup of the %s did not reach the end of Stripe's list, so the object may exist: look again", op.name)
}

// only returns the single item of found that money is in, or nil if there is none. Two such objects for
// one generation of a key mean that money moved twice. Others are those whose money came back: the key
// was sent again after Stripe had forgotten it, because the books were restored from an older copy. If
// there are only such items, it returns the newest, which is the first of a list.
func only[T any](op operation, found []*T, cameBack func(*T) bool) (*T, error) {
	holding := slices.DeleteFunc(slices.Clone(found), cameBack)
	switch {
	case len(found) == 0:
		return nil, nil
	case len(holding) == 0:
		return found[0], nil
	case len(holding) == 1:
		return holding[0], nil
	}
	return nil, fault.New(fault.Conflict, "duplicate_at_stripe",
		"Stripe has %d objects where the %s should be one: compare them in the dashboard and undo the extra ones", len(holding), op.name)
}
