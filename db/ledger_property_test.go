package db_test

import (
	"flag"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	// modelSequences is how many sequences of events run at least.
	modelSequences = 100
	// sequencesPerDatabase keeps the check of all books, after every sequence, from growing
	// with the square of their number.
	sequencesPerDatabase = 100
)

// Whatever happens in whatever order, twice, or against the rules: every account has the
// balance that the model says, and the books are in order.
func TestBooksFollowTheModel(t *testing.T) {
	t.Parallel()
	checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	require.NoError(t, err)
	for half := range max(1, modelSequences/max(1, checks)) {
		t.Run("sequences "+strconv.Itoa(half+1), func(t *testing.T) {
			t.Parallel()
			var shared *sharedBooks

			rapid.Check(t, func(r *rapid.T) {
				if shared == nil || shared.sequences == sequencesPerDatabase {
					url := dbtest.URL(t)
					shared = &sharedBooks{url: url, store: dbtest.Open(t, url), now: modelEpoch}
				}
				shared.sequences++
				s := newScene(r, shared)
				steps := s.steps()
				names := stepNames(steps)
				for range 25 + uniform(r, "steps", 36) {
					name := pick(r, "step", names)
					s.model = s.currencies[uniform(r, "currency", 3)/2] // two of three in the first

					wanted, err := steps[name].run()

					require.Equal(r, wanted, fault.CodeOf(err), "%s: %v", name, err)
					require.Equal(r, wanted == "", err == nil, "%s: %v", name, err)
				}
				s.requireEnd()
			})
		})
	}
}

// uniform draws a number below n. The library's own numbers are mostly small ones, which is
// good for amounts; but every step should come as often as the others.
func uniform(t *rapid.T, label string, n int) int {
	number := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 12, 12).Draw(t, label) {
		number *= 2
		if bit {
			number++
		}
	}
	return number % n
}

func pick[T any](t *rapid.T, label string, from []T) T { return from[uniform(t, label, len(from))] }

// step does something to the books and to the model, and returns the refusal that the model
// expects and the one that came.
type step struct {
	often int
	run   func() (wanted string, err error)
}

func stepNames(steps map[string]step) []string {
	var names []string
	for name, each := range steps {
		for range each.often {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *scene) steps() map[string]step {
	return map[string]step{
		"read": {12, s.read}, "release": {6, s.release}, "reserve": {7, s.reserve}, "payout": {24, s.payout},
		"fund": {1, s.fund}, "refund": {2, s.refund}, "hear of refund": {2, s.hearOfRefund}, "refund failed": {2, s.refundFailed},
		"claw back": {6, s.clawBack}, "write off": {2, s.writeOff}, "adjust": {2, s.adjust}, "adjust what is guarded": {1, s.adjustGuarded},
		"dispute": {2, s.dispute}, "close dispute": {3, s.closeDispute}, "again": {4, s.again},
		"close period": {1, s.closePeriod}, "seal": {2, s.seal},
	}
}

func (s *scene) again() (string, error) {
	if len(s.replays) == 0 {
		return "", nil
	}
	return "", pick(s.t, "what", s.replays)()
}
