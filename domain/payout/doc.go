// Package payout holds the rules of paying one creator: what each phase is called, which
// key it sends, what an answer means, and why a payout waits for a person.
//
// A payout moves money twice, and each time in three steps:
//
//	record intent -> call the rail -> record result
//
// What a crash does:
//   - before the intent is recorded: nothing was sent; the step starts over.
//   - between intent and call, or during the call: the intent is on record with its key and
//     its outcome unknown. The next try looks the object up by its metadata first, and
//     otherwise sends the same key again, which the rail executes once.
//   - between call and result: the same; the look-up or the replayed answer finds the object.
//   - after the result: the recorded object id is returned and nothing is sent.
//
// The key names payout, phase and generation, never an amount or a run of the engine; amount,
// lines and destination are frozen by the reservation. A generation ends only with a
// definitive refusal or with a completed reversal, so two keys are never alive at once.
package payout
