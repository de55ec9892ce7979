package correction

import (
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
)

// DecideAgain returns what to answer to a decision on a correction that is decided already. It is
// nil for a person who repeats their own decision, because its answer was lost for example.
// Otherwise it is fault.Denied "same_person" or fault.Conflict "correction_decided".
func (c Correction) DecideAgain(decision Decision) error {
	switch {
	case access.SamePerson(c.DecidedBy, decision.Actor) && c.Status == decision.Status():
		return nil
	case access.SamePerson(c.ProposedBy, decision.Actor):
		return fault.New(fault.Denied, "same_person", "you proposed this correction, so you cannot decide it: ask another person")
	}
	return fault.New(fault.Conflict, "correction_decided", "the correction was already %s, and a decision is final", c.Status)
}
