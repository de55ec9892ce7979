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
)

// TrackingOff is the code of the refusal to read views, or to credit them, while tracking is off.
const TrackingOff = "tracking_off"

// Names returns all switches, in the order of lists. A switch is listed only if it has an effect.
func Names() []Name { return []Name{Payouts, Tracking} }

// Stops describes what a switch stops while it is off.
func (n Name) Stops() string {
	if n == Tracking {
		return "No provider is asked for views, and no views are credited. Clips are read again once tracking is on. Views that they have gained by then count."
	}
	return "No payout begins and no transfer is sent. Payouts whose transfer is made continue."
}

// ParseName returns fault.NotFound "switch_not_found" for any other name.
func ParseName(text string) (Name, error) {
	for _, name := range Names() {
		if string(name) == text {
			return name, nil
		}
	}
	return "", fault.New(fault.NotFound, "switch_not_found", "there is no switch %.40q: use payouts or tracking", text)
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

// CheckTracking returns fault.Conflict "tracking_off" if the switch of tracking is off.
func CheckTracking(tracking Switch) error {
	if !tracking.Off {
		return nil
	}
	return fault.New(fault.Conflict, TrackingOff, "tracking is switched off: GET /v1/switches has who did so and why")
}
