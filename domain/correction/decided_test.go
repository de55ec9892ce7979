package correction_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestDecideAgain(t *testing.T) {
	t.Parallel()
	decided := correction.Correction{Status: correction.Approved, ProposedBy: "eve", DecidedBy: "bob"}

	for name, tc := range map[string]struct {
		decision correction.Decision
		code     string
	}{
		"repeats the decision of the same person":      {correction.Decision{Approve: true, Actor: "bob"}, ""},
		"refuses that the same person changes it":      {correction.Decision{Actor: "bob"}, "correction_decided"},
		"refuses another person":                       {correction.Decision{Approve: true, Actor: "ann"}, "correction_decided"},
		"refuses the proposer, however they spell it":  {correction.Decision{Approve: true, Actor: " Eve "}, "same_person"},
		"refuses a person without an id as any person": {correction.Decision{Approve: true}, "correction_decided"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.code, fault.CodeOf(decided.DecideAgain(tc.decision)))
		})
	}
}
