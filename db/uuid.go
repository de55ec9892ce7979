package db

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// uuidText encodes an id, which is a string in Go and a uuid in the database. Without it the
// driver sends a string as text and refuses a list of strings for uuid[]. With it, each id is
// sent as 16 bytes.
type uuidText string

// UUIDValue implements pgtype.UUIDValuer. It returns fault.Invalid "malformed_id" for an id
// that is not a UUID.
func (t uuidText) UUIDValue() (pgtype.UUID, error) {
	id, err := uuid.Parse(string(t))
	return pgtype.UUID{Bytes: id, Valid: err == nil}, malformed(err)
}

type uuidTextPlan struct{ next pgtype.EncodePlan }

func (p *uuidTextPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *uuidTextPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(uuidText(value.(string)), buf)
}

// encodeUUIDs adds uuidText to a connection's type map. The driver uses it only for values that
// it cannot encode itself, so text columns are not affected.
func encodeUUIDs(types *pgtype.Map) {
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{func(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
		text, ok := value.(string)
		if !ok {
			return nil, nil, false
		}
		return &uuidTextPlan{}, uuidText(text), true
	}}, types.TryWrapEncodePlanFuncs...)
}
