// Package faults makes an HTTP simulator misbehave on command, and keeps the
// list of what really happened.
//
// A [Script] holds rules. Its middleware reads each request whole, finds the
// first rule that is due, and plays it around the simulator's own handler:
//
//	request -> rule before the effect -> handler (the effect) -> rule after the effect -> answer
//
//	refuse, 5xx, rate_limit   answered before the handler, unless the rule says otherwise
//	reset_before              the connection closes, the handler never runs
//	reset_after               the handler runs, its answer is thrown away, the connection closes
//	hang                      held until released, or for duration_ms, then goes on
//	delay                     held for duration_ms, then goes on
//	garbage                   an answer no client can read
//
// after_effect moves 5xx, garbage, hang, delay and rate_limit behind the
// handler: the effect stands, only the answer is spoilt. inside hands the rule
// to the handler (see [Inside]), for simulators with layers of their own, such
// as saved idempotent answers.
//
// A caller that goes away while held before the effect leaves no effect. One
// that goes away after the effect changes nothing about it.
//
// Closing a connection sends the first bytes of a status line beforehand. A Go
// client resends a request with an idempotency key by itself when a kept-alive
// connection closes without a single byte, and the fault would go unseen.
//
// The [Journal] is the other half: numbered lines of requests, answers and
// effects. Tests compare its effect lines with the books of the program under
// test, so a simulator appends them in the same critical section that changes
// its state.
package faults
