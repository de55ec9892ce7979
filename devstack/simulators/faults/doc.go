// Package faults makes an HTTP simulator fail on command, and keeps a journal of
// what happened.
//
// A [Script] holds rules. Its middleware reads each request completely, finds the
// first rule that is due, and plays it around the simulator's own handler:
//
//	request -> rule before the effect -> handler (the effect) -> rule after the effect -> answer
//
//	refuse, 5xx, rate_limit   answered before the handler, unless the rule says otherwise
//	reset_before              the connection closes, the handler never runs
//	reset_after               the handler runs, its answer is dropped, the connection closes
//	hang                      held until released, or for duration_ms, then goes on
//	delay                     held for duration_ms, then goes on
//	garbage                   an answer no client can read
//
// after_effect plays 5xx, garbage, hang, delay and rate_limit after the handler:
// the effect stays, and only the answer is spoilt. inside leaves the rule to the
// handler (see [Inside]), for simulators with layers of their own, such as saved
// idempotent answers.
//
// When a caller disconnects while it is held before the effect, there is no
// effect. When it disconnects after the effect, the effect stays.
//
// Before a connection is closed, it gets the first bytes of a status line. A Go
// client resends a request with an idempotency key by itself when a kept-alive
// connection closes without a byte, and a test would not see the fault.
//
// The [Journal] has numbered lines for requests, answers and effects. Tests
// compare its effect lines with the books of the program under test. A simulator
// therefore appends them in the same critical section that changes its state.
package faults
