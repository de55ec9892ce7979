package rail

import (
	"time"

	"github.com/creditroll/creditroll/domain/reconcile"
)

// ListRequest asks for one page of objects of a type, newest first: those created at or after
// Since that follow the object After. Account is the connected account of bank payouts. It is
// empty for all other types, which are the platform's own.
type ListRequest struct {
	Type    reconcile.ObjectType `json:"type"`
	Account string               `json:"account,omitempty"`
	Since   time.Time            `json:"since"`
	After   string               `json:"after,omitempty"`
}

// Page is one page of a rail's objects. A list of transfers includes their reversals. Next is
// the After of the next page, and empty when there is none.
type Page struct {
	Objects []reconcile.Object `json:"objects,omitempty"`
	Next    string             `json:"next,omitempty"`
}
