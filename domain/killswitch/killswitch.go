// Package killswitch names what a person can stop at once, and start again.
package killswitch

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Name is a switch. Names are stable: the API, the database and operators use them.
type Name string

// The switches. A switch that is off stops what it is named for.
const (
	// Payouts are starts of payouts and transfers.
	Payouts Name = "payouts"
	// Tracking is the reading of views.
	Tracking Name = "tracking"
	// WebhooksOut are our notifications to others.
	WebhooksOut Name = "webhooks_out"
)

// Names returns all switches, in the order of lists.
func Names() []Name { return []Name{Payouts, Tracking, WebhooksOut} }

// ParseName returns fault.NotFound "switch_not_found" for any other name.
func ParseName(text string) (Name, error) {
	for _, name := range Names() {
		if string(name) == text {
			return name, nil
		}
	}
	return "", fault.New(fault.NotFound, "switch_not_found", "there is no switch %.40q: use payouts, tracking or webhooks_out", text)
}

// Switch is the state of a switch, and who set it, when and why. The last three are empty for a
// switch that was never set.
type Switch struct {
	Name      Name      `json:"name"`
	Off       bool      `json:"off"`
	Reason    string    `json:"reason,omitempty"`
	Actor     string    `json:"actor,omitempty"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
}

// Find returns the switch of a name. A switch that is not in the list is on.
func Find(switches []Switch, name Name) Switch {
	for _, each := range switches {
		if each.Name == name {
			return each
		}
	}
	return Switch{Name: name}
}
