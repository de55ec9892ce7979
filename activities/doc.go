// Package activities are the steps that workflows take in the outside world. Each is one
// atomic phase: one database transaction or one outside call, never both.
//
// An Activity value names a step with the types of its argument and result, so that the
// compiler checks each call in a workflow. Its constant name and its JSON types are a wire
// format: running workflows depend on them. Most steps are a method of a package below db, or
// of the payment rail, and are bound to it in one line. Those that decide something are
// functions in this package. An interceptor turns the faults of all of them into Temporal errors
// (failure.go).
package activities
