// Package temporal is where our commands meet the workflow engine: connections, one method
// per command (engine.go), workers per task queue, and what `creditroll migrate` sets up in
// a namespace (search attributes and schedules).
package temporal
