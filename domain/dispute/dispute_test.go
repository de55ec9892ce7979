package dispute_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/dispute"
)

func TestNext(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		standing dispute.State
		frozen   bool
		want     dispute.Step
	}{
		"an inquiry takes no money and is waited for":             {dispute.State{Verdict: dispute.Undecided}, false, dispute.Wait},
		"an inquiry that is dropped leaves nothing to book":       {dispute.State{Verdict: dispute.Dropped}, false, dispute.End},
		"money that was taken is frozen first":                    {dispute.State{Verdict: dispute.Undecided, Withdrawn: true}, false, dispute.Freeze},
		"even if the verdict is known already":                    {dispute.State{Verdict: dispute.Lost, Withdrawn: true}, false, dispute.Freeze},
		"and if it is back already":                               {dispute.State{Verdict: dispute.Won, Withdrawn: true, Reinstated: true}, false, dispute.Freeze},
		"while it is frozen, the bank is waited for":              {dispute.State{Verdict: dispute.Undecided, Withdrawn: true}, true, dispute.Wait},
		"a dispute that is won waits until the money is back":     {dispute.State{Verdict: dispute.Won, Withdrawn: true}, true, dispute.Wait},
		"and gives it back then":                                  {dispute.State{Verdict: dispute.Won, Withdrawn: true, Reinstated: true}, true, dispute.Return},
		"a dispute that is lost is lost at once":                  {dispute.State{Verdict: dispute.Lost, Withdrawn: true}, true, dispute.Lose},
		"a verdict on money that was never taken changes nothing": {dispute.State{Verdict: dispute.Lost}, false, dispute.End},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.want, dispute.Next(tc.standing, tc.frozen))
		})
	}
}
