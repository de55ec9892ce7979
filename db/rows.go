package db

import (
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/domain/fault"
)

func Text(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// OrNotFound names what was looked for and is not there.
func OrNotFound(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, what+"_not_found", "no such %s", what)
	}
	return Translate(err)
}

func Optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
