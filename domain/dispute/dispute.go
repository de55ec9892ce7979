// Package dispute decides what a dispute over a brand's payment means for the books: a bank
// takes the payment back at once, and gives it back only if the dispute is won.
package dispute

// Verdict is what the bank has said so far.
type Verdict string

// The verdicts. Dropped is an inquiry that never became a dispute.
const (
	Undecided Verdict = "undecided"
	Won       Verdict = "won"
	Lost      Verdict = "lost"
	Dropped   Verdict = "dropped"
)

// Standing is what the processor shows of a dispute.
type State struct {
	Verdict Verdict
	// Withdrawn: money has left the platform's balance. An inquiry takes none, and a dispute
	// takes it some time after it appears.
	Withdrawn bool
	// Reinstated: that money is back. It comes some time after the verdict.
	Reinstated bool
}

// Step is what comes next.
type Step string

// The steps. Freeze, Return and Lose are to be booked, each once.
const (
	Wait   Step = "wait"
	Freeze Step = "freeze"
	Return Step = "return"
	Lose   Step = "lose"
	End    Step = "end"
)

// Next returns the step that a standing calls for; frozen says that Freeze has been booked.
// The money decides, not the word: nothing is booked as returned before it is back.
func Next(standing State, frozen bool) Step {
	switch {
	case standing.Withdrawn && !frozen:
		return Freeze
	case !frozen && standing.Verdict != Undecided:
		return End
	case frozen && standing.Verdict == Lost:
		return Lose
	case frozen && standing.Verdict != Undecided && standing.Reinstated:
		return Return
	}
	return Wait
}
