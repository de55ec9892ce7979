// Package temporal connects Creditroll to the workflow engine. It has the client, one method
// per command (engine.go), the workers of each task queue, and the search attributes and
// schedules that `creditroll migrate` creates in a namespace.
package temporal
