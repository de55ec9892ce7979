package db

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// Ids are strings in Go and uuid in the database. Without help the driver sends a string as
// text, and refuses a list of them for uuid[]; with it, both travel as 16 bytes each.
type uuidText string

// UUIDValue implements pgtype.UUIDValuer. An id that is not a UUID is an error of parsing.
func (t uuidText) UUIDValue() (pgtype.UUID, error) {
	id, err := uuid.Parse(string(t))
	return pgtype.UUID{Bytes: id, Valid: err == nil}, malformed(err)
}

type uuidTextPlan struct{ next pgtype.EncodePlan }

func (p *uuidTextPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *uuidTextPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(uuidText(value.(string)), buf)
}

// encodeUUIDs teaches a connection's type map about ids. The driver asks only where it
// knows no way of its own, so text stays text.
func encodeUUIDs(types *pgtype.Map) {
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{func(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
		text, ok := value.(string)
		if !ok {
			return nil, nil, false
		}
		return &uuidTextPlan{}, uuidText(text), true
	}}, types.TryWrapEncodePlanFuncs...)
}
