// Package activities has the steps of workflows that read or change something outside the
// workflow. Each uses either the database or one outside service, never both, and
// can be repeated.
//
// An Activity value has a name and the types of its argument and result, so that the compiler
// checks each call in a workflow. The name and the JSON types are a wire format: running
// workflows depend on them. Most steps are bound in one line to a method of a package below db
// or of the payment rail. Steps that decide something are functions in this package. One
// interceptor turns the faults of all activities into Temporal errors (failure.go).
package activities
