// Package dispute decides how a dispute over a brand's payment is booked. The bank withdraws the
// payment at once and returns it only if we win the dispute.
package dispute

// Verdict is the bank's decision.
type Verdict string

// The verdicts. Dropped is an inquiry that ended without a dispute.
const (
	Undecided Verdict = "undecided"
	Won       Verdict = "won"
	Lost      Verdict = "lost"
	Dropped   Verdict = "dropped"
)

// State is a dispute as the processor reports it.
type State struct {
	Verdict Verdict
	// Withdrawn reports that money has left the platform's balance. An inquiry withdraws none,
	// and a dispute withdraws it some time after it opens.
	Withdrawn bool
	// Reinstated reports that the money was returned, some time after the verdict.
	Reinstated bool
}

// Step is the next step of a dispute.
type Step string

// The steps. Freeze, Return and Lose are booked, each once.
const (
	Wait   Step = "wait"
	Freeze Step = "freeze"
	Return Step = "return"
	Lose   Step = "lose"
	End    Step = "end"
)

// Next returns the next step in a state. frozen reports that Freeze is booked. A return is booked
// only when the money has arrived, not when the bank announces it.
func Next(state State, frozen bool) Step {
	switch {
	case state.Withdrawn && !frozen:
		return Freeze
	case !frozen && state.Verdict != Undecided:
		return End
	case frozen && state.Verdict == Lost:
		return Lose
	case frozen && state.Verdict != Undecided && state.Reinstated:
		return Return
	}
	return Wait
}
