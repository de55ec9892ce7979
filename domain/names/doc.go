// Package names builds every id, key and subject that several parts of the system share: workflow
// ids, derived ids, idempotency keys, transfer groups, and the shell commands for operators.
//
// Names consist of business ids only, never of a run id, an attempt or a random number. A workflow
// that starts again or is reset builds the same names, so it finds its earlier work. The format of
// a name must never change.
package names
