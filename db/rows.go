package db

import (
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/domain/fault"
)

// Text returns the text of a nullable column, or "" for NULL.
func Text(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// OrNotFound translates err. A missing row becomes fault.NotFound "{what}_not_found".
func OrNotFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, what+"_not_found", "no such %s", what)
	}
	return Translate(err)
}

// Optional returns the value for a nullable column: nil for an empty text.
func Optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
