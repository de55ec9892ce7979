// Package activities are the steps that workflows take in the outside world. Each is one
// atomic phase: one database transaction or one outside call, never both. Structs group
// activities by what they depend on, and so by the task queue that they run on.
package activities
