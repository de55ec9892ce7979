package api

import (
	"encoding/base64"
	"regexp"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/fault"
)

const pageSizeDefault = 50

// pageOf reads the page parameters. It requests one item more than the page has, to find out
// whether there is a next page. The cursor encodes the position of the last item, so that
// clients treat it as opaque.
func pageOf(limit *openapi.Limit, cursor *openapi.Cursor, place *regexp.Regexp) (db.Page, error) {
	page := db.Page{Size: pageSizeDefault + 1}
	if limit != nil {
		page.Size = *limit + 1
	}
	if cursor == nil {
		return page, nil
	}
	after, err := base64.RawURLEncoding.DecodeString(*cursor)
	if err != nil || !place.Match(after) {
		return db.Page{}, fault.Field("cursor", "malformed_cursor", "the cursor is not valid: pass next_cursor of the previous page, unchanged and for the same list")
	}
	page.After = string(after)
	return page, nil
}

// The positions that lists are ordered by.
var (
	byID      = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	byRun     = regexp.MustCompile(`^[0-9]{4}-W[0-9]{2}\.[0-9]{1,2}$`)
	byBalance = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[A-Z]{3,5}$`)
	byPoll    = regexp.MustCompile(`^[0-9]{1,9}$`)
	byAccount = regexp.MustCompile(`^[a-z0-9_/-]{1,200}$`)
)

func cursorAt(place string) *openapi.NextCursor {
	cursor := base64.RawURLEncoding.EncodeToString([]byte(place))
	return &cursor
}

// present converts a page of rows into items, and returns the cursor of the next page if there
// is one.
func present[Row, Item any](rows []Row, page db.Page, place func(Row) string, item func(Row) Item) ([]Item, *openapi.NextCursor) {
	var next *openapi.NextCursor
	if size := int(page.Size) - 1; len(rows) > size {
		rows = rows[:size]
		next = cursorAt(place(rows[size-1]))
	}
	items := make([]Item, len(rows))
	for i, row := range rows {
		items[i] = item(row)
	}
	return items, next
}
